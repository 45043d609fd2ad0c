"""The table of rules: one row each, in the order of the gate file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pytest_evalgate.evidence import GateEvidence, RuleEvidence, Verdict
from pytest_evalgate.report.headline import brief_reason
from pytest_evalgate.report.numbers import (
    arm_text,
    bound_texts,
    effect_text,
    limit_parts,
    pvalue_text,
)
from pytest_evalgate.report.rules_table import ordered, row_name
from pytest_evalgate.report.webpage.anchors import Places
from pytest_evalgate.report.webpage.figures import Figure, aligned, count, figure
from pytest_evalgate.report.webpage.pictures import IntervalPicture, common_ruler, interval
from pytest_evalgate.report.words import ALARM, counted, sample_size, verdict_label


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A verdict or a decision: the word, and the key of its colour and sign."""

    label: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The numbers of one rule; None where there is none."""

    baseline: Figure | None
    candidate: Figure | None
    effect: Figure | None
    low: Figure | None
    high: Figure | None
    low_text: str  # an end that is open
    high_text: str
    limits: tuple[tuple[str, Figure], ...]
    is_range: bool  # two limits
    is_alarm: bool
    pvalue: Figure | None
    size: Figure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One rule in the table."""

    anchor: str
    name: str
    depth: int
    badge: Badge
    picture: IntervalPicture | None
    numbers: Measured
    reason: str  # in place of numbers
    remarks: str  # how many warnings its section tells


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesTable:
    """The whole table."""

    rows: tuple[Row, ...]
    has_baseline: bool
    has_candidate: bool
    is_adjusted: bool
    has_alarm: bool


def rules_table(evidence: GateEvidence, places: Places) -> RulesTable:
    """Return the table of all rules, slices and members below their parent."""
    rules = ordered(evidence.rules)
    is_adjusted = any(
        rule.pvalue_adjusted is not None and rule.pvalue_adjusted != rule.pvalue for rule in rules
    )
    measured = [
        measured_numbers(rule, places.index(rule), evidence.gate.alpha, is_adjusted=is_adjusted)
        for rule in rules
    ]
    numbers = _aligned(measured)
    # Slices and members can be compared with one another.
    rulers = {parent.id: common_ruler(places.children(parent)) for parent in rules}
    rows = tuple(
        Row(
            anchor=places.anchor(rule),
            name=row_name(rule).strip(),
            depth=places.depth(rule),
            badge=badge(rule),
            picture=interval(rule, rulers.get(rule.parent or "")),
            numbers=one,
            reason=row_reason(rule),
            remarks=counted(len(rule.warnings), "warning") if rule.warnings else "",
        )
        for rule, one in zip(rules, numbers, strict=True)
    )
    return RulesTable(
        rows=rows,
        has_baseline=any(one.baseline for one in numbers),
        has_candidate=any(one.candidate for one in numbers),
        is_adjusted=is_adjusted,
        has_alarm=any(one.is_alarm for one in numbers),
    )


def badge(rule: RuleEvidence) -> Badge:
    """Return the verdict of a rule as it is shown."""
    label, tone = verdict_label(rule)
    return Badge(label=label, tone=tone)


def row_reason(rule: RuleEvidence) -> str:
    """Say why a rule has no numbers; empty where it has some."""
    if rule.verdict is not Verdict.INVALID and rule.effect is not None:
        return ""
    return brief_reason(rule.reason) or "no reason given"


def measured_numbers(
    rule: RuleEvidence, index: int, alpha: float, *, is_adjusted: bool
) -> Measured:
    """Return the numbers of a rule as the table shows them.

    Args:
        rule: Whose numbers.
        index: Where it stands in the evidence.
        alpha: Of the gate, from which p-values are told apart.
        is_adjusted: Show the adjusted p-value, where there is one.
    """
    low_text, high_text = bound_texts(rule) if rule.effect else ("", "")
    effect = rule.effect
    size = sample_size(rule.n)
    return Measured(
        baseline=_arm(rule, index, "baseline", rule.baseline),
        candidate=_arm(rule, index, "candidate", rule.candidate),
        effect=_of_rule(
            index, "effect/estimate", effect.estimate if effect else None, effect_text(rule)
        ),
        low=_of_rule(index, "effect/low", effect.low if effect else None, low_text),
        high=_of_rule(index, "effect/high", effect.high if effect else None, high_text),
        low_text=low_text,
        high_text=high_text,
        limits=_limits(rule, index),
        is_range=None not in (rule.limit.low, rule.limit.high),
        is_alarm=rule.claim == ALARM,
        pvalue=_pvalue(rule, index, alpha, is_adjusted=is_adjusted),
        size=None if size is None else count((*_path(index), "n", _size_field(rule)), size),
    )


def _path(index: int) -> tuple[str | int, ...]:
    return ("rules", index)


def _of_rule(index: int, field: str, number: float | None, text: str) -> Figure | None:
    return None if number is None else figure((*_path(index), *field.split("/")), number, text)


def _arm(rule: RuleEvidence, index: int, arm: str, number: float | None) -> Figure | None:
    return _of_rule(index, arm, number, arm_text(rule, number))


def _limits(rule: RuleEvidence, index: int) -> tuple[tuple[str, Figure], ...]:
    """Return sign and number of each limit."""
    sides = (("low", rule.limit.low), ("high", rule.limit.high))
    known = [(side, limit) for side, limit in sides if limit is not None]
    return tuple(
        (sign, figure((*_path(index), "limit", side), limit, text))
        for (side, limit), (sign, text) in zip(known, limit_parts(rule), strict=True)
    )


def _pvalue(rule: RuleEvidence, index: int, alpha: float, *, is_adjusted: bool) -> Figure | None:
    has_adjusted = is_adjusted and rule.pvalue_adjusted is not None
    field, number = (
        ("pvalue_adjusted", rule.pvalue_adjusted) if has_adjusted else ("pvalue", rule.pvalue)
    )
    if number is None:
        return None
    return figure((*_path(index), field), number, pvalue_text(number, level=alpha))


def _size_field(rule: RuleEvidence) -> str:
    """Say which count ``sample_size`` returns."""
    size = sample_size(rule.n)
    fields = ("pairs", "candidate", "baseline", "runs")
    return next(field for field in fields if getattr(rule.n, field) == size)


def _aligned(rows: Sequence[Measured]) -> list[Measured]:
    """Put the decimal points of each column below one another."""
    limits = aligned([row.limits[-1][1] if row.limits else None for row in rows])
    columns = zip(
        rows,
        aligned([row.baseline for row in rows]),
        aligned([row.candidate for row in rows]),
        aligned([row.effect for row in rows]),
        aligned([row.low for row in rows]),
        aligned([row.high for row in rows]),
        aligned([row.pvalue for row in rows]),
        limits,
        strict=True,
    )
    return [
        replace(
            row,
            baseline=baseline,
            candidate=candidate,
            effect=effect,
            low=low,
            high=high,
            pvalue=pvalue,
            limits=(*row.limits[:-1], *([(row.limits[-1][0], limit)] if limit else [])),
        )
        for row, baseline, candidate, effect, low, high, pvalue, limit in columns
    ]
