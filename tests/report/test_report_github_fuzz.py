"""A sample of `benchmarks/fuzz/sinks.py`: no payload breaks a promise in any sink."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from types import ModuleType

import pytest
from sink_fuzzing import (
    MARKDOWN,
    REFERENCE,
    SINKS,
    annotation_fault,
    badge_fault,
    faults,
    markdown_fault,
    payload,
    read_html,
    to_html,
)

from pytest_evalgate.evidence import (
    Action,
    ContractCheck,
    GateEvidence,
    Mover,
    Movers,
    RunFacts,
    Verdict,
)
from pytest_evalgate.report.escape import visible
from pytest_evalgate.report.github import comment, step_summary
from pytest_evalgate.report.markdown import render
from pytest_evalgate.report.markdown_text import code


@pytest.mark.parametrize("sink", SINKS)
def test_no_payload_becomes_markup_or_a_command(sink: str) -> None:
    assert faults(sink, range(400)) == []


@pytest.mark.slow
@pytest.mark.parametrize("sink", SINKS)
def test_none_of_very_many_payloads_becomes_markup_or_a_command(sink: str) -> None:
    assert faults(sink, range(100_000)) == []


def filled(cases: ModuleType, text: str) -> GateEvidence:
    """Make evidence with ``text`` wherever a text of a file may stand."""
    rule = cases.measured(
        text,
        "recall",
        metric=text,
        unit=text,
        owner=text,
        why=text,
        action=text,
        method=text,
        warnings=(text,),
        assumptions=(text,),
        reason=f"because {text}",  # else it could stand in the headline, and be told once
        verdict=Verdict.FAIL,
        movers=Movers(down=(Mover(id=text, baseline=1.0, candidate=0.0),)),
    )
    passed = replace(rule, id=f"x[{text}]", parent=text, slice={text: text}, verdict=Verdict.PASS)
    broken = cases.invalid(f"other {text}", text)
    check = ContractCheck(
        check=text,
        verdict=Verdict.INVALID,
        expected=text,
        candidate=text,
        baseline=text,
        reason=text,
    )
    known = cases.provenance()
    files = tuple(
        replace(file, name=text, path=text, sha256=text, override=True, metadata={"model": text})
        for file in known.artifacts
    )
    readers = {text: {"provider": text, "sha256": text}}
    versions = {text: text}
    made: GateEvidence = cases.gate(
        (rule, passed, broken),
        cases.decided(Action.BLOCK, text, verdict=f"block ({text})"),
        gate=replace(cases.GATE, name=text, path=text, sha256=text, correction=text),
        contract=(check, replace(check, verdict=Verdict.PASS)),
        warnings=(text,),
        waivers=({text: text},),
        families=(replace(cases.HOLM, name=text, method=text, controls=text),),
        provenance=replace(
            known, artifacts=files, readers=readers, versions=versions, created=text
        ),
        run=RunFacts(head_sha=text),
    )
    return made


@pytest.mark.parametrize("report", [render, step_summary, comment])
@pytest.mark.parametrize("count", [40, pytest.param(5_000, marks=pytest.mark.slow)])
def test_a_whole_report_keeps_its_structure(
    report: Callable[[GateEvidence], str], count: int, cases: ModuleType
) -> None:
    @cache
    def expected(size: int) -> tuple[str, ...]:
        return read_html(to_html(report(filled(cases, "x" * size)))).elements

    for case in range(count):
        text = payload(case)
        found = read_html(to_html(report(filled(cases, text))))
        # A reason that a headline cuts is told again below it.
        size = min(max(len(visible(text, limit=10_000)), 290), 310)
        assert found.elements == expected(size), (case, text)
        assert [run for run in found.bare if REFERENCE.search(run)] == [], (case, text)


def test_a_payload_of_the_same_number_is_the_same_again() -> None:
    assert payload(7) == payload(7) != payload(8)


@pytest.mark.parametrize("sink", MARKDOWN)
def test_an_encoder_that_only_shows_what_is_hidden_is_found_out(
    sink: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, frame = MARKDOWN[sink]
    monkeypatch.setitem(MARKDOWN, sink, (visible, frame))
    found = [markdown_fault(sink, payload(case)) for case in range(100)]
    assert sum(fault is not None for fault in found) > 50


def test_entities_alone_do_not_hide_an_address_from_the_renderer() -> None:
    assert "<a href" in to_html("<code>a&#64;b.co</code>")
    assert "<a href" not in to_html(code("a@b.co"))


@pytest.mark.parametrize("text", ["a\n::error::x", "%0A::error::x", "##[error]", "a::b", "\r", ","])
def test_known_attacks_are_no_commands(text: str) -> None:
    assert annotation_fault(text, text) is None
    assert badge_fault(text) is None
