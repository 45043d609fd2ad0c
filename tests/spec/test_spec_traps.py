"""YAML's traps: what other readers guess, expand or crash on is refused with its place."""

import pytest

from pytest_evalgate.errors import SpecErrors
from pytest_evalgate.spec import read_gate
from pytest_evalgate.spec.nodes import MAX_DEPTH, MappingNode, ScalarNode, parse
from pytest_evalgate.spec.numerals import number, whole
from pytest_evalgate.spec.problems import Problems, RefusedError, shown
from pytest_evalgate.spec.source import MAX_BYTES, Source


def refused(data: bytes) -> list[tuple[str, str]]:
    with pytest.raises(SpecErrors) as caught:
        read_gate(data, "g.yaml")
    assert all(problem.hint for problem in caught.value.problems)
    return [(str(problem.at), problem.message) for problem in caught.value.problems]


def scalar(text: str) -> ScalarNode:
    node = parse(f"a: {text}\n", Problems(Source(path="g")))
    assert isinstance(node, MappingNode)
    value = node.entries[0].value
    assert isinstance(value, ScalarNode)
    return value


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


ALIAS_BOMB = b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@pytest.mark.parametrize(
    ("data", "place", "words"),
    [
        pytest.param(b"alpha: 1\nalpha: 2\n", "g.yaml:2:1", "on line 1 and on line 2", id="twice"),
        pytest.param(b"1: a\n'1': b\n", "g.yaml:2:1", "key '1' is given twice", id="int-text-key"),
        pytest.param(b"true: a\n'true': b\n", "g.yaml:2:1", "'true' is given twice", id="bool-key"),
        pytest.param(ALIAS_BOMB, "g.yaml:1:4", "anchor &a is not allowed", id="anchor"),
        pytest.param(ALIAS_BOMB, "g.yaml:2:8", "alias *a is not allowed", id="alias"),
        pytest.param(b"a: &a [*a]\n", "g.yaml:1:8", "alias *a is not allowed", id="self-reference"),
        pytest.param(b"<<: {a: 1}\n", "g.yaml:1:1", "merge key is not allowed", id="merge"),
        pytest.param(b"a: !!python/name:os.system x\n", "g.yaml:1:4", "tags are not", id="python"),
        pytest.param(b"a: !!binary aGk=\n", "g.yaml:1:4", "tags are not allowed", id="binary"),
        pytest.param(b"a: !foo {}\n", "g.yaml:1:4", "tags are not allowed, found '!foo'", id="own"),
        pytest.param(b"a: !!timestamp x\n", "g.yaml:1:4", "tags are not allowed", id="timestamp"),
        pytest.param(b"a: ! x\n", "g.yaml:1:4", "tags are not allowed, found '!'", id="bare-tag"),
        pytest.param(nested(MAX_DEPTH + 1), "g.yaml:1:21", "nested deeper than 20", id="deep"),
        pytest.param(b"[" * 100_000, "g.yaml:1:21", "nested deeper than 20", id="very-deep"),
        pytest.param(b"a: 1\n---\nb: 2\n", "g.yaml:2:1", "exactly one document", id="documents"),
        pytest.param(b"a: 1\n...\njunk\n", "g.yaml:3:1", "exactly one document", id="junk"),
        pytest.param(b"a:\n\tb: 1\n", "g.yaml:2:1", "a tab cannot stand here", id="tab"),
        pytest.param(b"a:\t- x\n", "g.yaml:1:3", "a tab cannot stand here", id="tab-after-colon"),
        pytest.param(b"a: b: c\n", "g.yaml:1:5", "a second ': '", id="colons"),
        pytest.param(b"why: Error: Location\n", "g.yaml:1:11", "a second ': '", id="colon-in-text"),
        pytest.param(b'a: "b\nc: 1\n', "g.yaml:1:4", "a quote is not closed", id="open-quote"),
        pytest.param(b"a: {b: 1\nc: 2\n", "g.yaml:2:2", "bracket is not closed", id="open-brace"),
        pytest.param(b"a: @b\n", "g.yaml:1:4", "cannot start with this character", id="at"),
        pytest.param(b"a: 1\n  b: 2\n", "g.yaml:2:4", "wrong indentation", id="indent"),
        pytest.param(b"a: 1\nb\n", "g.yaml:3:1", "expected `key: value`", id="no-colon"),
        pytest.param(b"? [a]\n: b\n", "g.yaml:1:3", "a key must be a text", id="list-key"),
        pytest.param(b"~: b\n", "g.yaml:1:1", "a key must be a text", id="null-key"),
        pytest.param(b"", "g.yaml:1:1", "expected a mapping, the file is empty", id="empty"),
        pytest.param(b"# only\n", "g.yaml:2:1", "the file is empty", id="comment"),
        pytest.param(b"hello\n", "g.yaml:1:1", "expected a mapping, found 'hello'", id="scalar"),
        pytest.param(b"- a\n", "g.yaml:1:1", "expected a mapping, found a list", id="list"),
        pytest.param(b"\xff\xfea\x00", "g.yaml:1:1", "UTF-8 only: byte 0xff", id="utf-16"),
        pytest.param(b"a: 1\nb: \xe9\n", "g.yaml:2:4", "UTF-8 only: byte 0xe9", id="latin-1"),
        pytest.param(b"a: \x1b[31m\n", "g.yaml:1:4", "character U+001B", id="escape"),
        pytest.param(b"a\x00\n", "g.yaml:1:2", "character U+0000", id="nul"),
        pytest.param("a: \u202eb\n".encode(), "g.yaml:1:4", "character U+202E", id="bidi"),
        pytest.param("a: \u2028b\n".encode(), "g.yaml:1:4", "character U+2028", id="separator"),
        pytest.param("a: b\ufeff\n".encode(), "g.yaml:1:5", "character U+FEFF", id="late-bom"),
        pytest.param(b'a: "\\ud800"\n', "g.yaml:1:4", "character U+D800", id="surrogate"),
        pytest.param(b'a: "\\u202e"\n', "g.yaml:1:4", "character U+202E", id="bidi-escape"),
        pytest.param(b'a: "\\0"\n', "g.yaml:1:4", "character U+0000", id="nul-escape"),
        pytest.param(b'a: "\\UFFFFFFFF"\n', "g.yaml:1:2", "unreadable YAML", id="not-a-character"),
        pytest.param(b"%YAML 2.0\n---\na: 1\n", "g.yaml:1:1", "unreadable YAML", id="yaml-2"),
        pytest.param(
            b"%YAML " + b"9" * 5000 + b".1\n---\n", "g.yaml:1:1", "unreadable YAML", id="digits"
        ),
        pytest.param(b"x" * (MAX_BYTES + 1), "g.yaml", "larger than 256 KiB", id="large"),
        pytest.param(
            b"a: [" + b"x, " * 1001 + b"]", "g.yaml:1:3005", "more than 1000 entries", id="long"
        ),
    ],
)
def test_trap_is_refused_at_its_place(data: bytes, place: str, words: str) -> None:
    found = refused(data)
    assert any(at == place and words in message for at, message in found), found


def test_depth_of_twenty_is_read() -> None:
    problems = Problems(Source(path="g"))
    assert parse(nested(MAX_DEPTH).decode(), problems) is not None
    assert len(problems) == 0


def test_anchors_aliases_and_keys_are_reported_together() -> None:
    messages = [message for _, message in refused(ALIAS_BOMB)]
    assert sum("anchor" in message for message in messages) == 2
    assert sum("alias" in message for message in messages) == 4
    assert sum("unknown key" in message for message in messages) == 3


def test_source_line_is_shown_without_its_escapes() -> None:
    with pytest.raises(SpecErrors) as caught:
        read_gate("gate: \x1b[31mred\u202e\n".encode(), "g.yaml")
    assert "\x1b" not in str(caught.value)
    assert "\u202e" not in str(caught.value)
    at = caught.value.problems[0].at
    assert at is not None
    assert at.source == "gate: ?[31mred?"


def test_found_value_is_escaped_and_cut() -> None:
    assert shown("a\n'::error::") == '"a\\n\'::error::"'
    assert len(shown("x" * 1000)) == 80
    assert len(shown("\U000e0001" * 80)) == 80


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 1e-3),
        ("1e3", 1000.0),
        ("-1e-3", -1e-3),
        ("+.5", 0.5),
        ("1.", 1.0),
        ("0", 0.0),
        ("-0", 0.0),
        ("0.05", 0.05),
        ("123456789012345678", 123456789012345678.0),
        ("5E+2", 500.0),
    ],
)
def test_decimal_is_a_number(text: str, value: float) -> None:
    found = number(scalar(text))
    assert (found, str(found)) == (value, str(value))


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("017", "ambiguous '017'", "decimal without leading zeros"),
        ("0o17", "ambiguous '0o17'", "quote it if it is text"),
        ("0x1F", "ambiguous '0x1F'", "decimal"),
        ("0b11", "ambiguous '0b11'", "decimal"),
        ("00123", "ambiguous '00123'", "leading zeros"),
        ("1:30", "ambiguous '1:30'", "one decimal number"),
        ("12:30:45", "ambiguous '12:30:45'", "one decimal number"),
        ("1_000", "ambiguous '1_000'", "without underscores"),
        ("1,000", "ambiguous '1,000'", "without commas"),
        ("0,5", "ambiguous '0,5'", "decimal point"),
        ("70%", "plain number, found '70%'", "write 0.7 for 70%"),
        ("3%", "plain number, found '3%'", "write 0.03 for 3%"),
        ("-12.5 %", "plain number", "write -0.125 for -12.5%"),
        ("9" * 40 + "%", "must be a number", "such as 0.05"),
        ("5pp", "plain number, found '5pp'", "0.05 for 5pp"),
        (".nan", "must be finite, found '.nan'", "finite"),
        (".NaN", "must be finite", "finite"),
        ("-.inf", "must be finite, found '-.inf'", "finite"),
        ("nan", "must be finite", "finite"),
        ("Infinity", "must be finite", "finite"),
        ("1e400", "must be finite, found '1e400'", "smaller"),
        ("1e-400", "must be 0 or a number above 1e-323", "write 0"),
        ("9" * 19, "at most 18 digits", "quote"),
        ("9" * 5000, "at most 18 digits", "quote"),
        ("0x" + "F" * 5000, "ambiguous", "decimal"),
        ("2024-01-01", "found the date '2024-01-01'", "write one"),
        ("'0.05'", "found the text '0.05'", "take the quotes off"),
        ("'five'", "found the text 'five'", "write a number"),
        ("true", "found 'true'", "such as 0.05"),
        ("no", "found 'no'", "such as 0.05"),
        ("", "found nothing", "after the colon"),
        ("~", "found nothing", "after the colon"),
        ("\u0663", "must be a number", "such as"),
    ],
)
def test_lookalike_of_a_number_is_refused_with_a_way_out(text: str, words: str, hint: str) -> None:
    with pytest.raises(RefusedError) as caught:
        number(scalar(text))
    (flaw,) = caught.value.flaws
    assert words in flaw.message
    assert hint in flaw.hint
    assert len(flaw.message) < 160


@pytest.mark.parametrize("text", ["1.0", "1e2", "2.5"])
def test_whole_number_has_no_point(text: str) -> None:
    with pytest.raises(RefusedError):
        whole(scalar(text))
