"""No text from an artifact or a gate file becomes an element or an attribute of the page."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from types import ModuleType
from typing import Any

import pytest
from webpages import Element, full, page_of, parsed

from pytest_evalgate.evidence import GateEvidence
from pytest_evalgate.report.escape import visible
from pytest_evalgate.report.webpage import render


FRAGMENTS = (
    "<script>alert(1)</script>", "</style><script>", "</title>", "<img src=x onerror=alert(1)>",
    '"', "'", "`", '" onmouseover="alert(1)', "' style='x", "<!--", "-->", "]]>", "<![CDATA[",
    "</svg>", "<svg onload=alert(1)>", "<a href=javascript:alert(1)>", "&lt;", "&amp;", "&#60;",
    "&#x3c;script&#x3e;", "&quot;", "{{ 7 * 7 }}", "{% raw %}", "{# x #}", "{{ page }}", "%3Cb%3E",
    "<", ">", "&", "/", "\\", "=", " ", "\n", "\r", "\t", "\0", "\x1b[31m", "\x7f", "\x85", "\x9b",
    "\u00ad", "\u200b", "\u200d", "\u202e", "\u2028", "\u2029", "\u2066", "\ufeff", "\ufffe",
    "\ud800", "\udfff", "\U000e0041", "\U0010ffff", "\u0301", "caf\u00e9", "\U0001f600", "x" * 90,
    "::error::", "##[error]", "<details>", "</table>", "</article>", "<base href=//x>",
    "<meta http-equiv=refresh content=0>", "\uff1cscript\uff1e", "\u1680", "\u3164",
)  # fmt: skip
WARNINGS = 150  # payloads that one page bears besides those in its other texts
KEPT = ("schema", "id", "parent", "claim", "better", "severity", "correction", "on_inconclusive")


def payloads(seed: int) -> Iterator[str]:
    """Yield texts, no two of them alike: alike ones are told once in some places."""
    rng = random.Random(seed)
    for number in itertools.count():
        yield "".join(rng.choices(FRAGMENTS, k=rng.randint(1, 6))) + str(number)


class Poisoned:
    """A copy of evidence in which every text is a payload; those that structure it are kept."""

    def __init__(self, source: Iterator[str], evidence: GateEvidence) -> None:
        self.source = source
        self.used: list[str] = []
        self.told = tuple(self.next() for _ in range(WARNINGS))  # texts that are shown whole
        poisoned = self.map(evidence, "")
        self.evidence: GateEvidence = replace(poisoned, warnings=self.told)

    def next(self) -> str:
        self.used.append(next(self.source))
        return self.used[-1]

    def map(self, value: Any, name: str) -> Any:
        if isinstance(value, Enum) or value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            return value if name in KEPT or not value else self.next()
        if isinstance(value, dict):
            return (
                value
                if name == "plan"
                else {key: self.map(one, name) for key, one in value.items()}
            )
        if isinstance(value, tuple | list):
            return type(value)(self.map(one, name) for one in value)
        if is_dataclass(value) and not isinstance(value, type):
            changes = {
                one.name: self.map(getattr(value, one.name), one.name) for one in fields(value)
            }
            return replace(value, **changes)
        raise TypeError(type(value))


def skeleton(page: Element) -> list[tuple[str, tuple[str, ...]]]:
    """Return the elements of a page and the names of their attributes."""
    return [(one.name, tuple(one.attributes)) for one in page.walk()]


def check(cases: ModuleType, *, count: int, seed: int) -> None:
    source = full(cases)
    harmless = Poisoned((f"harmless {n}" for n in itertools.count()), source).evidence
    expected = skeleton(parsed(render(harmless)))
    tried = 0
    while tried < count:
        poisoned = Poisoned(payloads(seed + tried), source)
        text = render(poisoned.evidence)
        text.encode()
        page = parsed(text)
        assert skeleton(page) == expected, f"seed {seed + tried}"
        for payload in poisoned.told:
            assert visible(f"warning: {visible(payload, limit=400)}", limit=500) in page.text
        tried += len(poisoned.used)


def test_no_payload_becomes_an_element_or_an_attribute(cases: ModuleType) -> None:
    check(cases, count=3_000, seed=1)


@pytest.mark.slow
def test_none_of_many_payloads_becomes_an_element_or_an_attribute(cases: ModuleType) -> None:
    check(cases, count=100_000, seed=1_000_000)


@pytest.mark.parametrize("first", range(0, len(FRAGMENTS), 17))
def test_names_that_structure_the_gate_are_escaped_too(cases: ModuleType, first: int) -> None:
    evidence = full(cases)
    turns = itertools.cycle(FRAGMENTS[first : first + 17])
    names = {one.id: f"{one.id}{next(turns)}" for one in evidence.rules}
    rules = tuple(
        replace(
            one,
            id=names[one.id],
            parent=None if one.parent is None else names[one.parent],
            slice=None if one.slice is None else {next(turns): next(turns)},
            claim=next(turns) if one.claim == "equivalence" else one.claim,
        )
        for one in evidence.rules
    )
    page = parsed(render(replace(evidence, rules=rules)))
    allowed = {one.name for one in page_of(cases, "full").walk()}
    assert {one.name for one in page.walk()} <= allowed
    for one in page.walk():
        assert not [key for key in one.attributes if key.startswith("on") or key == "style"]
        assert one.attributes.get("href", "#").startswith("#")
        assert one.attributes.get("id", "a").isascii()
