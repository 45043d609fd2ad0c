"""HELM: a run made by the tool (tests/interop/helm), and what may be wrong with one."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.readers.content import Content
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.helm import fits, parse
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.errors import ArtifactError, EvalGateError, SampleError
from pytest_evalgate.formats import BUILT_IN


Row = dict[str, Any]
Load = Callable[..., ArmTable]
MADE = Path(__file__).parents[1] / "interop" / "helm"
PYTHIA = "helm/commonsense-dataset=hellaswag,method=multiple_choice_joint,model=eleutherai_pythia"
COLUMNS = ("exact_match", "instance_id", "train_trial_index")


def load(folder: Path, *columns: str, path: str = "per_instance_stats.json") -> ArmTable:
    request = ArmRequest(
        artifact="helm", arm="candidate", paths=(path,), base=folder, root=folder, reader="helm"
    )
    return load_arm(request, columns or COLUMNS)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A copy of the run, to be spoiled."""
    folder = tmp_path / "run"
    shutil.copytree(MADE, folder)
    return folder


def change(path: Path, edit: Callable[[list[Row]], object]) -> None:
    rows = json.loads(path.read_text())
    edit(rows)
    path.write_text(json.dumps(rows))


def request(value: str) -> SampleRequest:
    form = BUILT_IN["helm"]
    return SampleRequest(value=value, id=form.id, repeat=form.repeat)


def stat(name: str = "em", **changes: Any) -> Row:
    return {"name": {"name": name, "split": "test"}, "count": 1, "sum": 1, "mean": 1.0, **changes}


def entry(*stats: Row, **changes: Any) -> Row:
    return {"instance_id": "id1", "train_trial_index": 0, "stats": list(stats), **changes}


def read(*entries: Row) -> list[Row]:
    parsed = parse(Content(path="x.json", data=json.dumps(entries).encode()))
    return [dict(row) for _, row in parsed.rows]


def test_the_mean_over_trials_of_an_instance_is_that_of_the_tool() -> None:
    table = load(MADE)
    sample = extract(table, request("exact_match"))
    listed = json.loads((MADE / "stats.json").read_text())
    [own] = [
        one["mean"]
        for one in listed
        if one["name"] == {"name": "exact_match", "split": "test"}  # three more are perturbed
    ]
    assert (sample.rows, sample.values.size, sample.repeats) == (12, 6, 2)
    assert float(sample.values.mean()) == pytest.approx(own) == pytest.approx(7 / 12)


def test_perturbed_rows_are_left_out_and_counted() -> None:
    notes = load(MADE).notes
    assert "helm: 12 of 24 rows are of perturbed instances; left out" in notes


def test_a_statistic_that_counted_nothing_is_missing() -> None:
    rows = read(entry(stat("co2", count=0, sum=0, mean=0.0), stat()))
    assert (rows[0]["co2"], rows[0]["em"]) == (None, 1.0)
    table = load(MADE, "training_co2_cost")
    assert set(table.columns["training_co2_cost"]) == {None}


def test_metadata_come_from_the_files_beside() -> None:
    names = ("model", "task", "dataset", "harness", "prompt_hash", "split")
    table = load(MADE, *names)
    first = {name: table.columns[name][0] for name in names}
    assert first.pop("prompt_hash") is not None
    assert first == {
        "model": "simple/parity",
        "task": "simple_mcqa:num_train_trials=2,data_augmentation=lower",
        "dataset": "simple_mcqa",
        "harness": "helm",
        "split": "test",
    }
    read_files = {record.path.rpartition("/")[2] for record in table.files}
    assert {"stats.json", "run_spec.json", "scenario.json"} <= read_files


def test_the_task_and_the_prompt_do_not_depend_on_the_model(run: Path) -> None:
    spec = json.loads((run / "run_spec.json").read_text())
    spec["name"] = spec["name"].replace("parity", "other")
    spec["adapter_spec"] |= {"model": "simple/other", "model_deployment": "simple/other"}
    (run / "run_spec.json").write_text(json.dumps(spec))
    names = ("task", "prompt_hash", "model")
    other, own = load(run, *names), load(MADE, *names)
    assert [other.columns[name] == own.columns[name] for name in names] == [True, True, False]


def test_a_value_that_was_changed_is_refused_by_the_means(run: Path) -> None:
    def edit(rows: list[Row]) -> None:
        [found] = [
            one
            for row in rows
            if (row["instance_id"], row["train_trial_index"]) == ("id38", 1)
            and "perturbation" not in row
            for one in row["stats"]
            if one["name"]["name"] == "exact_match"
        ]
        found.update(sum=1.0, mean=1.0)

    change(run / "per_instance_stats.json", edit)
    with pytest.raises(ArtifactError, match=r"exact_match of split \"test\" is 0\.666.* 0\.583"):
        load(run)


def test_a_row_that_was_taken_out_is_refused_by_the_count(run: Path) -> None:
    def keep_the_count(rows: list[Row]) -> None:
        rows[:] = [row for row in rows if row["name"]["name"] == "num_instances"]

    change(run / "stats.json", keep_the_count)
    change(run / "per_instance_stats.json", lambda rows: rows.pop(0))
    with pytest.raises(ArtifactError, match=r"num_instances of split \"test\" is 5.5 .* 6.0"):
        load(run)


def test_a_run_without_stats_is_read_and_noted(run: Path) -> None:
    for name in ("stats.json", "run_spec.json", "scenario.json"):
        (run / name).unlink()
    table = load(run)
    assert any("no stats.json beside it" in note for note in table.notes)
    assert extract(table, request("exact_match")).values.size == 6


@pytest.mark.parametrize("spoilt", [{"sum": 10**400}, {"sum": float("inf")}, {"count": 10**400}])
def test_sums_that_are_no_means_are_refused(run: Path, spoilt: Row) -> None:
    change(run / "per_instance_stats.json", lambda rows: rows[0]["stats"][0].update(spoilt))
    with pytest.raises(SampleError, match=r"has the mean .*, but its sum and count give"):
        load(run)


@pytest.mark.parametrize("spoilt", [{"mean": 0.0}, {"mean": float("nan")}, {"sum": float("nan")}])
def test_a_mean_that_its_sum_and_count_do_not_give_is_refused(spoilt: Row) -> None:
    with pytest.raises(SampleError, match=r'row 2: .*"em" of instance "id2" has the mean') as error:
        read(entry(stat()), entry(stat(**spoilt), instance_id="id2"))
    assert "was it edited?" in str(error.value)


def test_a_mean_that_is_not_a_number_reaches_the_row() -> None:
    [row] = read(entry(stat(sum=float("nan"), mean=float("nan"))))
    assert isinstance(row["em"], float)


def test_a_statistic_with_a_negative_count_is_missing() -> None:
    [row] = read(entry(stat(count=-1)))
    assert row["em"] is None


def test_entries_of_several_metrics_are_one_row() -> None:
    [row] = read(entry(stat("em")), entry(stat("f1", sum=0.5, mean=0.5)))
    assert (row["em"], row["f1"], row["split"]) == (1.0, 0.5, "test")


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([entry(stat(), stat())], 'row 1: .*"em" stands twice in instance "id1", trial 0'),
        ([entry(stat()), entry(stat())], 'row 2: .*"em" stands twice'),
        ([entry(stat("instance_id"))], "named like a column of the row"),
        ([entry(stat(), instance_id=3)], r"\[instance_id, train_trial_index\] is \[3, 0\]"),
        ([entry(stat(), train_trial_index=True)], r"is \[\"id1\", true\]"),
        ([entry({"name": "em", "count": 1})], 'a statistic is named "em", expected an object'),
    ],
)
def test_rows_out_of_shape_are_refused(entries: list[Row], message: str) -> None:
    with pytest.raises(SampleError, match=message):
        read(*entries)


def test_the_means_alone_are_refused_by_name() -> None:
    with pytest.raises(ArtifactError, match=r"stats.json, which holds means only"):
        parse(Content(path="stats.json", data=(MADE / "stats.json").read_bytes()))


@pytest.mark.parametrize("text", ["{}", "[1]", '[{"instance_id": "a"}', ""])
def test_other_bytes_are_refused(text: str) -> None:
    with pytest.raises(EvalGateError):
        parse(Content(path="x.json", data=text.encode()))


def test_content_tells_the_format() -> None:
    assert fits(Head((MADE / "per_instance_stats.json").read_bytes(), "x"))
    assert not fits(Head((MADE / "stats.json").read_bytes(), "x"))


def test_a_real_run_has_its_published_figures(samples: Path) -> None:
    path = f"{PYTHIA}-1b-v0/per_instance_stats.json"
    table = load(samples, *COLUMNS, "inference_runtime", "model", path=path)
    sample = extract(table, request("exact_match"))
    runtime = extract(table, request("inference_runtime"))
    assert (sample.values.size, sample.repeats, float(sample.values.mean())) == (10, 1, 0.3)
    assert float(runtime.values.mean()) == pytest.approx(14.8768, abs=1e-4)
    assert set(table.columns["model"]) == {"eleutherai/pythia-1b-v0"}
