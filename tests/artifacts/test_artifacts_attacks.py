"""What must not flatter an arm: told values, copies, deleted repeats, blanks, comparing nothing."""

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, JoinRequest, load_arm
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.pairing import check_present, check_same, pair_by_id, pair_by_run
from pytest_evalgate.artifacts.repeats import check_repeats
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.artifacts.sample import Sample
from pytest_evalgate.errors import ArtifactError, EvalGateError, SampleError


Load = Callable[..., ArmTable]
Rows = list[dict[str, Any]]
COPIES = "hold the same bytes: a copy is not new evidence"
CONSTANT = "a constant of the file is one observation, not one for every row"


def jsonl(rows: Rows) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def put(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def load(folder: Path, path: str | tuple[str, ...], *columns: str, **request: Any) -> ArmTable:
    paths = (path,) if isinstance(path, str) else path
    return load_arm(
        ArmRequest(artifact="a", arm="c", paths=paths, base=folder, root=folder, **request), columns
    )


# What a path or metadata tell


def test_metadata_never_stand_in_for_a_value_at_a_dotted_path(tmp_path: Path) -> None:
    put(tmp_path, {"c.jsonl": jsonl([{"id": i, "s": {"v": 0}} for i in range(3)])})
    put(tmp_path, {"c.meta.json": '{"s.v": 1}'})
    with pytest.raises(SampleError, match=r'"s.v" is "1" by the path .* but the row says "0"'):
        load(tmp_path, "c.jsonl", "id", "s.v")


def test_a_capture_never_stands_in_for_a_column_of_a_list(tmp_path: Path) -> None:
    put(tmp_path, {"c.jsonl": jsonl([{"v": [0, 1]}]), "c.meta.json": '{"v.0": 1}'})
    with pytest.raises(SampleError, match=r'"v.0" is "1" by the path'):
        load(tmp_path, "c.jsonl", "v.0")


@pytest.mark.parametrize("aliases", [(), (("x", "s.v"),)])
def test_the_cell_of_the_row_itself_counts(
    tmp_path: Path, aliases: tuple[tuple[str, str], ...]
) -> None:
    put(tmp_path, {"c.jsonl": jsonl([{"s": {"v": 1.0}}, {"s": {}}]), "c.meta.json": '{"s.v": "1"}'})
    name = "x" if aliases else "s.v"
    cells = load(tmp_path, "c.jsonl", name, aliases=aliases).columns[name]
    assert [(type(cell), cell) for cell in cells] == [(float, 1.0), (str, "1")]


def test_cells_of_csv_rows_beside_a_capture_are_read_as_csv(tmp_path: Path) -> None:
    (tmp_path / "s1.csv").write_text("seed,v\n1,0.5\n")
    table = load(tmp_path, "s{seed}.csv", "seed", "v")
    assert extract(table, SampleRequest(value="v", run="seed")).runs == ("1",)


def test_metadata_cannot_rename_where_a_row_stands(tmp_path: Path) -> None:
    put(
        tmp_path,
        {"c.jsonl": jsonl([{"v": 1}, {"v": 2}]), "c.meta.json": '{"_row": 7, "_path": "x"}'},
    )
    assert load(tmp_path, "c.jsonl", "_row", "_path").columns == {
        "_row": [1, 2],
        "_path": ["c.jsonl", "c.jsonl"],
    }


@pytest.mark.parametrize(
    "request_",
    [
        {"value": "v"},
        {"value": "v", "id": ("id",)},
        {"label": "y", "prediction": "v", "statistic": "accuracy", "id": ("id",)},
        {"label": "v", "prediction": "y", "statistic": "recall"},
    ],
)
def test_a_value_told_by_metadata_is_not_one_for_every_row(
    tmp_path: Path, request_: dict[str, Any]
) -> None:
    put(
        tmp_path,
        {"c.jsonl": jsonl([{"id": i, "y": 1} for i in range(3)]), "c.meta.json": '{"v": 1}'},
    )
    with pytest.raises(SampleError, match=CONSTANT) as caught:
        extract(load(tmp_path, "c.jsonl", "id", "v", "y"), SampleRequest(**request_))
    assert str(caught.value.at) == "c.meta.json"


def test_a_value_told_by_the_path_is_not_one_for_every_row(tmp_path: Path) -> None:
    (tmp_path / "acc-1.jsonl").write_text(jsonl([{"id": 1}, {"id": 2}]))
    table = load(tmp_path, "acc-{v}.jsonl", "id", "v", reader="jsonl")
    with pytest.raises(SampleError, match=CONSTANT):
        extract(table, SampleRequest(value="v", map=(("1", 1.0),)))


def test_a_value_told_for_the_rows_that_lack_it_is_refused(tmp_path: Path) -> None:
    put(tmp_path, {"c.jsonl": jsonl([{"v": 1}, {}, {}]), "c.meta.json": '{"v": 1}'})
    with pytest.raises(SampleError, match=CONSTANT):
        extract(load(tmp_path, "c.jsonl", "v"), SampleRequest(value="v"))


def test_a_value_told_by_metadata_of_a_joined_file_is_refused(tmp_path: Path) -> None:
    put(
        tmp_path,
        {"c.jsonl": jsonl([{"id": 1}, {"id": 2}]), "g.jsonl": jsonl([{"id": 1}, {"id": 2}])},
    )
    put(tmp_path, {"g.meta.json": '{"v": 1}'})
    joins = (JoinRequest(name="g", path="g.jsonl", by=("id",), match="both"),)
    with pytest.raises(SampleError, match=CONSTANT):
        extract(load(tmp_path, "c.jsonl", "g.v", joins=joins), SampleRequest(value="g.v"))


def test_a_value_told_for_a_whole_folder_is_one_observation(tmp_path: Path) -> None:
    put(tmp_path, {"a.json": '{"x": 1}', "b.json": '{"x": 2}', "meta.json": '{"v": 1}'})
    with pytest.raises(SampleError, match=CONSTANT):
        extract(load(tmp_path, ("a.json", "b.json"), "v"), SampleRequest(value="v"))


def test_a_value_told_for_each_file_of_one_row_counts(tmp_path: Path) -> None:
    put(tmp_path, {"a.json": '{"x": 1}', "b.json": '{"x": 2}'})
    put(tmp_path, {"a.meta.json": '{"v": 1}', "b.meta.json": '{"v": 3}'})
    sample = extract(load(tmp_path, "*.json", "v"), SampleRequest(value="v"))
    assert sample.values.tolist() == [1, 3]


def test_a_value_told_for_a_run_counts(tmp_path: Path) -> None:
    for run in (0, 1):
        (tmp_path / f"{run}.jsonl").write_text(jsonl([{"t": 1, "s": run}, {"t": 2, "s": run}]))
        (tmp_path / f"{run}.meta.json").write_text(json.dumps({"v": run}))
    table = load(tmp_path, "{seed}.jsonl", "v", "seed", "t")
    sample = extract(table, SampleRequest(value="v", run="seed", repeat="t"))
    assert sample.values.tolist() == [0, 1]


# Comparing nothing


@pytest.fixture
def both(arm: Load) -> Callable[[Rows, Rows], tuple[ArmTable, ArmTable]]:
    def make(candidate: Rows, baseline: Rows) -> tuple[ArmTable, ArmTable]:
        return (
            arm(candidate, ["id", "c", "v"]),
            arm(baseline, ["id", "c", "v"], name="baseline"),
        )

    return make


Both = Callable[[Rows, Rows], tuple[ArmTable, ArmTable]]


def test_same_without_a_common_id_compares_the_values(both: Both) -> None:
    tables = both([{"id": 1, "c": "new"}], [{"id": 2, "c": "old"}])
    assert check_same(*tables, "c", ("id",)) == (
        '"c" is "new" in evals.candidate and "old" in evals.baseline'
    )
    tables = both([{"id": 1, "c": "x"}], [{"id": 2, "c": "x"}])
    assert check_same(*tables, "c", ("id",)) is None


def test_same_compares_ids_of_one_arm_only_with_the_values_of_the_other(both: Both) -> None:
    rows: Rows = [{"id": 1, "c": "x"}, {"id": 2, "c": "y"}]
    assert check_same(*both([*rows, {"id": 3, "c": "x"}], rows), "c", ("id",)) is None
    assert check_same(*both([*rows, {"id": 3, "c": "z"}], rows), "c", ("id",)) == (
        '"c" of ids in one arm only is "z" in evals.candidate, which no row of evals.baseline has'
    )
    assert check_same(*both(rows, [*rows, {"id": 3, "c": "z"}]), "c", ("id",)) == (
        '"c" of ids in one arm only is "z" in evals.baseline, which no row of evals.candidate has'
    )


@pytest.mark.parametrize("cell", ["", " ", "\t\u00a0", [], {}, None])
def test_nothing_is_not_present_and_not_the_same(both: Both, cell: object) -> None:
    tables = both([{"id": 1, "c": cell}], [{"id": 1, "c": cell}])
    words = '"c" is missing in 1 of 1 rows of evals.candidate, first candidate/rows.jsonl:1'
    assert check_present(tables[0], "c") == words
    assert check_same(*tables, "c", ("id",)) == words


# Repeats


REPEAT = SampleRequest(value="v", id=("id",), repeat="k")


def repeated(*labels: str, skip: tuple[tuple[int, str], ...] = (), n: int = 7) -> Rows:
    return [
        {"id": i, "k": label, "v": 1.0 if (i + len(label)) % 2 else 0.0}
        for i in range(n)
        for label in labels
        if (i, label) not in skip
    ]


def averaged(arm: Load, rows: Rows, request: SampleRequest = REPEAT, name: str = "c") -> Sample:
    return extract(arm(rows, ["id", "k", "v", "_row", "seed"], name=name), request)


def test_deleted_repeats_are_noticed(arm: Load) -> None:
    deleted = tuple((i, "b") for i in range(6))
    candidate = averaged(arm, repeated("a", "b", skip=deleted))
    baseline = averaged(arm, repeated("a", "b"), name="b")
    with pytest.raises(SampleError) as caught:
        pair_by_id(candidate, baseline)
    one = "1 in the candidate, 2 in the baseline"
    assert caught.value.message == (
        "6 of 7 units are averaged over other repeats in each arm: "
        f'"0" ({one}), "1" ({one}), "2" ({one}), "3" ({one}), "4" ({one}), ...'
    )


def test_as_many_repeats_under_other_labels_are_noticed(arm: Load) -> None:
    candidate = averaged(arm, repeated("a", "c", n=1))
    baseline = averaged(arm, repeated("a", "b", n=1), name="b")
    with pytest.raises(SampleError, match=r'"0" \(2 in each, "c" only in the candidate\)'):
        pair_by_id(candidate, baseline)


def test_the_same_repeats_in_any_order_pair(arm: Load) -> None:
    rows = repeated("a", "b")
    candidate, baseline = averaged(arm, rows[::-1]), averaged(arm, rows, name="b")
    assert len(pair_by_id(candidate, baseline).ids) == 7


@pytest.mark.parametrize("aliases", [(), (("turn", "_row"),)])
def test_repeats_that_are_row_numbers_are_only_counted(
    arm: Load, aliases: tuple[tuple[str, str], ...]
) -> None:
    request = SampleRequest(value="v", id=("id",), repeat="turn" if aliases else "_row")
    rows = repeated("a", "b")
    columns = ["id", "v", "_row", "turn"]
    first, second, third = (
        extract(arm(content, columns, name=name, aliases=aliases), request)
        for name, content in (("x", rows), ("y", rows[::-1]), ("z", rows[1:]))
    )
    assert len(pair_by_id(first, second).ids) == 7
    with pytest.raises(SampleError, match=r'"0" \(1 in the candidate, 2 in the baseline\)'):
        pair_by_id(third, first)


def test_runs_are_averaged_over_the_same_repeats(arm: Load) -> None:
    request = SampleRequest(value="v", run="id", repeat="k")
    candidate = averaged(arm, repeated("a", "b", skip=((3, "a"),)), request)
    baseline = averaged(arm, repeated("a", "b"), request, name="b")
    with pytest.raises(SampleError, match=r'1 of 7 units .* "3"'):
        pair_by_run(candidate, baseline)


def test_cells_of_a_crossed_design_are_averaged_over_the_same_repeats(arm: Load) -> None:
    request = SampleRequest(value="v", id=("id",), run="seed", repeat="k")
    rows: Rows = [{**row, "seed": seed} for seed in (0, 1, 2) for row in repeated("a", "b")]
    whole = averaged(arm, rows, request)
    check_repeats(averaged(arm, rows[:28], request, name="b"), whole)
    with pytest.raises(SampleError, match=r'1 of 7 units .* "6"'):
        check_repeats(averaged(arm, rows[:-1], request, name="c"), whole)


def test_a_pair_that_lost_a_repeat_as_missing_is_dropped(arm: Load) -> None:
    request = SampleRequest(value="v", id=("id",), repeat="k", missing="drop", max_missing=0.5)
    rows = repeated("a", "b")
    holes: Rows = [
        {**row, "v": None} if row["id"] == 2 and row["k"] == "a" else row for row in rows
    ]
    candidate, baseline = averaged(arm, holes, request), averaged(arm, rows, request, name="b")
    assert (candidate.partial_ids, candidate.dropped_ids) == (("2",), ())
    paired = pair_by_id(candidate, baseline)
    assert (paired.ids, paired.dropped) == (("0", "1", "3", "4", "5", "6"), 1)


def test_different_numbers_of_repeats_within_an_arm_are_noted(arm: Load) -> None:
    sample = averaged(arm, repeated("a", "b", "c", skip=((1, "a"), (1, "b"))))
    assert sample.notes == ("evals.c: units have 1 to 3 repeats",)
    assert averaged(arm, repeated("a", "b")).notes == ()


def test_units_that_only_a_join_knows_have_no_repeats_to_compare(tmp_path: Path) -> None:
    put(tmp_path, {"c.jsonl": jsonl([{"id": 1, "v": 1}, {"id": 1, "v": 0}])})
    put(tmp_path, {"g.jsonl": jsonl([{"id": 1}, {"id": 2}])})
    put(tmp_path, {"b.jsonl": jsonl([{"id": i, "v": 1} for i in (1, 1, 2, 2)])})
    joins = (JoinRequest(name="g", path="g.jsonl", by=("id",), match="both"),)
    request = SampleRequest(
        value="v", id=("id",), repeat="_row", missing="worst", max_missing=0.5, fill=0.0
    )
    candidate, baseline = (
        extract(load(tmp_path, path, "id", "v", "_row", joins=joins), request)
        for path in ("c.jsonl", "b.jsonl")
    )
    assert candidate.repeats_of == (("", ""), None)
    assert pair_by_id(candidate, baseline).candidate.tolist() == [0.5, 0]


# Copies


def test_a_copy_of_a_file_of_the_arm_is_refused(tmp_path: Path) -> None:
    put(
        tmp_path,
        {"x/0.jsonl": jsonl([{"v": 1}, {"v": 0}]), "x/1.jsonl": jsonl([{"v": 1}, {"v": 0}])},
    )
    with pytest.raises(ArtifactError) as caught:
        load(tmp_path, "x/{seed}.jsonl", "v")
    assert caught.value.message == f"x/1.jsonl and x/0.jsonl {COPIES}"


def test_a_hard_link_is_a_copy(tmp_path: Path) -> None:
    put(tmp_path, {"b.jsonl": jsonl([{"v": 1}, {"v": 0}])})
    os.link(tmp_path / "b.jsonl", tmp_path / "a.jsonl")
    with pytest.raises(ArtifactError, match=f"b.jsonl and a.jsonl {COPIES}"):
        load(tmp_path, ("b.jsonl", "a.jsonl"), "v")


def test_a_copy_of_one_long_row_is_refused(tmp_path: Path) -> None:
    text = json.dumps({"v": 1, "text": "x" * 200})
    put(tmp_path, {"a.json": text, "b.json": text})
    with pytest.raises(ArtifactError, match=COPIES):
        load(tmp_path, "*.json", "v")


def test_short_files_of_one_row_may_agree_and_are_noted(tmp_path: Path) -> None:
    put(
        tmp_path,
        {"a.json": '{"v": 1}', "b.json": '{"v": 1}', "c.json": '{"v": 2}', "d.json": '{"v": 1}'},
    )
    table = load(tmp_path, "?.json", "v")
    assert table.notes == ("3 files hold the same bytes as another of the arm",)
    assert table.n == 4


def test_metadata_may_be_copies(tmp_path: Path) -> None:
    put(tmp_path, {"a.json": '{"v": 1}', "b.json": '{"v": 2}'})
    put(tmp_path, {"a.meta.json": '{"m": 1}', "b.meta.json": '{"m": 1}'})
    assert load(tmp_path, "*.json", "v").notes == ()


def test_rows_are_told_apart_by_their_files_and_by_their_bytes(tmp_path: Path) -> None:
    put(tmp_path, {"a.json": '{"v": 1}', "b.json": '{"v": 1}'})
    put(tmp_path, {"c.jsonl": jsonl([{"v": 1}, {"v": 2}]), "d.jsonl": jsonl([{"v": 1}, {"v": 2}])})
    one, other = (load(tmp_path, name, "v") for name in ("a.json", "b.json"))
    assert one.row_keys() == {(str(tmp_path.resolve() / "a.json"), 1)}
    assert not one.row_keys() & other.row_keys()
    assert one.content_keys() == set()
    first, copy, half = (
        load(tmp_path, name, "v", where=where)
        for name, where in (
            ("c.jsonl", (("v", ("1",)),)),
            ("d.jsonl", ()),
            ("c.jsonl", (("v", ("2",)),)),
        )
    )
    assert not first.row_keys() & copy.row_keys()
    assert len(first.content_keys() & copy.content_keys()) == 1
    assert not first.content_keys() & half.content_keys()
    assert not first.row_keys() & half.row_keys()


def test_rows_of_a_join_are_no_rows_of_the_arm(tmp_path: Path) -> None:
    put(tmp_path, {"g.jsonl": jsonl([{"id": 1}, {"id": 2}, {"id": 3}])})
    joins = (JoinRequest(name="g", path="g.jsonl", by=("id",), match="both"),)
    keys = []
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text(jsonl([{"id": 1, "v": name}, {"id": 2, "v": 1}]))
        table = load(tmp_path, f"{name}.jsonl", "id", "v", joins=joins)
        assert (table.n, len(table.row_keys()), len(table.content_keys())) == (3, 2, 2)
        keys.append(table.row_keys() | table.content_keys())
    assert not keys[0] & keys[1]


# Blanks


@pytest.mark.parametrize("blank", ["", " ", "\n", "\u2003"])
def test_a_blank_answer_is_missing_and_never_right(arm: Load, blank: str) -> None:
    content: Rows = [{"y": "a", "p": "a"}, {"y": blank, "p": blank}]
    request = SampleRequest(label="y", prediction="p", statistic="accuracy")
    with pytest.raises(SampleError, match="is missing in 1 of 2 units"):
        extract(arm(content, ["y", "p"]), request)


@pytest.mark.parametrize("statistic", ["recall", "precision"])
def test_a_blank_class_is_missing(arm: Load, statistic: str) -> None:
    content: Rows = [{"y": 1, "p": 1}, {"y": "", "p": 1}, {"y": 1, "p": " "}]
    request = SampleRequest(label="y", prediction="p", statistic=statistic)
    with pytest.raises(SampleError, match="is missing in 2 of 3 units"):
        extract(arm(content, ["y", "p"]), request)


@pytest.mark.parametrize("coding", [{}, {"map": (("yes", 1.0),)}])
def test_a_blank_value_is_missing(arm: Load, coding: dict[str, Any]) -> None:
    with pytest.raises(SampleError, match="v is missing in 1 of 2 units"):
        extract(arm([{"v": " "}, {"v": 1}], ["v"]), SampleRequest(value="v", **coding))


# Keys that are none


@pytest.mark.parametrize("cell", [[1], {"a": 1}, [], {}])
@pytest.mark.parametrize("key", ["id", "run", "repeat", "cluster"])
def test_lists_and_objects_are_no_keys(arm: Load, key: str, cell: object) -> None:
    content: Rows = [{"k": cell, "i": 1, "v": 1}, {"k": cell, "i": 2, "v": 1}]
    columns: dict[str, Any] = {"id": ("i",), key: "k"}
    columns |= {name: ("k",) for name in ("id", "cluster") if name == key}
    with pytest.raises(SampleError, match=r"no text or whole number|cluster k is"):
        extract(arm(content, ["k", "i", "v"]), SampleRequest(value="v", **columns))


# The order of rows


BAD: list[tuple[str, Rows, dict[str, Any]]] = [
    (
        "duplicates",
        [{"id": i % 7, "v": i, "w": i % 3} for i in range(20)],
        {"value": "v", "id": ("id",)},
    ),
    (
        "missing",
        [{"id": i, "v": None if i % 2 else 1} for i in range(20)],
        {"value": "v", "id": ("id",)},
    ),
    ("range", [{"v": i} for i in range(9)], {"value": "v", "range": (0, 3)}),
    ("texts", [{"v": c} for c in "bcad"], {"value": "v"}),
    ("numbers in quotes", [{"v": c} for c in ("3", "1", "2")], {"value": "v"}),
    ("labels", [{"v": c} for c in "bcad"], {"value": "v", "map": (("b", 1.0),)}),
    ("too large", [{"v": 10.0 ** (151 + i)} for i in range(5)], {"value": "v"}),
    ("lists", [{"v": [c]} for c in "bcad"], {"value": "v"}),
    ("all of it", [{"v": c} for c in ("x", [1], 1e200, True, 3, "2")], {"value": "v"}),
    ("booleans", [{"v": c} for c in (True, 3, 2, 0.5, False)], {"value": "v"}),
    (
        "clusters",
        [{"id": i // 4, "k": i % 4, "v": 1, "c": f"c{i % 3}"} for i in range(8)],
        {"value": "v", "id": ("id",), "repeat": "k", "cluster": ("c",)},
    ),
    ("column", [{"v": 1}], {"value": "zzz"}),
]


@pytest.mark.parametrize(("rows", "request_"), [case[1:] for case in BAD], ids=[c[0] for c in BAD])
@given(rng=st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_the_order_of_rows_changes_no_message(
    tmp_path_factory: pytest.TempPathFactory,
    rows: Rows,
    request_: dict[str, Any],
    rng: random.Random,
) -> None:
    def words(content: Rows) -> str:
        (folder / "x.jsonl").write_text(jsonl(content))
        with pytest.raises(SampleError) as caught:
            extract(load(folder, "x.jsonl", *columns), SampleRequest(**request_))
        return caught.value.message

    folder = tmp_path_factory.mktemp("order")
    columns = ("id", "v", "w", "k", "c", "zzz")
    expected = words(rows)
    shuffled = list(rows)
    rng.shuffle(shuffled)
    assert words(shuffled) == expected


def test_the_line_named_is_the_second_of_the_smallest_id(tmp_path: Path) -> None:
    rows: Rows = [{"id": i, "v": i} for i in (9, 2, 9, 1, 2, 1, 1)]
    put(
        tmp_path, {"b.jsonl": jsonl(rows), "a.jsonl": jsonl([{"id": 7, "v": 0}, {"id": 1, "v": 5}])}
    )
    messages = set()
    for paths in (("a.jsonl", "b.jsonl"), ("b.jsonl", "a.jsonl")):
        with pytest.raises(SampleError, match='first "1", "2", "9"') as caught:
            extract(load(tmp_path, paths, "id", "v"), SampleRequest(value="v", id=("id",)))
        messages.add(str(caught.value))
        assert str(caught.value.at) == "b.jsonl:4"
    assert len(messages) == 1


@pytest.mark.parametrize("column", ["zzz", "v"])
def test_the_order_of_paths_changes_no_message(tmp_path: Path, column: str) -> None:
    put(tmp_path, {"b.jsonl": jsonl([{"v": 1}]), "a.jsonl": jsonl([{"v": 2}])})
    messages = set()
    for paths in (("a.jsonl", "b.jsonl"), ("b.jsonl", "a.jsonl")):
        with pytest.raises(EvalGateError) as caught:
            load(tmp_path, paths, column, where=((column, ("9",)),))
        messages.add(str(caught.value))
        assert str(caught.value.at) == "a.jsonl"
    assert len(messages) == 1


@pytest.mark.parametrize("right", [[1], [1, 2, 2, 3, 3]])
def test_the_order_of_rows_changes_no_message_of_a_join(tmp_path: Path, right: list[int]) -> None:
    joins = (JoinRequest(name="g", path="g.jsonl", by=("id",)),)
    messages = set()
    for step in (1, -1):
        put(tmp_path, {"c.jsonl": jsonl([{"id": i} for i in (3, 1, 2)][::step])})
        put(tmp_path, {"g.jsonl": jsonl([{"id": i} for i in right][::step])})
        with pytest.raises(SampleError, match='first "2", "3"') as caught:
            load(tmp_path, "c.jsonl", "g.x", joins=joins)
        messages.add(str(caught.value))
    assert len(messages) == 1


def test_negative_zeros_are_zeros_in_any_order(arm: Load) -> None:
    for cells in ([0.0, -0.0], [-0.0, 0.0]):
        sample = extract(arm([{"v": cell} for cell in cells], ["v"]), SampleRequest(value="v"))
        assert list(map(str, sample.values.tolist())) == ["0.0", "0.0"]
