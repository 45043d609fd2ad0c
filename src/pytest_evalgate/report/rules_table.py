"""The table of a gate's rules, one row each, in the order of the gate file."""

import re
from collections.abc import Sequence
from dataclasses import replace

from pytest_evalgate.evidence import GateEvidence, RuleEvidence, Scale, Verdict
from pytest_evalgate.report.escape import visible
from pytest_evalgate.report.headline import brief_reason
from pytest_evalgate.report.layout import Column, decimal_aligned, fit, rows
from pytest_evalgate.report.numbers import (
    arm_text,
    bound_texts,
    effect_text,
    limit_parts,
    pvalue_text,
)
from pytest_evalgate.report.words import ALARM, Markup, counted, sample_size, verdict_label


_DROPPED = ("baseline", "candidate", "p adj", "p", "n", "interval", "effect", "limit")
_SIGN = re.compile("([<>]) ")
_MOST_MARKS = 3
_LONGEST_NOTE = 400
_WIN_RATE = "win rate: the share of units on which the candidate is better; a tie counts half"
_NO_BASELINE = "no baseline: the candidate's own value is held against the limit"


class Notes:
    """Footnotes in the order in which the rows ask for them; equal ones share a number."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.left_out: tuple[str, ...] = ()  # columns for which the terminal is too narrow

    def mark(self, texts: Sequence[str]) -> str:
        """Return the marks of ``texts``: `` [1,2]``, or nothing."""
        for text in texts:
            if text not in self.texts:
                self.texts.append(text)
        numbers = [str(self.texts.index(text) + 1) for text in dict.fromkeys(texts)]
        more = ["..."] if len(numbers) > _MOST_MARKS else []
        return f" [{','.join(numbers[:_MOST_MARKS] + more)}]" if numbers else ""

    def number(self, text: str) -> int | None:
        """Return the number of the footnote that says ``text``."""
        text = _note(text)
        return self.texts.index(text) + 1 if text in self.texts else None


def ordered(rules: Sequence[RuleEvidence]) -> list[RuleEvidence]:
    """Return ``rules`` in their order, slices and members right below their parent.

    Every rule is returned once, also where parents form a circle: none may vanish from a report.
    """
    children: dict[str, list[int]] = {}
    for place, rule in enumerate(rules):
        if rule.parent is not None:
            children.setdefault(rule.parent, []).append(place)
    ids = {rule.id for rule in rules}
    first = [place for place, rule in enumerate(rules) if rule.parent not in ids]
    taken: dict[int, None] = {}  # places in `rules`, in the order of the report
    waiting = [*reversed(range(len(rules))), *reversed(first)]
    while waiting:
        place = waiting.pop()
        if place not in taken:
            taken[place] = None
            waiting += reversed(children.get(rules[place].id, ()))
    return [rules[place] for place in taken]


def top_level(rules: Sequence[RuleEvidence]) -> list[RuleEvidence]:
    """Return the rules that are no slice and no member of another one in ``rules``."""
    ids = {rule.id for rule in rules}
    return [rule for rule in rules if rule.parent not in ids]


def rules_table(evidence: GateEvidence, *, notes: Notes, width: int, markup: Markup) -> list[str]:
    """Lay out the rules of ``evidence``; what needs words goes to ``notes``."""
    rules = ordered(evidence.rules)
    if not rules:
        return ["no rules"]
    labels = [verdict_label(rule) for rule in rules]
    marks = [notes.mark(row_notes(rule)) for rule in rules]
    verdicts = [label + mark for (label, _), mark in zip(labels, marks, strict=True)]

    def paint(row: int, cell: str) -> str:
        label, word = labels[row]
        return markup(label, word) + cell[len(label) :].rstrip()

    numbers = [
        _column("n", [_number(sample_size(rule.n)) for rule in rules]),
        *_measurements(rules),
        _pvalues(rules, alpha=evidence.gate.alpha),
    ]
    columns = [
        _column("rule", [row_name(rule) for rule in rules], is_left=True),
        *(column for column in numbers if _is_filled(column.cells)),
        _column("verdict", verdicts, is_left=True),
    ]
    fitted = fit(columns, width=width, drop=_DROPPED)
    notes.left_out = fitted.left_out
    return rows(fitted, paint=paint)


def _measurements(rules: Sequence[RuleEvidence]) -> list[Column]:
    """Return the columns of arms, effect, interval and limit."""
    arms = {
        name: decimal_aligned([arm_text(rule, number) for rule, number in numbers])
        for name, numbers in (
            ("baseline", [(rule, rule.baseline) for rule in rules]),
            ("candidate", [(rule, rule.candidate) for rule in rules]),
        )
    }
    effects = decimal_aligned([effect_text(rule) for rule in rules])
    return [
        *(_column(name, cells) for name, cells in arms.items()),
        _column("effect", effects),
        _column("interval", _intervals(rules), is_left=True),
        _column("limit", _limits(rules)),
    ]


def _intervals(rules: Sequence[RuleEvidence]) -> list[str]:
    """Write the intervals; padding goes behind comma and bracket, so that these stay close."""
    texts = [bound_texts(rule) if rule.effect else ("", "") for rule in rules]
    lows = decimal_aligned([f"{low}," for low, _ in texts])
    highs = decimal_aligned([f"{high}]" for _, high in texts])
    ends = zip(lows, highs, rules, strict=True)
    return [f"[{low} {high}" if rule.effect else "-" for low, high, rule in ends]


def _limits(rules: Sequence[RuleEvidence]) -> list[str]:
    """Write the limits; two of them as a range, an alarm's with the word before it."""
    parts = [limit_parts(rule) for rule in rules]
    numbers = decimal_aligned([part[-1][1] if part else "-" for part in parts])
    cells = []
    for rule, part, number in zip(rules, parts, numbers, strict=True):
        signs = part[0][0] if part else ""
        if len(part) == 2:
            signs = f"{part[0][1]} to"
        elif rule.claim == ALARM and part:
            signs = f"alarm {signs}"
        cells.append(f"{signs} {number}")
    return cells


def _pvalues(rules: Sequence[RuleEvidence], *, alpha: float) -> Column:
    """Return the p-values that were compared with alpha: adjusted ones where there are any."""
    pairs = [(rule.pvalue, rule.pvalue_adjusted) for rule in rules]
    is_adjusted = any(adjusted is not None and adjusted != raw for raw, adjusted in pairs)
    shown = [raw if adjusted is None or not is_adjusted else adjusted for raw, adjusted in pairs]
    cells = ["-" if p is None else pvalue_text(p, level=alpha) for p in shown]
    return _column("p adj" if is_adjusted else "p", decimal_aligned(cells))


def row_notes(rule: RuleEvidence) -> list[str]:
    """Return what a row needs said in words."""
    notes = [_note(warning) for warning in rule.warnings]
    if rule.verdict is Verdict.INVALID or (rule.effect is None and rule.reason):
        notes.insert(0, _note(rule.reason) or "no reason given")
    elif rule.scale is Scale.VALUE:
        notes.append(_NO_BASELINE if rule.claim == "threshold" else _WIN_RATE)
    if rule.n.dropped:
        notes.append(f"{counted(rule.n.dropped, 'unit')} left out, as the contract allows")
    return notes


def row_name(rule: RuleEvidence) -> str:
    """Name a rule; a slice or a member by what sets it apart from its parent."""
    if rule.parent is None:
        return visible(rule.id, limit=64)
    if rule.slice:
        pairs = ", ".join(f"{column}={value}" for column, value in rule.slice.items())
        return "  " + visible(pairs, limit=62)
    return "  " + visible(rule.id.removeprefix(f"{rule.parent}."), limit=62)


def _note(text: str) -> str:
    return brief_reason(text, limit=_LONGEST_NOTE)


def _number(number: int | None) -> str:
    return "-" if number is None else str(number)


def _column(title: str, cells: Sequence[str], *, is_left: bool = False) -> Column:
    wide = Column(title=title, cells=tuple(cells), is_left=is_left)
    match title:
        case "baseline" | "candidate":  # unaligned: the arms of two rules are never compared
            return replace(wide, narrow=_narrow(title[:4], [cell.strip() for cell in cells]))
        case "interval":
            narrow = _narrow(title, [cell.replace(", ", ",", 1) for cell in cells])
            return replace(wide, narrow=replace(narrow, is_left=True))
        case "limit":
            return replace(wide, narrow=_narrow(title, [_SIGN.sub(r"\1", cell) for cell in cells]))
        case _:
            return wide


def _narrow(title: str, cells: Sequence[str]) -> Column:
    return Column(title=title, cells=tuple(cells))


def _is_filled(cells: Sequence[str]) -> bool:
    return any(cell.strip() != "-" for cell in cells)
