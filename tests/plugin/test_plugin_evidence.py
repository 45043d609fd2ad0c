"""The evidence file: there before anything is judged, whole or not at all, in a fixed order."""

import json
import sys
from typing import Any

import pytest


Project = Any

PARTIAL = "block (partial)"
INCOMPLETE = "block (incomplete)"
KEYS = {
    "": "schema run gate decision rules families plan contract waivers warnings provenance",
    "run": "nonce head_sha args plugins",
    "gate": "name path sha256 alpha power correction on_inconclusive policy_ref",
    "decision": "action verdict reasons digest",
    "plan": "joint_power shares",
    "provenance": "artifacts versions seed git created",
}
RULE_KEYS = (
    "id parent slice metric claim better severity owner why action line column burden verdict "
    "reason digest method assumptions warnings n candidate baseline scale effect limit statistic "
    "df pvalue pvalue_adjusted alpha_judged family min_pvalue power picture movers"
)
FILE_KEYS = "name arm path sha256 bytes rows override metadata"
FAMILY_KEYS = "name method controls members alpha"


@pytest.mark.parametrize("kind", ["promote", "invalid"])
def test_keys_stand_in_the_order_of_the_schema(project: Project, kind: str) -> None:
    project.gate(kind)
    project.run("--evalgate", "gate.yaml")
    evidence = project.evidence()
    # A number that does not exist has a reason beside it.
    assert (evidence["plan"].pop("reason", None) is None) is (kind != "invalid")
    for part, keys in KEYS.items():
        assert " ".join(evidence[part] if part else evidence) == keys
    assert [" ".join(rule) for rule in evidence["rules"]] == [RULE_KEYS, RULE_KEYS]
    assert {" ".join(file) for file in evidence["provenance"]["artifacts"]} <= {FILE_KEYS}
    assert {" ".join(family) for family in evidence["families"]} == {FAMILY_KEYS}


def test_evidence_tells_how_it_was_made(project: Project) -> None:
    project.gate("promote")
    project.run("--evalgate", "gate.yaml")
    evidence = project.evidence()
    assert evidence["schema"] == "evalgate/evidence/1"
    assert evidence["run"]["args"][-2:] == ["--evalgate", "gate.yaml"]
    assert any(name.startswith("pytest-evalgate-") for name in evidence["run"]["plugins"])
    assert len(evidence["run"]["nonce"]) == 32
    assert evidence["gate"]["path"] == "gate.yaml"
    assert evidence["provenance"]["created"].endswith("+00:00")


@pytest.mark.parametrize(
    ("hook", "verdict"),
    [
        pytest.param("pytest_cmdline_main", INCOMPLETE, id="before-configuration"),
        pytest.param("pytest_configure", INCOMPLETE, id="in-configuration"),
        pytest.param("pytest_sessionstart", INCOMPLETE, id="at-start"),
        pytest.param("pytest_collection", PARTIAL, id="before-collection"),
    ],
)
def test_an_old_promotion_is_gone_before_anything_can_go_wrong(
    project: Project, hook: str, verdict: str
) -> None:
    project.gate("promote")
    project.old_evidence()
    project.write("conftest.py", f"def {hook}():\n    raise KeyError('{hook}')\n")
    run = project.run("--evalgate", "gate.yaml")
    assert run.status != 0
    assert run.verdict == verdict


def test_evidence_is_incomplete_while_the_engine_reads(project: Project) -> None:
    project.gate("promote")
    project.old_evidence()
    project.write(
        "conftest.py",
        "import json, sys\n"
        "from pathlib import Path\n"
        "seen = []\n"
        "def hook(event, args):\n"
        "    if event == 'open' and str(args[0]).endswith('candidate.jsonl'):\n"
        "        evidence = json.loads(Path('evalgate-report/demo.json').read_text())\n"
        "        seen.append([evidence['decision']['verdict'], evidence['run']['nonce']])\n"
        "sys.addaudithook(hook)\n"
        "def pytest_unconfigure():\n"
        "    Path('seen.json').write_text(json.dumps(seen))\n",
    )
    assert project.run("--evalgate", "gate.yaml").outcome == (0, "promote")
    seen = json.loads((project.path / "seen.json").read_text())
    assert seen
    assert {verdict for verdict, _ in seen} == {INCOMPLETE}
    assert {nonce for _, nonce in seen} == {project.evidence()["run"]["nonce"]}


def test_the_engine_starts_no_process_and_opens_no_connection(project: Project) -> None:
    project.gate("promote")
    project.write(
        "conftest.py",
        "import sys\n"
        "def hook(event, args):\n"
        "    if event.startswith(('socket.', 'subprocess.', 'os.system', 'pickle.', 'os.exec')):\n"
        "        raise RuntimeError(event)\n"
        "def pytest_configure():\n"
        "    sys.addaudithook(hook)\n",
    )
    assert project.run("--evalgate", "gate.yaml").outcome == (0, "promote")


@pytest.mark.parametrize(
    "old",
    [
        pytest.param({"name": "demo", "path": "elsewhere.yaml"}, id="same-name"),
        pytest.param({"name": "former", "path": "gate.yaml"}, id="same-file"),
    ],
)
def test_a_broken_gate_file_leaves_no_old_promotion(project: Project, old: dict[str, str]) -> None:
    record = {"schema": "evalgate/evidence/1", "gate": old, "decision": {"verdict": "promote"}}
    project.write(f"evalgate-report/{old['name']}.json", json.dumps(record))
    project.write("gate.yaml", "version: 1\ngate: demo\nrules: [\n")
    run = project.run("--evalgate", "gate.yaml")
    assert run.status == 4
    assert set(run.verdicts.values()) == {INCOMPLETE}


def test_other_files_of_the_output_folder_are_left_alone(project: Project) -> None:
    project.gate("promote")
    others = {"list.json": "[1]", "other.json": '{"schema": "x"}', "text.txt": "{"}
    for name, text in others.items():
        project.write(f"evalgate-report/{name}", text)
    assert project.run("--evalgate", "gate.yaml").outcome == (0, "promote")
    assert {name: (project.reports / name).read_text() for name in others} == others


def test_torn_files_in_the_output_folder_do_no_harm(project: Project) -> None:
    project.gate("promote")
    torn = {"a": "{", "b": "[" * 100_000, "c": "\0", "d": '{"schema": "evalgate/evidence/1"}'}
    for name, text in torn.items():
        project.write(f"evalgate-report/{name}.json", text)
    run = project.pytester.run(sys.executable, "-m", "pytest", "--evalgate", "gate.yaml")
    assert run.ret == 0
    assert {name: (project.reports / f"{name}.json").read_text() for name in torn} == torn


@pytest.mark.parametrize(
    ("how", "args"),
    [
        pytest.param("a-file", ("--evalgate-output", "taken"), id="output-is-a-file"),
        pytest.param("a-file", ("--evalgate-output", "taken/deeper"), id="output-below-a-file"),
        pytest.param("device", ("--evalgate-output", "/dev/null/x"), id="output-below-a-device"),
        pytest.param("folder", (), id="evidence-is-a-folder"),
        pytest.param("link", (), id="evidence-is-a-link"),
        pytest.param("dangling", (), id="evidence-is-a-dangling-link"),
    ],
)
def test_evidence_that_cannot_be_written_ends_in_22(
    project: Project, how: str, args: tuple[str, ...]
) -> None:
    project.gate("promote")
    project.write("taken", "")
    project.reports.mkdir()
    target = project.write("target.json", "{}")
    evidence = project.reports / "demo.json"
    if how == "folder":
        evidence.mkdir()
    elif how == "link":
        evidence.symlink_to(target)
    elif how == "dangling":
        evidence.symlink_to(project.path / "nothing.json")
    run = project.run("--evalgate", "gate.yaml", *args)
    assert run.status == 22
    assert "error[evidence]" in run.err
    assert "Traceback" not in run.text
    assert target.read_text() == "{}"
    assert not (project.path / "nothing.json").exists()


def test_evidence_that_cannot_be_written_ends_in_22_where_no_session_starts(
    project: Project,
) -> None:
    project.gate("promote")
    project.write("conftest.py", "def pytest_cmdline_main():\n    return 0\n")
    assert project.run("--evalgate", "gate.yaml", "--evalgate-output=/dev/null/x").status == 22


@pytest.mark.parametrize(
    ("conftest", "verdict"),
    [
        pytest.param(
            "import resource, signal\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "def pytest_collection():\n"
            "    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))\n",
            INCOMPLETE,
            id="file-too-large",
        ),
        pytest.param(
            "import shutil\n"
            "from pathlib import Path\n"
            "def pytest_collection():\n"
            "    shutil.rmtree('evalgate-report')\n"
            "    Path('evalgate-report').write_text('')\n",
            None,
            id="folder-replaced",
        ),
    ],
)
def test_evidence_that_cannot_be_finished_ends_in_22(
    project: Project, conftest: str, verdict: str | None
) -> None:
    project.gate("promote")
    project.write("conftest.py", conftest)
    run = project.run("--evalgate", "gate.yaml", "-qq")
    assert run.outcome == (22, verdict)


@pytest.mark.parametrize(
    ("ini", "args", "folder"),
    [
        pytest.param("", (), "sub/evalgate-report", id="default"),
        pytest.param("", ("--evalgate-output=out/deep",), "sub/out/deep", id="option"),
        pytest.param("evalgate_output = from-ini", (), "from-ini", id="ini-from-rootdir"),
        pytest.param(
            "evalgate_output = from-ini",
            ("--evalgate-output=typed",),
            "sub/typed",
            id="option-wins",
        ),
    ],
)
def test_where_evidence_goes(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    ini: str,
    args: tuple[str, ...],
    folder: str,
) -> None:
    project.gate("promote")
    project.write("pytest.ini", f"[pytest]\n{ini}\n")
    (project.path / "sub").mkdir()
    monkeypatch.chdir(project.path / "sub")
    assert project.run("--evalgate", "../gate.yaml", *args).status == 0
    found = [path.parent for path in project.path.rglob("demo.json")]
    assert found == [project.path / folder]
    assert project.path.joinpath(folder, "demo.json").stat().st_mode & 0o777 == 0o644
