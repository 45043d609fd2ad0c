"""Messages that name the mend: the values to write, the columns that tell rows apart."""

from pathlib import Path

import pytest

from pytest_evalgate.artifacts.arms import ArmRequest, load_arm
from pytest_evalgate.artifacts.columns import near_names
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.labels import found_values
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.artifacts.table import ArmTable
from pytest_evalgate.errors import SampleError


HEAD = "id,model,prompt,seed,a,b,c,d,e,f,v\n"
COMMIT = "057d0e82c7ad04694cfc123b4dd62f781b66f15b"


def load(folder: Path, text: str, where: tuple[tuple[str, tuple[str]], ...] = ()) -> ArmTable:
    (folder / "rows.csv").write_text(text)
    request = ArmRequest(
        artifact="evals", arm="candidate", paths=("rows.csv",), base=folder, root=None, where=where
    )
    return load_arm(request, ["id", "model", "prompt", "v"])


def rows(*cells: str) -> str:
    return HEAD + "".join(f"{one}\n" for one in cells)


def test_values_to_write_are_those_where_the_other_conditions_hold(tmp_path: Path) -> None:
    text = rows("1,new,0,0,,,,,,,1", "1,old,2,0,,,,,,,1")
    where = (("model", ("new",)), ("prompt", ("2",)))
    with pytest.raises(SampleError) as caught:
        load(tmp_path, text, where)
    assert 'model is: old; prompt is: "0"' in caught.value.message
    with pytest.raises(SampleError) as caught:
        extract(load(tmp_path, text), SampleRequest(value="v", id=("id",), where=where))
    assert 'model is: old; prompt is: "0"' in caught.value.message


def test_values_to_copy_are_whole() -> None:
    assert found_values("git_commit", [COMMIT]) == f'git_commit is: "{COMMIT}"'


def test_at_most_five_columns_are_named_and_the_model_comes_first(tmp_path: Path) -> None:
    text = rows("1,new,0,0,1,1,1,1,1,1,1", "1,old,2,0,2,2,2,2,2,2,2")
    with pytest.raises(SampleError) as caught:
        extract(load(tmp_path, text), SampleRequest(value="v", id=("id",)))
    assert "keep one model by `where`; 1 value stands" in caught.value.message
    assert caught.value.message.endswith("these rows differ in model, a, b, c, d and 4 more")
    assert "`where: {model: ...}`" in str(caught.value)


def test_rows_that_differ_in_their_seed_ask_for_run(tmp_path: Path) -> None:
    text = rows("1,new,0,0,,,,,,,1", "1,new,0,1,,,,,,,0")
    with pytest.raises(SampleError) as caught:
        extract(load(tmp_path, text), SampleRequest(value="v", id=("id",)))
    assert "write `run: seed`; 1 value stands" in caught.value.message
    assert "if each seed is a new training, write `run: seed`" in str(caught.value)


def test_columns_of_scores_are_named_before_others() -> None:
    known = [*(f"a{number}" for number in range(20)), "match", "scores.match", "z_score"]
    words = near_names("accurracy_of_it", known)
    assert words.startswith('the columns are "match", "z_score", "scores.match", "a0"')
    assert words.endswith("and 11 more")
