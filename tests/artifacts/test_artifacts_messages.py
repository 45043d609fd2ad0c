"""Messages name what was found and the line of the gate file that mends it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pytest_evalgate.artifacts.arms import ArmTable
from pytest_evalgate.artifacts.captures import capture_hint
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.files import read_file
from pytest_evalgate.artifacts.labels import scalar, texts_of
from pytest_evalgate.artifacts.pairing import pair_by_id
from pytest_evalgate.artifacts.paths import find
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.artifacts.sample import Sample
from pytest_evalgate.errors import ArtifactError, SampleError


Load = Callable[..., ArmTable]


def refused(load: Load, cells: list[Any], **request: Any) -> SampleError:
    """Refuse a column v of these cells."""
    request.setdefault("value", "v")
    with pytest.raises(SampleError) as caught:
        extract(load([{"v": cell} for cell in cells], ["v"]), SampleRequest(**request))
    return caught.value


@pytest.mark.parametrize(
    ("cells", "line"),
    [
        (["I", "C"], "map: {C: 1, I: 0}"),
        (["no", "yes"], 'map: {"yes": 1, "no": 0}'),
        (["CORRECT", "INCORRECT", "PARTIAL"], "map: {CORRECT: 1, PARTIAL: 0.5, INCORRECT: 0}"),
        (["P", "F"], "map: {P: 1, F: 0}"),
        (["C", "P", "I"], "map: {C: 1, P: 0.5, I: 0}"),
        (["true", "false"], 'map: {"true": 1, "false": 0}'),
        (["+", "-"], 'map: {"+": 1, "-": 0}'),
        (["model_a", "tie: b"], 'map: {model_a: ?, "tie: b": ?}'),
        (["Tie", 1, 2], "map: {Tie: 0.5}"),
    ],
)
def test_labels_are_named_in_a_map_to_copy(arm: Load, cells: list[Any], line: str) -> None:
    error = refused(arm, cells)
    assert "is text: " in error.message
    assert error.message.endswith("; write a map")
    assert f"`{line}` in the metric gives each label found its number" in str(error.hint)


def test_labels_beside_na_get_both_lines(arm: Load) -> None:
    hint = refused(arm, ["yes", "no", "N/A"]).hint
    assert '`map: {"yes": 1, "no": 0}`' in str(hint)
    assert '`na: ["N/A"]` for missing values' in str(hint)


@pytest.mark.parametrize("text", ["NA", "nan", "N/A", "-", "None", "null"])
def test_a_text_that_means_missing_is_advised_as_na(arm: Load, text: str) -> None:
    error = refused(arm, [0.5, text, 0.25])
    assert error.message == f"v is text: {json.dumps(text)}; a missing value?"
    assert str(error.hint).startswith(f"write `na: [{json.dumps(text)}]` in the metric")


def test_the_advised_na_and_contract_make_the_column_readable(arm: Load) -> None:
    table = arm([{"v": cell} for cell in (0.5, "NA", 0.25)], ["v"])
    request = SampleRequest(value="v", na=("NA",), missing="drop", max_missing=0.5)
    assert extract(table, request).values.tolist() == [0.25, 0.5]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["0.5", "0.25"], "write numbers without quotes"),
        (["95%", "7%"], "without `,`, `%` or spaces"),
        (["1,000"], "without `,`, `%` or spaces"),
        ([f"answer {letter}" for letter in "abcdefghijkl"], "name a column of numbers"),
    ],
)
def test_other_texts_get_the_advice_that_fits(arm: Load, cells: list[str], words: str) -> None:
    assert words in str(refused(arm, cells).hint)


def test_a_label_that_the_map_lacks_is_named(arm: Load) -> None:
    error = refused(arm, ["C", "no"], map=(("C", 1.0),))
    assert error.hint == 'add "no" to `map` with its number, or to `na` if it means missing'


def test_labels_against_numbers_name_the_labels(arm: Load) -> None:
    table = arm([{"a": "yes", "b": 1}, {"a": "no", "b": 0}], ["a", "b"])
    with pytest.raises(SampleError, match="which are never equal") as caught:
        extract(table, SampleRequest(label="a", prediction="b", statistic="accuracy"))
    assert 'map: {"yes": 1, "no": 0}' in str(caught.value.hint)


@pytest.mark.parametrize(("n", "words"), [(100, "or write `"), (10, "where only a few units")])
def test_missing_values_name_the_contract_that_drops_them(arm: Load, n: int, words: str) -> None:
    hint = str(refused(arm, [None, *[1] * (n - 1)]).hint)
    assert "`contract: {missing: drop, max_missing: 0.02}`" in hint
    assert words in hint


@given(st.text(min_size=1, max_size=20).filter(str.strip))
def test_a_written_label_is_that_text_for_every_reader_of_yaml(text: str) -> None:
    if not all(character.isprintable() for character in text):
        return
    assert yaml.safe_load(f"{{{scalar(text)}: 1}}") == {text: 1}


@given(st.lists(st.text(max_size=6) | st.floats() | st.none() | st.booleans(), max_size=12))
def test_advice_is_one_printable_line_for_any_cells(cells: list[object]) -> None:
    words, hint = texts_of(cells, is_na=lambda _: False).words_and_hint()
    assert "\n" not in words + hint


# Ids


def sample(*ids: str) -> Sample:
    return Sample(values=np.ones(len(ids)), ids=tuple(sorted(ids)))


def pair_hint(candidate: Sample, baseline: Sample) -> str:
    with pytest.raises(SampleError) as caught:
        pair_by_id(candidate, baseline)
    return str(caught.value.hint)


def test_partial_overlap_names_the_contract_that_allows_it() -> None:
    hint = pair_hint(sample("a", "b", "c"), sample("a", "b"))
    assert "`contract: {overlap: 0.99}` if a few may be missing" in hint
    assert "overlap" not in pair_hint(sample("a"), sample("b"))


@pytest.mark.parametrize(
    ("candidate", "words"),
    [
        (("q1 ", "q2"), '1 would match without spaces at their ends, first "q1 " and "q1"'),
        (("Q1", "Q2"), '2 would match ignoring case, first "Q1" and "q1"'),
        ((" Q1", " Q2"), "2 would match without spaces at their ends and ignoring case"),
    ],
)
def test_ids_that_differ_by_spaces_or_case_only_are_told(
    candidate: tuple[str, ...], words: str
) -> None:
    hint = pair_hint(sample(*candidate), sample("q1", "q2"))
    assert hint.startswith(words)
    assert hint.endswith(": write ids the same way in both arms")


def test_long_ids_that_do_not_match_are_shortened() -> None:
    with pytest.raises(SampleError, match=r'\("xxxxxxxxxxxxxx\.\.\.xxxxxxx"\)'):
        pair_by_id(sample("x" * 64, "b"), sample("b"))


# Conditions and paths


def test_a_condition_that_keeps_nothing_shows_the_values_found(arm: Load) -> None:
    content = [{"model": name, "v": 1} for name in ("old", "new", "old")]
    with pytest.raises(SampleError) as caught:
        arm(content, ["v"], where=(("model", ("v7",)),))
    words = "`where` leaves 0 of 3 rows of evals.candidate; model is: new, old"
    assert caught.value.message == words
    with pytest.raises(SampleError) as caught:
        extract(
            arm(content, ["model", "v"]),
            SampleRequest(value="v", where=(("model", ("v7",)), ("v", (None,)))),
        )
    assert caught.value.message.endswith('evals.candidate; model is: new, old; v is: "1"')


def test_many_long_and_odd_values_of_a_condition_stay_short(arm: Load) -> None:
    content = [{"model": f"{'m' * 90}{i:02}\n", "v": 1} for i in range(20)]
    with pytest.raises(SampleError) as caught:
        arm(content, ["v"], where=(("model", ("v7",)),))
    assert caught.value.message.endswith(" and 12 more")
    assert len(caught.value.message) < 400
    assert "\n" not in caught.value.message


def test_a_missing_run_asks_whether_it_is_in_the_path(arm: Load) -> None:
    with pytest.raises(SampleError) as caught:
        extract(arm('{"v": 1}', ["v"], file="metrics.json"), SampleRequest(value="v", run="seed"))
    assert "no row of evals.candidate has a column" in caught.value.message
    assert str(caught.value.hint).startswith(
        "is the seed in the path? write seed_{seed}/metrics.json; the columns are"
    )


@pytest.mark.parametrize(
    ("paths", "name", "pattern"),
    [
        (["r/seed_1/m.json", "r/seed_2/m.json"], "seed", "r/seed_{seed}/m.json"),
        (["r/seed_10/m.json", "r/seed_12/m.json"], "seed", "r/seed_{seed}/m.json"),
        (["r/seed_10/m.json", "r/seed_20/m.json"], "run", "r/seed_{run}/m.json"),
        (["r/seed_1/m.json", "r/seed_11/m.json"], "seed", "r/seed_{seed}/m.json"),
        (["a-x.csv", "a-y.csv"], "fold", "a-{fold}.csv"),
        (["a/b/x.json", "c/d/x.json"], "seed", "seed_{seed}/metrics.json"),
        (["x.json"], "seed", "seed_{seed}/metrics.json"),
        ([], "seed", "seed_{seed}/metrics.json"),
        (["x1.json", "x2.json"], "training seed", "x{run}.json"),
    ],
)
def test_the_captured_part_is_the_one_that_differs(
    paths: list[str], name: str, pattern: str
) -> None:
    assert capture_hint(paths, name).endswith(f" in the path? write {pattern}")


@pytest.mark.parametrize("path", ["new.jsonl", "new/*.jsonl"])
def test_a_typed_path_is_relative_to_the_folder_one_is_in(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "work-here"
    (folder / "new").mkdir(parents=True)
    words = "paths typed on the command line are relative to the folder you are in: work-here"
    with pytest.raises(ArtifactError) as caught:
        [read_file(found) for found in find(path, base=folder, root=None)]
    assert words in str(caught.value.hint)
    with pytest.raises(ArtifactError) as caught:
        [read_file(found) for found in find(path, base=folder, root=tmp_path)]
    assert "relative to the folder of the gate file" in str(caught.value.hint)
