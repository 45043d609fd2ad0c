import pytest
from sink_fuzzing import QUOTED, read_html, to_html

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
    shown = QUOTED.sub(r"\1", visible(text, limit=LONGEST))
    assert found.text == plain.text.replace("word", shown)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("frame", ["{}", "- {}", "| {} |\n|--|\n| b |", "[{}](http://a.b)"])
def test_code_reads_back_and_adds_nothing(text: str, frame: str) -> None:
    plain = read_html(to_html(frame.replace("{}", code("word"))))
    found = read_html(to_html(frame.replace("{}", code(text))))
    assert found.elements == plain.elements
    assert found.text == plain.text.replace("word", visible(text))


@pytest.mark.parametrize(
    "word",
    [
        "@user", "#1", "GH-1", "CVE-2020-1", "deadbeef", "12345678", "a@b.co", ":smile:", "$x$",
        "www.a.b", "http://a.b",
    ],
)  # fmt: skip
def test_what_could_come_alive_is_code(word: str) -> None:
    read = read_html(to_html(prose(f"see {word}, then")))
    assert "".join(read.bare).strip() == "see , then"
    assert read.text.strip() == f"see {word}, then"


@pytest.mark.parametrize(
    "text",
    [
        "not proven: about 79 runs would decide, have 60 now.",
        "non-inferiority; p 0.988, judged at 0.025",
        "it's 50% (of all), or x1.05 [a, b]",
        "SVC(C=10, gamma=0.03)",
        "id tx-881 of max_iter in artifacts/fraud.jsonl: 0.6667",
        'model "a": ok? x.y; 1.2345678',
    ],
)
def test_prose_reads_as_prose(text: str) -> None:
    assert prose(text) == text


def test_signs_of_markdown_are_entities_and_no_code() -> None:
    text = "a | b *c* <d> {e: f} ~g~"
    assert "<code>" not in prose(text)
    assert to_html(prose(text)) == "<p>a | b *c* &lt;d&gt; {e: f} ~g~</p>\n"


def test_text_in_backticks_is_one_piece_of_code() -> None:
    text = prose("write `contract: {overlap: 0.99}` or a ` alone")
    html = "write <code>contract: {overlap: 0.99}</code> or a ` alone"
    assert to_html(text) == f"<p>{html}</p>\n"


@pytest.mark.parametrize("text", ["[ ] a", "[x] a", "[x]: a", " [X] a"])
def test_no_text_becomes_a_check_box(text: str) -> None:
    box = text.partition("]")[0]
    assert to_html(f"- {prose(text)}").startswith(f"<ul>\n<li><code>{box}]</code>")


def test_neighbours_share_one_piece_of_code() -> None:
    assert prose("see GH-1 GH-2, GH-3") == "see <code>GH-1 GH-2</code>, <code>GH-3</code>"


def test_a_name_of_several_signs_is_one_piece_of_code() -> None:
    text = prose("every[lang=fi]: no", names={"every[lang=fi]"})
    assert to_html(text) == "<p><code>every[lang=fi]</code>: no</p>\n"


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
