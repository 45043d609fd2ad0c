"""Metrics files of DVC: those that DVCLive wrote, and the shapes of its documentation."""

import json
import math
from pathlib import Path

import pytest

from pytest_evalgate.artifacts.arms import ArmRequest, load_arm
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.dvc import parse
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.errors import ArtifactError


INTEROP = Path(__file__).parents[1] / "interop" / "dvc"


def read(text: str, name: str = "metrics.json") -> Parsed:
    return parse(Content(path=name, data=text.encode()))


@pytest.mark.parametrize("arm", ["baseline", "candidate"])
def test_each_file_is_a_run_and_nested_names_are_paths(arm: str) -> None:
    request = ArmRequest(
        artifact="a",
        arm=arm,
        paths=(f"{arm}/*/metrics.json",),
        base=INTEROP,
        root=INTEROP,
        reader="dvc",
    )
    table = load_arm(request, ["avg_prec.test", "_path"])
    sample = extract(table, SampleRequest(value="avg_prec.test", run="_path"))
    expected = [
        json.loads(path.read_text(encoding="utf-8"))["avg_prec"]["test"]
        for path in sorted((INTEROP / arm).rglob("metrics.json"))
    ]
    assert sorted(sample.values.tolist()) == sorted(expected)
    assert len(expected) == 3


def test_a_flat_file_without_a_newline_is_read() -> None:
    assert list(read('{"avg_prec": 0.925}').rows) == [(1, {"avg_prec": 0.925})]


def test_nan_reaches_the_row() -> None:
    [(_, row)] = read('{"loss": NaN}').rows
    assert isinstance(row["loss"], float)
    assert math.isnan(row["loss"])


@pytest.mark.parametrize(
    "text", ["{}", '{"a": {}}', '{"a": "0.5"}', '{"a": true}', '{"a": [null]}']
)
def test_a_file_without_a_number_is_refused(text: str) -> None:
    with pytest.raises(ArtifactError, match="no number among the metrics"):
        read(text)


@pytest.mark.parametrize("text", ["[]", "3", '[{"auc": 0.5}]'])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(ArtifactError, match="expected one object of metrics"):
        read(text)


@pytest.mark.parametrize("name", ["metrics.yaml", "metrics.yml", "metrics.toml"])
def test_yaml_and_toml_are_refused_by_name(name: str) -> None:
    with pytest.raises(ArtifactError, match="YAML or TOML are not read"):
        read("auc: 0.5\n", name)


def test_a_key_twice_is_refused() -> None:
    with pytest.raises(ArtifactError, match='duplicate key "auc"'):
        read('{"auc": 0.5, "auc": 0.6}')
