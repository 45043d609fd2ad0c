"""Every number on the page is that of the evidence, and none of the evidence is missing."""

import json
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from webpages import evidence_of, page_of, value_at

from pytest_evalgate.evidence import to_json


CASES = (
    "all_pass", "six_rules", "not_judged", "equivalence", "alarms", "slices", "warned",
    "promoted_with_words", "fifty_rules", "partial", "incomplete",
)  # fmt: skip
SHOWN = re.compile(r"x?([+-]?\d+(?:\.(\d+))?(?:e[+-]?\d+)?)(?: .*)?")
NOT_SHOWN = re.compile(
    r"/rules/\d+/(line|column|picture/.*)|/provenance/seed"  # drawn, or in a text
)


def numbers_of(record: dict[str, Any]) -> Iterator[str]:
    """Yield the pointers of all numbers of the evidence that a page tells in digits."""
    for pointer in pointers(record, ""):
        raw = pointer.replace("/pvalue_adjusted", "/pvalue")  # told once where both are the same
        is_told = raw == pointer or value_at(record, raw) != value_at(record, pointer)
        if is_told and not NOT_SHOWN.fullmatch(pointer):
            yield pointer


def pointers(value: Any, pointer: str) -> Iterator[str]:
    """Yield the pointers of all numbers in ``value``."""
    if isinstance(value, dict | list):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from pointers(child, f"{pointer}/{key}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield pointer


def is_rounding(text: str, number: float) -> bool:
    """Say whether ``text`` is ``number`` rounded to the digits that it shows."""
    if text.startswith(("<", ">")):
        bound = float(text[1:])
        return number < bound if text[0] == "<" else number > bound
    found = SHOWN.fullmatch(text)
    if found is None:
        return False
    shown, decimals = found.groups()
    exponent = int(shown.partition("e")[2] or 0)
    unit = 10.0 ** (exponent - len(decimals or ""))
    return abs(float(shown) - number) <= 0.5001 * max(
        unit, 1e-4 * abs(number) if not decimals else 0
    )


@pytest.mark.parametrize("name", [*CASES, "full", "fifty_with_pictures"])
def test_every_number_reads_back_as_that_of_the_evidence(cases: ModuleType, name: str) -> None:
    record = json.loads(to_json(evidence_of(cases, name)))
    data = page_of(cases, name).find("data")
    assert data
    for one in data:
        number = value_at(record, one.attributes["data-field"])
        assert float(one.attributes["value"]) == number
        assert is_rounding(one.text, number), (one.text, number)


@pytest.mark.parametrize("name", [*CASES, "full"])
def test_no_number_of_the_evidence_is_missing(cases: ModuleType, name: str) -> None:
    record = json.loads(to_json(evidence_of(cases, name)))
    shown = {one.attributes["data-field"] for one in page_of(cases, name).find("data")}
    assert not set(numbers_of(record)) - shown


def test_a_number_stands_the_same_wherever_it_stands(cases: ModuleType) -> None:
    texts: dict[str, set[str]] = {}
    for one in page_of(cases, "full").find("data"):
        texts.setdefault(one.attributes["data-field"], set()).add(one.text)
    apart = {field: shown for field, shown in texts.items() if len(shown) > 1}
    assert not apart
