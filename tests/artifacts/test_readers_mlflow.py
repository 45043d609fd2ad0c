"""MLflow: what the reader says of stores that MLflow wrote, and what it refuses."""

import json
import math
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_evalgate import evaluate
from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.readers.content import Content
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.mlflow_store import fits, parse
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.errors import ArtifactError, EvalGateError, SampleError


MADE = Path(__file__).parents[1] / "interop" / "mlflow"
# What MLflow itself says of the runs, by store and name of the run.
EXPECTED: dict[str, dict[str, dict[str, str]]] = json.loads(
    (MADE / "expected.json").read_text(encoding="utf-8")
)
FINISHED = (("status", ("FINISHED",)),)
COLUMNS = ("run_id", "run_name", "status", "metrics.val/acc", "metrics.loss", "params.seed")
STORES = ("mlruns", "mlflow.db", "runs.json")
FETCHED = "fetched.json"  # by the command `fetch mlflow`, which leaves deleted runs out
META = "run_id: {id}\nexperiment_id: '7'\nlifecycle_stage: {stage}\nstatus: {status}\n"


Write = Callable[..., Path]


def load(folder: Path, path: str, *columns: str, **request: Any) -> ArmTable:
    arm = ArmRequest(
        artifact="a", arm="c", paths=(path,), base=folder, root=folder, reader="mlflow", **request
    )
    return load_arm(arm, columns or COLUMNS)


@pytest.fixture
def run(tmp_path: Path) -> Write:
    """Write a run into the file store ``mlruns``, as MLflow does."""

    def write(
        name: str = "a",
        *,
        stage: str = "active",
        status: object = 3,
        meta: str | None = None,
        **files: str,
    ) -> Path:
        folder = tmp_path / "mlruns" / "7" / name
        folder.mkdir(parents=True)
        text = META.format(id=name, stage=stage, status=status) if meta is None else meta
        (folder / "meta.yaml").write_text(text, encoding="utf-8")
        for path, content in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8")
        return tmp_path

    return write


@pytest.mark.parametrize("store", [*STORES, FETCHED])
def test_last_values_are_those_that_mlflow_gives(store: str) -> None:
    table = load(MADE, store, where=FINISHED)
    expected = EXPECTED["mlruns" if store == "mlruns" else "mlflow.db"]
    found = dict(zip(table.column("run_name"), table.column("metrics.val/acc"), strict=True))
    assert found == {
        name: float(metrics["val/acc"]) if metrics else None
        for name, metrics in expected.items()
        if name != "failed"
    }


@pytest.mark.parametrize("store", [*STORES, FETCHED])
def test_values_that_are_not_finite_reach_the_rows(store: str) -> None:
    table = load(MADE, store, where=(("params.model", ("small",)),))
    loss = dict(zip(table.column("run_name"), table.column("metrics.loss"), strict=True))
    assert loss["small-1"] == math.inf
    assert isinstance(loss["small-2"], float)
    assert math.isnan(loss["small-2"])
    with pytest.raises(SampleError, match=r"metrics\.loss"):
        extract(table, SampleRequest(value="metrics.loss", run="run_id"))


@pytest.mark.parametrize("store", STORES)
def test_a_deleted_run_is_left_out_and_counted(store: str) -> None:
    table = load(MADE, store)
    assert "gone" not in table.column("run_name")
    assert table.rows_read == 6
    assert any("is deleted (lifecycle_stage) and left out" in note for note in table.notes)


@pytest.mark.parametrize("store", [*STORES, FETCHED])
def test_metrics_of_a_failed_run_are_missing_until_where_leaves_it_out(store: str) -> None:
    request = SampleRequest(value="metrics.val/acc", run="run_id")
    not_empty = (("run_name", ("large-1", "large-2", "failed")),)
    table = load(MADE, store, where=not_empty)
    assert any("FAILED: its metrics are missing" in note for note in table.notes)
    assert any("where: {status: FINISHED}" in note for note in table.notes)
    with pytest.raises(SampleError, match="is missing in 1 of 3 units"):
        extract(table, request)
    sample = extract(load(MADE, store, where=(*not_empty, *FINISHED)), request)
    assert sorted(sample.values.tolist()) == sorted(
        float(EXPECTED["mlruns"][name]["val/acc"]) for name in ("large-1", "large-2")
    )


@pytest.mark.parametrize("store", [*STORES, FETCHED])
def test_a_run_says_its_commit_its_time_and_its_data(store: str) -> None:
    columns = ("git_commit", "created", "dataset", "dataset_hash", "harness", "params.seed")
    table = load(MADE, store, *columns, where=(("params.model", ("large",)),))
    assert set(table.column("git_commit")) == {"0123abc" * 5 + "01234"}
    assert set(table.column("dataset")) == {"digits-test"}
    assert set(table.column("dataset_hash")) == {"d1f2"}
    assert set(table.column("harness")) == {"mlflow"}
    assert sorted(str(seed) for seed in table.column("params.seed")) == ["1", "2"]
    assert all(str(time).endswith("+00:00") for time in table.column("created"))


@pytest.mark.parametrize("store", ["mlruns", "mlflow.db", FETCHED])
def test_a_run_says_the_name_of_its_experiment(store: str) -> None:
    table = load(MADE, store, "experiment_name")
    assert set(table.column("experiment_name")) == {"digits"}


def test_files_beside_are_recorded() -> None:
    table = load(MADE, "mlruns")
    paths = [file.path for file in table.files]
    assert sum(path.endswith("/metrics/val/acc") for path in paths) == 5
    assert all(len(file.sha256) == 64 for file in table.files)


@pytest.mark.parametrize("store", ["mlruns", FETCHED])
def test_a_store_is_judged_by_a_gate_file(tmp_path: Path, store: str) -> None:
    shutil.copytree(MADE, tmp_path, dirs_exist_ok=True)
    gate = tmp_path / "m.gate.yaml"
    gate.write_text(
        """version: 1
gate: m
artifacts:
  runs:
    reader: mlflow
    path: STORE
    candidate: {where: {params.model: large, status: FINISHED}}
    baseline: {where: {params.model: small, status: FINISHED}}
metrics:
  acc: {value: "metrics.val/acc", kind: continuous, better: higher}
rules:
  holds: {metric: acc, claim: non_inferiority, margin: 0.5, pair: none, min_runs: 5}
""".replace("STORE", store),
        encoding="utf-8",
    )
    [rule] = evaluate(gate).rules
    assert "candidate 2 runs, baseline 2 runs; min_runs is 5" in rule.reason


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        ("1 1 0\n2 1 0\n3 2 0\n", 2),
        ("5 1 0\n5 3 0\n5 2 0\n", 2),
        ("9 1 0\n1 2 7\n2 3 6\n", 2),
        ("9 1 3\n7 2 3\n", 1),
        ("1 0.5\n2 0.25\n", 0.25),
        ("1 0.5 0 name digest a1\n", 0.5),
        ("1 -inf 0\n", -math.inf),
        ("-1 1e-05 -1\n", 1e-05),
    ],
    ids=["time", "line", "step", "late", "no step", "more words", "inf", "negative"],
)
def test_last_is_by_step_then_time_then_line(run: Write, lines: str, value: float) -> None:
    table = load(run(**{"metrics/foo": lines}), "mlruns", "metrics.foo")
    assert table.column("metrics.foo") == [value]
    assert any("last value" in note for note in table.notes)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("1 2 0", "no newline"),
        ("", "no value"),
        ("1 2 0\n\n", "expected a time in milliseconds, a value and a step"),
        ("1 two 0\n", 'found "1 two 0"'),
        ("1 2 0.5\n", "a step"),
        ("1\n", "a value"),
    ],
)
def test_a_damaged_metric_is_refused(run: Write, lines: str, words: str) -> None:
    with pytest.raises(ArtifactError, match=words) as caught:
        load(run(**{"metrics/val/foo": lines}), "mlruns")
    assert "mlruns/7/a/metrics/val/foo" in str(caught.value)


@pytest.mark.parametrize(("status", "name"), [(1, "RUNNING"), ("KILLED", "KILLED"), (4, "FAILED")])
def test_a_run_that_did_not_finish_is_named(run: Write, status: object, name: str) -> None:
    table = load(
        run(status=status, **{"metrics/foo": "1 2 0\n"}), "mlruns", "metrics.foo", "status"
    )
    assert table.column("status") == [name]
    assert table.column("metrics.foo") == [None]


@pytest.mark.parametrize("status", [0, 6, "DONE", "''"])
def test_an_unknown_status_is_refused(run: Write, status: object) -> None:
    with pytest.raises(ArtifactError, match="expected one of RUNNING, SCHEDULED, FINISHED"):
        load(run(status=status), "mlruns", "status")


def test_a_run_without_metrics_is_a_row(run: Write) -> None:
    table = load(run(**{"params/seed": "7"}), "mlruns", "params.seed")
    assert table.column("params.seed") == ["7"]
    assert 'run "a" has no metrics' in table.notes


def test_a_store_of_deleted_runs_only_is_refused(run: Write) -> None:
    with pytest.raises(ArtifactError, match='0 rows in 1 files; run "a" is deleted'):
        load(run(stage="deleted", **{"metrics/foo": "1 2 0\n"}), "mlruns")


def test_runs_of_a_deleted_experiment_are_left_out(run: Write) -> None:
    folder = run(**{"metrics/foo": "1 2 0\n"})
    (folder / "mlruns/7/meta.yaml").write_text("lifecycle_stage: deleted\n", encoding="utf-8")
    with pytest.raises(ArtifactError, match="is deleted"):
        load(folder, "mlruns")


def test_a_registered_model_is_no_run(run: Write) -> None:
    folder = run(**{"metrics/foo": "1 2 0\n"})
    model = folder / "mlruns/models/best"
    model.mkdir(parents=True)
    (model / "meta.yaml").write_text("name: best\naliases: {}\n", encoding="utf-8")
    table = load(folder, "mlruns", "metrics.foo")
    assert table.n == 1
    assert "mlruns/models/best/meta.yaml is a model, not a run, and is left out" in table.notes


def test_the_trash_is_not_looked_into(run: Write) -> None:
    folder = run(**{"metrics/foo": "1 2 0\n"})
    shutil.copytree(folder / "mlruns/7", folder / "mlruns/.trash/7")
    assert load(folder, "mlruns", "run_id").n == 1


def test_a_glob_of_runs_is_read_too(run: Write) -> None:
    assert load(run(**{"metrics/foo": "1 2 0\n"}), "mlruns/7/*/meta.yaml", "run_id").n == 1


@pytest.mark.parametrize(
    ("meta", "words"),
    [
        ("a: [1", "not YAML"),
        ("- 1\n", "found no mapping"),
        ("", "found no mapping"),
        ("run_id: a\nrun_id: b\n", 'duplicate key "run_id"'),
        ("name: digits\n", "no run_id"),
        ("a: " + "[" * 5000, "not YAML"),
        ("x: " + "a" * (1 << 18), "more than 262144"),
        (
            "a: &a [x, x]\nb: &b [*a, *a]\nrun_id: !!python/object/apply:os.system [ls]\n",
            "no run_id",
        ),
    ],
    ids=["cut", "list", "empty", "twice", "experiment", "deep", "large", "tags and aliases"],
)
def test_a_meta_yaml_that_is_no_run_is_refused(run: Write, meta: str, words: str) -> None:
    with pytest.raises(ArtifactError, match=words):
        load(run(meta=meta), "mlruns")


def test_a_lacking_data_set_is_refused(run: Write) -> None:
    about = "source_type: DATASET\nsource_id: d7\n"
    with pytest.raises(ArtifactError, match=r'data set "d7".*is not in the store'):
        load(run(**{"inputs/i/meta.yaml": about}), "mlruns")


GENERATED = "ALTER TABLE params RENAME value TO own; ALTER TABLE params ADD COLUMN value AS"
MORE_PARAMS = "INSERT INTO params (key, own, run_uuid) SELECT key || 'x', '', run_uuid FROM tags"


def database(tmp_path: Path, *statements: str) -> Path:
    """Change a copy of MLflow's database."""
    shutil.copy(MADE / "mlflow.db", tmp_path / "mlflow.db")
    with sqlite3.connect(tmp_path / "mlflow.db") as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    return tmp_path


def test_a_database_with_changes_beside_it_is_refused(tmp_path: Path) -> None:
    folder = database(tmp_path)
    (folder / "mlflow.db-wal").write_bytes(b"changes")
    with pytest.raises(ArtifactError, match=r'"mlflow\.db-wal" beside it holds changes'):
        load(folder, "mlflow.db")


def test_a_database_that_was_in_wal_mode_is_read(tmp_path: Path) -> None:
    folder = database(tmp_path, "PRAGMA journal_mode = wal")
    assert (folder / "mlflow.db").read_bytes()[18:20] == b"\x02\x02"
    (folder / "mlflow.db-wal").unlink(missing_ok=True)
    assert load(folder, "mlflow.db").n == 6


def test_two_last_values_in_a_database_are_missing(tmp_path: Path) -> None:
    again = (
        "INSERT INTO metrics SELECT key, value + 1, timestamp, run_uuid, step, is_nan "
        "FROM metrics WHERE key = 'val/acc' AND step = 2"
    )
    columns = "(key, value, timestamp, run_uuid, step, is_nan)"
    table = load(
        database(tmp_path, again.replace("metrics SELECT", f"metrics {columns} SELECT")),
        "mlflow.db",
        "metrics.val/acc",
        where=(("params.model", ("large",)),),
    )
    assert table.column("metrics.val/acc") == [None, None]
    assert any("4 metrics have two last values" in note for note in table.notes)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DROP TABLE metrics", 'no table "metrics": not a database of MLflow'),
        ("ALTER TABLE metrics RENAME is_nan TO was_nan", "cannot be read: no such column"),
        ("UPDATE metrics SET value = 'high'", 'is "high", expected a number'),
        ("UPDATE params SET value = x'00ff'", "found bytes"),
        (
            f"{GENERATED} (hex(zeroblob(300000000)))",
            "cannot be read: string or blob too big",
        ),
        (
            f"{GENERATED} (hex(zeroblob(500000))); {MORE_PARAMS}",
            "the texts of the database are far larger than its file",
        ),
        ("UPDATE runs SET status = 'DONE'", "CHECK constraint failed in runs"),
    ],
)
def test_a_database_of_another_shape_is_refused(tmp_path: Path, statement: str, words: str) -> None:
    statements = ("PRAGMA ignore_check_constraints = 1", *statement.split("; "))
    with pytest.raises(ArtifactError, match=words):
        load(database(tmp_path, *statements), "mlflow.db")


def test_a_database_whose_index_lost_a_row_is_refused(tmp_path: Path) -> None:
    folder = database(tmp_path)
    data = (folder / "mlflow.db").read_bytes()
    # The key of one tag in a page of a table, so that it no longer agrees with its index.
    place = data.index(b"mlflow.user")
    (folder / "mlflow.db").write_bytes(data[:place] + b"mlflow.uset" + data[place + 11 :])
    with pytest.raises(ArtifactError, match="the database is damaged: "):
        load(folder, "mlflow.db")


@pytest.mark.parametrize("length", [16, 100, 5000, 30_000])
def test_a_cut_database_is_refused(tmp_path: Path, length: int) -> None:
    data = (MADE / "mlflow.db").read_bytes()[:length]
    (tmp_path / "mlflow.db").write_bytes(data)
    with pytest.raises(ArtifactError):
        load(tmp_path, "mlflow.db")


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_database_is_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray((MADE / "mlflow.db").read_bytes())
    for _ in range(chance.randrange(1, 40)):
        data[chance.randrange(16, len(data))] = chance.randrange(256)
    try:
        rows = [row for _, row in parse(Content(path="mlflow.db", data=bytes(data))).rows]
    except EvalGateError:
        return
    assert all(isinstance(row["run_id"], str) for row in rows)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"runs": [], "next_page_token": "x"}, "one page of 0 runs, and there are more"),
        ({}, "no list `runs`"),
        ({"runs": [7]}, "run 1: run_id is null"),
        (
            {"runs": [{"info": {"run_id": "a"}, "data": {"metrics": [{"key": "m"}]}}]},
            "run 1: metrics: .* expected key and value",
        ),
        (
            {
                "runs": [
                    {"info": {"run_id": "a"}, "data": {"metrics": [{"key": "m", "value": "x"}]}}
                ]
            },
            'run 1: metric "m" is "x", expected a number',
        ),
        (
            {
                "runs": [
                    {"info": {"run_id": "a"}, "data": {"tags": [{"key": "m", "value": "x"}] * 2}}
                ]
            },
            'tags: "m" is there twice',
        ),
    ],
)
def test_an_answer_that_is_not_whole_is_refused(answer: object, words: str) -> None:
    with pytest.raises(ArtifactError, match=words):
        list(parse(Content(path="runs.json", data=json.dumps(answer).encode())).rows)


def fetched(**changes: object) -> Content:
    """Change what the command fetched."""
    answer = json.loads((MADE / FETCHED).read_text(encoding="utf-8"))
    return Content(path=FETCHED, data=json.dumps({**answer, **changes}).encode())


def test_a_fetched_file_says_whence_when_and_by_which_filter() -> None:
    notes = parse(
        fetched(fetched="2026-11-22T10:00:00+00:00", filter="a > 1", runs_without_credentials=2)
    ).notes
    assert 'fetched from "sqlite:///mlflow.db" at "2026-11-22T10:00:00+00:00"' in notes
    assert 'only runs of the filter "a > 1" were fetched' in notes
    assert "credentials in texts of 2 runs were left out when they were fetched" in notes


def test_an_answer_of_the_server_names_no_experiments() -> None:
    rows = parse(Content(path="runs.json", data=(MADE / "runs.json").read_bytes())).rows
    assert {row["experiment_name"] for _, row in rows} == {None}


@pytest.mark.parametrize(
    ("experiments", "words"),
    [
        (None, "experiments: found null, expected each experiment_id once"),
        ([{"experiment_id": 1, "name": "digits"}], "expected each experiment_id once, and its"),
        ([{"experiment_id": "1"}], "expected each experiment_id once, and its name"),
        ([{"experiment_id": "1", "name": "a"}] * 2, "expected each experiment_id once"),
        ([{"experiment_id": "2", "name": "a"}], 'run 1: experiment_id is "1", which is not among'),
        ([], 'run 1: experiment_id is "1", which is not among'),
    ],
)
def test_experiments_that_do_not_name_the_runs_are_refused(experiments: object, words: str) -> None:
    with pytest.raises(ArtifactError, match=words):
        parse(fetched(experiments=experiments))


def odd(value: object) -> list[object]:
    """Return the value with each part of it replaced by something else."""
    if isinstance(value, dict):
        return [{**value, key: one} for key in value for one in odd(value[key])] + [None, 7]
    if isinstance(value, list):
        return [[one, *value[1:]] for one in odd(value[0])] if value else [7]
    return [None, True, 10**400, "x", [], {}]


def test_nothing_but_errors_of_artifacts_leaves_the_reader() -> None:
    answer = json.loads((MADE / "runs.json").read_text(encoding="utf-8"))
    for changed in odd({"runs": answer["runs"][-1:]}):
        data = json.dumps(changed).encode()
        try:
            rows = list(parse(Content(path="runs.json", data=data)).rows)
        except EvalGateError:
            continue
        assert all(isinstance(row["run_id"], str) for _, row in rows)


@pytest.mark.parametrize("name", ["mlflow.db", "runs.json", FETCHED])
def test_auto_tells_the_format(name: str) -> None:
    assert fits(Head((MADE / name).read_bytes(), name))


def test_auto_tells_a_run_of_a_file_store() -> None:
    metas = [path.read_bytes() for path in MADE.glob("mlruns/*/*/meta.yaml")]
    assert len(metas) == 7
    assert all(fits(Head(data, "meta.yaml")) for data in metas)


@pytest.mark.parametrize(
    "data", [b"run_id,seed\na,1\n", b'{"runs": 3}', b'{"run_id": "a"}\n', b"SQLite format 3\0"]
)
def test_auto_leaves_other_files_alone(data: bytes) -> None:
    assert not fits(Head(data, "rows.csv"))


def test_real_store_ends_at_the_values_of_its_makers(samples: Path) -> None:
    # Both runs end at foo = 2 and zoo = 1; the commits are those of the example in the store.
    columns = ("metrics.foo", "metrics.zoo", "params.param1", "status", "git_commit")
    table = load(samples, "mlflow/mltrace/mlruns", *columns)
    assert table.column("metrics.foo") == [2, 2]
    assert table.column("metrics.zoo") == [1, 1]
    assert table.column("params.param1") == ["1", "1"]
    assert table.column("status") == ["FINISHED"] * 2
    assert len(set(table.column("git_commit"))) == 2


def test_one_real_run_an_arm_is_too_few_for_a_gate(samples: Path, tmp_path: Path) -> None:
    # Grammar S14: both arms in one store, told apart by a tag whose name holds dots.
    shutil.copytree(samples / "mlflow", tmp_path / "data")
    (tmp_path / "m.gate.yaml").write_text(
        """version: 1
gate: mlflow
artifacts:
  runs:
    reader: mlflow
    path: data/mltrace/mlruns
    run: params.param1
    candidate: {where: {tags.mlflow.source.git.commit: 4b3c53df5fa4fb36a50d7916010cced5f198bd51}}
    baseline: {where: {tags.mlflow.source.git.commit: 20d176cb968cd2912fc8adaeca1ff99a733b1ee9}}
metrics:
  foo: {value: metrics.foo, kind: continuous, better: higher}
rules:
  holds: {metric: foo, claim: non_inferiority, margin: 0.5, pair: none, min_runs: 5}
""",
        encoding="utf-8",
    )
    [rule] = evaluate(tmp_path / "m.gate.yaml").rules
    assert rule.verdict.value == "invalid"
    assert "candidate 1 run, baseline 1 run; min_runs is 5" in rule.reason
