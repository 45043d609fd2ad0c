"""Shares of 0/1 gold labels, with a 0/1 judge on every unit: rectified, and judged by a score test.

A handful of gold units may show no error of a judge that does err, and then a variance taken from
them is too small. One unit added to each cell of the gold table mends that; the estimate itself
is left alone.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import whole_number
from pytest_evalgate.stats.judges import judge_weight, require_weight
from pytest_evalgate.stats.means import StudentT
from pytest_evalgate.stats.moments import finite_values, same_length
from pytest_evalgate.stats.shares import ShareScore


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCounts:
    """A gold table and the judge's counts on the rest.

    Raises:
        UndefinedTestError: A count that is not whole or below 0, fewer than 2 gold units or 2
            others, or more positives on the rest than units.
    """

    both: int  # gold 1, judge 1
    gold_only: int  # gold 1, judge 0
    judge_only: int  # gold 0, judge 1
    neither: int  # gold 0, judge 0
    rest_positive: int  # judge 1, without a gold label
    rest: int

    def __post_init__(self) -> None:
        for name in ("both", "gold_only", "judge_only", "neither"):
            whole_number(getattr(self, name), f"the gold count {name}", low=0)
        whole_number(self.n, "the number of gold units", low=2)
        whole_number(self.rest, "the number of other units", low=2)
        whole_number(self.rest_positive, "the number judged positive", low=0, high=self.rest)

    @property
    def n(self) -> int:
        """Number of gold units."""
        return self.both + self.gold_only + self.judge_only + self.neither

    @property
    def weight(self) -> float:
        """Weight of the judge with the smallest variance: ``judge_weight`` from counts."""
        n, total = self.n, self.n + self.rest
        ones, judged = self.both + self.gold_only, self.both + self.judge_only
        covariance = (self.both * n - ones * judged) / (n * n)
        positive = judged + self.rest_positive
        variance = positive * (total - positive) / (total * (total - 1.0))
        if covariance <= 0.0 or variance == 0.0:
            return 0.0
        return min(1.0, covariance / ((1.0 + n / self.rest) * variance))


def judged_share(counts: JudgedCounts, *, weight: float | None = None) -> ShareScore:
    """Judge a share of 0/1 gold labels over all units by a score test.

    H0 for ``p_greater(limit)``: share over all units <= limit. The reference law is t with one
    less than the number of gold units.

    Args:
        counts: Of ``judged_counts``.
        weight: Weight of the judge, in [0, 1]; None for the one of smallest variance.

    Raises:
        UndefinedTestError: A weight outside [0, 1], or an estimate outside (0, 1).

    Source:
        Angelopoulos, Duchi and Zrnic (2023) for the estimate; the cells' added units after
        Lang and Reiczigel (2014), the test after Wilson (1927).
    """
    weight = counts.weight if weight is None else weight
    require_weight(weight)
    n, judged = counts.n, counts.rest_positive / counts.rest
    right = counts.both + counts.gold_only - weight * (counts.both + counts.judge_only)
    variance = _gold_variance(counts, weight) / n
    variance += weight**2 * judged * (1.0 - judged) / (counts.rest - 1.0)
    estimate = weight * judged + right / n
    return ShareScore(
        inner=StudentT(estimate=estimate, standard_error=math.sqrt(variance), df=n - 1.0)
    )


def _gold_variance(counts: JudgedCounts, weight: float) -> float:
    """Variance of gold label - weight * judge, one unit added to each cell of the table."""
    cells = np.array([counts.both, counts.gold_only, counts.judge_only, counts.neither]) + 1.0
    values = np.array([1.0 - weight, 1.0, -weight, 0.0])
    shares = cells / cells.sum()
    centred = values - shares @ values
    return float(shares @ np.square(centred)) * counts.n / (counts.n - 1.0)


def judged_counts(
    gold: ArrayLike, judge_on_gold: ArrayLike, judge_on_rest: ArrayLike
) -> JudgedCounts:
    """Count the gold table of 0/1 labels and a 0/1 judge.

    Args:
        gold: Gold label of each gold unit, 0 or 1, shape (n,), n >= 2.
        judge_on_gold: The judge's label of the same units in the same order, shape (n,).
        judge_on_rest: The judge's label of all other units, shape (N,), N >= 2.

    Raises:
        UndefinedTestError: Too few values, lengths differ, or a value other than 0 and 1.
    """
    labels = _zero_one(gold, what="gold labels")
    judged = _zero_one(judge_on_gold, what="judge values on gold units")
    rest = _zero_one(judge_on_rest, what="judge values on the rest")
    same_length(judged, labels.size, what="gold labels and judge values on gold units")
    return JudgedCounts(
        both=int((labels & judged).sum()),
        gold_only=int((labels & ~judged).sum()),
        judge_only=int((~labels & judged).sum()),
        neither=int((~labels & ~judged).sum()),
        rest_positive=int(rest.sum()),
        rest=rest.size,
    )


def judged_pairs(
    gold: tuple[ArrayLike, ArrayLike],
    judge_on_gold: tuple[ArrayLike, ArrayLike],
    judge_on_rest: tuple[ArrayLike, ArrayLike],
    *,
    weight: float | None = None,
) -> StudentT:
    """Judge the difference of two shares of 0/1 labels on the same units, with a 0/1 judge.

    H0 for ``p_greater(limit)``: share of the candidate - share of the baseline <= limit. The
    gold units' variance counts one pair won and one lost more than were seen, of which the judge
    saw nothing: pairs that differ are few, and so easily all of one kind.

    Args:
        gold: Gold labels of the candidate and of the baseline, each of shape (n,), n >= 2.
        judge_on_gold: The judge's labels of the same units in the same order.
        judge_on_rest: The judge's labels of all other units, each of shape (N,), N >= 2.
        weight: Weight of the judge, in [0, 1]; None for the one of smallest variance.

    Raises:
        UndefinedTestError: Too few values, lengths differ, a value other than 0 and 1, or a
            weight outside [0, 1].

    Source:
        Angelopoulos, Duchi and Zrnic (2023); the added pairs after Bonett and Price (2012).
    """
    labels = _difference(gold, what="gold labels")
    judged = _difference(judge_on_gold, what="judge values on gold units")
    rest = _difference(judge_on_rest, what="judge values on the rest")
    same_length(judged, labels.size, what="gold labels and judge values on gold units")
    weight = judge_weight(labels, judged, rest) if weight is None else weight
    require_weight(weight)
    rectifiers = labels - weight * judged
    n, more = labels.size, np.append(rectifiers, (1.0, -1.0))
    variance = float(more.var()) / (n - 1.0) + weight**2 * float(rest.var(ddof=1)) / rest.size
    return StudentT(
        estimate=float(rectifiers.mean()) + weight * float(rest.mean()),
        standard_error=math.sqrt(variance),
        df=n - 1.0,
    )


def _difference(arms: tuple[ArrayLike, ArrayLike], *, what: str) -> NDArray[np.float64]:
    first, second = (_zero_one(values, what=what) for values in arms)
    same_length(first, second.size, what=f"candidate's and baseline's {what}")
    return first.astype(np.float64) - second


def _zero_one(values: ArrayLike, *, what: str) -> NDArray[np.bool_]:
    array = finite_values(values, what=what, at_least=2)
    is_one = array == 1.0
    if not (is_one | (array == 0.0)).all():
        raise UndefinedTestError(f"{what} must be 0 or 1 here")
    return np.asarray(is_one, dtype=np.bool_)
