"""Several candidates against one baseline: Dunnett's single-step tests and bounds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import open_level
from pytest_evalgate.stats.levels import Granted, granted
from pytest_evalgate.stats.manyt import ManyT
from pytest_evalgate.stats.means import require_alpha, require_finite
from pytest_evalgate.stats.moments import (
    Moments,
    centred,
    finite_values,
    magnitude,
    require_spread,
    unit_of,
)


DUNNETT_CONTROLS: Final = (
    "probability of any false claim about a candidate of the family at most alpha, if the values"
    " of all arms are normal, independent and of equal variance"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DunnettMember:
    """One candidate of a family against the shared baseline; its p and bounds are the family's.

    Satisfies ``Inference``: ``p_greater`` is the probability that the largest t of the family
    reaches this one, and all intervals of the family at one level hold together.
    """

    estimate: float
    standard_error: float
    df: float | None
    law: ManyT

    def statistic(self, limit: float) -> float:
        """Give (estimate - limit) / standard error."""
        require_finite(limit, what="limit")
        return (self.estimate - limit) / self.standard_error

    def p_greater(self, limit: float) -> float:
        """Adjusted one-sided p of H0: effect <= limit."""
        return self.law.p_any_above(self.statistic(limit))

    def p_less(self, limit: float) -> float:
        """Adjusted one-sided p of H0: effect >= limit."""
        return self.law.p_any_above(-self.statistic(limit))

    def p_two_sided(self, limit: float) -> float:
        """Adjusted p of H0: effect = limit against either side."""
        return self.law.p_any_beyond(abs(self.statistic(limit)))

    def interval(self, alpha: float) -> tuple[float, float]:
        """Low and high; all lows of the family hold together at 1 - alpha, and all highs."""
        require_alpha(alpha)
        half_width = self.law.critical(alpha) * self.standard_error
        return self.estimate - half_width, self.estimate + half_width

    def interval_two_sided(self, alpha: float) -> tuple[float, float]:
        """Low and high; all of the family hold together at 1 - alpha."""
        half_width = self.law.critical_two_sided(alpha) * self.standard_error
        return self.estimate - half_width, self.estimate + half_width

    def min_pvalue(self, limit: float, *, greater: bool) -> float:  # noqa: ARG002
        """Give 0.0: a t statistic can be as large as one likes."""
        return 0.0


def dunnett(baseline: ArrayLike, candidates: Sequence[ArrayLike]) -> tuple[DunnettMember, ...]:
    """Judge the mean of each of k candidates against one baseline's, all arms independent.

    Args:
        baseline: One value a unit, shape (n0,), n0 >= 2.
        candidates: k arrays of other units, shape (n_i,), n_i >= 2.

    Returns:
        One member per candidate, effects candidate - baseline, with the variance pooled over
        all arms: df = n0 + sum(n_i) - k - 1.

    Raises:
        UndefinedTestError: No candidate, an arm with fewer than 2 values, with values not finite
            or above 1e150, or without variance.

    Source:
        Dunnett (1955), Journal of the American Statistical Association 50, 1096-1121.
        R: multcomp::glht(aov(y ~ arm), mcp(arm = "Dunnett")), whose p is randomised.
    """
    if not candidates:
        raise UndefinedTestError("at least 1 candidate is needed, got 0")
    arms = [finite_values(baseline, what="baseline values", at_least=2)]
    arms += [finite_values(one, what="candidate values", at_least=2) for one in candidates]
    for arm in arms:
        require_spread(arm, size=magnitude(arm), what="values of an arm")
    unit = unit_of(magnitude(*arms))
    parts = [centred(arm, unit=unit) for arm in arms]
    moments = [
        # Means counted from the baseline's first value: near-equal large means keep digits.
        Moments(arm.size, (part.first - parts[0].first) + part.offset, part.variance)
        for arm, part in zip(arms, parts, strict=True)
    ]
    return tuple(
        DunnettMember(
            estimate=one.estimate * unit,
            standard_error=one.standard_error * unit,
            df=one.df,
            law=one.law,
        )
        for one in dunnett_from_moments(moments[0], moments[1:])
    )


def dunnett_from_moments(
    baseline: Moments, candidates: Sequence[Moments]
) -> tuple[DunnettMember, ...]:
    """Judge k candidates against one baseline from size, mean and variance of each arm.

    Raises:
        UndefinedTestError: No candidate, an arm of fewer than 2, or no variance in any.
    """
    arms = [baseline, *candidates]
    if len(arms) < 2 or min(arm.n for arm in arms) < 2:
        raise UndefinedTestError("a baseline and a candidate of at least 2 values are needed")
    for arm in arms:
        require_finite(arm.mean, what="mean of an arm")
        require_finite(arm.variance, what="variance of an arm")
    df = sum(arm.n for arm in arms) - len(arms)
    pooled = math.fsum((arm.n - 1) * arm.variance for arm in arms) / df
    if not pooled > 0.0:
        raise UndefinedTestError("no arm varies (zero variance), so t is undefined")
    loadings = tuple(math.sqrt(arm.n / (arm.n + baseline.n)) for arm in candidates)
    law = ManyT(loadings=loadings, df=float(df))
    return tuple(
        DunnettMember(
            estimate=arm.mean - baseline.mean,
            standard_error=math.sqrt(pooled * (1.0 / arm.n + 1.0 / baseline.n)),
            df=float(df),
            law=law,
        )
        for arm in candidates
    )


def dunnett_step_down(
    members: Sequence[DunnettMember], limits: Sequence[float], alpha: float
) -> tuple[Granted, ...]:
    """Adjust by Dunnett's step-down test: each statistic against those not yet rejected.

    Rejects all that the single step does, and more. ``alpha_judged`` is the level of the
    ordinary t of a candidate with the family's df: the tail beyond the critical value of its
    step; equal statistics share the first of theirs.

    Args:
        members: All of one family, H0: effect <= limit.
        limits: One per member.
        alpha: Level of the family, in (0, 1).

    Source:
        Dunnett and Tamhane (1991), Statistics in Medicine 10(6), 939-947.
    """
    open_level(alpha)
    t = np.array([one.statistic(limit) for one, limit in zip(members, limits, strict=True)])
    order = np.argsort(-t, kind="stable")
    first = np.searchsorted(-t[order], -t[order], side="left")
    records: list[Granted | None] = [None] * t.size
    largest, held, is_stopped = 0.0, 0.0, False
    for rank, j in enumerate(order.tolist()):
        if not is_stopped:
            remaining = order[int(first[rank]) :].tolist()
            held = _tail(members[0].law.only(remaining).critical(alpha), members[0].df)
        law = members[0].law.only(order[int(first[rank]) :].tolist())
        largest = max(largest, law.p_any_above(float(t[j])))
        p = _tail(float(t[j]), members[0].df)
        is_stopped = is_stopped or not (largest < alpha and p < held)
        records[j] = granted(p, alpha, adjusted=largest, level=held, is_rejected=not is_stopped)
    return tuple(record for record in records if record is not None)


def _tail(t: float, df: float | None) -> float:
    return float(stdtr(math.inf if df is None else df, -t))
