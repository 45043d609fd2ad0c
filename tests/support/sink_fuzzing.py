"""Texts that try to become markup or commands, and what each sink makes of them.

A sink is a place where text of a file is shown: a cell, a paragraph, a summary, a command, an
SVG. Each is read by the parser that reads it in earnest: GitHub's own Markdown renderer
(cmark-gfm), an HTML and an XML parser, and the runner's rules for commands. A payload must leave
the structure as it is and must read back as ``visible`` or ``plain`` shows it.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import cmarkgfm  # type: ignore[import-untyped]
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]

from pytest_evalgate.evidence import (
    Action,
    Decision,
    GateEvidence,
    GateFacts,
    RuleEvidence,
    Verdict,
)
from pytest_evalgate.report import badge, github
from pytest_evalgate.report.escape import plain, visible
from pytest_evalgate.report.markdown_text import LONGEST, code, prose
from pytest_evalgate.report.workflow_command import LEVELS


SEED = 20261123
PIECES = (
    "|", " | ", "||", "\\", "\\|", "`", "``", "```", "~~~", "~", "*", "**", "_", "__", "a_b", "[",
    "]", "(", ")", "](", "[x](http://a.b)", "![i](http://a.b)", "[x]: http://a.b", "[^1]",
    "[^1]: n",
    "[ ] ", "[x] ", "- ", "+ ", "* ", "1. ", "1) ", "# ", "## ", "> ", "---", "===", "***", "|---|",
    "<", ">", "</", "/>", "<b>", "</code>", "</summary>", "</details>", "<details open>", "<table>",
    "</td>", "<!--", "-->", "--", "<![CDATA[", "]]>", "<script>alert(1)</script>", "<img src=x>",
    "&", "&lt;", "&#124;", "&#x7c;", "&amp;", "&colon;", ";", '"', "'", '" onload="x', "style='x'",
    "@", "@user", "@org/team", "a@b.co", "mailto:a@b.co", "xmpp:a@b.co", "#", "#1", "GH-1", "a/b#1",
    "deadbeef", "0123456789abcdef0123456789abcdef01234567", "www.", "www.a.b", "http://", "https://",
    "http://a.b/c?d=e&f", "ftp://a.b", "://", ":", ":smile:", ":+1:", "::", "::error::x",
    "::error file=a,line=1::", "::set-output name=x::", "::add-mask::a", "::stop-commands::x",
    "##[error]", "##[command]", "##vso[task.x]", "%", "%25", "%0A", "%0a::error::", "%3A%3A", ",",
    "=", "$", "$x$", "$$", "$`x`$", "{", "}", "{{x}}", "${{ x }}", "!", "?", ".", "...", "/", "-",
    "+", "^", " ", "  ", "   ", "\t", "\n", "\n\n", "\r", "\r\n", "\n::error::x", "\n| a | b |",
    "\n\n# h", "\n\n    code", "\0", "\x08", "\x0b", "\x0c", "\x1b[31m", "\x7f", "\x85", "\x9b",
    "\xa0", "\xad", "\u200b", "\u200d", "\u202e", "\u2028", "\u2029", "\u2066", "\u3000", "\ufdd0",
    "\ufe0f", "\ufeff", "\ufffd", "\ufffe", "\uffff", "\ud800", "\udfff", "\U0001f600",
    "\U0010ffff",
    "a", "B", "7", "0.5", "-1", "word", "w", "caf\xe9", "\u05d0", "\u0644", "\u4e2d", "e\u0301",
)  # fmt: skip

# What GitHub's filters look for in text that is not code, after the Markdown is read.
REFERENCE = re.compile(
    r"""@[\w-] | \#\d | \b(?:GH|GHSA|CVE)-\w | :[\w+-]+: | \$
    | \b[0-9a-fA-F]{7,40}\b | https?:// | ftp:// | www\. | ://""",
    re.VERBOSE | re.IGNORECASE,
)
CHECK_BOX = re.compile(r"<li>\s*\[[ xX]\]")
# A piece of code in prose, which loses its backticks.
QUOTED = re.compile(r"(?<!`)`([^`]+)`(?!`)")
MARKDOWN = {
    "cell, code": (code, "| a | b |\n|:--|--:|\n| {} | 1 |\n| c | d |\n"),
    "cell, prose": (prose, "| a | b |\n|:--|--:|\n| 0.5 {} | 1 |\n| c | d |\n"),
    "cell, link": (code, "| a | b |\n|--|--|\n| [{}](https://a.b/c#L1) [1] | 1 |\n| c | d |\n"),
    "paragraph": (prose, "before\n\n{}\n\nafter\n"),
    "note": (prose, "before\n\n[1] {}  \n[2] end\n\nafter\n"),
    "list item": (prose, "- {}\n- two\n\nafter\n"),
    "bold": (prose, "| a |\n|--|\n| **0.5 {}** |\n"),
    "heading": (code, "<!-- m -->\n## Gate {}: BLOCKED\n\nafter\n"),
    "summary": (prose, "<details open><summary>x {}: y</summary>\n\n- z\n\n</details>\n"),
    "summary, code": (code, "<details><summary>x {}: y</summary>\n\n- z\n\n</details>\n"),
}
_BEFORE_AND_AFTER = "\ue000"  # stands where the payload goes, and is in no payload


@dataclass(frozen=True, slots=True)
class Read:
    """What a browser sees: the elements, and the text in and out of code."""

    elements: tuple[str, ...]
    text: str
    bare: tuple[str, ...]  # each run of text that is not code


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.texts: list[str] = []
        self.bare: list[str] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "code":
            self.depth += 1
            if attrs:
                self.elements.append(f"code {attrs}")
        else:
            self.elements.append(f"{tag} {attrs}")

    def handle_endtag(self, tag: str) -> None:
        if tag == "code":
            self.depth -= 1
        else:
            self.elements.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if not self.depth:
            self.bare.append(data)

    def handle_decl(self, decl: str) -> None:
        self.elements.append(f"!{decl}")

    def unknown_decl(self, data: str) -> None:
        self.elements.append(f"![{data}")

    def handle_pi(self, data: str) -> None:
        self.elements.append(f"?{data}")


def payload(case: int, *, seed: int = SEED) -> str:
    """Make the payload of one number: the same again each time."""
    rng = random.Random(f"{seed}:{case}")
    pieces = rng.choices(PIECES, k=rng.randrange(1, 10))
    if rng.random() < 0.2:
        pieces.insert(rng.randrange(len(pieces)), chr(rng.randrange(0x110000)))
    if rng.random() < 0.1:
        pieces *= rng.randrange(2, 40)
    return "".join(pieces).replace(_BEFORE_AND_AFTER, "")


def to_html(markdown: str) -> str:
    """Render as GitHub does, raw HTML and footnotes included."""
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES
    html: str = cmarkgfm.github_flavored_markdown_to_html(markdown, options=options)
    return html


def read_html(html: str) -> Read:
    """Read HTML as far as it can be told from texts."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Read(tuple(reader.elements), "".join(reader.texts), tuple(reader.bare))


def markdown_fault(sink: str, text: str, *, render: Callable[[str], str] = to_html) -> str | None:
    """Say what a payload breaks in a place of a Markdown report; None for nothing."""
    encode, frame = MARKDOWN[sink]
    expected = read_html(render(frame.replace("{}", encode("word"))))
    html = render(frame.replace("{}", encode(text)))
    found = read_html(html)
    if CHECK_BOX.search(html):
        return "check box"
    if found.elements != expected.elements:
        return f"structure: {found.elements}"
    before, _, after = expected.text.partition("word")
    limit = 80 if encode is code else LONGEST
    shown = visible(text, limit=limit)
    wanted = shown if encode is code else QUOTED.sub(r"\1", shown)
    if found.text != f"{before}{wanted}{after}":
        return f"text: {found.text!r}"
    alive = [run for run in found.bare if REFERENCE.search(run)]
    return f"reference: {alive}" if alive else None


@dataclass(frozen=True, slots=True)
class Command:
    """A command as a runner of GitHub Actions reads it."""

    name: str
    properties: Mapping[str, str]
    data: str


def runner_commands(line: str) -> Iterator[Command]:
    """Yield what a runner reads in one line of output, by the rules of its ``ActionCommand``."""
    text = line.lstrip()
    end = text.find("::", 2)
    if text.startswith("::") and end >= 0:
        name, _, told = text[2:end].partition(" ")
        if name.lower() in LEVELS:
            yield Command(name, _properties(told), _unescaped(text[end + 2 :]))
            return
    legacy = re.search(r"##\[([a-z-]+)([^\]]*)\](.*)", line, re.IGNORECASE)
    if legacy:
        yield Command(legacy[1], {}, legacy[3])


def annotation_fault(text: str, other: str) -> str | None:
    """Say what payloads break in the annotations of a gate; None for nothing."""
    evidence = _gate(text, other)
    lines = github.annotations(evidence, path=other)
    if len(lines) != 2 or any(len(line.splitlines()) != 1 for line in lines):
        return f"lines: {lines}"
    commands = [list(runner_commands(line)) for line in lines]
    if any(len(found) != 1 or found[0].name != "error" for found in commands):
        return f"commands: {commands}"
    gate, rule = (found[0] for found in commands)
    file = plain(other, limit=1000)
    wanted = {"file": file, "line": "3", "col": "5", "title": f"{plain(text)}: {plain(other)}"}
    if rule.properties != _as_read(wanted) or not rule.data.startswith("invalid: "):
        return f"rule: {rule}"
    if gate.properties != _as_read({"file": file, "title": f"{plain(text)}: BLOCKED"}):
        return f"gate: {gate}"
    said = plain(text, limit=400)
    if gate.data != f"1 invalid\n{said}":
        return f"message of the gate: {gate.data!r}"
    return None


def badge_fault(text: str) -> str | None:
    """Say what a payload breaks in the badge; None for nothing."""
    expected, found = (list(_svg(badge.render(_gate(name, "x"))).iter()) for name in ("word", text))
    if [one.tag for one in found] != [one.tag for one in expected]:
        return f"structure: {[one.tag for one in found]}"
    if [sorted(one.attrib) for one in found] != [sorted(one.attrib) for one in expected]:
        return f"attributes: {[one.attrib for one in found]}"
    texts = [one.text for one in found if one.tag.endswith("}text")]
    if texts != [f"gate {visible(text, limit=40)}", "blocked"]:
        return f"text: {texts}"
    return None


def _svg(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - our own text, which must not have become dangerous


def comment_fault(text: str) -> str | None:
    """Say what a payload breaks in the first lines of a comment; None for nothing."""
    mark = github.comment_mark(text)
    found = read_html(to_html(f"{mark}\nword\n"))
    is_comment = mark.isascii() and len(mark.splitlines()) == 1 and mark.count("-->") == 1
    if not is_comment or found != read_html(to_html("<!-- m -->\nword\n")):
        return f"mark: {mark}"
    return None


SINKS: Mapping[str, Callable[[str, str], str | None]] = {
    **{
        name: lambda text, _, name=name: markdown_fault(name, text)  # type: ignore[misc]
        for name in MARKDOWN
    },
    "annotations": annotation_fault,
    "badge": lambda text, _: badge_fault(text),
    "mark of a comment": lambda text, _: comment_fault(text),
}
"""What says the fault of two payloads, by the name of the sink."""


def faults(sink: str, cases: range) -> list[str]:
    """Return the faults of a sink, each with the number of its case."""
    check = SINKS[sink]
    found = ((case, check(payload(case), payload(case + 1))) for case in cases)
    return [f"{sink}: case {case}: {fault}" for case, fault in found if fault]


def _gate(text: str, other: str) -> GateEvidence:
    rule = RuleEvidence(
        id=other,
        parent=None,
        slice=None,
        metric=text,
        claim="superiority",
        better="higher",
        severity="block",
        owner=None,
        why=None,
        action=None,
        line=3,
        column=5,
        burden="",
        verdict=Verdict.INVALID,
        reason=text,
    )
    facts = GateFacts(
        name=text,
        path=other,
        sha256="",
        alpha=0.05,
        power=0.8,
        correction="auto",
        on_inconclusive="block",
    )
    decision = Decision(action=Action.BLOCK, verdict="block", reasons=(text,))
    return replace(GateEvidence(gate=facts, decision=decision), rules=(rule,))


def _as_read(properties: dict[str, str]) -> dict[str, str]:
    """Return properties as a runner reads them: the title, which is the last, without end spaces.

    It also loses `=` at the start of a value.
    """
    told = properties | {"title": properties["title"].rstrip()}
    return {name: value.lstrip("=") for name, value in told.items() if value.lstrip("=")}


def _properties(told: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in told.strip().split(",") if pair)
    values = {name: value.lstrip("=") for name, _, value in pairs}
    return {name: _unescaped_property(value) for name, value in values.items() if value}


def _unescaped(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def _unescaped_property(text: str) -> str:
    for escape, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ",")):
        text = text.replace(escape, sign)
    return text.replace("%25", "%")
