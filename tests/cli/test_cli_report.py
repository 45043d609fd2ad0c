"""`report`: evidence as a report again."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_evalgate import evaluate
from pytest_evalgate.evidence import to_json
from pytest_evalgate.report.kinds import MARK, MARK_WITHIN, Kind, render


Isolated = Callable[..., "subprocess.CompletedProcess[str]"]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the evidence file of a gate with a pass, a fail and an inconclusive rule."""
    path = tmp_path_factory.mktemp("evidence") / "quick.json"
    path.write_text(to_json(evaluate(ROOT / "examples" / "digits" / "quick.gate.yaml")))
    return path


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_printed_as_it_would_be_written(
    isolated: Isolated, evidence: Path, tmp_path: Path, kind: Kind
) -> None:
    printed = isolated("report", str(evidence), "--format", kind)
    assert (printed.returncode, printed.stderr) == (0, "")
    target = tmp_path / f"report{kind.suffix}"
    assert isolated("report", str(evidence), "--format", kind, "--output", str(target)).stdout == ""
    assert target.read_text(encoding="utf-8") == printed.stdout
    assert MARK in printed.stdout.encode()[:MARK_WITHIN]


def test_the_terminal_is_the_usual_format(isolated: Isolated, evidence: Path) -> None:
    done = isolated("report", str(evidence))
    assert done.returncode == 0
    assert "quick: BLOCKED   1 pass, 1 fail, 1 inconclusive" in done.stdout
    assert "straddles limit > +0.0300" in done.stdout
    assert done.stdout == isolated("report", str(evidence), "--format", "terminal").stdout


def test_a_rerun_judges_the_files_that_were_judged(
    isolated: Isolated, evidence: Path, tmp_path: Path
) -> None:
    record = json.loads(evidence.read_text())
    record["run"]["args"] = [
        "--evalgate",
        "quick.gate.yaml",
        "--evalgate-artifact=digits.baseline=x",
    ]
    path = tmp_path / "typed.json"
    path.write_text(json.dumps(record))
    done = isolated("report", str(path))
    assert done.returncode == 0
    reruns = [line for line in done.stdout.splitlines() if line.startswith("  rerun ")]
    assert reruns
    assert all(line.endswith(" --evalgate-artifact digits.baseline=x") for line in reruns)


def test_the_same_evidence_gives_the_same_bytes() -> None:
    found = evaluate(ROOT / "examples" / "digits" / "quick.gate.yaml")
    for kind in Kind:
        assert render(kind, found) == render(kind, found)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(None, "cannot be read: No such file or directory", id="missing"),
        pytest.param("{}", "no evidence file: there is no key 'schema'", id="other file"),
    ],
)
def test_what_is_no_evidence_ends_in_twenty_two(
    isolated: Isolated, tmp_path: Path, data: str | None, message: str
) -> None:
    path = tmp_path / "x.json"
    if data is not None:
        path.write_text(data)
    done = isolated("report", str(path))
    assert (done.returncode, done.stdout) == (22, "")
    assert message in done.stderr
    assert "hint: name" in done.stderr


def test_evidence_made_green_by_hand_is_not_shown(
    isolated: Isolated, evidence: Path, tmp_path: Path
) -> None:
    record = json.loads(evidence.read_text())
    record["decision"].update(action="promote", verdict="promote", reasons=[])
    path = tmp_path / "x.json"
    path.write_text(json.dumps(record))
    done = isolated("report", str(path), "--format", "html")
    assert (done.returncode, done.stdout) == (22, "")
    assert "decision, rules and contract do not match the digest of the decision" in done.stderr


def test_the_evidence_is_never_overwritten(isolated: Isolated, evidence: Path) -> None:
    before = evidence.read_bytes()
    done = isolated("report", str(evidence), "--output", str(evidence))
    assert done.returncode == 22
    assert "is the evidence itself" in done.stderr
    assert evidence.read_bytes() == before


def test_a_format_that_is_not_known_is_wrong_use(isolated: Isolated, evidence: Path) -> None:
    done = isolated("report", str(evidence), "--format", "pdf")
    assert done.returncode == 4
    assert "markdown" in done.stderr
