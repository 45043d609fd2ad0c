"""A rerun judges the same files: the paths that were typed are typed again."""

import shlex
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest
from webpages import parsed

from pytest_evalgate.evidence import GateEvidence, RunFacts
from pytest_evalgate.report.gate_words import remarks
from pytest_evalgate.report.kinds import Kind, render
from pytest_evalgate.report.rerun import override_arguments, rerun_command


TYPED = ("-q", "--evalgate", "a.gate.yaml", "--evalgate-artifact", "evals.candidate=new runs/x")


def run_of(*args: str) -> RunFacts:
    return RunFacts(args=args)


def overridden(cases: ModuleType, *args: str) -> GateEvidence:
    evidence: GateEvidence = cases.replace(cases.six_rules(), run=run_of(*args))
    return evidence


@pytest.mark.parametrize(
    ("args", "words"),
    [
        pytest.param((), [], id="none"),
        pytest.param(("-q", "a.gate.yaml"), [], id="others"),
        pytest.param(("--evalgate-artifact", "a=b"), ["a=b"], id="two words"),
        pytest.param(("--evalgate-artifact=a=b",), ["a=b"], id="one word"),
        pytest.param(
            ("--evalgate-artifact=a=b", "-x", "--evalgate-artifact", "c.d=e"),
            ["a=b", "c.d=e"],
            id="both",
        ),
        pytest.param(("--evalgate-artifact",), [], id="no value"),
        pytest.param(("--evalgate-artifacts=a=b",), [], id="longer name"),
        pytest.param(("--", "--evalgate-artifact=a=b"), [], id="a file of that name"),
        pytest.param(("--evalgate-artifact", "--evalgate-artifact=a"), ["--evalgate-artifact=a"],
                     id="a value of that name"),
    ],
)  # fmt: skip
def test_paths_that_were_typed_are_found(args: tuple[str, ...], words: list[str]) -> None:
    expected = [word for text in words for word in ("--evalgate-artifact", text)]
    assert override_arguments(run_of(*args)) == expected


def test_the_command_is_read_back_by_a_shell_as_it_was_typed() -> None:
    hostile = "a=b; rm -rf 'x' $(y) \"z\""
    command = rerun_command("g.yaml", "r", arguments=["--evalgate-artifact", hostile])
    assert shlex.split(command) == ["pytest", "--evalgate", "g.yaml::r", "--evalgate-artifact",
                                    hostile]  # fmt: skip


def test_page_and_junit_print_the_paths_that_were_typed(cases: ModuleType) -> None:
    evidence = overridden(cases, *TYPED)
    again = "--evalgate-artifact 'evals.candidate=new runs/x'"
    codes = [one.text for one in parsed(render(Kind.HTML, evidence)).find("code")]
    assert codes
    assert all(code.endswith(again) for code in codes if code.startswith("pytest"))
    root = ET.fromstring(render(Kind.JUNIT, evidence))  # noqa: S314 - made here
    failures = [one.text or "" for one in root.iter("failure") if one.get("type") == "fail"]
    assert failures
    assert all(f"{again}\n" in text for text in failures)


def test_a_path_that_was_typed_and_not_read_is_named(cases: ModuleType) -> None:
    told = "override: the command line names paths for evals.candidate; no such file was read"
    evidence = overridden(cases, *TYPED)
    assert told in remarks(evidence)
    files = tuple(cases.replace(one, override=True) for one in evidence.provenance.artifacts)
    provenance = cases.replace(evidence.provenance, artifacts=files)
    assert told not in remarks(cases.replace(evidence, provenance=provenance))
