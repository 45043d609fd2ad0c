"""Contracts: what they expect of each arm and between arms, and what is checked unasked."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from pytest_evalgate import evaluate as evaluate_file
from pytest_evalgate import host
from pytest_evalgate.evidence import Action, ContractCheck, GateEvidence, Verdict
from pytest_evalgate.formats import BUILT_IN, Format
from pytest_evalgate.gate.engine import evaluate
from pytest_evalgate.spec.build import read_gate
from pytest_evalgate.surroundings import Surroundings


Row = dict[str, object]
NOW = "2026-11-22T12:00:00+00:00"
GATE = """\
version: 1
gate: g
artifacts:
  a: {%s}
metrics: {m: {value: v, better: higher}}
rules: {r: {metric: m, claim: %s}}
"""
NOT_WORSE = "non_inferiority, margin: 0.5"


class Bench:
    """A folder of tables, the clock and the environment that a gate is told about."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.variables: dict[str, str] = {}
        self.created: str | None = NOW

    def write(self, name: str, rows: Iterable[Row]) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def judge(
        self,
        contract: str = "",
        *,
        artifact: str = "candidate: new.jsonl, baseline: old.jsonl, id: id",
        claim: str = NOT_WORSE,
        formats: Mapping[str, Format] = BUILT_IN,
    ) -> GateEvidence:
        text = GATE % (artifact, claim) + (f"contract: {{{contract}}}\n" if contract else "")
        around = Surroundings(
            base=self.folder,
            root=self.folder,
            working_directory=self.folder,
            variables=self.variables,
            created=self.created,
            formats=formats,
        )
        return evaluate(read_gate(text.encode(), "gate.yaml", formats=formats), around)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Return a bench with two arms of 40 rows that differ in ten of them."""
    found = Bench(tmp_path)
    found.write("new.jsonl", arm(model="v7", flips=range(5)))
    found.write("old.jsonl", arm(model="v6", flips=range(5, 10)))
    return found


def arm(n: int = 40, flips: Iterable[int] = (), **columns: object) -> list[Row]:
    wrong = set(flips)
    return [{"id": f"q{i:02d}", "v": int(i not in wrong), **columns} for i in range(n)]


def only(evidence: GateEvidence, words: str = "") -> ContractCheck:
    [found] = [check for check in evidence.contract if words in check.check]
    return found


def names(evidence: GateEvidence) -> list[str]:
    return [check.check for check in evidence.contract]


def assert_invalid(evidence: GateEvidence, words: str, check: str = "") -> ContractCheck:
    """Hold an evidence to be blocked by one check that says why."""
    found = only(evidence, check)
    assert found.verdict is Verdict.INVALID, found.reason
    assert words in found.reason
    assert evidence.decision.action is Action.BLOCK
    assert f"contract: {found.check}: {found.reason}" in evidence.decision.reasons
    return found


# --- equal


def test_a_column_equal_to_a_literal_in_every_arm_holds(bench: Bench) -> None:
    bench.write("new.jsonl", arm(flips=range(5), ds="2026-10"))
    bench.write("old.jsonl", arm(flips=range(5, 10), ds="2026-10"))
    evidence = bench.judge('equal: {ds: "2026-10"}')
    assert [check.verdict for check in evidence.contract] == [Verdict.PASS, Verdict.PASS]
    assert names(evidence) == ["a.candidate: equal ds", "a.baseline: equal ds"]
    assert evidence.decision.action is Action.PROMOTE


def test_a_column_that_is_not_the_literal_is_a_violation_with_both_values(bench: Bench) -> None:
    found = assert_invalid(bench.judge("equal: {model: {candidate: v8}}"), "")
    assert found.expected == "model is v8"
    assert (found.candidate, found.baseline) == ("v7", None)
    assert found.reason == '"model" is "v7", expected "v8"'


def test_one_row_that_differs_is_a_violation(bench: Bench) -> None:
    bench.write("new.jsonl", [*arm(39, range(5), model="v7"), *arm(40, model="v6")[39:]])
    assert_invalid(bench.judge("equal: {model: {candidate: v7}}"), '"model" is "v6"')


def test_a_value_is_compared_as_it_is_written(bench: Bench) -> None:
    bench.write("new.jsonl", arm(flips=range(5), lib="1.1"))
    assert_invalid(bench.judge("equal: {lib: {candidate: 1.10}}"), '"lib" is "1.1"')


def test_metadata_beside_a_file_can_be_equal(bench: Bench) -> None:
    (bench.folder / "new.meta.yaml").write_text("dataset_version: 1.10\n")
    check = only(bench.judge("equal: {dataset_version: {candidate: 1.10}}"))
    assert (check.verdict, check.candidate) == (Verdict.PASS, "1.10")


def test_a_column_that_no_row_has_cannot_be_equal(bench: Bench) -> None:
    assert_invalid(bench.judge("equal: {nope: {candidate: x}}"), "no row of a.candidate has")


def test_a_missing_cell_cannot_be_equal(bench: Bench) -> None:
    bench.write("new.jsonl", [*arm(39, range(5), model="v7"), *arm(40)[39:]])
    assert_invalid(bench.judge("equal: {model: {candidate: v7}}"), "is missing in 1 of 40 rows")


def test_a_variable_that_is_the_value_holds(bench: Bench) -> None:
    bench.variables = {"MODEL": "v7"}
    check = only(bench.judge("equal: {model: {candidate: {env: MODEL}}}"))
    assert check.verdict is Verdict.PASS
    assert check.expected == "model is that of the variable MODEL, v7"


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, "the variable MODEL is not set"),
        ({"MODEL": ""}, "the variable MODEL is empty"),
        ({"MODEL": " "}, "the variable MODEL is empty"),
        ({"MODEL": "v8"}, '"model" is "v7", expected "v8"'),
    ],
)
def test_a_variable_unset_empty_or_other_is_a_violation(
    bench: Bench, variables: dict[str, str], words: str
) -> None:
    bench.variables = variables
    assert_invalid(bench.judge("equal: {model: {candidate: {env: MODEL}}}"), words)


def test_the_host_reads_only_the_variables_that_a_gate_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EG_ONE", "1")
    monkeypatch.setenv("EG_TWO", "2")
    monkeypatch.delenv("EG_NONE", raising=False)
    around = host.surroundings(tmp_path / "gate.yaml", variables=("EG_ONE", "EG_NONE"))
    assert around.variables == {"EG_ONE": "1"}
    assert host.surroundings(tmp_path / "gate.yaml").variables == {}


def test_a_gate_file_is_judged_with_the_variables_of_the_process(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EG_MODEL", "v7")
    gate = bench.folder / "gate.yaml"
    text = GATE % ("candidate: new.jsonl, baseline: old.jsonl, id: id", NOT_WORSE)
    gate.write_text(text + "contract: {equal: {model: {candidate: {env: EG_MODEL}}}}\n")
    assert only(evaluate_file(gate)).verdict is Verdict.PASS
    monkeypatch.setenv("EG_MODEL", "v8")
    assert only(evaluate_file(gate)).verdict is Verdict.INVALID


# --- max_age


@pytest.mark.parametrize(
    ("created", "is_young"),
    [
        ("2026-11-22T11:00:00Z", True),
        ("2026-11-21T12:00:00+00:00", True),  # just a day
        ("2026-11-21T11:59:59Z", False),
        ("2026-11-21T13:59:59+02:00", False),  # the same time in another zone
        ("2026-11-22T12:05:00Z", True),  # clocks differ a little
        ("2026-11-22T12:05:01Z", False),
    ],
)
def test_an_age_is_judged_at_the_time_of_the_run(
    bench: Bench, created: str, *, is_young: bool
) -> None:
    bench.write("new.jsonl", arm(flips=range(5), created=created))
    check = only(bench.judge("max_age: {candidate: 1d}"))
    assert (check.verdict is Verdict.PASS) == is_young, check.reason
    assert check.candidate == created
    assert check.expected == "created at most 1d before the run"


def test_the_oldest_row_counts(bench: Bench) -> None:
    old = arm(40, created="2026-11-01T00:00:00Z")[39:]
    bench.write("new.jsonl", [*arm(39, range(5), created="2026-11-22T00:00:00Z"), *old])
    words = "created is 2026-11-01T00:00:00Z, more than 1d before this run"
    assert_invalid(bench.judge("max_age: {candidate: 1d}"), words)


def test_a_time_in_the_future_is_a_violation(bench: Bench) -> None:
    bench.write("new.jsonl", arm(flips=range(5), created="2027-01-01T00:00:00Z"))
    assert_invalid(bench.judge("max_age: {candidate: 52w}"), "after the time of this run")


@pytest.mark.parametrize(
    "created", ["2026-11-22T11:00:00", "2026-11-22", "yesterday", 1763812800, "22.11.2026"]
)
def test_a_time_without_a_zone_or_that_is_none_is_a_violation(
    bench: Bench, created: object
) -> None:
    bench.write("new.jsonl", arm(flips=range(5), created=created))
    assert_invalid(bench.judge("max_age: {candidate: 52w}"), "expected ISO 8601 with its zone")


def test_files_without_a_time_are_a_violation(bench: Bench) -> None:
    evidence = bench.judge("max_age: 14d")
    assert [check.verdict for check in evidence.contract] == [Verdict.INVALID, Verdict.INVALID]
    assert all("no time to judge" in check.reason for check in evidence.contract)


def test_a_run_without_a_time_judges_no_age(bench: Bench) -> None:
    bench.created = None
    bench.write("new.jsonl", arm(flips=range(5), created="2026-11-22T11:00:00Z"))
    assert_invalid(bench.judge("max_age: {candidate: 1d}"), "time of this run is not known")


def test_the_evidence_of_an_age_does_not_depend_on_the_second_of_the_run(bench: Bench) -> None:
    bench.write("new.jsonl", arm(flips=range(5), created="2026-11-22T11:00:00Z"))
    first = bench.judge("max_age: {candidate: 1d}")
    bench.created = "2026-11-22T12:00:01+00:00"
    again = bench.judge("max_age: {candidate: 1d}")
    assert again.contract == first.contract
    assert again.decision.digest == first.decision.digest


# --- expect_files


def test_the_number_of_files_is_that_of_data_files(bench: Bench) -> None:
    (bench.folder / "new.meta.json").write_text('{"seed": 1}')
    evidence = bench.judge("expect_files: 1")
    assert [check.verdict for check in evidence.contract] == [Verdict.PASS, Verdict.PASS]


def test_a_file_too_many_is_a_violation(bench: Bench) -> None:
    bench.write("runs/1.jsonl", arm(20, range(5)))
    bench.write("runs/2.jsonl", arm(40)[20:])
    artifact = "candidate: runs/*.jsonl, baseline: old.jsonl, id: id"
    evidence = bench.judge("expect_files: {candidate: 1}", artifact=artifact)
    found = assert_invalid(evidence, 'expected 1: "runs/1.jsonl", "runs/2.jsonl"')
    assert (found.expected, found.candidate) == ("1 file", "2")


def test_a_file_without_a_row_that_where_keeps_is_not_counted(bench: Bench) -> None:
    bench.write("runs/1.jsonl", arm(20, range(5), s="a"))
    bench.write("runs/2.jsonl", arm(40, s="a")[20:])
    bench.write("runs/3.jsonl", arm(40, s="b"))
    artifact = "candidate: {path: runs/*.jsonl, where: {s: a}}, baseline: old.jsonl, id: id"
    evidence = bench.judge("expect_files: {candidate: 3}", artifact=artifact)
    assert_invalid(evidence, "2 files, expected 3: ")
    assert "`where` keeps no row of 1 more" in only(evidence).reason


def test_a_run_that_was_deleted_is_not_counted(bench: Bench) -> None:
    for name, stage in (("a", "active"), ("b", "deleted")):
        run = bench.folder / "new" / "7" / name
        (run / "metrics").mkdir(parents=True)
        (run / "metrics" / "v").write_text("1 1 0\n")
        said = f"run_id: {name}\nexperiment_id: '7'\nlifecycle_stage: {stage}\nstatus: 3\n"
        (run / "meta.yaml").write_text(said)
    text = GATE % ("candidate: new, reader: mlflow", "threshold, min: 0.5")
    text = text.replace("value: v", "value: metrics.v") + "contract: {expect_files: 2}\n"
    around = Surroundings(base=bench.folder, root=bench.folder, working_directory=bench.folder)
    evidence = evaluate(read_gate(text.encode(), "gate.yaml"), around)
    assert_invalid(evidence, '1 file, expected 2: "new/7/a/meta.yaml"')


# --- same, present


@pytest.mark.parametrize("empty", [[None], [""], {"a": None}, [[], {}], "\u200b", "\u2060 \u200d"])
@pytest.mark.parametrize("contract", ["same: [ds]", "present: [ds]"])
def test_a_cell_that_holds_nothing_is_missing(bench: Bench, contract: str, empty: object) -> None:
    bench.write("new.jsonl", arm(flips=range(5), ds=empty))
    bench.write("old.jsonl", arm(flips=range(5, 10), ds=empty))
    checks = bench.judge(contract).contract
    assert {check.verdict for check in checks} == {Verdict.INVALID}
    assert '"ds" is missing in 40 of 40 rows of a.candidate' in checks[0].reason


@pytest.mark.parametrize("contract", ["same: [ds]", "present: [ds]", 'equal: {ds: "3"}'])
def test_a_violation_by_a_missing_column_says_where_to_write_it(
    bench: Bench, contract: str
) -> None:
    reason = bench.judge(contract).contract[0].reason
    assert 'write "ds" into the rows, or `ds: ...` into "new.meta.yaml" beside the file' in reason


def test_an_age_without_a_time_says_where_to_write_it(bench: Bench) -> None:
    bench.write("runs/1.jsonl", arm(20, range(5)))
    bench.write("runs/2.jsonl", arm(40)[20:])
    artifact = "candidate: runs/*.jsonl, baseline: old.jsonl, id: id"
    evidence = bench.judge("max_age: {candidate: 1d}", artifact=artifact)
    assert_invalid(evidence, '`created: ...` into "runs/meta.yaml" beside the file')


# --- sha256


def pinned(bench: Bench, digest: str) -> GateEvidence:
    baseline = f"{{path: old.jsonl, sha256: {digest}}}"
    return bench.judge(artifact=f"candidate: new.jsonl, baseline: {baseline}, id: id")


def test_an_arm_with_the_digest_of_its_pin_holds(bench: Bench) -> None:
    digest = hashlib.sha256((bench.folder / "old.jsonl").read_bytes()).hexdigest()
    evidence = pinned(bench, digest)
    assert only(evidence, "sha256").verdict is Verdict.PASS
    assert evidence.decision.action is Action.PROMOTE


def test_a_wrong_pin_is_answered_with_the_digest_found(bench: Bench) -> None:
    digest = hashlib.sha256((bench.folder / "old.jsonl").read_bytes()).hexdigest()
    found = assert_invalid(pinned(bench, "0" * 64), digest, "a.baseline: sha256")
    assert (found.expected, found.baseline) == ("0" * 64, digest)


def test_a_changed_file_breaks_its_pin(bench: Bench) -> None:
    digest = hashlib.sha256((bench.folder / "old.jsonl").read_bytes()).hexdigest()
    bench.write("old.jsonl", arm(model="v5", flips=range(5, 10)))
    assert_invalid(pinned(bench, digest), "write the digest found", "sha256")


def test_metadata_that_appear_beside_a_pinned_file_break_the_pin(bench: Bench) -> None:
    digest = hashlib.sha256((bench.folder / "old.jsonl").read_bytes()).hexdigest()
    (bench.folder / "old.meta.json").write_text('{"dataset_version": "v3"}')
    found = assert_invalid(pinned(bench, digest), "the list of 2 files", "sha256")
    assert '"old.jsonl", "old.meta.json"' in found.reason


def test_a_session_over_a_wrong_pin_ends_in_21(bench: Bench) -> None:
    baseline = "{path: old.jsonl, sha256: %s}" % ("0" * 64)
    text = GATE % (f"candidate: new.jsonl, baseline: {baseline}, id: id", NOT_WORSE)
    (bench.folder / "gate.yaml").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--evalgate", "gate.yaml", "-p", "no:randomly"],
        cwd=bench.folder, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 21, done.stdout
    assert "a.baseline: sha256" in done.stdout


# --- expect_split


@pytest.mark.parametrize(
    ("n_candidate", "share", "holds"),
    [(1000, "0.5", True), (1100, "0.5", True), (1200, "0.5", False), (500, "0.333", True)],
)
def test_a_split_is_tested_exactly(
    bench: Bench, n_candidate: int, share: str, *, holds: bool
) -> None:
    # scipy.stats.binomtest: (1100, 2100) gives p 0.0307, (1200, 2200) 2.2e-05
    bench.write("new.jsonl", [{"v": i % 2} for i in range(n_candidate)])
    bench.write("old.jsonl", [{"v": i % 2} for i in range(1000)])
    evidence = bench.judge(
        f"expect_split: {share}",
        artifact="candidate: new.jsonl, baseline: old.jsonl",
        claim="non_inferiority, margin: 0.5, pair: none",
    )
    check = only(evidence)
    assert (check.verdict is Verdict.PASS) == holds, check.reason
    assert (check.candidate, check.baseline) == (str(n_candidate), "1000")


def test_a_split_counts_units_where_there_are_ids(bench: Bench) -> None:
    twice = [row | {"e": e} for row in arm(flips=range(5)) for e in (1, 2)]
    bench.write("new.jsonl", twice)
    bench.write("old.jsonl", [row | {"e": e} for row in arm(flips=[7]) for e in (1, 2)])
    artifact = "candidate: new.jsonl, baseline: old.jsonl, id: id, repeat: e"
    check = only(bench.judge("expect_split: 0.5", artifact=artifact), "expect_split")
    assert (check.verdict, check.candidate, check.baseline) == (Verdict.PASS, "40", "40")


def test_sizes_without_a_planned_split_are_not_tested(bench: Bench) -> None:
    bench.write("new.jsonl", [{"v": i % 2} for i in range(1000)])
    bench.write("old.jsonl", [{"v": i % 2} for i in range(300)])
    evidence = bench.judge(
        artifact="candidate: new.jsonl, baseline: old.jsonl",
        claim="non_inferiority, margin: 0.5, pair: none",
    )
    assert evidence.contract == ()


# --- missing values


def lacking(n: int, missing: Iterable[int], flips: Iterable[int] = ()) -> list[Row]:
    gone = set(missing)
    return [row | {"v": None if i in gone else row["v"]} for i, row in enumerate(arm(n, flips))]


@pytest.mark.parametrize(
    ("n_missing", "holds"),
    [(10, True), (11, False)],
)
def test_values_missing_in_one_arm_more_often_break_the_contract(
    bench: Bench, n_missing: int, *, holds: bool
) -> None:
    # All in one arm: the exact two-sided p is 2 / 2**n, .00195 at 10 and .00098 at 11.
    bench.write("new.jsonl", lacking(200, range(n_missing)))
    bench.write("old.jsonl", arm(200, range(100, 105)))
    check = only(bench.judge("missing: drop, max_missing: 0.1"))
    assert check.check == "a.baseline: missing m"
    assert (check.verdict is Verdict.PASS) == holds, check.reason
    assert check.candidate == f"{n_missing} of 200 units"
    assert check.baseline == "0 of 200 units"


def test_values_missing_in_the_same_units_of_both_arms_hold(bench: Bench) -> None:
    bench.write("new.jsonl", lacking(200, range(18)))
    bench.write("old.jsonl", lacking(200, range(18), flips=range(100, 105)))
    assert only(bench.judge("missing: drop, max_missing: 0.1")).verdict is Verdict.PASS


def test_missing_values_that_count_as_worst_are_tested_too(bench: Bench) -> None:
    bench.write("new.jsonl", lacking(200, range(15)))
    bench.write("old.jsonl", arm(200, range(100, 105)))
    text = GATE.replace("value: v,", "value: v, kind: binary,")
    spec = read_gate(
        (
            text % ("candidate: new.jsonl, baseline: old.jsonl, id: id", NOT_WORSE)
            + "contract: {missing: worst, max_missing: 0.1}\n"
        ).encode(),
        "gate.yaml",
    )
    around = Surroundings(
        base=bench.folder, root=bench.folder, working_directory=bench.folder, created=NOW
    )
    assert_invalid(evaluate(spec, around), "15 units in the candidate alone and 0")


@pytest.mark.parametrize(("n_missing", "pvalue"), [(10, "0.0018"), (11, "0.00091")])
def test_unpaired_arms_are_tested_by_their_counts(
    bench: Bench, n_missing: int, pvalue: str
) -> None:
    # scipy.stats.fisher_exact([[10, 390], [0, 400]]) gives p 0.001845, 11 of 400 gives 0.000911
    bench.write("new.jsonl", [{"v": None if i < n_missing else i % 2} for i in range(400)])
    bench.write("old.jsonl", [{"v": i % 2} for i in range(400)])
    evidence = bench.judge(
        "missing: drop, max_missing: 0.1",
        artifact="candidate: new.jsonl, baseline: old.jsonl",
        claim="non_inferiority, margin: 0.5, pair: none",
    )
    check = only(evidence)
    assert f"exact p {pvalue}" in check.reason
    assert (check.verdict is Verdict.INVALID) == (n_missing == 11)
    assert (check.candidate, check.baseline) == (f"{n_missing} of 400 units", "0 of 400 units")


def test_no_missing_values_hold(bench: Bench) -> None:
    check = only(bench.judge("missing: drop, max_missing: 0.1"))
    assert (check.verdict, check.reason) == (Verdict.PASS, "exact p 1")


# --- copies


REPEATED = "candidate: new.jsonl, baseline: old.jsonl, id: id, repeat: epoch"


def asked_again(rows: Iterable[Row], answer: Callable[[object, int], str]) -> list[Row]:
    """Ask three times; ``answer`` makes what is said from the epoch."""
    return [row | {"epoch": e, "answer": answer(row["id"], e)} for row in rows for e in (1, 2, 3)]


def test_repeats_that_are_all_the_same_rows_break_the_contract(bench: Bench) -> None:
    bench.write("new.jsonl", asked_again(arm(flips=range(5)), lambda i, _: f"{i} is so"))
    bench.write("old.jsonl", asked_again(arm(flips=[7]), lambda i, e: f"{i} is so {e}"))
    evidence = bench.judge(artifact=REPEATED)
    found = assert_invalid(evidence, "one observation", "a.candidate: repeats")
    assert found.candidate == "40 of 40 units with equal rows in all repeats"
    assert only(evidence, "a.baseline: repeats").verdict is Verdict.PASS


def test_times_and_new_ids_do_not_make_a_repeat_another(bench: Bench) -> None:
    rows = [
        row
        | {
            "uuid": f"u{number}",
            "latency_ms": number,
            "startedAt": number,
            "response": {"id": f"{number:08x}-1111-2222-3333-444444444444", "text": row["id"]},
            "log": f"2026-11-22T12:00:{number % 60:02d}Z",
        }
        for number, row in enumerate(asked_again(arm(flips=range(5)), lambda i, _: f"{i}"))
    ]
    bench.write("new.jsonl", rows)
    bench.write("old.jsonl", asked_again(arm(flips=[7]), lambda i, e: f"{i} {e}"))
    assert_invalid(bench.judge(artifact=REPEATED), "copied or cached", "a.candidate: repeats")


def test_equal_answers_with_other_token_counts_are_no_cache(bench: Bench) -> None:
    rows = [
        row | {"usage": {"total": 100 + number}}
        for number, row in enumerate(asked_again(arm(flips=range(5)), lambda i, _: f"{i}"))
    ]
    bench.write("new.jsonl", rows)
    bench.write("old.jsonl", asked_again(arm(flips=[7]), lambda i, e: f"{i} {e}"))
    check = only(bench.judge(artifact=REPEATED), "a.candidate: repeats")
    assert (check.verdict, check.candidate) == (
        Verdict.PASS,
        "0 of 40 units with equal rows in all repeats",
    )


def test_one_unit_that_answers_otherwise_is_no_cache(bench: Bench) -> None:
    rows = asked_again(arm(flips=range(5)), lambda i, e: f"{i} {e if i == 'q03' else 0}")
    bench.write("new.jsonl", rows)
    bench.write("old.jsonl", asked_again(arm(flips=[7]), lambda i, e: f"{i} {e}"))
    assert only(bench.judge(artifact=REPEATED), "a.candidate: repeats").verdict is Verdict.PASS


def test_rows_of_nothing_but_keys_and_values_cannot_tell_a_cache(bench: Bench) -> None:
    bench.write("new.jsonl", [row | {"epoch": e} for row in arm(flips=[3]) for e in (1, 2)])
    bench.write("old.jsonl", [row | {"epoch": e} for row in arm(flips=[7]) for e in (1, 2)])
    assert bench.judge(artifact=REPEATED).contract == ()


CROSSED = "candidate: new.jsonl, baseline: old.jsonl, id: id, run: seed"


def runs(copied: int | None = None) -> list[Row]:
    """Make four runs of 40 rows; one may be a copy of the first under another seed."""
    return [
        {
            "id": f"q{i:02d}",
            "seed": seed,
            "v": (i * 7 + (0 if seed == copied else seed) * 11) % 97 / 97,
            "at": f"2026-11-22T12:{seed:02d}:00Z",
        }
        for seed in range(4)
        for i in range(40)
    ]


def test_a_run_that_is_a_copy_of_another_breaks_the_contract(bench: Bench) -> None:
    bench.write("new.jsonl", runs(copied=3))
    bench.write("old.jsonl", [*runs()[:-1], runs()[-1] | {"v": 0.5}])
    evidence = bench.judge(artifact=CROSSED)
    assert_invalid(evidence, 'runs "0", "3" of a.candidate are the same', "a.candidate: runs")
    assert only(evidence, "a.baseline: runs").verdict is Verdict.PASS


def measurements(bench: Bench, folder: str, copies: int, files: int = 4) -> None:
    """Write files of 30 times without ids; the first ``copies`` under other dates are one."""
    for file in range(files):
        seed = 0 if file < copies else file
        rows: list[Row] = [
            {"v": (i * 7 + seed * 11 + len(folder)) % 97 / 97, "date": f"2026-11-0{file + 1}"}
            for i in range(30)
        ]
        bench.write(f"{folder}/{file}.jsonl", rows)


def test_files_of_the_same_rows_under_another_date_break_the_contract(bench: Bench) -> None:
    measurements(bench, "new", copies=2)
    measurements(bench, "old", copies=1)
    evidence = bench.judge(
        artifact="candidate: new/*.jsonl, baseline: old/*.jsonl", claim=f"{NOT_WORSE}, pair: none"
    )
    words = 'files "new/0.jsonl", "new/1.jsonl" of a.candidate are the same rows'
    found = assert_invalid(evidence, words, "a.candidate: files differ")
    assert found.candidate == "2 of 4 files are the same as another"
    assert only(evidence, "a.baseline: files differ").verdict is Verdict.PASS


def test_files_of_nothing_but_zeros_and_ones_cannot_tell_a_copy(bench: Bench) -> None:
    for name in ("new/0", "new/1", "old/0", "old/1"):
        rows = [{"v": row["v"], "of": name} for row in arm(flips=range(5))]
        bench.write(f"{name}.jsonl", rows)
    evidence = bench.judge(
        artifact="candidate: new/*.jsonl, baseline: old/*.jsonl", claim=f"{NOT_WORSE}, pair: none"
    )
    assert names(evidence) == ["a.baseline: rows differ"]


def test_a_candidate_of_the_baselines_rows_breaks_the_contract(bench: Bench) -> None:
    text = [{"said": f"answer {i}", "at": f"2026-11-22T12:00:{i:02d}Z"} for i in range(40)]
    rows = [row | more for row, more in zip(arm(flips=range(5)), text, strict=True)]
    bench.write("new.jsonl", [row | {"model": "v7"} for row in rows])
    bench.write("old.jsonl", [row | {"model": "v6"} for row in reversed(rows)])
    found = assert_invalid(bench.judge(), "the candidate is a copy", "rows differ")
    assert found.check == "a.baseline: rows differ"


def test_equal_values_of_other_rows_are_no_copy(bench: Bench) -> None:
    rows = arm(flips=range(5))
    bench.write("new.jsonl", [row | {"said": f"new {i}"} for i, row in enumerate(rows)])
    bench.write("old.jsonl", [row | {"said": f"old {i}"} for i, row in enumerate(rows)])
    check = only(bench.judge(), "rows differ")
    assert (check.verdict, check.reason) == (Verdict.PASS, "all values are equal, the rows are not")


def test_rows_of_nothing_but_ids_and_values_cannot_tell_a_copy(bench: Bench) -> None:
    bench.write("new.jsonl", arm(flips=range(5), model="v7"))
    bench.write("old.jsonl", arm(flips=range(5), model="v6"))
    assert bench.judge().contract == ()


def test_rules_that_cannot_block_need_no_sound_evaluation(bench: Bench) -> None:
    bench.write("new.jsonl", asked_again(arm(flips=range(5)), lambda i, _: f"{i} is so"))
    bench.write("old.jsonl", asked_again(arm(flips=[7]), lambda i, e: f"{i} is so {e}"))
    text = GATE % (REPEATED, NOT_WORSE + ", severity: observe")
    text = text.replace("rules: {", "rules: {t: {metric: other, claim: threshold, min: 0.1}, ")
    text = text.replace(
        "metrics: {m:", "metrics: {other: {artifact: b, value: v, better: higher}, m:"
    )
    text = text.replace("value: v, better: higher}}", "artifact: a, value: v, better: higher}}")
    text = text.replace("artifacts:\n", "artifacts:\n  b: {candidate: one.jsonl, id: id}\n")
    bench.write("one.jsonl", arm(200))
    around = Surroundings(base=bench.folder, root=bench.folder, working_directory=bench.folder)
    evidence = evaluate(read_gate(text.encode(), "gate.yaml"), around)
    assert evidence.contract == ()
    assert evidence.decision.action is Action.PROMOTE


# --- times of machines


TIMED_FORMAT = Format(name="timed", parse=BUILT_IN["jsonl"].parse, is_timing=True)
TIMING = {**BUILT_IN, "timed": TIMED_FORMAT}
TIMED = "candidate: new.jsonl, baseline: old.jsonl, id: id, reader: timed"


@pytest.mark.parametrize(
    ("machines", "contract", "words"),
    [
        (("A", "A"), "", None),
        (("A", "B"), "", '"machine" is "A" in a.candidate and "B" in a.baseline'),
        ((None, "B"), "", 'no row of a.candidate has "machine"'),
        ((None, None), "", 'no row of a.candidate has "machine"'),
        (("A", "B"), "machine: any", None),
        ((None, None), "machine: any", None),
        (("A", "B"), "machine: same", "write `contract: {machine: any}`"),
    ],
)
def test_times_of_two_machines_are_not_compared(
    bench: Bench, machines: tuple[str | None, str | None], contract: str, words: str | None
) -> None:
    for name, machine, first in zip(("new", "old"), machines, (0, 5), strict=True):
        named: Row = {"machine": machine} if machine else {}
        rows = arm(flips=range(first, first + 5))
        bench.write(f"{name}.jsonl", [row | named for row in rows])
    evidence = bench.judge(contract, artifact=TIMED, formats=TIMING)
    if words is None:
        assert only(evidence, "same machine").verdict is Verdict.PASS
    else:
        assert_invalid(evidence, words, "same machine")


def test_a_machine_named_beside_the_files_counts(bench: Bench) -> None:
    (bench.folder / "meta.yaml").write_text("machine: runner-1\n")
    evidence = bench.judge(artifact=TIMED, formats=TIMING)
    check = only(evidence, "same machine")
    assert (check.verdict, check.candidate) == (Verdict.PASS, "runner-1")


def test_a_declared_machine_is_checked_once(bench: Bench) -> None:
    bench.write("new.jsonl", arm(flips=range(5), machine="A"))
    bench.write("old.jsonl", arm(flips=range(5, 10), machine="A"))
    evidence = bench.judge("same: [machine]", artifact=TIMED, formats=TIMING)
    assert names(evidence) == ["a.baseline: same machine"]


def test_other_formats_need_no_machine(bench: Bench) -> None:
    bench.write("new.jsonl", arm(flips=range(5), machine="A"))
    bench.write("old.jsonl", arm(flips=range(5, 10), machine="B"))
    assert bench.judge().contract == ()


# --- real files


def test_real_epochs_with_equal_answers_are_no_cache() -> None:
    """gpt-5 gave the same text in all five epochs of every id, with other token counts."""
    named = os.environ.get("EVALGATE_SAMPLES")
    if not named:
        pytest.skip("EVALGATE_SAMPLES names no folder of real evaluation files")
    folder = Path(named) / "inspect_ai" / "popularity_10x5epochs"
    logs = "candidate: {where: {model: %s}}, baseline: {where: {model: openai/gpt-5}}"
    text = GATE % (
        "reader: inspect, path: '*.eval', " + logs % "anthropic/claude-sonnet-4-20250514",
        "superiority",
    )
    spec = read_gate(text.replace("value: v", "value: match").encode(), "gate.yaml")
    around = Surroundings(base=folder, root=folder, working_directory=folder)
    evidence = evaluate(spec, around)
    repeats = [check for check in evidence.contract if "repeats differ" in check.check]
    assert [check.verdict for check in repeats] == [Verdict.PASS, Verdict.PASS]
