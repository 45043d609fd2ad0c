"""The one line that tells all about a rule; it becomes the short summary and the JUnit message."""

import math

from pytest_evalgate.evidence import RuleEvidence, Scale, Verdict
from pytest_evalgate.report.escape import visible
from pytest_evalgate.report.numbers import (
    effect_notation,
    effect_text,
    interval_text,
    limit_text,
)
from pytest_evalgate.report.words import ALARM, counted, sample_noun, sample_size, verb


_LONGEST_REASON = 300
_NO_CUT = 100_000
_TOUCHING = 1e-9  # an interval that ends this close to its limit (relative) is taken to hold it


def headline(rule: RuleEvidence) -> str:
    """Tell a rule's verdict in one line: effect, interval, verb, limit, and what would decide."""
    if rule.verdict is Verdict.INVALID or rule.effect is None:
        return f"{rule.verdict.value}: {brief_reason(rule.reason) or 'no reason given'}"
    if rule.claim == ALARM:
        return _alarm(rule)
    limits = [rule.limit.low, rule.limit.high]
    noun = "limits" if None not in limits else "limit"
    if rule.verdict is not Verdict.INCONCLUSIVE:
        return f"{measured(rule)} {verb(rule.verdict)} {noun} {limit_text(rule)}"
    if not is_straddling(rule):  # beyond its limit, yet unproven: a fixed sequence had ended
        reason = brief_reason(rule.reason) or "not proven"
        return f"{measured(rule)} proves nothing about {noun} {limit_text(rule)}: {reason}"
    needed = needed_text(rule)
    told = f"{measured(rule)} {verb(rule.verdict)} {noun} {limit_text(rule)}"
    return f"{told}; {needed}" if needed else told


def brief_reason(reason: str, *, limit: int = _LONGEST_REASON) -> str:
    """Write a reason in at most ``limit`` characters; its end, which says what to do, is kept."""
    text = visible(reason, limit=_NO_CUT)
    begin, semicolon, end = text.rpartition("; ")
    room = limit - len(semicolon) - len(end)
    if len(text) <= limit or not begin or room < limit // 3:
        return visible(reason, limit=limit)
    return f"{visible(begin, limit=room)}{semicolon}{end}"


def measured(rule: RuleEvidence) -> str:
    """Write the effect and its interval: ``effect -0.0485 [-0.0733, -0.0237]``."""
    return f"{measure_noun(rule)} {effect_text(rule)} {interval_text(rule)}"


def measure_noun(rule: RuleEvidence) -> str:
    """Name what was measured: an effect, or the value of the candidate alone."""
    return "value" if rule.scale is Scale.VALUE else "effect"


def is_straddling(rule: RuleEvidence) -> bool:
    """Say whether the interval holds a limit, or touches one as nearly as rounding can tell."""
    return any(
        holds(rule, limit) for limit in (rule.limit.low, rule.limit.high) if limit is not None
    )


def holds(rule: RuleEvidence, limit: float) -> bool:
    """Say whether the interval of ``rule`` holds ``limit``."""
    if rule.effect is None:
        return False
    low, high = rule.effect.low, rule.effect.high
    is_above_low = low is None or low <= limit or math.isclose(low, limit, rel_tol=_TOUCHING)
    is_below_high = high is None or limit <= high or math.isclose(high, limit, rel_tol=_TOUCHING)
    return is_above_low and is_below_high


def needed_text(rule: RuleEvidence) -> str:
    """Say how many would decide: ``about 185 runs would decide, have 60``; empty if unknown."""
    counts = _needed_counts(rule)
    if not counts:
        return ""
    if len(counts) == 1:
        text, have = counts[0]
        return f"about {text} would decide" + (f", have {have}" if have is not None else "")
    both = " or ".join(
        text + (f" (have {have})" if have is not None else "") for text, have in counts
    )
    return f"about {both} would decide"


def fresh_amount(rule: RuleEvidence) -> str:
    """Say how many to gather: ``185 fresh runs``; empty where that cannot be said."""
    return " or ".join(text for text, _ in _needed_counts(rule, adjective="fresh "))


def _needed_counts(rule: RuleEvidence, *, adjective: str = "") -> list[tuple[str, int | None]]:
    """Return what would decide, each with what there is."""
    if rule.power is None:
        return []
    needed = rule.power.needed
    noun = sample_noun(rule.n)
    counts: list[tuple[str, int | None]] = []
    if needed.runs is not None:
        counts.append((counted(needed.runs, f"{adjective}run"), rule.n.runs))
    if needed.samples is not None:
        counts.append((counted(needed.samples, f"{adjective}{noun}"), sample_size(rule.n)))
    return counts


def _alarm(rule: RuleEvidence) -> str:
    """Tell whether an alarm rang, and what it could not have heard."""
    if rule.verdict is Verdict.FAIL:
        return f"alarm: {measured(rule)} lies wholly {limit_text(rule)}"
    text = f"no alarm: {measured(rule)} is not wholly {limit_text(rule)}"
    if rule.power is not None and rule.power.mde is not None:
        harm = effect_notation(rule).measure(rule.power.mde)
        text += f"; harm short of {harm} may go unheard"
    return text
