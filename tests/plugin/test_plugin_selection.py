"""A session that does not show the whole gate never ends in 0, whatever left a rule out."""

from typing import Any

import pytest


Project = Any

PARTIAL = "block (partial)"
MARKED = """\
import pytest
def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker({mark})
"""


@pytest.mark.parametrize(
    ("kind", "args", "status", "verdict"),
    [
        pytest.param("fail", ("-x",), 20, PARTIAL, id="x"),
        pytest.param("fail", ("--maxfail=1",), 20, PARTIAL, id="maxfail"),
        pytest.param("fail", ("--sw",), 20, PARTIAL, id="stepwise"),
        pytest.param("promote", ("-x",), 0, "promote", id="x-promoting"),
        pytest.param("fail", ("-qqq",), 1, "block", id="qqq"),
        pytest.param("fail", ("-p", "no:terminal"), 1, "block", id="no-terminal"),
        pytest.param("promote", ("-p", "no:terminal"), 0, "promote", id="no-terminal-promoting"),
        pytest.param("fail", ("-k", "not safety"), 20, PARTIAL, id="k-not-safety"),
        pytest.param("promote", ("-k", "accuracy"), 20, PARTIAL, id="k-one-rule"),
        pytest.param("promote", ("-k", "nothing"), 20, PARTIAL, id="k-nothing"),
        pytest.param("promote", ("-m", "nothing"), 20, PARTIAL, id="m-nothing"),
        pytest.param("promote", ("-k", "gate"), 0, "promote", id="k-that-keeps-all"),
        pytest.param("fail", ("--deselect", "gate.yaml::safety"), 20, PARTIAL, id="deselect"),
        pytest.param(
            "promote", ("--deselect", "gate.yaml::decision"), 20, PARTIAL, id="deselect-decision"
        ),
        pytest.param("promote", ("-p", "no:python"), 0, "promote", id="no-python"),
        pytest.param("promote", ("-p", "no:cacheprovider"), 0, "promote", id="no-cache"),
        pytest.param("promote", ("--nf", "--ff"), 0, "promote", id="failed-first"),
        pytest.param("promote", ("--setup-show",), 0, "promote", id="setup-show"),
        pytest.param("fail", ("--runxfail",), 1, "block", id="runxfail"),
    ],
)
def test_the_status_of_a_selected_session(
    project: Project, kind: str, args: tuple[str, ...], status: int, verdict: str
) -> None:
    project.gate(kind)
    assert project.run("--evalgate", "gate.yaml", *args).outcome == (status, verdict)


@pytest.mark.parametrize(
    ("kind", "names", "status"),
    [
        pytest.param("promote", ("accuracy",), 20, id="one-rule"),
        pytest.param("fail", ("accuracy",), 20, id="passing-rule-of-failing-gate"),
        pytest.param("invalid", ("accuracy",), 21, id="passing-rule-of-invalid-gate"),
        pytest.param("promote", ("decision",), 20, id="decision-alone"),
        pytest.param("promote", ("accuracy", "safety"), 20, id="all-but-decision"),
        pytest.param("promote", ("nonsense",), 20, id="no-such-rule"),
    ],
)
def test_named_rules_are_not_the_gate(
    project: Project, kind: str, names: tuple[str, ...], status: int
) -> None:
    project.gate(kind)
    run = project.run("--evalgate", *(f"gate.yaml::{name}" for name in names))
    assert run.outcome == (4 if "nonsense" in names else status, PARTIAL)


def test_all_items_named_one_by_one_are_the_gate(project: Project) -> None:
    project.gate("promote")
    names = [f"gate.yaml::{name}" for name in ("decision", "safety", "accuracy")]
    assert project.run("--evalgate", *names).outcome == (0, "promote")


@pytest.mark.parametrize(
    ("kind", "args", "verdict"),
    [
        pytest.param("promote", ("--co",), PARTIAL, id="co"),
        pytest.param("fail", ("--collect-only", "-q"), PARTIAL, id="collect-only-q"),
        pytest.param("promote", ("--setup-only",), PARTIAL, id="setup-only"),
        pytest.param("fail", ("--setup-only",), PARTIAL, id="setup-only-failing"),
        pytest.param("promote", ("--setup-plan",), PARTIAL, id="setup-plan"),
        pytest.param("promote", ("--fixtures",), PARTIAL, id="fixtures"),
        pytest.param("promote", ("--fixtures-per-test",), PARTIAL, id="fixtures-per-test"),
        pytest.param("promote", ("--cache-show",), PARTIAL, id="cache-show"),
        pytest.param("promote", ("--markers",), None, id="markers"),  # has no session
    ],
)
def test_showing_is_not_judging(
    project: Project, kind: str, args: tuple[str, ...], verdict: str | None
) -> None:
    project.gate(kind)
    before = project.old_evidence().read_bytes()
    run = project.run("--evalgate", "gate.yaml", *args)
    assert run.status == 20
    assert (project.reports / "demo.json").read_bytes() == before
    assert run.verdicts.get("demo.incomplete") == verdict


@pytest.mark.parametrize("flag", ["--help", "-h", "--version", "-VV"])
def test_help_and_version_ask_for_no_gate(project: Project, flag: str) -> None:
    project.gate("fail")
    before = project.old_evidence().read_bytes()
    run = project.run("--evalgate", "gate.yaml", flag)
    assert run.status == 0
    assert list(project.reports.iterdir()) == [project.reports / "demo.json"]
    assert (project.reports / "demo.json").read_bytes() == before


@pytest.mark.parametrize(
    ("kind", "mark", "status", "verdict"),
    [
        pytest.param("fail", "pytest.mark.skip", 20, PARTIAL, id="skip"),
        pytest.param("promote", "pytest.mark.skip", 20, PARTIAL, id="skip-promoting"),
        pytest.param("fail", "pytest.mark.skipif(True, reason='x')", 20, PARTIAL, id="skipif"),
        pytest.param("fail", "pytest.mark.xfail", 20, PARTIAL, id="xfail"),
        pytest.param("promote", "pytest.mark.xfail", 20, PARTIAL, id="xpass"),
        pytest.param("promote", "pytest.mark.xfail(strict=True)", 20, PARTIAL, id="xpass-strict"),
        pytest.param("fail", "pytest.mark.xfail(run=False)", 20, PARTIAL, id="xfail-not-run"),
        pytest.param("invalid", "pytest.mark.xfail", 21, PARTIAL, id="xfail-invalid"),
    ],
)
def test_a_marker_cannot_excuse_a_rule(
    project: Project, kind: str, mark: str, status: int, verdict: str
) -> None:
    project.gate(kind)
    project.write("conftest.py", MARKED.format(mark=mark))
    assert project.run("--evalgate", "gate.yaml").outcome == (status, verdict)


@pytest.mark.parametrize(
    ("ini", "files"),
    [
        pytest.param("norecursedirs = gates", {}, id="norecursedirs"),
        pytest.param("", {"conftest.py": "collect_ignore = ['gates']\n"}, id="collect_ignore"),
        pytest.param(
            "", {"conftest.py": "collect_ignore_glob = ['*.yaml']\n"}, id="collect_ignore_glob"
        ),
        pytest.param("addopts = --ignore=gates", {}, id="ignore"),
        pytest.param("addopts = --ignore-glob=*.yaml", {}, id="ignore-glob"),
        pytest.param(
            "",
            {"conftest.py": "def pytest_ignore_collect(): return True\n"},
            id="pytest_ignore_collect",
        ),
    ],
)
def test_a_gate_that_was_found_must_run(project: Project, ini: str, files: dict[str, str]) -> None:
    project.gate("promote", file="gates/release.gate.yaml")
    project.gate("promote", file="other.gate.yaml", name="other")
    project.write("pytest.ini", f"[pytest]\n{ini}\n")
    for name, text in files.items():
        project.write(name, text)
    run = project.run("--evalgate", ".")
    assert run.outcome == (20, PARTIAL)


def test_a_folder_is_searched_for_every_gate(project: Project) -> None:
    project.gate("promote", file="gate.yaml", name="a")
    project.gate("promote", file="deep/er/b.gate.yml", name="b")
    project.gate("fail", file="not-a-gate.yaml", name="c")
    project.gate("fail", file=".git/gate.yaml", name="d")
    project.gate("fail", file="evalgate-report/gate.yaml", name="e")
    (project.path / "link").symlink_to(project.path / "deep")
    run = project.run("--evalgate", ".")
    assert (run.status, run.verdicts) == (0, {"a": "promote", "b": "promote"})


@pytest.mark.parametrize(
    ("kind", "args", "ini"),
    [
        pytest.param("fail", ("--reruns=2",), "", id="option"),
        pytest.param("fail", (), "reruns = 3", id="ini"),
        pytest.param("fail", ("--force-reruns=1",), "", id="forced"),
        pytest.param("inconclusive", ("--reruns=1", "--reruns-mode=append"), "", id="append"),
    ],
)
def test_reruns_change_no_verdict(
    project: Project, kind: str, args: tuple[str, ...], ini: str
) -> None:
    project.gate(kind)
    project.write("pytest.ini", f"[pytest]\n{ini}\n")
    run = project.run("--evalgate", "gate.yaml", *args, plugins=["rerunfailures"])
    assert run.outcome == (1, "block")
    assert "evalgate: reruns are ignored for gates" in run.out


def test_a_rerun_of_an_invalid_rule_stays_unusable(project: Project) -> None:
    project.gate("invalid")
    run = project.run("--evalgate", "gate.yaml", "--force-reruns=1", plugins=["rerunfailures"])
    assert run.outcome == (21, "block")


def test_last_failed_shows_a_part_after_a_failure(project: Project) -> None:
    project.gate("fail")
    assert project.run("--evalgate", "gate.yaml").outcome == (1, "block")
    project.gate("promote")
    assert project.run("--evalgate", "gate.yaml", "--lf").outcome == (20, PARTIAL)


def test_stepwise_continues_with_a_part(project: Project) -> None:
    project.gate("fail")
    assert project.run("--evalgate", "gate.yaml", "--sw").outcome == (20, PARTIAL)
    project.gate("promote")
    assert project.run("--evalgate", "gate.yaml", "--sw").outcome == (20, PARTIAL)


@pytest.mark.parametrize(
    ("kind", "args", "status"),
    [
        pytest.param("promote", ("-k", "accuracy"), 0, id="one-rule"),
        pytest.param("fail", ("-k", "accuracy"), 0, id="passing-rule-of-failing-gate"),
        pytest.param("fail", ("-k", "safety"), 20, id="failing-rule"),
        pytest.param("promote", ("-k", "nothing"), 20, id="nothing"),
        pytest.param("promote", ("--co",), 20, id="collected"),
    ],
)
def test_a_typed_partial_run_may_end_in_0_and_still_blocks(
    project: Project, kind: str, args: tuple[str, ...], status: int
) -> None:
    project.gate(kind)
    run = project.run("--evalgate", "gate.yaml", "--evalgate-partial", *args)
    name = "demo.incomplete" if args == ("--co",) else "demo"
    assert (run.status, run.verdicts[name]) == (status, PARTIAL)


def test_a_partial_run_over_a_broken_contract_is_unusable(project: Project) -> None:
    gate = project.gate("promote")
    text = gate.read_text("utf-8").replace("metrics:", "contract: {present: [model]}\nmetrics:")
    gate.write_text(text, "utf-8")
    run = project.run("--evalgate", "gate.yaml::accuracy", "--evalgate-partial")
    assert run.outcome == (21, PARTIAL)


def test_the_reason_names_the_rules_that_were_left_out(project: Project) -> None:
    project.gate("promote")
    project.run("--evalgate", "gate.yaml", "-k", "accuracy")
    assert project.evidence()["decision"]["reasons"] == ["1 of 2 rules were not run: safety"]
    project.write("conftest.py", MARKED.format(mark="pytest.mark.skip"))
    project.run("--evalgate", "gate.yaml")
    assert project.evidence()["decision"]["reasons"] == [
        "shown otherwise than judged: accuracy (skipped), safety (skipped), decision (skipped)"
    ]
