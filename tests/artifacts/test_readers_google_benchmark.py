"""Google Benchmark: repetitions are rows, aggregates are not, and times are in seconds."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pytest_evalgate import evaluate
from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.google_benchmark import fits, parse
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.errors import ArtifactError, EvalGateError, SampleError


MADE = Path(__file__).parents[1] / "interop" / "google_benchmark"
REPETITIONS = MADE / "repetitions.json"
ROW: dict[str, Any] = {"name": "a", "real_time": 2, "cpu_time": 1, "time_unit": "ns"}


def parsed(*rows: object, **context: Any) -> Parsed:
    report = {"context": context, "benchmarks": rows}
    return parse(Content(path="x.json", data=json.dumps(report).encode()))


def rows_of(found: Parsed) -> list[Any]:
    return [row for _, row in found.rows]


def load(folder: Path, path: str, *columns: str) -> ArmTable:
    arm = ArmRequest(
        artifact="speed",
        arm="candidate",
        paths=(path,),
        base=folder,
        root=folder,
        reader="google-benchmark",
    )
    return load_arm(arm, columns)


@pytest.mark.parametrize(
    ("name", "unit"), [("BM_sort/64", 1e-6), ("BM_sort/4096", 1e-6), ("BM_sort/512", 1e-9)]
)
@pytest.mark.parametrize("time", ["real_time", "cpu_time"])
def test_repetitions_have_the_mean_that_the_tool_reports(name: str, unit: float, time: str) -> None:
    report = json.loads(REPETITIONS.read_text(encoding="utf-8"))
    [mean] = [row[time] for row in report["benchmarks"] if row["name"] == f"{name}_mean"]
    table = load(MADE, REPETITIONS.name, time, "name", "time_unit", "repetition_index")
    sample = extract(table, SampleRequest(value=time, where=(("name", (name,)),)))
    assert sample.values.size == 5
    assert np.mean(sample.values) == pytest.approx(mean * unit, rel=1e-12)
    assert set(table.column("time_unit")) == {"us", "ns"}


def test_aggregates_are_left_out_and_counted() -> None:
    report = json.loads(REPETITIONS.read_text(encoding="utf-8"))
    aggregates = sum(row["run_type"] == "aggregate" for row in report["benchmarks"])
    found = parse(Content(path="r.json", data=REPETITIONS.read_bytes()))
    assert aggregates >= 14
    assert f"r.json: {aggregates} rows of aggregates are left out" in found.notes
    assert all(row["run_type"] == "iteration" for row in rows_of(found))


def test_a_file_of_aggregates_only_is_refused() -> None:
    data = (MADE / "aggregates_only.json").read_bytes()
    only = json.loads(data)
    only["benchmarks"] = [row for row in only["benchmarks"] if row["run_type"] == "aggregate"]
    with pytest.raises(ArtifactError, match="rows are aggregates; the repetitions are not in"):
        parse(Content(path="x.json", data=json.dumps(only).encode()))


def test_rows_that_failed_have_no_time() -> None:
    found = parse(Content(path="r.json", data=REPETITIONS.read_bytes()))
    failed = [row for row in rows_of(found) if row["name"] == "BM_without_input"]
    assert len(failed) == 5
    assert all(row["real_time"] is None and row["cpu_time"] is None for row in failed)
    assert "r.json: 5 rows failed or were skipped, so have no time" in found.notes
    table = load(MADE, REPETITIONS.name, "cpu_time", "name")
    request = SampleRequest(value="cpu_time", where=(("name", ("BM_without_input",)),))
    with pytest.raises(SampleError, match="cpu_time is missing in 5 of 5 units"):
        extract(table, request)


def test_a_skipped_row_has_no_time() -> None:
    [row] = rows_of(parsed({**ROW, "skipped": True, "skip_message": "no device"}))
    assert row["real_time"] is None


@pytest.mark.parametrize(
    ("unit", "seconds"), [("ns", 2e-9), ("us", 2e-6), ("ms", 2e-3), ("s", 2.0)]
)
def test_units_become_seconds_and_are_kept(unit: str, seconds: float) -> None:
    [row] = rows_of(parsed({**ROW, "time_unit": unit}))
    assert row["real_time"] == pytest.approx(seconds, rel=1e-15)
    assert row["time_unit"] == unit


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"time_unit": None}, "time_unit is null, expected one of ns, us, ms, s"),
        ({"time_unit": "min"}, 'time_unit is "min"'),
        ({"real_time": "2"}, 'real_time is "2", expected a number'),
        ({"real_time": 10**400}, "too large a number"),
        ({"run_type": "mean"}, 'run_type is "mean", expected iteration or aggregate'),
        ({"name": 7}, "expected an object with a name"),
    ],
)
def test_a_row_of_another_shape_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ArtifactError, match=words):
        rows_of(parsed({**ROW, **change}))


def test_rows_of_old_versions_that_are_aggregates_by_name_are_left_out() -> None:
    names = ("a", "a", "a_mean", "a_median", "a_stddev", "b_mean", "c_mean", "c_stddev")
    found = parsed(*({**ROW, "name": name} for name in names))
    # A benchmark may itself be called b_mean; nothing beside it says that it is an aggregate.
    assert [row["name"] for row in rows_of(found)] == ["a", "a", "b_mean"]
    assert "x.json: 5 rows of aggregates are left out" in found.notes


def test_values_that_are_not_finite_reach_the_rows() -> None:
    data = b'{"benchmarks": [{"name": "a", "real_time": NaN, "cpu_time": 1, "time_unit": "s"}]}'
    [row] = rows_of(parse(Content(path="x.json", data=data)))
    assert row["real_time"] != row["real_time"]  # NaN


def test_what_a_reviewer_should_know_of_the_machine_is_noted() -> None:
    notes = parsed(ROW, cpu_scaling_enabled=True, library_build_type="debug").notes
    assert "x.json was made while the clock of the processor could change" in notes
    assert "x.json was made with a debug build of the library" in notes
    assert "x.json does not say on which machine it was made" in parsed(ROW).notes


def test_metadata_name_the_machine_and_the_time() -> None:
    metadata = parse(Content(path="r.json", data=REPETITIONS.read_bytes())).metadata
    count = json.loads(REPETITIONS.read_text(encoding="utf-8"))["context"]["num_cpus"]
    assert metadata["machine"] == f"host, {count} CPUs"
    assert str(metadata["created"]).endswith("+00:00")
    local = parsed(ROW, date="2016-08-02 17:44:46", num_cpus=4, mhz_per_cpu=4228).metadata
    assert local["created"] is None  # of an unknown time zone
    assert local["machine"] == "4 CPUs, 4228 MHz"


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"benchmarks": {}}', b'{"benchmarks": [7]}'])
def test_what_is_no_report_is_refused(data: bytes) -> None:
    with pytest.raises(EvalGateError):
        parse(Content(path="x.json", data=data))


def test_auto_tells_the_format(samples: Path) -> None:
    files = [*MADE.glob("[ra]*.json"), *samples.glob("google_benchmark/*.json")]
    assert len(files) == 6
    assert all(fits(Head(path.read_bytes(), path.name)) for path in files)


@pytest.mark.parametrize(
    "data",
    [b'{"benchmarks": [{"name": "a", "stats": {}}], "machine_info": {}}', b'{"name": "a"}\n'],
)
def test_auto_leaves_other_files_alone(data: bytes) -> None:
    assert not fits(Head(data, "x.json"))


@pytest.mark.parametrize(
    ("file", "times", "left_out"),
    # Figures of grammar S8; the rest counted in the files.
    [
        ("test3_run0.json", {"BM_Two": [9e-08, 8.6e-08], "medium": [8e-08, 8.2e-08]}, 3),
        ("test3_run1.json", {"BM_Two": [7.2e-08], "medium": [5.3e-08]}, 3),
        ("test1_run1.json", {"BM_NotBadTimeUnit": [0.5], "BM_100xFaster": [1e-05]}, 2),
        ("test1_run2.json", {"BM_DifferentTimeUnit": [1e-09], "BM_hasLabel": [1.0]}, 2),
    ],
)
def test_real_files(samples: Path, file: str, times: dict[str, list[float]], left_out: int) -> None:
    table = load(samples / "google_benchmark", file, "cpu_time", "name")
    for name, expected in times.items():
        sample = extract(table, SampleRequest(value="cpu_time", where=(("name", (name,)),)))
        assert sorted(sample.values.tolist()) == pytest.approx(sorted(expected))
    assert f"{file}: {left_out} rows of aggregates are left out" in table.notes


def test_a_benchmark_that_vanished_makes_a_gate_invalid(samples: Path, tmp_path: Path) -> None:
    shutil.copytree(samples / "google_benchmark", tmp_path / "data")
    (tmp_path / "g.gate.yaml").write_text(
        """version: 1
gate: gbench
artifacts:
  speed:
    reader: google-benchmark
    candidate: data/test3_run1.json
    baseline: data/test3_run0.json
metrics:
  cpu: {value: cpu_time, kind: positive, better: lower, unit: s}
rules:
  no-slower:
    metric: cpu
    claim: non_inferiority
    margin: 5%
    pair: none
    min_samples: 10
    slices: {by: [name], values: [BM_One, BM_Two, short, medium]}
""",
        encoding="utf-8",
    )
    evidence = evaluate(tmp_path / "g.gate.yaml")
    assert {rule.verdict.value for rule in evidence.rules} == {"invalid"}
    reasons = {rule.id: rule.reason for rule in evidence.rules}
    assert "leaves 0 of 4 rows of speed.baseline" in reasons["no-slower[name=BM_One]"]
    assert "1 unit, min_samples is 10" in reasons["no-slower[name=medium]"]
