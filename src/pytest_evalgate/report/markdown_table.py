"""The table of a gate's rules in Markdown, worst first, one row each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pytest_evalgate.evidence import GateEvidence, RuleEvidence
from pytest_evalgate.report.gate_words import is_passed, worst_first
from pytest_evalgate.report.markdown_text import NO_BREAK, code, number, prose
from pytest_evalgate.report.numbers import (
    arm_text,
    effect_text,
    interval_text,
    limit_parts,
    pvalue_text,
)
from pytest_evalgate.report.rules_table import Notes, row_name, row_notes
from pytest_evalgate.report.words import ALARM, correction_title, sample_size, verdict_label


ICONS = {
    "pass": "\N{WHITE HEAVY CHECK MARK}",
    "fail": "\N{CROSS MARK}",
    "inconclusive": "\N{WARNING SIGN}\N{VARIATION SELECTOR-16}",
    "invalid": "\N{NO ENTRY SIGN}",
    "warn": "\N{LARGE ORANGE DIAMOND}",
    "observe": "\N{EYES}",
}
_LONGEST = 2000  # notes are cut where they are made; this is none of their lengths
_NARROW = ("Effect", "Interval", "Limit")  # besides verdict and rule
_NO_REASON = "no reason given"
_ARMS = ("Baseline", "Candidate")
_CHILD = "\N{DOWNWARDS ARROW WITH TIP RIGHTWARDS}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A rule's row: what stands before and after the marks of its notes."""

    before: str
    after: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The rules of a gate as rows, of which the first few may be shown."""

    head: str
    rows: tuple[Row, ...]

    def lines(self, count: int) -> list[str]:
        """Return the first ``count`` rows under their titles, and the notes they ask for."""
        notes = Notes()
        rows = [f"{row.before}{notes.mark(row.notes)}{row.after}" for row in self.rows[:count]]
        below = [
            f"[{mark}] {prose(text, limit=_LONGEST)}"
            for mark, text in enumerate(notes.texts, start=1)
        ]
        table = "\n".join([self.head, *rows]) if rows else ""
        return [part for part in (table, "  \n".join(below)) if part]


def rules_table(
    evidence: GateEvidence, *, link: str | None = None, is_narrow: bool = False
) -> Table:
    """Lay out the rules of ``evidence``.

    Args:
        evidence: Of the gate.
        link: Where the gate file is shown on the web; a rule is then linked to its line.
        is_narrow: Leave out what the verdict does not need: arms, p-value and size.
    """
    rules = worst_first(evidence.rules)
    pairs = [(rule.pvalue, rule.pvalue_adjusted) for rule in rules]
    is_adjusted = any(adjusted is not None and adjusted != raw for raw, adjusted in pairs)
    columns = {
        name: cells
        for name, cells in _columns(evidence, rules, is_adjusted=is_adjusted).items()
        if (name in _NARROW if is_narrow else name not in _ARMS or set(cells) != {"-"})
    }
    aligned = [":-:" if name == "Interval" else "--:" for name in columns]
    head = f"| Verdict | Rule | {' | '.join(columns)} |\n|:--|:--|{'|'.join(aligned)}|"
    rows = zip(rules, zip(*columns.values(), strict=True), strict=True)
    return Table(
        head=head,
        rows=tuple(
            Row(
                before=f"| {verdict(rule)} | {_name(rule, link=link)}",
                after=f" | {' | '.join(cells)} |",
                notes=tuple(_notes(rule)),
            )
            for rule, cells in rows
        ),
    )


def verdict(rule: RuleEvidence) -> str:
    """Write a verdict with its sign; what did not pass is bold."""
    label, word = verdict_label(rule)
    return f"{ICONS[word]}{NO_BREAK}{label if word == 'pass' else f'**{label}**'}"


def linked(text: str, rule: RuleEvidence, *, link: str | None) -> str:
    """Link ``text`` to the line of ``rule`` in the gate file, where both are known."""
    return f"[{text}]({link}#L{rule.line})" if link and rule.line is not None else text


def _columns(
    evidence: GateEvidence, rules: Sequence[RuleEvidence], *, is_adjusted: bool
) -> dict[str, list[str]]:
    gate = evidence.gate
    is_named = gate.correction not in ("auto", "none")
    adjusted = f"p ({correction_title(gate.correction)})" if is_named else "p adj"

    def pvalue(rule: RuleEvidence) -> str:
        is_raw = rule.pvalue_adjusted is None or not is_adjusted
        shown = rule.pvalue if is_raw else rule.pvalue_adjusted
        return "-" if shown is None else number(pvalue_text(shown, level=gate.alpha))

    return {
        "Baseline": [_measured(arm_text(rule, rule.baseline)) for rule in rules],
        "Candidate": [_measured(arm_text(rule, rule.candidate)) for rule in rules],
        "Effect": [_effect(rule) for rule in rules],
        "Interval": [number(interval_text(rule)) if rule.effect else "-" for rule in rules],
        "Limit": [_limit(rule) for rule in rules],
        prose(adjusted).replace(" ", NO_BREAK) if is_adjusted else "p": [
            pvalue(rule) for rule in rules
        ],
        "n": [_size(rule) for rule in rules],
    }


def _effect(rule: RuleEvidence) -> str:
    text = _measured(effect_text(rule))
    return f"**{text}**" if rule.effect and verdict_label(rule)[1] != "pass" else text


def _measured(text: str) -> str:
    """Write a number with its unit, of which only the unit may hold anything."""
    amount, space, unit = text.partition(" ")
    return number(amount) + (f"{NO_BREAK}{prose(unit)}" if space else "")


def _limit(rule: RuleEvidence) -> str:
    parts = limit_parts(rule)
    if len(parts) == 2:
        return number(f"{parts[0][1]} to {parts[1][1]}")
    text = " ".join(parts[0]) if parts else "-"
    return number(f"alarm {text}" if rule.claim == ALARM and parts else text)


def _notes(rule: RuleEvidence) -> list[str]:
    """Return what a row needs said; details that are open say the reason and the warnings."""
    if is_passed(rule):
        return row_notes(rule)
    told = replace(rule, reason="", warnings=())
    return [note for note in row_notes(told) if note != _NO_REASON]


def _size(rule: RuleEvidence) -> str:
    size = sample_size(rule.n)
    return "-" if size is None else str(size)


def _name(rule: RuleEvidence, *, link: str | None) -> str:
    name = row_name(rule).removeprefix("  ")
    if rule.parent is not None:
        return f"{_CHILD} {code(name)}"
    return linked(code(name), rule, link=link)
