"""All about one rule in Markdown: its headline, which opens to picture, facts and rerun."""

from collections.abc import Sequence

from pytest_evalgate.evidence import GateFacts, RuleEvidence
from pytest_evalgate.report.ascii import in_ascii
from pytest_evalgate.report.details import facts
from pytest_evalgate.report.gate_words import is_passed
from pytest_evalgate.report.headline import headline
from pytest_evalgate.report.markdown_table import ICONS
from pytest_evalgate.report.markdown_text import code, prose
from pytest_evalgate.report.picture import picture
from pytest_evalgate.report.rerun import rerun_command
from pytest_evalgate.report.words import verdict_label


_PICTURE_WIDTH = 80
_LONGEST = 2000  # facts are cut where they are made; this is none of their lengths


def rule_details(
    rule: RuleEvidence, gate: GateFacts, *, has_test: bool, rerun_with: Sequence[str] = ()
) -> str:
    """Tell all about one rule, folded where it passed.

    Args:
        rule: What to tell about.
        gate: Its gate.
        has_test: It can be run again alone; a member of a group cannot.
        rerun_with: Arguments that the run had and a rerun needs.
    """
    told = [f"- **{name}**: {_fact(name, text)}" for name, text in facts(rule, gate)]
    rerun = rerun_command(gate.path, rule.id, arguments=rerun_with)
    is_open = not is_passed(rule)
    drawing = picture(in_ascii(rule), width=_PICTURE_WIDTH) if is_open else []
    parts = [
        _summary(rule, is_open=is_open),
        *([_fenced("\n".join(drawing), "text")] if drawing else []),
        "\n".join(told),
        *([_fenced(rerun, "sh")] if has_test else []),
        "</details>",
    ]
    return "\n\n".join(parts)


def _fact(name: str, text: str) -> str:
    match name:
        case "rule":
            return code(text, limit=300)
        case "samples":  # a browser shows three spaces as one
            return prose(text.replace("   ", ", "), limit=_LONGEST)
        case _:
            return prose(text, limit=_LONGEST)


def _summary(rule: RuleEvidence, *, is_open: bool) -> str:
    """Write the line that is always seen; it is HTML, in which no Markdown is read."""
    _, word = verdict_label(rule)
    name = f"{ICONS[word]} {code(rule.id, limit=200)}"
    return (
        f"<details{' open' * is_open}><summary>{name}: "
        f"{prose(headline(rule), limit=_LONGEST)}</summary>"
    )


def _fenced(text: str, language: str) -> str:
    """Fence lines of ASCII none of which is backticks alone: each holds a word of ours."""
    return f"```{language}\n{text}\n```"
