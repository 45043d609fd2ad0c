"""The page on statistics is what the code says: methods, domains, corrections, and examples."""

import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

from pytest_evalgate.evidence import Verdict
from pytest_evalgate.gate.choose import TABLE, Method
from pytest_evalgate.gate.methods import REGISTRY, when


DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "statistics.md").read_text(encoding="utf-8")


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(DOCS))
    return importlib.import_module("make_statistics")


@pytest.fixture
def examples(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(DOCS))
    return importlib.import_module("worked_examples")


def test_the_page_is_what_its_script_writes(maker: ModuleType) -> None:
    assert maker.page() == PAGE, "run `python docs/make_statistics.py`"


@pytest.mark.parametrize("method", Method)
def test_the_page_tells_all_about_each_method_once(method: Method) -> None:
    assert PAGE.count(f"**`{method}`: ") == 1


def test_every_row_of_the_decision_table_is_shown(maker: ModuleType) -> None:
    shown = [line for line in PAGE.splitlines() if re.match(r"\|.*\| `[a-z_]+` \|$", line)]
    assert len(shown) == len(maker.TABLE)


def test_by_name_only_is_what_auto_never_chooses(maker: ModuleType) -> None:
    chosen = {TABLE[place].method for place in maker.reached()}
    named = {method for method in Method if when(REGISTRY[method]).startswith("By name only")}
    assert named == set(Method) - chosen


def test_each_claim_has_one_example_that_is_decided(examples: ModuleType) -> None:
    verdicts = {one.claim: examples.judge(one).rules[0].verdict for one in examples.EXAMPLES}
    assert verdicts == {
        "superiority": Verdict.PASS,
        "non_inferiority": Verdict.PASS,
        "equivalence": Verdict.PASS,
        "threshold": Verdict.PASS,
        "deterioration": Verdict.FAIL,
    }
