"""From rows to samples: joins, where, keys, missing values, repeats, clusters."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_evalgate.artifacts.arms import ArmTable, JoinRequest
from pytest_evalgate.artifacts.cells import Untyped, is_missing
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.errors import ArtifactError, SampleError
from pytest_evalgate.formats import BUILT_IN, Format
from pytest_evalgate.readers import SourceFile


Load = Callable[..., ArmTable]
Rows = list[dict[str, Any]]


def rows(**columns: list[Any]) -> Rows:
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def message(load: Load, content: Rows | str, columns: tuple[str, ...], **request: Any) -> str:
    with pytest.raises(SampleError) as caught:
        extract(load(content, columns), SampleRequest(**request))
    return caught.value.message


# Columns


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("a.b", 1),  # the exact key first
        ("a.c", 2),
        ("a.d.e", 3),  # the longest part that is a key
        ("a.d.f", 4),  # and a shorter one where that leads nowhere
        ("ys.-1", 7),
        ("ys.0", 5),
        ("ys.1.z", 6),
        ("acc,none", 8),
    ],
)
def test_dotted_columns(arm: Load, column: str, value: float) -> None:
    row = {
        "a.b": 1,
        "a": {"b": 9, "c": 2, "d.e": 3, "d": {"e": 9, "f": 4}},
        "ys": [5, {"z": 6}, 7],
        "acc,none": 8,
    }
    assert arm([row], [column]).columns == {column: [value]}


@pytest.mark.parametrize("column", ["ys.9", "ys.-9", "ys.x", "ys.01", "ys.0.a", "a.", ".a", "."])
def test_a_path_that_leads_nowhere_is_no_column(arm: Load, column: str) -> None:
    table = arm([{"ys": [5], "a": {"b": 1}}], [column])
    with pytest.raises(SampleError, match=r"no row of evals.candidate has a column"):
        table.column(column)


def test_a_missing_column_names_the_near_ones(arm: Load) -> None:
    table = arm([{"correct": 1, "doc": {"prediction": 2}}], ["corect", "prediction", "zzz"])
    for column, hint in (
        ("corect", 'did you mean "correct"?'),
        ("prediction", 'did you mean "doc.prediction"?'),
        ("zzz", 'the columns are "correct", "doc", "doc.prediction"'),
    ):
        with pytest.raises(SampleError) as caught:
            table.column(column)
        assert caught.value.hint == hint


def test_a_column_missing_in_some_rows_is_missing_there(arm: Load) -> None:
    assert arm([{"v": 1}, {"w": 2}], ["v", "w"]).columns == {"v": [1, None], "w": [None, 2]}


def test_aliases_name_columns(arm: Load) -> None:
    table = arm([{"usage": {"total": 7}}], ["tokens"], aliases=(("tokens", "usage.total"),))
    assert table.columns == {"tokens": [7]}


def test_only_the_named_columns_are_kept(arm: Load) -> None:
    assert set(arm([{"v": 1, "text": "x" * 1000}], ["v"]).columns) == {"v"}


# Where


@pytest.mark.parametrize(
    ("scalars", "kept"),
    [
        (("1",), [0, 1, 2, 3]),
        (("1.0",), [0, 1]),
        (("true",), [4, 5]),
        (("True",), [4, 9]),
        ((None,), [6, 7]),
        (("",), [8]),
        (("no", None), [6, 7, 10]),
        (("01",), []),
        (("null",), [11]),
        (("0.10",), [12]),
        (("12345678901234567890",), [13]),
    ],
)
def test_where_compares_scalars_as_written(
    arm: Load, scalars: tuple[str | None, ...], kept: list[int]
) -> None:
    cells = [1, 1.0, "1", "1", True, "true", None, ..., "", "True", "no", "null", 0.1]
    content: Rows = [{"n": i} if c is ... else {"n": i, "c": c} for i, c in enumerate(cells)]
    content += [{"n": 13, "c": 12345678901234567890}, {"n": 14, "c": [1]}, {"n": 15, "c": {}}]
    table = arm(content, ["n", "c"])
    assert table.where((("c", scalars),)).tolist() == kept


@pytest.mark.parametrize(
    ("scalars", "kept"), [(("1",), [0, 1]), (("true",), [2, 3]), ((None,), [4]), (("x",), [5])]
)
def test_where_on_csv_reads_numbers_booleans_and_empty_cells(
    arm: Load, scalars: tuple[str | None, ...], kept: list[int]
) -> None:
    table = arm("c,n\n1,0\n1.0,0\ntrue,0\nTRUE,0\n,0\nx,0\n", ["c"], reader="csv")
    assert table.where((("c", scalars),)).tolist() == kept


def test_where_of_an_arm_counts_what_it_leaves_out(arm: Load) -> None:
    content = rows(v=[1, 2, 3], cached=[True, False, False])
    table = arm(content, ["v"], where=(("cached", ("false",)),))
    assert (table.rows_read, table.left_out, table.columns["v"]) == (3, 1, [2, 3])
    assert str(table.locate(0)) == "candidate/rows.jsonl:2"
    assert {row for _, row in table.row_keys()} == {2, 3}


def test_where_that_keeps_nothing_or_asks_for_no_column_is_an_error(arm: Load) -> None:
    with pytest.raises(SampleError, match="`where` leaves 0 of 1 rows"):
        arm([{"v": 1}], ["v"], where=(("v", ("2",)),))
    with pytest.raises(SampleError, match='asks for column "w", which no row'):
        arm([{"v": 1}], ["v"], where=(("w", (None,)),))


def test_keys_are_checked_after_the_where_of_a_metric(arm: Load) -> None:
    content = rows(id=[1, 1, 2, 2], filter=["a", "b", "a", "b"], v=[1, 0, 1, 1])
    table = arm(content, ["id", "filter", "v"])
    sample = extract(table, SampleRequest(value="v", id=("id",), where=(("filter", ("b",)),)))
    assert (sample.ids, sample.values.tolist(), sample.left_out) == (("1", "2"), [0, 1], 2)


def test_distinct_values_as_text(arm: Load) -> None:
    table = arm(rows(a=[1, "1", None, 2], b=[True, True, 0.5, "x"]), ["a", "b"])
    assert table.distinct(["a", "b"]) == [(None, "0.5"), ("1", "true"), ("2", "x")]
    assert table.distinct(["a"], (("b", ("x",)),)) == [("2",)]


# Joins


Join = Callable[..., ArmTable]


@pytest.fixture
def joined(arm: Load, tmp_path: Path) -> Join:
    def load(left: Rows, right: str, columns: list[str], **join: Any) -> ArmTable:
        (tmp_path / "gold.csv").write_text(right)
        request = JoinRequest(name="gold", path="gold.csv", by=("id",), **join)
        return arm(left, columns, joins=(request,))

    return load


def test_a_join_adds_columns_by_key_as_text(joined: Join) -> None:
    table = joined(rows(id=[2, "1"]), "id,g\n1,a\n2,b\n3,c\n", ["id", "gold.g"])
    assert table.columns["gold.g"] == ["b", "a"]
    assert [file.path for file in table.files] == ["candidate/rows.jsonl", "gold.csv"]


def test_where_sees_joined_columns(joined: Join) -> None:
    table = joined(rows(id=["1", "2"], v=[5, 6]), "id,g\n1,a\n2,b\n", ["v", "gold.g"])
    assert table.where((("gold.g", ("b",)),)).tolist() == [1]


def test_join_rows_wants_a_partner_for_each(joined: Join) -> None:
    with pytest.raises(SampleError, match='1 of 2 rows have no partner by id, first "9"'):
        joined(rows(id=["1", "9"]), "id,g\n1,a\n", ["gold.g"])


def test_join_some_notes_how_many(joined: Join) -> None:
    table = joined(rows(id=["1", "9"]), "id,g\n1,a\n", ["gold.g"], match="some")
    assert table.columns["gold.g"] == ["a", None]
    assert "join gold: 1 of 2 rows have a partner" in table.notes


def test_rows_from_a_join_say_where_they_stand(joined: Join) -> None:
    table = joined([{"id": "2"}], "id,g\n1,a\n2,b\n", ["_path", "_row"], match="both")
    assert table.columns == {"_path": ["candidate/rows.jsonl", "gold.csv"], "_row": [1, 1]}


def test_join_both_gives_the_denominator(joined: Join) -> None:
    table = joined(
        rows(id=["2"], v=[1]), "id,g\n1,a\n2,b\n3,c\n", ["id", "v", "gold.g"], match="both"
    )
    assert table.columns == {"id": ["2", "1", "3"], "v": [1, None, None], "gold.g": ["b", "a", "c"]}
    assert "join gold: 2 expected ids have no row" in table.notes
    assert str(table.locate(2)) == "gold.csv:4"
    sample = extract(
        table,
        SampleRequest(value="v", id=("id",), missing="worst", max_missing=0.7, fill=0.0),
    )
    assert sample.values.tolist() == [0, 1, 0]
    assert (sample.filled, sample.missing) == (2, 2)


@pytest.mark.parametrize(
    ("right", "left", "words"),
    [
        ("id,g\n1,a\n1,b\n", [{"id": "1"}], "1 keys of id stand in more than one row"),
        ("key,g\n1,a\n", [{"id": "1"}], 'join gold have no column "id" to join by'),
        ("id,g\n1,a\n", [{"key": "1"}], 'the rows have no column "id" to join by'),
        ("id,g\n1,a\n", [{"id": 1.0}], "id 1.0 cannot name a row"),
        ("id,g\n1,a\n,b\n", [{"id": "1"}], "id cannot name a row: it is null or missing"),
        ("id,g\n1,a\n", [{"id": "1", "gold": 3}], 'a column "gold", which is also the name'),
        ("id,g\n1,a\n", [{"id": "1", "gold.g": 3}], 'a column "gold", which is also the name'),
    ],
)
def test_joins_that_are_in_doubt_are_refused(
    joined: Join, right: str, left: Rows, words: str
) -> None:
    with pytest.raises(SampleError) as caught:
        joined(left, right, ["gold.g"])
    assert words in caught.value.message


# Ids


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (1, "1"),
        ("01", "01"),
        ("1.0", "1.0"),
        ("1e5", "1e5"),
        (10**30, "1" + "0" * 30),
        (True, "true"),
        ("é", "é"),
        (" a", " a"),
        ("NA", "NA"),
    ],
)
def test_ids_are_text_as_written(arm: Load, cell: object, text: str) -> None:
    sample = extract(arm([{"id": cell, "v": 1}], ["id", "v"]), SampleRequest(value="v", id=("id",)))
    assert sample.ids == (text,)


def test_csv_ids_keep_their_zeros(arm: Load) -> None:
    table = arm("id,v\n001,1\n1,2\n1.0,3\n", ["id", "v"])
    assert extract(table, SampleRequest(value="v", id=("id",))).ids == ("001", "1", "1.0")


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (1.0, "id 1.0 cannot name a row: it is a number with decimals"),
        (None, "id cannot name a row: it is null or missing"),
        ("", 'id "" cannot name a row: it is blank'),
        ("  ", "it is blank"),
        ("a\n", "the invisible character U+000A"),
        ("a\u200b", "the invisible character U+200B"),
        ("\u202ea", "the invisible character U+202E"),
        ("\ud800", "the invisible character U+D800"),
        ("x" * 513, "longer than 512 bytes"),
        ("é" * 257, "longer than 512 bytes"),
        (10**600, "longer than 512 bytes"),
        ([1], "it is no text or whole number"),
        ({"a": 1}, "it is no text or whole number"),
    ],
)
def test_ids_that_name_nothing_are_refused(arm: Load, cell: object, words: str) -> None:
    content: Rows = [{"id": "a", "v": 1}, {"id": cell, "v": 1}]
    assert words in message(arm, content, ("id", "v"), value="v", id=("id",))


def test_look_alike_ids_are_noted_and_kept_apart(arm: Load) -> None:
    content = rows(id=["page", "p\u0430ge", "e\u0301", "\u00e9"], v=[1, 2, 3, 4])
    sample = extract(arm(content, ["id", "v"]), SampleRequest(value="v", id=("id",)))
    assert len(sample.ids or ()) == 4
    assert sample.notes == (
        '1 ids mix look-alike alphabets, first "p\\u0430ge"',
        '1 ids are not in Unicode NFC, first "e\\u0301"',
    )


def test_parts_of_a_key_cannot_run_together(arm: Load) -> None:
    content = rows(a=["x|y", "x"], b=["z", "y|z"], v=[1, 2])
    sample = extract(arm(content, ["a", "b", "v"]), SampleRequest(value="v", id=("a", "b")))
    assert sample.ids == ("x\\|y|z", "x|y\\|z")


# Duplicates


def test_duplicates_say_in_which_columns_they_differ(arm: Load) -> None:
    content: Rows = [
        {"id": 1, "v": 1, "provider": {"id": "a", "label": ""}},
        {"id": 1, "v": 0, "provider": {"id": "b", "label": ""}},
        {"id": 2, "v": 1, "provider": {"id": "a", "label": ""}},
    ]
    assert message(arm, content, ("id", "v"), value="v", id=("id",)) == (
        'evals.candidate: 1 duplicate keys of id, first "1"; 1 value stands in more than one row; '
        "these rows differ in provider.id, v"
    )


def test_duplicates_that_are_copies_say_so(arm: Load) -> None:
    content = rows(id=[1, 1, 2], v=[1, 1, 0])
    words = message(arm, content, ("id", "v"), value="v", id=("id",))
    assert words.endswith("1 value stands in more than one row; all are copies")


def test_the_line_of_a_duplicate_is_its_second_one(arm: Load) -> None:
    names = [f"q{i:03}" for i in range(300)]
    content = rows(id=[*names, "q000", "q007", "q003", "q003"], v=[1] * 304)
    with pytest.raises(SampleError) as caught:
        extract(arm(content, ["id", "v"]), SampleRequest(value="v", id=("id",)))
    assert caught.value.at is not None
    assert caught.value.at.line == 301
    assert '4 duplicate keys of id, first "q000", "q003", "q007"; 3 values stand in more' in str(
        caught.value
    )


def test_long_ids_are_shortened(arm: Load) -> None:
    name = "3f2a91c04e" * 6 + "tail"
    words = message(arm, rows(id=[name, name], v=[1, 1]), ("id", "v"), value="v", id=("id",))
    assert 'first "3f2a91c04e3f2a...04etail"' in words
    assert name not in words


def test_ten_copies_of_the_good_rows_are_refused(arm: Load) -> None:
    content = rows(id=[*range(400)], v=[1] * 320 + [0] * 80)
    words = message(arm, content + content[:100], ("id", "v"), value="v", id=("id",))
    assert "100 duplicate keys of id" in words


def test_a_file_that_changed_before_the_message_is_noticed(arm: Load, tmp_path: Path) -> None:
    table = arm(rows(id=[1, 1], v=[1, 2]), ["id", "v"])
    (tmp_path / "candidate" / "rows.jsonl").write_text('{"id": 1, "v": 3}\n')
    with pytest.raises(ArtifactError, match="changed while it was judged"):
        extract(table, SampleRequest(value="v", id=("id",)))


def test_run_without_id_is_a_key(arm: Load) -> None:
    content = rows(seed=[0, 1, 0], v=[1, 2, 3])
    words = message(arm, content, ("seed", "v"), value="v", run="seed")
    assert "1 duplicate keys of seed" in words


def test_rows_without_id_and_run_need_no_key(arm: Load) -> None:
    sample = extract(arm(rows(v=[3, 1, 1]), ["v"]), SampleRequest(value="v"))
    assert sample.values.tolist() == [1, 1, 3]
    assert (sample.ids, sample.runs, sample.rows) == (None, None, 3)


# Values


def test_map_names_texts_and_numbers_and_booleans(arm: Load) -> None:
    table = arm(rows(v=["C", 1, True, 0.5]), ["v"])
    coding = (("C", 1.0), ("1", 2.0), ("true", 3.0), ("0.50", 4.0))
    sample = extract(table, SampleRequest(value="v", map=coding))
    assert sample.values.tolist() == [1, 2, 3, 4]


def test_a_map_of_words_lets_numbers_pass_and_one_of_numbers_does_not(arm: Load) -> None:
    table = arm(rows(v=["C", 0.5]), ["v"])
    assert extract(table, SampleRequest(value="v", map=(("C", 1.0),))).values.tolist() == [0.5, 1]
    with pytest.raises(SampleError, match=r'value "0.5" of v is not in map \["C", "1"\]'):
        extract(table, SampleRequest(value="v", map=(("C", 1.0), ("1", 0.0))))


def test_na_comes_before_map_and_range_after_scale(arm: Load) -> None:
    table = arm(rows(v=["x", "-1", 50]), ["v"])
    request = SampleRequest(
        value="v",
        na=("x", "-1"),
        map=(("y", 1.0),),
        scale=0.01,
        range=(0, 1),
        missing="drop",
        max_missing=0.7,
    )
    assert extract(table, request).values.tolist() == [0.5]


@pytest.mark.parametrize("value", [95, -0.01, 1.0001])
def test_values_outside_the_range_are_never_clipped(arm: Load, value: float) -> None:
    words = message(arm, rows(v=[0.5, value]), ("v",), value="v", range=(0, 1))
    assert f"value {value:g} outside range [0, 1]" in words


@pytest.mark.parametrize(
    ("cells", "is_binary"),
    [([0, 1], True), ([True, False], True), ([1.0, 1], True), ([0, 0.5], False), ([2, 1], False)],
)
def test_binary_is_decided_by_the_values(arm: Load, cells: list[Any], is_binary: bool) -> None:  # noqa: FBT001
    assert extract(arm(rows(v=cells), ["v"]), SampleRequest(value="v")).is_binary is is_binary


@pytest.mark.parametrize("scale", [1e20, 1e300])
def test_a_scale_that_makes_values_too_large_is_an_error(arm: Load, scale: float) -> None:
    words = message(arm, rows(v=[1e140]), ("v",), value="v", scale=scale)
    assert words == f"v times scale {scale:g} is beyond 1e150"


def test_binary_is_decided_before_repeats_are_averaged(arm: Load) -> None:
    content = rows(id=[1, 1, 2], epoch=[1, 2, 1], v=[0, 1, 1])
    sample = extract(
        arm(content, ["id", "epoch", "v"]), SampleRequest(value="v", id=("id",), repeat="epoch")
    )
    assert (sample.values.tolist(), sample.is_binary, sample.repeats) == ([0.5, 1], True, 2)


def test_repeats_are_averaged_within_id_and_run(arm: Load) -> None:
    content = rows(id=[1, 1, 1, 1], seed=[0, 0, 1, 1], epoch=[0, 1, 0, 1], v=[1, 2, 5, 7])
    sample = extract(
        arm(content, ["id", "seed", "epoch", "v"]),
        SampleRequest(value="v", id=("id",), run="seed", repeat="epoch"),
    )
    assert (sample.ids, sample.runs) == (("1", "1"), ("0", "1"))
    assert sample.values.tolist() == [1.5, 6]


def test_equal_repeats_average_to_just_that_number(arm: Load) -> None:
    content = rows(id=[1, 1, 1], epoch=[0, 1, 2], v=[0.1, 0.1, 0.1])
    sample = extract(
        arm(content, ["id", "epoch", "v"]), SampleRequest(value="v", id=("id",), repeat="epoch")
    )
    assert sample.values.tolist() == [0.1]


# Missing


MISSING = rows(id=["a", "b", "c", "d"], v=[1, None, 0, 1])


def test_a_missing_value_is_an_error_by_default(arm: Load) -> None:
    words = message(arm, MISSING, ("id", "v"), value="v", id=("id",))
    assert words == 'evals.candidate: v is missing in 1 of 4 units, first "b"'


def test_drop_leaves_units_out_and_counts_them(arm: Load) -> None:
    request = SampleRequest(value="v", id=("id",), missing="drop", max_missing=0.25)
    sample = extract(arm(MISSING, ["id", "v"]), request)
    assert (sample.ids, sample.dropped, sample.dropped_ids) == (("a", "c", "d"), 1, ("b",))
    assert (sample.rows, sample.missing, sample.filled) == (4, 1, 0)


def test_drop_keeps_a_unit_with_another_repeat(arm: Load) -> None:
    content = rows(id=["a", "a"], epoch=[1, 2], v=[None, 1])
    request = SampleRequest(value="v", id=("id",), repeat="epoch", missing="drop", max_missing=1.0)
    sample = extract(arm(content, ["id", "epoch", "v"]), request)
    assert (sample.values.tolist(), sample.dropped, sample.missing) == ([1], 0, 1)


def test_worst_fills_in_the_worst_value(arm: Load) -> None:
    request = SampleRequest(value="v", id=("id",), missing="worst", max_missing=0.25, fill=0.0)
    sample = extract(arm(MISSING, ["id", "v"]), request)
    assert (sample.values.tolist(), sample.filled, sample.dropped) == ([1, 0, 0, 1], 1, 0)


@pytest.mark.parametrize("missing", ["drop", "worst"])
def test_more_missing_than_allowed_is_an_error(arm: Load, missing: str) -> None:
    words = message(
        arm,
        *(MISSING, ("id", "v")),
        value="v",
        id=("id",),
        missing=missing,
        max_missing=0.24,
        fill=0.0,
    )
    assert "a share of 0.25, more than max_missing 0.24" in words


def test_worst_without_a_worst_value_is_an_error(arm: Load) -> None:
    words = message(arm, MISSING, ("v",), value="v", missing="worst", max_missing=1.0)
    assert "`missing: worst` has no worst value here" in words


def test_a_sample_of_nothing_is_an_error(arm: Load) -> None:
    content = rows(v=[None, None])
    words = message(arm, content, ("v",), value="v", missing="drop", max_missing=1.0)
    assert "v has no value in any of 2 rows" in words
    words = message(arm, content, ("v",), value="v", where=(("v", ("1",)),))
    assert "`where` of the metric leaves 0 of 2 rows" in words


# Clusters


def test_clusters_are_text_of_any_kind(arm: Load) -> None:
    content = rows(id=[1, 2, 3], a=["x\n" * 400, "", 7], v=[1, 1, 1])
    request = SampleRequest(value="v", id=("id",), cluster=("a", "id"))
    sample = extract(arm(content, ["id", "a", "v"]), request)
    assert len(set(sample.clusters or ())) == 3


def test_a_cluster_holds_whole_units(arm: Load) -> None:
    content = rows(id=[1, 1], epoch=[0, 1], c=["x", "y"], v=[1, 1])
    words = message(
        arm,
        *(content, ("id", "epoch", "c", "v")),
        value="v",
        id=("id",),
        repeat="epoch",
        cluster=("c",),
    )
    assert words == 'rows of one unit lie in two clusters, "x" and "y", by c'


@pytest.mark.parametrize("cell", [None, 1.5, [1], {"a": 1}])
def test_clusters_that_are_none_are_refused(arm: Load, cell: object) -> None:
    content = rows(c=["x", cell], v=[1, 1])
    assert "cluster c is" in message(arm, content, ("c", "v"), value="v", cluster=("c",))


def test_clusters_of_rows_without_id_follow_the_values(arm: Load) -> None:
    content = rows(c=["b", "a", "c"], v=[1, 1, 0])
    sample = extract(arm(content, ["c", "v"]), SampleRequest(value="v", cluster=("c",)))
    assert (sample.values.tolist(), sample.clusters) == ([0, 1, 1], ("c", "a", "b"))


# Labels and predictions


LABELS = rows(id=[1, 2, 3, 4, 5, 6], y=[1, 1, 1, 0, 0, 0], p=[1, 1, 0, 0, 0, 1])


@pytest.mark.parametrize(
    ("statistic", "values"),
    [("accuracy", [1, 1, 0, 1, 1, 0]), ("recall", [1, 1, 0]), ("precision", [1, 1, 0])],
)
def test_statistics_of_labels(arm: Load, statistic: str, values: list[int]) -> None:
    table = arm(LABELS, ["id", "y", "p"])
    request = SampleRequest(label="y", prediction="p", statistic=statistic, id=("id",))
    sample = extract(table, request)
    assert sample.values.tolist() == values
    assert sample.is_binary


def test_labels_that_are_words_are_compared_as_words(arm: Load) -> None:
    table = arm(rows(y=["cat", "dog", "cow"], p=["cat", "cat", "cow"]), ["y", "p"])
    request = SampleRequest(label="y", prediction="p", statistic="accuracy")
    assert extract(table, request).values.tolist() == [0, 1, 1]


def test_words_never_equal_numbers(arm: Load) -> None:
    content = rows(y=[1, 2], p=["1", "2"])
    words = message(arm, content, ("y", "p"), label="y", prediction="p", statistic="accuracy")
    assert "y and p hold texts and numbers, which are never equal" in words


@pytest.mark.parametrize("cells", [["cat", "dog"], [1, 2]])
def test_recall_needs_classes_0_and_1(arm: Load, cells: list[Any]) -> None:
    words = message(
        arm, rows(y=cells, p=cells), ("y", "p"), label="y", prediction="p", statistic="recall"
    )
    assert "recall needs classes 0 and 1 in y" in words


def test_recall_without_positives_is_an_error(arm: Load) -> None:
    content = rows(y=[0, 0], p=[1, 0])
    words = message(arm, content, ("y", "p"), label="y", prediction="p", statistic="recall")
    assert "recall has no row where y is 1" in words


def test_a_missing_label_may_be_positive(arm: Load) -> None:
    content = rows(y=[1, None, 0], p=[1, 1, 1])
    words = message(arm, content, ("y", "p"), label="y", prediction="p", statistic="recall")
    assert "is missing in 1 of 2 units" in words


def test_a_metric_without_columns_is_an_error(arm: Load) -> None:
    assert "names no column" in message(arm, rows(v=[1]), ("v",))
    assert "needs columns of labels" in message(arm, rows(v=[1]), ("v",), statistic="recall")


# Formats without types


def test_cells_of_an_untyped_format_that_are_no_texts_stay_what_they_are(arm: Load) -> None:
    def read(_: SourceFile) -> Rows:
        return [{"v": cell} for cell in (None, True, 7, "7", "", [1])]

    form = Format(name="piped", parse=read, is_typed=False)
    table = arm("x", ["v"], reader="piped", formats={**BUILT_IN, "piped": form})
    assert table.column("v") == [None, True, 7, "7", "", [1]]
    assert [type(cell) for cell in table.column("v")[3:5]] == [Untyped, Untyped]
    assert [is_missing(cell) for cell in table.column("v")] == [True, *[False] * 3, True, False]
