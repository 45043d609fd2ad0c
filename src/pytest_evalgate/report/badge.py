"""A badge with the decision of a gate, as flat SVG in the manner of shields.io."""

from html import escape

from pytest_evalgate.evidence import Action, GateEvidence
from pytest_evalgate.report.escape import visible
from pytest_evalgate.report.words import decision_label


# Background and text of the right half; each pair has a contrast of at least 4.5.
COLOURS = {
    Action.PROMOTE: ("#23742f", "#ffffff"),
    Action.WARN: ("#e6b93c", "#1f1f1f"),
    Action.ESCALATE: ("#b34a00", "#ffffff"),
    Action.BLOCK: ("#b42318", "#ffffff"),
}
UNFINISHED = ("#5f6368", "#ffffff")  # not judged, or not whole
NAME_COLOURS = ("#444444", "#ffffff")
_LONGEST = 40  # characters of a half
_PADDING = 6  # on either side of a text
_EM = 2048  # Verdana's units; a text is 11 pixels high
_WIDTHS = {
    562: "il",
    550: "'",
    705: "j",
    720: " f",
    745: ",.",
    806: "!t",
    862: "I",
    874: "r",
    930: "()-/:;[\\]|J",
    1067: "csz",
    1117: "?",
    1140: "L",
    1212: "kvxy",
    1230: "aeoFP",
    1276: "bdgpqETY",
    1302: "$*0123456789_`{}hnu",
    1400: "ABKRSVXZC",
    1488: "&U",
    1539: "DGHN",
    1612: "OQ",
    1676: "#+<=>^~wM",
    2025: "mW@%",
}
_WIDTH_OF = {sign: width for width, signs in _WIDTHS.items() for sign in signs}


def render(evidence: GateEvidence) -> str:
    """Return the badge of a gate: its name, and what may happen to the candidate."""
    decision = evidence.decision
    name = f"gate {visible(evidence.gate.name, limit=_LONGEST)}"
    label = visible(decision_label(decision), limit=_LONGEST).lower()
    is_whole = decision.verdict == decision.action.value
    colours = COLOURS[decision.action] if is_whole else UNFINISHED
    left, right = (_width(text) + 2 * _PADDING for text in (name, label))
    title = escape(f"pytest-evalgate, {name}: {label}")
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" \
viewBox="0 0 {left + right} 20" role="img" aria-label="{title}">
<title>{title}</title>
<clipPath id="evalgate-round"><rect width="{left + right}" height="20" rx="3"/></clipPath>
<g clip-path="url(#evalgate-round)">
<rect width="{left}" height="20" fill="{NAME_COLOURS[0]}"/>
<rect x="{left}" width="{right}" height="20" fill="{colours[0]}"/>
</g>
<g font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">
{_text(name, at=_PADDING, colour=NAME_COLOURS[1])}
{_text(label, at=left + _PADDING, colour=colours[1])}
</g>
</svg>
"""


def _text(text: str, *, at: int, colour: str) -> str:
    """Write a text that takes the room it was given, whatever font is found."""
    return (
        f'<text x="{at}" y="14" fill="{colour}" textLength="{_width(text)}" '
        f'lengthAdjust="spacingAndGlyphs">{escape(text)}</text>'
    )


def _width(text: str) -> int:
    """Return about how many pixels ``text`` takes; a sign not in the table is one em wide."""
    return max(1, round(sum(_WIDTH_OF.get(sign, _EM) for sign in text) * 11 / _EM))
