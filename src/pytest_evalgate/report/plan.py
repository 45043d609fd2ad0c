"""The plan of a gate for a terminal: what each rule could show, and what to buy next."""

import math
from collections.abc import Sequence

from pytest_evalgate.evidence import Counts, Scale
from pytest_evalgate.evidence.plan import GatePlan, RulePlan
from pytest_evalgate.report.ascii import in_ascii
from pytest_evalgate.report.escape import guard, plain
from pytest_evalgate.report.layout import Column, decimal_aligned, footnotes, paragraph, table
from pytest_evalgate.report.numbers import Notation, level_text
from pytest_evalgate.report.words import counted, method_title


_DROPPED = ("method", "spread", "assumed", "n")
_LONGEST_TEXT = 400
_SHORT = {
    "boschloo_miettinen_nurminen": "Boschloo, score",
    "mcnemar_tango": "McNemar, Tango",
    "mcnemar_midp": "McNemar mid-p",
    "crossed": "runs x samples",
    "quantile_difference": "quantiles",
    "cluster_sign_flip": "cluster flips",
}
_WORDS = {
    "runs": "runs",
    "samples": "samples",
    "repeats": "answers",
}
_FRESH = (
    "gather fresh runs or samples and judge those alone: adding to the same ones and asking again "
    "raises the error"
)


def plan_section(plan: GatePlan, *, width: int = 100) -> list[str]:
    """Return the lines that tell the plan of one gate; none of them is a verdict.

    Args:
        plan: Of the gate.
        width: Columns of the terminal.
    """
    plan = in_ascii(plan)
    rows = list(plan.rules)
    top = sum(row.parent is None for row in rows)
    gate = plan.gate
    notes = list(dict.fromkeys(note for row in rows if (note := _note(row))))
    text = (
        f"{counted(top, 'rule')}, alpha {level_text(gate.alpha)} one-sided, planned for power "
        f"{level_text(gate.power)}; nothing is judged" + _key(rows)
    )
    lines = [
        *paragraph(text, width=width, rest="    "),
        "",
        *_table(rows, notes, width=width),
        "",
        *footnotes(notes, width=width),
        *_advice(rows, width=width),
        "",
        *_joint(plan, width=width),
        *paragraph(f"next: {plain(plan.buy, limit=_LONGEST_TEXT)}", width=width, rest="    "),
        *paragraph(_FRESH, width=width, rest="    "),
    ]
    return [guard(line) for line in lines]


def _key(rows: Sequence[RulePlan]) -> str:
    """Say how to read a size, where it is one of two numbers."""
    return "; n is runs x samples" if any(" x " in _size(row.n) for row in rows) else ""


def _table(rows: Sequence[RulePlan], notes: Sequence[str], *, width: int) -> list[str]:
    marks = _marks(rows, notes)
    needs = [_needs(row) + mark for row, mark in zip(rows, marks, strict=True)]
    columns = [
        _column("rule", [_name(row) for row in rows], is_left=True),
        _column("method", [_method(row) for row in rows], is_left=True),
        _column("n", [_size(row.n) for row in rows]),
        _column("detects", decimal_aligned([_effect(row, row.mde) for row in rows])),
        _column("assumed", decimal_aligned([_effect(row, row.at) for row in rows])),
        _column("power", [_percent(row.power) for row in rows]),
        _column("spread", [_spread(row) for row in rows], is_left=True),
        _column("needs", needs, is_left=True),
    ]
    return [line.rstrip() for line in table(columns, width=width, drop=_DROPPED)]


def _column(title: str, cells: Sequence[str], *, is_left: bool = False) -> Column:
    return Column(title=title, cells=tuple(cells), is_left=is_left)


def _name(row: RulePlan) -> str:
    """Name a rule; a slice or a member by what sets it apart from its parent."""
    if row.parent is None:
        return plain(row.id, limit=64)
    return "  " + plain(row.id.removeprefix(row.parent).lstrip("."), limit=62)


def _method(row: RulePlan) -> str:
    return "-" if row.method is None else _SHORT.get(row.method, method_title(row.method))


def _size(n: Counts) -> str:
    arms = [arm for arm in (n.candidate, n.baseline) if arm is not None]
    units = n.pairs if n.pairs is not None else min(arms, default=None)
    if units is None:
        return "-" if n.runs is None else str(n.runs)
    return str(units) if n.runs in {None, units} else f"{n.runs} x {units}"


def _effect(row: RulePlan, number: float | None) -> str:
    return "-" if number is None else _notation(row).measure(number)


def _notation(row: RulePlan) -> Notation:
    """Choose digits that tell the smallest effect from its limit: two of their distance."""
    limits = [limit for limit in (row.limit.low, row.limit.high) if limit is not None]
    numbers = [number for number in (row.mde, row.at, *limits) if number is not None]
    apart = [abs(one - limit) for one in (row.mde, row.at) if one is not None for limit in limits]
    smallest = min((gap for gap in apart if gap > 0.0), default=0.0)
    largest = max(map(abs, numbers), default=0.0)
    is_ratio = row.scale is Scale.RATIO
    unit = "" if is_ratio or row.unit is None else plain(row.unit, limit=12)
    if largest >= 1e7 or 0.0 < largest < 1e-4:
        return Notation(digits=2, is_scientific=True, unit=unit)
    finest = math.floor(math.log10(smallest)) if smallest > 0.0 else 0
    return Notation(
        digits=min(max(1 - finest, 3 if is_ratio else 0), 6),
        is_signed=row.scale is Scale.DIFFERENCE,
        prefix="x" if is_ratio else "",
        unit=unit,
    )


def _percent(share: float | None) -> str:
    if share is None:
        return "-"
    if 0.995 <= share < 1.0:
        return ">99%"
    return "<1%" if 0.0 < share < 0.005 else f"{100.0 * share:.0f}%"


def _spread(row: RulePlan) -> str:
    """Name the largest source of the spread, where there are several."""
    if row.shares is None:
        return "-"
    parts = {name: getattr(row.shares, name) for name in _WORDS}
    known = {name: share for name, share in parts.items() if share is not None}
    name = max(known, key=lambda one: known[one])
    return f"{_percent(known[name])} {_WORDS[name]}"


def _needs(row: RulePlan) -> str:
    ways = [
        f"{number:,} {noun}"
        for number, noun in ((row.needed.runs, "runs"), (row.needed.samples, "samples"))
        if number is not None
    ]
    if ways:
        return " or ".join(ways)
    return f"{row.times} x both" if row.times is not None else "-"


def _marks(rows: Sequence[RulePlan], notes: Sequence[str]) -> list[str]:
    """Return the mark of each row's note; equal notes share a number."""
    texts = [_note(row) for row in rows]
    return [f" [{notes.index(text) + 1}]" if text else "" for text in texts]


def _note(row: RulePlan) -> str:
    """Say in words that numbers are assumed ones."""
    if row.assumed is None:
        return ""
    why = plain(row.reason or "there are no data", limit=_LONGEST_TEXT)
    return f"reckoned from assumed numbers ({plain(row.assumed, limit=120)}): {why}"


def _advice(rows: Sequence[RulePlan], *, width: int) -> list[str]:
    """Say of each rule what to do, in one sentence."""
    lines: list[str] = []
    for row in rows:
        text = f"{plain(row.id, limit=200)}: {plain(row.advice, limit=_LONGEST_TEXT)}"
        lines += paragraph(text, width=width, rest="    ")
    return lines


def _joint(plan: GatePlan, *, width: int) -> list[str]:
    """Say how likely a promotion is if all assumed effects are true."""
    if plan.joint_power is None or plan.joint_at_least is None:
        reason = plain(plan.reason or "not known", limit=_LONGEST_TEXT)
        return paragraph(f"all required rules together: {reason}", width=width, rest="    ")
    required = [row for row in plan.rules if row.is_required and row.parent is None]
    text = (
        f"all {counted(len(required), 'required rule')} together: power "
        f"{_percent(plan.joint_power)} if they are independent, at least "
        f"{_percent(plan.joint_at_least)} whatever they have in common"
    )
    lines = paragraph(text, width=width, rest="    ")
    wanted = [
        f"{plain(row.id, limit=64)} {_ways(row)}"
        for row in plan.rules
        if row.is_required and _ways(row)
    ]
    if len(required) > 1 and plan.joint_at_least < plan.gate.power and wanted:
        text = f"for power {level_text(plan.gate.power)} together: {', '.join(wanted)}"
        lines += paragraph(text, width=width, rest="    ")
    return lines


def _ways(row: RulePlan) -> str:
    runs, samples = row.needed_jointly.runs, row.needed_jointly.samples
    ways = [f"{runs:,} runs" if runs else "", f"{samples:,} samples" if samples else ""]
    return " or ".join(way for way in ways if way)
