"""A share seen through a 0/1 judge of known errors: the Rogan-Gladen estimate.

The judge's sensitivity and specificity are measured on units of their own, drawn by their true
label. Bounds are Lang and Reiczigel's; the test is read off them, so that both are one procedure.
"""

import math
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import finite_limit, whole_number
from pytest_evalgate.stats.means import require_alpha


_Z: Final = np.linspace(0.0, 38.0, 1521)
"""Where a bound is followed as the level falls: p of 0.5 down to 3e-316."""

_Number = TypeVar("_Number", float, NDArray[np.float64])


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How a 0/1 judge did on units of known label."""

    judged_positive: int  # of the units that are positive
    positive: int
    judged_negative: int  # of the units that are negative
    negative: int

    @property
    def sensitivity(self) -> float:
        """Share of the positive units that the judge calls positive."""
        return self.judged_positive / self.positive

    @property
    def specificity(self) -> float:
        """Share of the negative units that the judge calls negative."""
        return self.judged_negative / self.negative

    @property
    def youden(self) -> float:
        """Sensitivity + specificity - 1: 0 for a judge that tells nothing."""
        whole = self.positive * self.negative
        right = self.judged_positive * self.negative + self.judged_negative * self.positive
        return (right - whole) / whole


@dataclass(frozen=True, slots=True, kw_only=True)
class RoganGladen:
    """Inference on the true share of positives behind a judge's share.

    A bound moves away as the level falls, up to a level so small that its formula turns back;
    from there on nothing is shown, and no p is smaller than that level.
    """

    judged_positive: int
    n: int
    calibration: Calibration

    @property
    def estimate(self) -> float:
        """(share + specificity - 1) / (sensitivity + specificity - 1), clipped to [0, 1]."""
        return min(max(self.estimate_unclipped, 0.0), 1.0)

    @property
    def estimate_unclipped(self) -> float:
        """The estimate as the formula gives it, which may leave [0, 1]."""
        seen = self.judged_positive / self.n
        return (seen + self.calibration.specificity - 1.0) / self.calibration.youden

    @property
    def standard_error(self) -> float:
        """By the delta method, at the estimate; the test has its own for each level."""
        known = self.calibration
        seen, share = self.judged_positive / self.n, self.estimate_unclipped
        variance = (
            seen * (1.0 - seen) / self.n
            + share**2 * known.sensitivity * (1.0 - known.sensitivity) / known.positive
            + (1.0 - share) ** 2 * known.specificity * (1.0 - known.specificity) / known.negative
        )
        return math.sqrt(variance) / known.youden

    @property
    def df(self) -> None:
        """Normal reference distribution."""
        return

    def statistic(self, limit: float) -> float | None:
        """Normal quantile of the p of the side that ``limit`` lies on; None beyond [0, 1]."""
        if not 0.0 <= finite_limit(limit) <= 1.0:
            return None
        above = _z_of(self, limit, side=-1)
        return above if above > 0.0 else 0.0 - _z_of(self, limit, side=1)

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: share <= limit."""
        if not 0.0 <= finite_limit(limit) < 1.0:
            return 0.0 if limit < 0.0 else 1.0
        return _tail(self, limit, side=-1)

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: share >= limit."""
        if not 0.0 < finite_limit(limit) <= 1.0:
            return 0.0 if limit > 1.0 else 1.0
        return _tail(self, limit, side=1)

    def interval(self, alpha: float) -> tuple[float, float]:
        """Lang and Reiczigel's bounds, each one-sided at ``alpha``, clipped to [0, 1]."""
        require_alpha(alpha)
        z = -float(ndtri(alpha))
        return _bound(self, z, side=-1), _bound(self, z, side=1)

    def min_pvalue(self, limit: float, *, greater: bool) -> float:  # noqa: ARG002
        """Give 0.0: no floor is known."""
        return 0.0


def rogan_gladen(judged_positive: int, n: int, calibration: Calibration) -> RoganGladen:
    """Inference on a share that a judge of known errors has counted.

    ``p_greater(limit)`` tests H0: true share <= limit against H1: true share > limit.

    Args:
        judged_positive: Units that the judge calls positive.
        n: Units judged, none of them used for the calibration.
        calibration: How the judge did on units of known label, from the same system.

    Raises:
        UndefinedTestError: A count that is not whole or not in its range, or a judge that is not
            better than chance: sensitivity + specificity <= 1, as counted or after the two
            units that the bounds add to each label.

    Source:
        Rogan and Gladen (1978), American Journal of Epidemiology 107(1), 71-76; Lang and
        Reiczigel (2014), Preventive Veterinary Medicine 113(1), 13-22.
    """
    n = whole_number(n, "the number of judged units", low=1)
    k = whole_number(judged_positive, "the number judged positive", low=0, high=n)
    known = _checked(calibration)
    judge = RoganGladen(judged_positive=k, n=n, calibration=known)
    se, sp, _, _ = _smoothed(judge)
    if known.youden <= 0.0 or se + sp <= 1.0:
        raise UndefinedTestError(
            f"the judge's sensitivity {known.sensitivity:.3g} and specificity"
            f" {known.specificity:.3g} add up to no more than chance, so nothing can be corrected",
            hint="use a better judge, or label the units by hand",
        )
    return judge


def _checked(known: Calibration) -> Calibration:
    positive = whole_number(known.positive, "the number of positive gold units", low=1)
    negative = whole_number(known.negative, "the number of negative gold units", low=1)
    return Calibration(
        judged_positive=whole_number(
            known.judged_positive, "positive gold units judged positive", low=0, high=positive
        ),
        positive=positive,
        judged_negative=whole_number(
            known.judged_negative, "negative gold units judged negative", low=0, high=negative
        ),
        negative=negative,
    )


def _smoothed(judge: RoganGladen) -> tuple[float, float, float, float]:
    """Sensitivity, specificity with one unit more of each kind, and their variances."""
    known = judge.calibration
    se = (known.judged_positive + 1.0) / (known.positive + 2.0)
    sp = (known.judged_negative + 1.0) / (known.negative + 2.0)
    var_se = se * (1.0 - se) / (known.positive + 2.0)
    return se, sp, var_se, sp * (1.0 - sp) / (known.negative + 2.0)


def _formula(judge: RoganGladen, z: _Number, side: int) -> _Number:
    """Lang and Reiczigel's bound at a normal quantile, or many; lower for side -1; not clipped."""
    se, sp, var_se, var_sp = _smoothed(judge)
    n = judge.n + z * z
    seen = (judge.judged_positive + z * z / 2.0) / n
    share = (seen + sp - 1.0) / (se + sp - 1.0)
    rest = 1.0 - share
    shift = 2.0 * z * z * (share * var_se - rest * var_sp)
    variance = seen * (1.0 - seen) / n + share * share * var_se + rest * rest * var_sp
    half_width: _Number = z * variance**0.5 / (se + sp - 1.0)
    return share + shift + side * half_width


def _moves(judge: RoganGladen, side: int) -> NDArray[np.float64]:
    """How far out the bound lies on the grid, up to where it turns back."""
    outwards = side * _formula(judge, _Z, side)
    turns = np.flatnonzero(np.diff(outwards) <= 0.0)
    return outwards[: int(turns[0]) + 1] if turns.size else outwards


def _bound(judge: RoganGladen, z: float, *, side: int) -> float:
    if z > _Z[_moves(judge, side).size - 1]:
        return 0.0 if side < 0 else 1.0
    return float(min(max(_formula(judge, z, side), 0.0), 1.0))


def _z_of(judge: RoganGladen, limit: float, *, side: int) -> float:
    """Normal quantile at which the bound reaches ``limit``; 0 where it starts beyond."""
    is_short = _moves(judge, side) < side * limit
    if is_short.all():
        return float(_Z[is_short.size - 1])
    first = int(np.argmin(is_short))
    if first == 0:
        return 0.0
    low, high = float(_Z[first - 1]), float(_Z[first])
    while True:
        middle = low + (high - low) / 2.0
        if middle in {low, high}:
            return high
        if side * _formula(judge, middle, side) < side * limit:
            low = middle
        else:
            high = middle


def _tail(judge: RoganGladen, limit: float, *, side: int) -> float:
    """P of the claim that the share lies beyond ``limit``: above for side -1, below for 1."""
    z = _z_of(judge, limit, side=side)
    return float(ndtr(-z)) if z > 0.0 else 1.0 - float(ndtr(-_z_of(judge, limit, side=-side)))
