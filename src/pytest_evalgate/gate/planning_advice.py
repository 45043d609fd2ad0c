"""What to do about a rule's power, in one plain sentence."""

from pytest_evalgate.evidence import Counts
from pytest_evalgate.evidence.plan import RulePlan
from pytest_evalgate.spec.model import Claim
from pytest_evalgate.stats.spread_shares import CrossedShares


_LITTLE = 0.02  # two numbers that gain as much are worth the same


def advice(row: RulePlan, *, target: float, can_be_shown: bool, split: CrossedShares | None) -> str:
    """Say what would raise the power of a rule to its target, or that nothing is missing."""
    if row.claim == Claim.DETERIORATION.value:
        return "an alarm: it proves nothing, and hears what is larger than it detects"
    if not can_be_shown:
        return (
            f"the {row.at_source} effect does not clear the limit, so no number of runs or "
            "samples can show the claim"
        )
    if row.power is not None and row.power >= target:
        return f"enough: power {percent(row.power)}, {percent(target)} is asked for"
    where = "" if split is None else f": {_source(split)}"
    if row.needed.runs is None and row.needed.samples is None:
        return _both(row, where)
    return _more(row, split) + where


def percent(share: float) -> str:
    """Write a share as whole percent; never 100 % or 0 % unless it is."""
    if 0.995 <= share < 1.0:
        return "over 99 %"
    if 0.0 < share < 0.005:
        return "under 1 %"
    return f"{100.0 * share:.0f} %"


def _both(row: RulePlan, where: str) -> str:
    if row.times is not None:
        return f"more runs and more samples, about {row.times} times as many of both{where}"
    return "no number of runs or samples that can be named is enough" + where


def _more(row: RulePlan, split: CrossedShares | None) -> str:
    """Name what to gather: of two ways the one that gains more for as many times."""
    runs, samples = row.needed.runs, row.needed.samples
    if split is not None and runs is not None:
        if samples is None or split.gain_runs < split.gain_units - _LITTLE:
            return f"more runs, not more samples{_amount(runs, row.n.runs, 'runs')}"
        if split.gain_units >= split.gain_runs - _LITTLE:
            return (
                f"more runs{_amount(runs, row.n.runs, 'runs')} or "
                f"more samples{_amount(samples, size(row.n), 'samples')}"
            )
    if split is not None:
        return f"more samples, not more runs{_amount(samples or 0, size(row.n), 'samples')}"
    if runs is not None:
        return f"more runs{_amount(runs, row.n.runs, 'runs')}"
    return f"more samples{_amount(samples or 0, size(row.n), 'samples')}"


def _amount(needed: int, have: int | None, noun: str) -> str:
    if have is None:
        return f", about {needed:,} fresh {noun}"
    return f", about {needed:,} fresh ones in place of {have:,}"


def size(n: Counts) -> int | None:
    """Return how many samples there are: pairs, or units of the smaller arm."""
    arms = [arm for arm in (n.candidate, n.baseline) if arm is not None]
    return n.pairs if n.pairs is not None else min(arms, default=None)


def _source(split: CrossedShares) -> str:
    parts = (
        (split.run, "runs"),
        (split.unit, "samples"),
        (split.residual, "single answers"),
    )
    share, name = max(parts)
    return f"{percent(share)} of the spread comes from {name}"
