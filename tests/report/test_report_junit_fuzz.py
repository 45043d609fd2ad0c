"""Texts that try to become markup, commands or attachments, through a JUnit file and back."""

import json
import random
from collections.abc import Iterator
from dataclasses import asdict, replace
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest

from pytest_evalgate.evidence import Action, GateEvidence, Mover, Movers, Verdict
from pytest_evalgate.report.escape import plain
from pytest_evalgate.report.junit import render
from pytest_evalgate.report.junit_text import json_line, xml_safe


PIECES = (
    "<", ">", "&", '"', "'", "]]>", "<![CDATA[", "<!--", "-->", "--", "<?xml ?>", "&amp;", "&#0;",
    "&#x41;", "&lt;", "<!DOCTYPE x [<!ENTITY e 'e'>]>", "&e;", "</system-out>", "</testcase>",
    "<failure/>", "<testcase name='x'/>", '" message="x', "' onerror='x", "[[ATTACHMENT|/etc/x]]",
    "[", "]]", "::error::x", ":", "##[error]", "##vso[task.x]", "##teamcity[", "#", "\n", "\r",
    "\r\n", "\t", "\0", "\x08", "\x0b", "\x0c", "\x1b[31m", "\x7f", "\x85", "\x9b", "\xa0",
    "\u200b", "\u200d", "\u202e", "\u2028", "\u2029", "\ufdd0", "\ufeff", "\ufffd", "\ufffe",
    "\uffff", "\ud800", "\udfff", "\ud83d", "\ude00", "\U0001f600", "\U0001fffe", "\U0010ffff",
    "\\", "\\x1b", "\\u005b", "\\ud800", "%s", "{}", "${x}", "a", "B", "7", " ", "", "caf\xe9",
)  # fmt: skip
A_FILE = 14  # payloads that one file holds


def payloads(count: int, *, seed: int) -> Iterator[str]:
    rng = random.Random(seed)
    for _ in range(count):
        pieces = rng.choices(PIECES, k=rng.randrange(1, 9))
        if rng.random() < 0.2:
            pieces.append(chr(rng.randrange(0x110000)))
        yield "".join(pieces)


def filled(cases: ModuleType, texts: list[str]) -> GateEvidence:
    """Make evidence with a text in each of its fields that come from files."""
    name, path, rule_id, metric, owner, why, action, reason, warning, unit, mover, other, verdict, \
        decision = texts  # fmt: skip
    low = cases.rule(
        rule_id,
        metric=metric,
        owner=owner,
        why=why,
        action=action,
        reason=reason,
        warnings=(warning,),
        slice={unit: mover},
        effect=replace(cases.rule("x").effect, unit=unit),
        movers=Movers(down=(Mover(id=mover, baseline=1.0, candidate=0.0),)),
        verdict=Verdict.FAIL,
    )
    broken = cases.invalid(f"other {other}", reason, assumptions=(verdict,))
    decided = cases.decided(Action.BLOCK, decision, verdict=f"block ({verdict})")
    made: GateEvidence = cases.gate(
        (low, broken), decided, gate=replace(cases.GATE, name=name, path=path)
    )
    return made


def shape(element: ET.Element) -> list[object]:
    """Return elements and names of attributes, without what they hold."""
    return [element.tag, list(element.keys()), [shape(child) for child in element]]


def is_harmless(text: str) -> bool:
    is_printable = all(" " <= character <= "~" for character in text.replace("\n", ""))
    is_command = any(line.lstrip().startswith("::") for line in text.split("\n"))
    return is_printable and not is_command and "##" not in text and "[[" not in text


def check_file(evidence: GateEvidence, wanted: list[object]) -> None:
    """Hold what a parser reads back against what went in."""
    text = render(evidence)
    assert text.isascii()
    root = ET.fromstring(text)  # noqa: S314 - what is tested
    assert shape(root) == wanted
    every = [value for each in root.iter() for value in (each.text or "", *each.attrib.values())]
    assert all(map(is_harmless, every))
    rule, broken, decision = root.iter("testcase")
    no_cut = 2**30
    (suite,) = root
    assert suite.get("name") == xml_safe(plain(evidence.gate.name, limit=no_cut))
    assert suite.get("file") == xml_safe(plain(evidence.gate.path, limit=no_cut))
    for case, record in ((rule, evidence.rules[0]), (broken, evidence.rules[1])):
        assert case.get("name") == xml_safe(plain(record.id, limit=no_cut))
        assert output(case) == json.loads(json.dumps(asdict(record)))
    assert output(decision) == json.loads(json.dumps(asdict(evidence.decision)))


def output(case: ET.Element) -> object:
    found: object = json.loads(case.findtext("system-out", "").rstrip("\n").split("\n")[-1])
    return found


def check(cases: ModuleType, count: int, *, seed: int) -> int:
    """Try ``count`` payloads, and return how many were tried."""
    tame = filled(cases, [f"text {index}" for index in range(A_FILE)])
    wanted = shape(ET.fromstring(render(tame)))  # noqa: S314 - written here
    texts = list(payloads(count, seed=seed))
    files = [texts[start : start + A_FILE] for start in range(0, len(texts), A_FILE)]
    for some in files:
        check_file(filled(cases, (some + ["x"] * A_FILE)[:A_FILE]), wanted)
    return len(texts)


def test_no_payload_leaves_its_place(cases: ModuleType) -> None:
    assert check(cases, 1000, seed=1) == 1000


@pytest.mark.slow
def test_none_of_many_payloads_leaves_its_place(cases: ModuleType) -> None:
    assert check(cases, 100_000, seed=2) == 100_000


@pytest.mark.parametrize("piece", PIECES, ids=range(len(PIECES)))
def test_every_piece_is_held_by_attributes_and_text(piece: str) -> None:
    element = ET.Element("x", {"a": xml_safe(piece)})
    element.text = f"{json_line({'k': piece * 2})}\n{xml_safe(piece * 2)}"
    found = ET.fromstring(ET.tostring(element, encoding="unicode"))  # noqa: S314 - written here
    line, _, rest = (found.text or "").partition("\n")
    assert json.loads(line) == json.loads(json.dumps({"k": piece * 2}))
    assert rest == xml_safe(piece * 2)
    # A parser is free to write a line break of an attribute as a space.
    assert (found.get("a") or "").split() == xml_safe(piece).split()
    assert is_harmless(line)
    assert "::" not in line


def test_every_character_is_held() -> None:
    every = "".join(map(chr, range(0x3000))) + "\udfff\ud800\ufffe\uffff\U0010ffff"
    element = ET.Element("x")
    element.text = xml_safe(every)
    found = ET.fromstring(ET.tostring(element, encoding="unicode"))  # noqa: S314 - written here
    assert found.text == xml_safe(every)
    assert json.loads(json_line(every)) == every
