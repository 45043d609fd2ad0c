import pytest
from sink_fuzzing import read_html, to_html

from pytest_evalgate.report.escape import visible
from pytest_evalgate.report.markdown_text import LONGEST, code, number, prose


TEXTS = {
    "pipe": "a|b || c",
    "backticks": "`a` ``b`` ```",
    "emphasis": "*a* **b** _c_ __d__ ~~e~~",
    "link": "[a](http://b.c) ![i](d) <http://e.f>",
    "definition": "[a]: http://b.c",
    "footnote": "[^1] [^1]: note",
    "task": "[ ] [x] done",
    "bullet": "- a",
    "plus": "+ a",
    "ordinal": "1. a",
    "bracketed ordinal": "12) a",
    "heading": "# a",
    "quote": "> a",
    "rule": "---",
    "underline": "===",
    "html": "<b>a</b> </details> <!-- b --> <![CDATA[c]]>",
    "entity": "&lt; &#124; &amp;",
    "backslash": "\\ \\| \\n",
    "mention": "@user and @org/team",
    "mail": "a@b.co mailto:a@b.co",
    "address": "http://a.b https://a.b ftp://a.b",
    "www": "www.a.b www. b.c WWW.",
    "issue": "#1 GH-1 a/b#1",
    "commit": "deadbeef 0123456789abcdef",
    "emoji": ":smile: :+1:",
    "mathematics": "$x$ $$y$$",
    "newline": "a\n\n# b\r\nc",
    "control": "\x1b[31m \0 \x9b",
    "hidden": "a\u202eb \u200b \ufe0f",
    "surrogate": "\ud800",
    "spaces": "  a   b  ",
    "unicode": "caf\xe9 \u4e2d\u6587 \U0001f600",
    "long": "word | " * 200,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("frame", ["{}", "- {}", "| {} |\n|--|\n| b |", "a {} b"])
def test_prose_reads_back_and_adds_nothing(text: str, frame: str) -> None:
    plain = read_html(to_html(frame.replace("{}", "word")))
    found = read_html(to_html(frame.replace("{}", prose(text))))
    assert found.elements == plain.elements
    assert found.text == plain.text.replace("word", visible(text, limit=LONGEST))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("frame", ["{}", "- {}", "| {} |\n|--|\n| b |", "[{}](http://a.b)"])
def test_code_reads_back_and_adds_nothing(text: str, frame: str) -> None:
    plain = read_html(to_html(frame.replace("{}", code("word"))))
    found = read_html(to_html(frame.replace("{}", code(text))))
    assert found.elements == plain.elements
    assert found.text == plain.text.replace("word", visible(text))


@pytest.mark.parametrize(
    "word",
    ["@user", "#1", "GH-1", "deadbeef", "a@b.co", ":smile:", "$x$", "www", "a/b", "x.y", "tx-881"],
)
def test_what_is_no_plain_word_is_code(word: str) -> None:
    assert prose(f"see {word}, then").startswith("see <code>")


@pytest.mark.parametrize(
    "text",
    [
        "not proven: about 79 runs would decide, have 60",
        "non-inferiority; p 0.988, judged at 0.025",
        "it's 50% (of all), or x1.05 [a, b]",
    ],
)
def test_words_and_numbers_stay_as_they_are(text: str) -> None:
    assert prose(text) == text


def test_neighbours_share_one_piece_of_code() -> None:
    assert prose("id q-1 q-2, q-3") == "id <code>q-1 q-2</code>, <code>q-3</code>"


def test_a_name_is_code_though_it_is_a_plain_word() -> None:
    text = prose("accuracy fails, recall passes", names={"accuracy"})
    assert text == "<code>accuracy</code> fails, recall passes"


def test_nothing_is_no_empty_piece_of_code() -> None:
    assert code("") == prose("") == ""


def test_a_text_is_cut_where_it_is_too_long() -> None:
    assert code("a" * 100, limit=10) == "<code>aaaaaaa...</code>"
    assert prose("word " * 100, limit=12) == "word word..."


def test_a_number_is_never_broken() -> None:
    assert number("> -0.0200") == "&gt;\xa0-0.0200"
