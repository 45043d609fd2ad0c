import shlex
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_evalgate.evidence import Action, GateEvidence, Movers, Verdict
from pytest_evalgate.report.escape import guard, plain, quoted_node, shortened, visible
from pytest_evalgate.report.terminal import gate_section, header_line, rule_details


# Any character, lone surrogates too, and the marks of commands more often than by chance.
MARKS = st.sampled_from(["::", ":", "##[", "#", "[", "##vso[", "\x1b[31m", "\n", "\u202e", "a"])
TEXTS = st.lists(MARKS | st.characters(codec=None, exclude_categories=()), max_size=60).map("".join)


def is_harmless(line: str) -> bool:
    is_printable = all(" " <= character <= "~" for character in line)
    return is_printable and "::" not in line and "##" not in line


@given(TEXTS, st.integers(3, 120))
def test_encoded_text_is_harmless_and_short(text: str, limit: int) -> None:
    encoded = plain(text, limit=limit)
    assert is_harmless(encoded)
    assert len(encoded) <= limit


@given(TEXTS)
def test_encoding_keeps_harmless_text(text: str) -> None:
    encoded = plain(text, limit=10_000)
    assert plain(encoded, limit=10_000) == encoded


@given(st.lists(TEXTS, max_size=4), st.sampled_from(["", ":", "[", "##", "::"]))
def test_guard_breaks_commands_that_arise_where_parts_meet(parts: list[str], glue: str) -> None:
    assert is_harmless(guard(glue.join(plain(part) for part in parts)))


@given(TEXTS, st.integers(4, 40))
def test_shortened_text_is_harmless_and_fits(text: str, width: int) -> None:
    short = shortened(plain(text), width=width)
    assert is_harmless(short)
    assert len(short) <= width


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        pytest.param("\x1b[31m", "\\x1b[31m", id="escape"),
        pytest.param("\x9b31m", "\\x9b31m", id="C1"),
        pytest.param("\x7f", "\\x7f", id="delete"),
        pytest.param("a\r\n\tb", "a\\r\\n\\tb", id="newline"),
        pytest.param("\u202eexe", "\\u202eexe", id="bidi"),
        pytest.param("a\u200bb", "a\\u200bb", id="zero width"),
        pytest.param("\ud800", "\\ud800", id="surrogate"),
        pytest.param("\U0001f600", "\\U0001f600", id="astral"),
        pytest.param("::error::x", ": :error: :x", id="command"),
        pytest.param(":::", ": : :", id="three colons"),
        pytest.param("##[error]", "# #[error]", id="old command"),
        pytest.param("#\u200b#[", "#\\u200b#[", id="hidden joint"),
        pytest.param("q-17", "q-17", id="plain"),
    ],
)
def test_text_is_made_visible(text: str, encoded: str) -> None:
    assert plain(text) == encoded


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("caf\u00e9 \u65e5\u672c \U0001f600 \u00b5s", None, id="letters and emoji"),
        pytest.param("a\r\n\tb\x1b[31m", "a\\r\\n\\tb\\x1b[31m", id="controls"),
        pytest.param("\u202eexe\u2066", "\\u202eexe\\u2066", id="bidi"),
        pytest.param("a\u200bb\u3164c\ufe0f", "a\\u200bb\\u3164c\\ufe0f", id="nothing to see"),
        pytest.param("a\u00a0b\u2028", "a\\xa0b\\u2028", id="spaces that are none"),
        pytest.param("\ud800", "\\ud800", id="surrogate"),
        pytest.param("::error::x ##[x]", None, id="commands are text elsewhere"),
    ],
)
def test_other_reports_keep_what_can_be_seen(text: str, shown: str | None) -> None:
    assert visible(text) == (text if shown is None else shown)


@given(TEXTS, st.integers(3, 120))
def test_visible_text_is_printable_and_short(text: str, limit: int) -> None:
    shown = visible(text, limit=limit)
    assert shown.isprintable()
    assert len(shown) <= limit


def test_cut_never_falls_inside_an_escape_made_before() -> None:
    assert visible("ab\\x1bcdef", limit=8) == "ab..."


def test_cut_never_falls_inside_an_escape() -> None:
    assert plain("ab\x1bcdef", limit=8) == "ab..."


def test_limit_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="limit is 2, must be at least 3"):
        plain("abc", limit=2)


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"])))
def test_node_id_survives_a_shell(rule_id: str) -> None:
    node = quoted_node("gates/it's.yaml", rule_id)
    assert shlex.split(node) == [f"gates/it's.yaml::{plain(rule_id, limit=1000).lstrip(':')}"]


def filled(cases: ModuleType, text: str) -> GateEvidence:
    """Put ``text`` in all fields of evidence that hold text."""
    texts = dict.fromkeys(("metric", "claim", "severity", "owner", "why", "action"), text)
    mover = cases.Mover(id=text, baseline=1.0, candidate=0.0)
    rule = cases.measured(
        text,
        "recall",
        **texts,
        burden=text,
        reason=text,
        method=text,
        warnings=(text,),
        assumptions=(text,),
        unit=text,
        slice={text: text},
        parent=text,
        movers=Movers(down=(mover,)),
        verdict=Verdict.INCONCLUSIVE,
    )
    check = cases.ContractCheck(
        check=text,
        verdict=Verdict.INVALID,
        expected=text,
        candidate=text,
        baseline=text,
        reason=text,
    )
    family = cases.Family(name=text, method=text, controls=text, members=(text,), alpha=0.05)
    facts = cases.replace(cases.GATE, name=text, path=text, correction=text)
    evidence: GateEvidence = cases.gate(
        (rule, cases.invalid(text, text)),
        cases.decided(Action.BLOCK, text, verdict=f"block ({text})"),
        gate=facts,
        contract=(check,),
        families=(family,),
        warnings=(text,),
        waivers=({text: text},),
    )
    return evidence


@settings(deadline=None)
@given(TEXTS, st.sampled_from([-1, 0, 1]), st.integers(20, 200))
def test_section_is_harmless_whatever_evidence_says(
    cases: ModuleType, text: str, verbosity: int, width: int
) -> None:
    lines = gate_section(filled(cases, text), verbosity=verbosity, width=width, evidence_path=text)
    assert [line for line in lines if not is_harmless(line)] == []


@settings(deadline=None)
@given(TEXTS)
def test_details_are_harmless_whatever_evidence_says(cases: ModuleType, text: str) -> None:
    evidence = filled(cases, text)
    for rule in evidence.rules:
        *lines, rerun = rule_details(rule, evidence.gate).split("\n")
        assert [line for line in lines if not is_harmless(line)] == []
        assert rerun.startswith("  rerun     pytest --evalgate '")
        assert is_harmless(rerun.replace("::", " ", 1))


@given(TEXTS)
def test_header_is_harmless(text: str) -> None:
    assert is_harmless(header_line(text, gates=1, rules=1, seeds=[0]))
