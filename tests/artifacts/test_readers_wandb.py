"""CSV as the pages of Weights & Biases export it; written by hand in the documented shape."""

from collections.abc import Callable

import pytest

from pytest_evalgate.artifacts.arms import ArmTable
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.wandb_export import parse
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.errors import ArtifactError, SampleError


RUNS = """\
"Name","State","Created","seed","val.accuracy","val_loss"
"bright-sun-1","finished","2026-01-01T00:00:00.000Z","1","0.91","0.3"
"calm-sea-2","finished","2026-01-02T00:00:00.000Z","2","0.93","0.2"
"odd-fog-3","crashed","2026-01-03T00:00:00.000Z","3","",""
"""
PANEL = """\
"Step","big - old - val_acc","big - old - val_acc__MIN","big - old - val_acc__MAX",\
"new - val_acc","new - val_acc__MIN","new - val_acc__MAX"
"100","0.5","0.4","0.6","0.55","0.5","0.6"
"200","0.7","0.7","0.7","",""," "
"""


def read(text: str) -> Parsed:
    return parse(Content(path="export.csv", data=text.encode()))


def test_the_table_of_runs_gives_a_row_a_run(arm: Callable[..., ArmTable]) -> None:
    columns = ["val.accuracy", "Name", "State"]
    where = (("State", ("finished",)),)
    table = arm(RUNS, columns, file="runs.csv", reader="wandb", where=where)
    sample = extract(table, SampleRequest(value="val.accuracy", run="Name"))
    assert sorted(sample.values.tolist()) == [0.91, 0.93]
    assert any('1 of 3 runs are "crashed"' in note for note in table.notes)


def test_a_run_that_did_not_finish_has_no_numbers() -> None:
    text = '"Name","State","seed","model","acc","ok"\n"a","crashed","3","m","0.91","true"\n'
    parsed = read(text)
    [(_, row)] = parsed.rows
    assert row == {
        "Name": "a", "State": "crashed", "seed": "3", "model": "m", "acc": "", "ok": ""
    }  # fmt: skip
    [note] = parsed.notes
    assert "`where: {State: finished}` leaves such runs out" in note


def test_a_panel_is_turned_to_a_row_a_run_and_step() -> None:
    parsed = read(PANEL)
    assert [(line, row["Name"], row["Step"], row["val_acc"]) for line, row in parsed.rows] == [
        (2, "big - old", "100", "0.5"),
        (2, "new", "100", "0.55"),
        (3, "big - old", "200", "0.7"),
    ]
    assert any("a panel of 2 runs" in note for note in parsed.notes)
    assert any("1 cells of runs that logged nothing" in note for note in parsed.notes)


def test_bounds_of_a_panel_stay_beside_the_metric() -> None:
    _, row = next(read(PANEL).rows)
    assert (row["val_acc__MIN"], row["val_acc__MAX"]) == ("0.4", "0.6")


def test_steps_of_a_run_are_not_taken_for_samples(arm: Callable[..., ArmTable]) -> None:
    table = arm(PANEL, ["val_acc", "Name"], file="panel.csv", reader="wandb")
    with pytest.raises(SampleError, match=r"duplicate|repeat|several"):
        extract(table, SampleRequest(value="val_acc", run="Name"))


def test_one_step_of_a_panel_is_chosen_by_where(arm: Callable[..., ArmTable]) -> None:
    columns = ["val_acc", "Name", "Step"]
    where = (("Step", ("100",)),)
    table = arm(PANEL, columns, file="panel.csv", reader="wandb", where=where)
    sample = extract(table, SampleRequest(value="val_acc", run="Name"))
    assert sorted(sample.values.tolist()) == [0.5, 0.55]


def test_a_last_line_without_newline_is_whole_if_its_quote_is_closed() -> None:
    assert len(list(read(RUNS.rstrip("\n")).rows)) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (RUNS.replace('"', "").rstrip("\n"), "may have been cut"),
        (RUNS[:-4], "row 3 has 5 fields, expected 6"),
        (RUNS[:-12], "a quote that is never closed|may have been cut"),
        (
            '"Step","accuracy"\n"1","0.5"\n',
            "neither a column Name nor one called `<run> - <metric>`",
        ),
        ('"Name","State"\n', "0 rows"),
        ('"Name","Name"\n"a","b"\n', 'both called "Name"'),
    ],
    ids=["unquoted cut", "cut after a cell", "cut in a cell", "no run", "empty", "name twice"],
)
def test_what_is_no_export_is_refused(text: str, words: str) -> None:
    with pytest.raises(ArtifactError, match=words):
        list(read(text).rows)
