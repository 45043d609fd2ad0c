"""Web pages for tests: the elements of one, and evidence that fills every corner of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from types import ModuleType
from typing import Any

import html5lib

from pytest_evalgate.evidence import (
    Action,
    Bounds,
    Effect,
    GateEvidence,
    Histogram,
    JointBound,
    Mover,
    Movers,
    Picture,
    RuleEvidence,
    Verdict,
)
from pytest_evalgate.report.webpage import render


BARE = "{http://www.w3.org/1999/xhtml}"
DRAWN = "{http://www.w3.org/2000/svg}"


@dataclass
class Element:
    """An element of a parsed page."""

    name: str
    attributes: dict[str, str]
    text: str  # of it and all within it
    children: "list[Element]" = field(default_factory=list)

    def walk(self) -> "Iterator[Element]":
        """Yield the element and all within it, in the order of the page."""
        yield self
        for child in self.children:
            yield from child.walk()

    def find(self, name: str) -> "list[Element]":
        """Return all elements of a name within this one."""
        return [one for one in self.walk() if one.name == name]


def parsed(page: str) -> Element:
    """Parse a page as browsers do.

    Raises:
        ParseError: a browser would have to guess.
    """
    root = html5lib.HTMLParser(strict=True).parse(page)
    return _element(root)


def _element(node: Any) -> Element:
    return Element(
        name=node.tag.removeprefix(BARE).removeprefix(DRAWN),
        attributes=dict(node.attrib),
        text="".join(node.itertext()),
        children=[_element(child) for child in node if isinstance(child.tag, str)],
    )


def value_at(record: Any, pointer: str) -> Any:
    """Return what a JSON pointer leads to."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        record = record[int(name)] if isinstance(record, list) else record[name]
    return record


def evidence_of(cases: ModuleType, name: str) -> GateEvidence:
    """Return the evidence of a case of the terminal's, or of one of this module."""
    more = {"full": full, "fifty_with_pictures": fifty_with_pictures}
    evidence: GateEvidence = more[name](cases) if name in more else cases.CASES[name]()
    return evidence


@cache
def text_of(cases: ModuleType, name: str) -> str:
    """Return the page of a case."""
    return render(evidence_of(cases, name))


@cache
def page_of(cases: ModuleType, name: str) -> Element:
    """Return the page of a case, parsed."""
    return parsed(text_of(cases, name))


def full(cases: ModuleType) -> GateEvidence:
    """Return evidence that has all that a page can show, and the corners of it."""
    picture = Picture(
        baseline=Histogram(edges=(-0.5, 0.5, 1.5), counts=(42, 358)),
        candidate=Histogram(edges=(-0.5, 0.5, 1.5), counts=(30, 370)),
        difference=Histogram(edges=(-1.5, -0.5, 0.5, 1.5), counts=(12, 364, 24)),
    )
    movers = Movers(
        up=(Mover(id="q-1", baseline=0.0, candidate=1.0),),
        down=(Mover(id="q-2", baseline=0.75, candidate=0.125),),
    )
    rules = (
        cases.rule("open-above", effect=_effect(0.01, -0.005, None)),
        cases.rule("open", effect=_effect(0.01, None, None), verdict=Verdict.INCONCLUSIVE),
        cases.rule("touching", effect=_effect(0.01, -0.02, 0.03), verdict=Verdict.INCONCLUSIVE),
        cases.rule("huge", effect=_effect(1e308, -1e308, 1.7e308), limit=Bounds(low=-1.2e308)),
        cases.rule(
            "no-width",
            effect=_effect(0.0, 0.0, 0.0),
            limit=Bounds(low=0.0),
            verdict=Verdict.INCONCLUSIVE,
        ),
        cases.rule(
            "same",
            claim="equivalence",
            effect=_effect(0.019, 0.0185, 0.0195),
            limit=Bounds(low=-0.02, high=0.02),
            picture=picture,
            movers=movers,
        ),
        cases.measured(
            "data",
            "recall",
            verdict=Verdict.FAIL,
            reason=cases.BEYOND,
            baseline=0.91,
            picture=picture,
            movers=movers,
        ),
        cases.rule(
            "group",
            claim="any_of",
            metric="helpful, accurate",
            effect=None,
            scale=None,
            limit=Bounds(),
            method="holm",
            verdict=Verdict.FAIL,
            reason="no member is shown",
        ),
        cases.measured("group.helpful", "recall", parent="group", verdict=Verdict.FAIL),
        replace(cases.latency(), id="group.quick", parent="group"),
        *cases.slices().rules,
        *(replace(one, id=f"alarm-{one.id}") for one in cases.alarms().rules[1:]),
        cases.invalid("unknown", "no honest interval can be had"),
    )
    family = replace(
        cases.HOLM,
        bounds=(
            JointBound(id="open-above", compatible=-0.004, bonferroni=-0.0061),
            JointBound(id="data", compatible=None, bonferroni=-0.08),
        ),
    )
    return cases.gate(  # type: ignore[no-any-return]
        rules,
        cases.decided(Action.BLOCK, f"data: {cases.BEYOND}", "group: no member is shown"),
        families=(family,),
        contract=cases.not_judged().contract,
        warnings=("2 files were read from a path given on the command line",),
        waivers=({"rule": "data", "reason": "new hardware", "expires": "2026-12-31"},),
        plan={"joint_power": 0.31, "shares": {"data": {"runs": 0.25, "samples": 0.75}}},
    )


def fifty_with_pictures(cases: ModuleType) -> GateEvidence:
    """Return fifty rules, each with pictures of 21 bars, ten movers and a warning."""
    edges = tuple(index / 20 for index in range(22))
    histogram = Histogram(edges=edges, counts=tuple(range(3, 24)))
    apart = Histogram(edges=tuple(edge - 0.525 for edge in edges), counts=histogram.counts)
    units = tuple(Mover(id=f"item-{n:09d}", baseline=0.1 * n, candidate=0.9) for n in range(5))
    changes: dict[str, Any] = {
        "baseline": 0.8,
        "candidate": 0.79,
        "assumptions": ("pairs are independent; their mean difference is near normal",),
        "warnings": ("skewness 3.1 of 10 runs: they are not near normal",),
        "picture": Picture(baseline=histogram, candidate=histogram, difference=apart),
        "movers": Movers(up=units, down=units),
    }
    evidence: GateEvidence = cases.fifty_rules()
    rules: tuple[RuleEvidence, ...] = tuple(replace(one, **changes) for one in evidence.rules)
    return replace(evidence, rules=rules)


def _effect(estimate: float, low: float | None, high: float | None) -> Effect:
    return Effect(estimate=estimate, low=low, high=high, level=0.9, unit=None)
