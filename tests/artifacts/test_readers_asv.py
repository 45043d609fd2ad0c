"""asv: both versions of its result files, parameters expanded, failures missing."""

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from pytest_evalgate import evaluate
from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.readers.asv import fits, parse
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.errors import ArtifactError, EvalGateError, SampleError


MADE = Path(__file__).parents[1] / "interop" / "asv"
KEYS = ("benchmark", "params.size", "params.kind", "result")
RESULT_COLUMNS = ["result", "params", "version", "started_at", "duration", "stats_q_25", "samples"]


def load(folder: Path, path: str, *columns: str, **more: Any) -> ArmTable:
    arm = ArmRequest(
        artifact="a", arm="c", paths=(path,), base=folder, root=folder, reader="asv", **more
    )
    return load_arm(arm, columns)


def parsed(results: object, *, version: object = 1, **more: Any) -> Parsed:
    document = {"commit_hash": "abc", "params": {}, "results": results, "version": version, **more}
    return parse(Content(path="m/abc-env.json", data=json.dumps(document).encode()))


def rows_of(found: Parsed) -> list[Any]:
    return [row for _, row in found.rows]


def test_combinations_are_rows_in_the_order_of_the_tool() -> None:
    # As `asv run` printed it: 10 and 10 for size 10; 1000 and n/a for size 1000.
    table = load(
        MADE, "results", *KEYS, "_path", where=(("benchmark", ("tiny.Sorting.track_length",)),)
    )
    rows = list(zip(*(table.column(key) for key in KEYS[1:]), strict=True))
    expected = [("10", "list", 10), ("10", "tuple", 10), ("1000", "list", 1000)]
    assert rows == 2 * [*expected, ("1000", "tuple", None)]
    assert len(set(table.column("_path"))) == 2


def test_a_result_of_another_machine_than_machine_json_says_is_refused(tmp_path: Path) -> None:
    shutil.copytree(MADE / "results", tmp_path / "results")
    path = next((tmp_path / "results" / "host").glob("*-*.json"))
    document = json.loads(path.read_text())
    document["params"]["cpu"] = "a faster one"
    path.write_text(json.dumps(document))
    words = r'cpu is "a faster one", but "a processor" in machine.json beside it'
    with pytest.raises(ArtifactError, match=words):
        load(tmp_path, "results", *KEYS, "machine")


def test_the_longest_numbers_of_json_name_a_machine() -> None:
    assert parsed({}, params={"machine": 10**4200}).metadata["machine"] == hex(10**4200)


def test_failed_and_skipped_benchmarks_are_missing_and_counted() -> None:
    table = load(MADE, "results/host/*-*.json", *KEYS, "_path")
    assert sum("1 results are missing: they failed (null)" in note for note in table.notes) == 2
    assert (
        sum("2 results are missing: they were skipped (NaN)" in note for note in table.notes) == 2
    )
    request = SampleRequest(
        value="result", run="_path", where=(("benchmark", ("tiny.time_fails",)),)
    )
    with pytest.raises(SampleError, match="result is missing in 2 of 2 units"):
        extract(table, request)


def test_a_row_knows_its_unit_commit_machine_and_version() -> None:
    columns = ("benchmark", "unit", "type", "git_commit", "machine", "env_name", "commit_date")
    where = (("benchmark", ("tiny.time_sum",)),)
    table = load(MADE, "results", *columns, "created", "benchmark_version", where=where)
    assert set(table.column("unit")) == {"seconds"}
    assert set(table.column("type")) == {"time"}
    assert set(table.column("machine")) == {"host, a processor, 8"}
    assert set(table.column("env_name")) == {"existing-py_usr_bin_python3"}
    assert len({len(str(commit)) for commit in table.column("git_commit")} - {40}) == 0
    assert len(set(table.column("git_commit"))) == 2
    assert len(set(table.column("benchmark_version"))) == 1
    pairs = zip(table.column("commit_date"), table.column("created"), strict=True)
    assert all(str(date) <= str(made) for date, made in pairs)


def test_statistics_are_columns_and_infinite_bounds_are_kept() -> None:
    # One sample (`--quick`) has the quartiles of its value and no finite interval.
    columns = ("benchmark", "result", "stats.q_25", "stats.ci_99_a", "stats.number", "samples")
    where = (("benchmark", ("tiny.time_sum",)),)
    table = load(MADE, "results", *columns, where=where)
    assert table.column("stats.q_25") == pytest.approx(table.column("result"), rel=1e-3)
    assert table.column("stats.ci_99_a") == [-math.inf, -math.inf]
    assert any("samples of a result resemble one another" in note for note in table.notes)


def test_commits_are_told_apart_by_where() -> None:
    table = load(MADE, "results", "git_commit", "benchmark", "result", "_path")
    commits = sorted(set(map(str, table.column("git_commit"))))
    sizes = [
        load(MADE, "results", "benchmark", where=(("git_commit", (commit,)),)).n
        for commit in commits
    ]
    assert sizes == [10, 10]


def test_another_version_of_a_benchmark_is_noted(tmp_path: Path) -> None:
    shutil.copytree(MADE / "results", tmp_path / "results")
    about = tmp_path / "results/benchmarks.json"
    known = json.loads(about.read_text(encoding="utf-8"))
    known["tiny.time_sum"]["version"] = "another"
    about.write_text(json.dumps(known), encoding="utf-8")
    table = load(tmp_path, "results", "result")
    assert any(
        "1 benchmarks are of another version than in benchmarks.json" in note
        for note in table.notes
    )


def test_names_of_parameters_are_those_of_asv_where_none_are_known() -> None:
    results = {"b": {"result": [1, 2, 3, 4], "params": [["1", "2"], ["'x'", "'y'"]]}}
    rows = rows_of(parsed(results))
    assert [row["params"] for row in rows] == [
        {"param1": one, "param2": two} for one in ("1", "2") for two in ("x", "y")
    ]
    assert [row["result"] for row in rows] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("found", "expected"),
    [(0.5, [0.5]), (None, [None]), ({"result": [0.5]}, [0.5]), ({"result": None}, [None])],
)
def test_version_1_writes_results_in_four_ways(found: object, expected: list[object]) -> None:
    assert [row["result"] for row in rows_of(parsed({"b": found}))] == expected


def test_version_1_statistics_stand_beside_each_result() -> None:
    stats = [{"q_25": 1.0, "ci_99": [0, 2]}, None]
    results = {"b": {"result": [1, 2], "params": [["1", "2"]], "stats": stats}}
    assert [row["stats"] for row in rows_of(parsed(results))] == [
        {"q_25": 1.0, "ci_99": [0, 2]},
        {"q_25": None, "ci_99": None},
    ]


def test_version_2_takes_places_from_its_columns() -> None:
    row = [[3, 4], [["1", "2"]], "v", 1000, 0.5, [1, None]]
    results = {"b": row, "c": []}
    rows = rows_of(parsed(results, version=2, result_columns=RESULT_COLUMNS))
    assert [row["result"] for row in rows] == [3, 4, None]
    assert rows[0]["stats"] == {"q_25": 1}
    assert (rows[0]["benchmark_version"], rows[0]["duration"]) == ("v", 0.5)
    swapped = ["params", "result"]
    [one, two] = rows_of(parsed({"b": [[["1", "2"]], [3, 4]]}, version=2, result_columns=swapped))
    assert (one["result"], two["result"]) == (3, 4)


@pytest.mark.parametrize(
    ("results", "more", "words"),
    [
        (
            {"b": {"result": [1, 2, 3], "params": [["1", "2"]]}},
            {},
            "has 2 combinations of .* and 3",
        ),
        ({"b": {"result": "1"}}, {}, 'result is "1", expected a list'),
        ({"b": {"result": [1], "params": 7}}, {}, "params is 7, expected a list of lists"),
        ({"b": {"result": [1], "stats": 7}}, {}, "stats is 7, expected a list"),
        ({"b": [[1], []]}, {"version": 2}, "result_columns is null, expected a list with result"),
        (
            {"b": 7},
            {"version": 2, "result_columns": RESULT_COLUMNS},
            "expected a list of at most 7",
        ),
        ({}, {"version": 3}, "of version 3, expected 1 or 2"),
        ({}, {"version": True}, "of version true"),
        ([], {}, "no `results`"),
        ({"b": {"result": [1], "params": [["1"] * 2000] * 2}}, {}, "4000000 combinations"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(
    results: object, more: dict[str, Any], words: str
) -> None:
    with pytest.raises(ArtifactError, match=words):
        rows_of(parsed(results, **more))


@pytest.mark.parametrize("name", ["host/machine.json", "benchmarks.json"])
def test_files_beside_the_results_are_no_results(name: str) -> None:
    with pytest.raises(ArtifactError, match="not a result file of asv"):
        load(MADE, f"results/{name}", "result")


def odd(value: object) -> list[object]:
    """Return the value with each part of it replaced by something else."""
    if isinstance(value, dict):
        return [{**value, key: one} for key in value for one in odd(value[key])] + [None, 7]
    if isinstance(value, list):
        changed = [
            [*value[:i], one, *value[i + 1 :]] for i in range(len(value)) for one in odd(value[i])
        ]
        return [*changed, None, value[:-1]]
    return [None, True, 10**400, "x", [], {}]


@pytest.mark.parametrize("version", [1, 2])
def test_nothing_but_errors_of_artifacts_leaves_the_reader(version: int) -> None:
    v1 = {"b": {"result": [1, 2], "params": [["1", "2"]], "stats": [{"q_25": 1}, None]}}
    v2 = {"b": [[3, 4], [["1", "2"]], "v", 1000, 0.5, [1, None]]}
    document = {
        "commit_hash": "abc",
        "params": {"machine": "m"},
        "version": version,
        "date": 5,
        "results": v1 if version == 1 else v2,
        "result_columns": RESULT_COLUMNS,
        "started_at": {"b": 1000},
        "benchmark_version": {"b": "v"},
    }
    for changed in odd(document):
        try:
            rows = rows_of(parse(Content(path="x.json", data=json.dumps(changed).encode())))
        except EvalGateError:
            continue
        assert all("result" in row for row in rows)


def test_auto_tells_the_format(samples: Path) -> None:
    files = [*MADE.glob("results/host/*-*.json"), *samples.glob("asv/psygnal/*/*-*.json")]
    assert len(files) == 6
    assert all(fits(Head(path.read_bytes(), path.name)) for path in files)
    others = [*MADE.glob("results/host/machine.json"), *samples.glob("asv/psygnal/*.json")]
    assert len(others) == 2
    assert not any(fits(Head(path.read_bytes(), path.name)) for path in others)


def test_real_files_of_version_1(samples: Path) -> None:
    columns = ("benchmark", "result", "stats.repeat", "unit", "machine", "env_name", "git_commit")
    where = (("benchmark", ("benchmarks.ConnectSuite.time_connect",)),)
    table = load(samples, "asv/psygnal", *columns, where=where)
    assert table.n == 4
    found = dict(
        zip(
            zip(table.column("git_commit"), table.column("env_name"), strict=True),
            table.column("result"),
            strict=True,
        )
    )
    assert len(found) == 4
    assert 2.1233436758910717e-05 in found.values()  # the first number of 057d0e82-conda-py3.9
    assert set(table.column("stats.repeat")) == {10}
    assert set(table.column("unit")) == {"seconds"}
    assert set(table.column("machine")) == {"GitHubRunner"}
    names = {file.path.rpartition("/")[2] for file in table.files}
    assert {"benchmarks.json", "machine.json"} <= names


@pytest.mark.parametrize(
    ("version", "reader", "verdict"),
    [("v1", "asv", "pass"), ("v2", "asv", "invalid"), ("v2", "auto", "invalid")],
)
def test_a_benchmark_of_another_version_in_the_other_arm_breaks_the_contract(
    tmp_path: Path, version: str, reader: str, verdict: str
) -> None:
    for arm, own, start in (("new", version, 1.0), ("old", "v1", 2.0)):
        (tmp_path / arm).mkdir()
        for number in range(6):
            document = {
                "version": 1,
                "commit_hash": arm,
                "requirements": {},
                "params": {"machine": "m"},
                "results": {"time_it": start + number / 100},
                "benchmark_version": {"time_it": own},
            }
            (tmp_path / arm / f"{number}-env.json").write_text(json.dumps(document))
    (tmp_path / ".git").mkdir()
    (tmp_path / "gate.yaml").write_text(f"""\
version: 1
gate: g
artifacts:
  a: {{candidate: new/*.json, baseline: old/*.json, reader: {reader}, run: _path}}
metrics: {{time: {{value: result, better: lower}}}}
rules: {{faster: {{metric: time, claim: superiority, pair: none}}}}
""")
    evidence = evaluate(tmp_path / "gate.yaml")
    [entry] = [one for one in evidence.contract if "benchmark_version" in one.check]
    assert entry.verdict.value == verdict
    assert (evidence.decision.action.value == "promote") is (verdict == "pass")
    if verdict == "invalid":
        assert 'first "time_it": "v2" and "v1"; run the same benchmarks' in entry.reason
