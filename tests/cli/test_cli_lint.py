"""`lint` reports every problem with its place, and hints that are no problems as notes."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_evalgate.formats import BUILT_IN


if TYPE_CHECKING:
    from tests.cli.conftest import Bench


GATE = """\
version: 1
gate: chat
artifacts:
  evals: {candidate: new.jsonl, baseline: old.jsonl, id: id}
metrics:
  accuracy: {value: correct, better: higher}
rules:
  holds: {metric: accuracy, claim: non_inferiority, margin: 2pp}
"""


def test_a_valid_gate_is_ok(bench: "Bench") -> None:
    bench.gate.write_text(GATE)
    words = "gate.yaml: OK, gate chat with 1 rule; artifacts not looked at\n"
    assert bench.call("lint", "gate.yaml") == (0, words, "")


def test_an_unknown_reader_is_told_all_that_are_known(bench: "Bench") -> None:
    bench.gate.write_text(GATE.replace("artifacts:", "artifacts:\n  own: {path: a, reader: ours}"))
    status, _, err = bench.call("lint", "gate.yaml")
    assert status != 0
    assert all(name in err for name in BUILT_IN)
    assert "what a conftest.py registers is known to pytest alone, not to `lint`" in err


def test_all_problems_are_told_with_line_and_column(bench: "Bench") -> None:
    bench.gate.write_text(GATE.replace("2pp", "-2").replace("better", "bettr"))
    status, out, err = bench.call("lint", "gate.yaml")
    assert (status, out) == (4, "")
    assert "gate.yaml:6:30: error[spec]:" in err
    assert "gate.yaml:8:" in err
    assert "^" in err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "gate.yaml: error[spec]: no such file"),
        (b"\xff\xfe", "UTF-8 only: byte 0xff at offset 0"),
        (b"", "error[spec]"),
        (b"\x00" * 300_000, "larger than 256 KiB"),
        (b"a: [" * 40_000, "error[spec]"),
    ],
    ids=["missing", "not UTF-8", "empty", "too large", "deep"],
)
def test_unreadable_files_are_told_without_traceback(
    bench: "Bench", content: bytes | None, words: str
) -> None:
    if content is not None:
        bench.gate.write_bytes(content)
    status, out, err = bench.call("lint", "gate.yaml")
    assert (status, out) == (4, "")
    assert words in err
    assert "Traceback" not in err


def test_a_folder_is_no_gate_file(bench: "Bench") -> None:
    status, _, err = bench.call("lint", ".")
    assert status == 4
    assert "a folder, not a gate file" in err


def test_one_bad_file_among_good_ones_fails_and_all_are_checked(bench: "Bench") -> None:
    bench.gate.write_text(GATE)
    status, out, err = bench.call("lint", "nope.yaml", "gate.yaml")
    assert status == 4
    assert "gate.yaml: OK" in out
    assert "nope.yaml: error[spec]: no such file" in err


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        (
            "rules:",
            "  spare: {value: x, better: lower}\nrules:",
            "gate.yaml:7:3: note: metric 'spare' is used by no rule",
        ),
        (
            "metrics:",
            "  more: {candidate: a.csv, baseline: b.csv, id: id}\nmetrics:",
            "gate.yaml:5:3: note: artifact 'more' is read by no rule",
        ),
        (
            "id: id}",
            "id: id, baselines: {trivial: c.jsonl}}",
            "note: 'trivial' of artifact 'evals' is compared by no rule",
        ),
        ("gate: chat", "gate: chat\ncorrection: holm", "note: correction holm changes nothing"),
        ("gate: chat", "gate: chat\nmin_runs: 5", "note: min_runs of rule 'holds' has no effect"),
        (
            ", id: id}",
            "}\ndefaults: {pair: none, min_samples: 50}",
            "note: min_samples of rule 'holds': without `id` it counts rows",
        ),
        ("2pp}", "2pp, pair: none}", "note: rule 'holds' gives up the pairs that `id` makes"),
        (
            "2pp}",
            "2pp}\n  alarm: {metric: accuracy, claim: deterioration}",
            "gate.yaml:9:3: note: rule 'alarm' is an alarm",
        ),
    ],
)
def test_hints_are_notes_and_do_not_fail(bench: "Bench", old: str, new: str, note: str) -> None:
    text = GATE.replace(", artifact: evals", "").replace(
        "{value: correct", "{artifact: evals, value: correct"
    )
    text = text.replace(old, new, 1).replace("{value: x", "{artifact: evals, value: x")
    bench.gate.write_text(text)
    status, out, err = bench.call("lint", "gate.yaml")
    assert (status, err) == (0, "")
    assert note in out


def test_a_correction_of_many_rules_costs_power(bench: "Bench") -> None:
    second = "  better: {metric: accuracy, claim: superiority}\n"
    bench.gate.write_text(GATE.replace("gate: chat", "gate: chat\ncorrection: holm") + second)
    status, out, _ = bench.call("lint", "gate.yaml")
    assert status == 0
    assert "note: correction holm over 2 rules costs power" in out


def test_the_shipped_gate_is_valid(bench: "Bench") -> None:
    shipped = Path(__file__).parents[2] / "gate.example.yaml"
    status, out, err = bench.call("lint", str(shipped))
    assert (status, err) == (0, "")
    assert "OK, gate digits with 4 rules" in out


def test_no_line_of_a_gate_file_is_a_command_of_a_ci_runner(
    isolated: Callable[..., "subprocess.CompletedProcess[str]"], tmp_path: Path
) -> None:
    path = tmp_path / "gate.yaml"
    path.write_text("version: 1\ngate: g\n'##[error]x ::error::y': 1\n")
    done = isolated("lint", str(path))
    assert done.returncode == 4
    assert "error[spec]" in done.stderr
    assert "##[" not in done.stderr
    assert "::" not in done.stderr
