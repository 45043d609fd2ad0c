"""pytest-benchmark: one row a benchmark; a file is one run, whatever its rounds."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pytest_evalgate import evaluate
from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.pytest_benchmark import fits, parse
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.errors import ArtifactError, EvalGateError, SampleError


MADE = Path(__file__).parents[1] / "interop" / "pytest_benchmark"
STORAGE = "pytest_benchmark/pytest-benchmark_storage/000{}_*.json"
STATS = (
    *("min", "max", "mean", "stddev", "rounds", "median", "iqr", "q1", "q3", "ops", "total"),
    "iterations",
)
ENTRY: dict[str, Any] = {
    "name": "test_a",
    "fullname": "t.py::test_a",
    "stats": {"median": 0.5, "mean": 0.5, "rounds": 9},
}


def load(
    folder: Path, *columns: str, paths: tuple[str, ...] = ("*.json",), **more: Any
) -> ArmTable:
    arm = ArmRequest(
        artifact="speed",
        arm="candidate",
        paths=paths,
        base=folder,
        root=folder,
        reader="pytest-benchmark",
        **more,
    )
    return load_arm(arm, columns)


def parsed(path: str = "x.json", **report: Any) -> Parsed:
    whole = {"machine_info": {}, "commit_info": {}, "benchmarks": [ENTRY], **report}
    return parse(Content(path=path, data=json.dumps(whole).encode()))


def test_a_row_has_the_statistics_in_seconds() -> None:
    columns = ("fullname", "group", "params.size", "extra_info.model", "outliers", *STATS)
    table = load(MADE, *columns, paths=("run_1.json",))
    assert table.column("fullname") == [
        f"test_tiny.py::{name}" for name in ("test_sort[10]", "test_sort[1000]", "test_sum")
    ]
    assert table.column("group") == [None, None, "sums"]
    assert table.column("params.size") == [10, 1000, None]
    assert table.column("extra_info.model") == ["tiny", "tiny", None]
    for row in zip(*(table.column(name) for name in STATS), strict=True):
        found = dict(zip(STATS, row, strict=True))
        assert found["min"] <= found["q1"] <= found["median"] <= found["q3"] <= found["max"] < 0.1
        # The tool's own definitions: operations a second, and seconds of all rounds.
        assert found["ops"] == pytest.approx(1 / found["mean"])
        assert found["total"] == pytest.approx(found["mean"] * found["rounds"])


def test_rounds_are_no_units_and_a_file_is_one_run() -> None:
    table = load(MADE, "median", "name", "_path", paths=("run_*.json",))
    request = SampleRequest(value="median", run="_path", where=(("name", ("test_sum",)),))
    assert extract(table, request).values.size == 2
    assert any("rounds resemble one another, so they are no units" in note for note in table.notes)
    assert any("single rounds of 3 benchmarks are not read" in note for note in table.notes)


def test_raw_rounds_reach_no_row() -> None:
    table = load(MADE, "stats.data", "stats.rounds", paths=("run_1.json",))
    assert "stats.data" not in table.columns
    assert all(isinstance(n, int) and n >= 5 for n in table.column("stats.rounds"))


def test_several_benchmarks_of_one_run_need_slices() -> None:
    table = load(MADE, "median", "name", "_path", paths=("run_1.json",))
    with pytest.raises(SampleError, match=r"duplicate keys of _path.*differ in .*name"):
        extract(table, SampleRequest(value="median", run="_path"))


def test_the_machine_is_its_processor_system_and_python() -> None:
    data = (MADE / "run_1.json").read_bytes()
    info = json.loads(data)["machine_info"]
    metadata = parse(Content(path="x", data=data)).metadata
    brand, python = info["cpu"]["brand_raw"], info["python_version"]
    assert metadata["machine"] == f"{brand}, x86_64, CPython {python}"
    assert metadata["python"] == python
    made_with = json.loads((MADE / "made_with.json").read_text(encoding="utf-8"))
    assert metadata["harness_version"] == made_with["version"]
    assert metadata["git_commit"] is None
    assert str(metadata["created"]).endswith("+00:00")


def test_without_a_processor_the_host_names_the_machine() -> None:
    info = {"node": "minibox", "machine": "x86_64"}
    assert parsed(machine_info=info).metadata["machine"] == "minibox, x86_64"
    assert parsed().metadata["machine"] is None
    assert "x.json does not say on which machine it was made" in parsed().notes


def test_uncommitted_changes_are_noted() -> None:
    found = parsed(commit_info={"id": "5b78", "dirty": True})
    assert "x.json was made with uncommitted changes" in found.notes
    assert [row["dirty"] for _, row in found.rows] == [True]


def test_a_name_with_another_commit_than_the_content_is_noted() -> None:
    found = parsed(f"0001_{'b' * 40}_2015.json", commit_info={"id": "a" * 40})
    assert any("names another commit than its content" in note for note in found.notes)
    same = parsed(f"0001_{'a' * 40}_2015.json", commit_info={"id": "a" * 40})
    assert not any("another commit" in note for note in same.notes)


def test_no_benchmark_is_no_evidence(tmp_path: Path) -> None:
    report: dict[str, Any] = {"machine_info": {}, "benchmarks": []}
    (tmp_path / "a.json").write_text(json.dumps(report), encoding="utf-8")
    with pytest.raises(ArtifactError, match="the file has 0 rows"):
        load(tmp_path, "median")


@pytest.mark.parametrize(
    ("benchmarks", "words"),
    [
        (None, "no list `benchmarks`"),
        ([7], "benchmark 1: found 7, expected an object with `stats`"),
        ([ENTRY, {"name": "b", "stats": None}], "benchmark 2: found"),
        ([{**ENTRY, "median": 1}], 'benchmark 1: "median" stands beside `stats` and in it'),
    ],
)
def test_a_report_of_another_shape_is_refused(benchmarks: object, words: str) -> None:
    with pytest.raises(ArtifactError, match=words):
        list(parsed(benchmarks=benchmarks).rows)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"benchmarks": {}}', b'{"a": 1, "a": 2}'])
def test_what_is_no_report_is_refused(data: bytes) -> None:
    with pytest.raises(EvalGateError):
        parse(Content(path="x.json", data=data))


def test_auto_tells_the_format() -> None:
    assert all(fits(Head(path.read_bytes(), path.name)) for path in MADE.glob("run_*.json"))
    assert not fits(Head(b'{"benchmarks": [{"stats": {}}]}', "x.json"))
    assert not fits(Head(b'{"name": "a", "median": 1}\n', "x.jsonl"))


def test_old_files_lack_fields_and_are_read(samples: Path) -> None:
    # Figures of grammar S7: the mean of the medians of two files of version 2.5.
    columns = ("median", "_path", "ops", "machine", "dirty", "git_commit")
    for numbers, median in (((3, 4), 2.20045e-07), ((1, 2), 2.19988e-07)):
        table = load(samples, *columns, paths=tuple(map(STORAGE.format, numbers)))
        sample = extract(table, SampleRequest(value="median", run="_path"))
        assert sample.values.mean() == pytest.approx(median, rel=1e-5)
        assert "ops" not in table.columns
        assert set(table.column("machine")) == {"minibox, x86_64, CPython 2.7.3"}
        assert set(table.column("dirty")) == {True}
        assert set(table.column("git_commit")) == {"5b78858eb718649a31fb93d8dc96ca2cee41a4cd"}
        is_other = any("names another commit than its content" in note for note in table.notes)
        assert is_other == (numbers == (1, 2))


def test_two_pythons_on_two_processors_are_two_machines(samples: Path) -> None:
    table = load(
        samples, "machine", "name", "median", paths=("pytest_benchmark/lagom/*/0001_baseline.json",)
    )
    machines = set(map(str, table.column("machine")))
    assert len(machines) == 2
    assert "Intel(R) Xeon(R) Platinum 8171M CPU @ 2.60GHz, x86_64, CPython 3.11.2" in machines
    assert set(table.column("name")) == {
        *("test_magic", "test_plain", "test_optimised", "test_context_partials")
    }


def test_two_runs_an_arm_are_too_few_for_a_gate(samples: Path, tmp_path: Path) -> None:
    shutil.copytree(samples / "pytest_benchmark", tmp_path / "data")
    folder = "data/pytest-benchmark_storage"
    (tmp_path / "x.gate.yaml").write_text(
        f"""version: 1
gate: xfast
artifacts:
  speed:
    reader: pytest-benchmark
    candidate: [{folder}/0003_*.json, {folder}/0004_*.json]
    baseline: [{folder}/0001_*.json, {folder}/0002_*.json]
    contract: {{same: [machine]}}
metrics:
  median: {{value: median, kind: positive, better: lower, unit: s}}
rules:
  no-slower:
    metric: median
    claim: non_inferiority
    margin: 10%
    min_runs: 5
    slices: {{by: [name], values: ["test_xfast_parametrized[0]"]}}
""",
        encoding="utf-8",
    )
    evidence = evaluate(tmp_path / "x.gate.yaml")
    assert evidence.decision.verdict == "block"
    assert any(
        "candidate 2 runs, baseline 2 runs; min_runs is 5" in rule.reason for rule in evidence.rules
    )
