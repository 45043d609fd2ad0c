"""Tests that stay valid however often one looks: betting, mixtures, and mSPRT.

Values come in an order that was fixed before they were seen; another order gives other numbers.
An e-value of 1 / alpha or more rejects at any time. All are summed as logarithms.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincc, betaln, xlog1py, xlogy

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import lower_bound, open_level, upper_bound
from pytest_evalgate.stats.moments import finite_values


_Floats = NDArray[np.float64]

HALF: Final = 0.5
"""Usual cap of a bet: at most this share of what would lose all capital at once."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bets:
    """Bounded values with the means, variances and bets that were fixed before each.

    All of shape (n,). ``bets`` come from ``plan_bets`` at a level of their own.
    """

    values: _Floats
    means_before: _Floats
    bets: _Floats


def plan_bets(values: ArrayLike, log_level: float) -> Bets:
    """Predictable bets sqrt(2 * log_level / (variance so far * t * log(1 + t))).

    Args:
        values: Values in [0, 1] in the order of arrival, shape (n,).
        log_level: log(1 / alpha) for one side, log(2 / alpha) for two.

    Raises:
        UndefinedTestError: No values, or a value outside [0, 1].

    Source:
        Waudby-Smith and Ramdas (2024), JRSS B 86(1), 1-27, equations 15 and 26.
    """
    x = finite_values(values)
    if (x < 0.0).any() or (x > 1.0).any():
        raise UndefinedTestError("values of a betting test must lie in [0, 1]")
    t = np.arange(1.0, x.size + 1.0)
    means = (0.5 + np.cumsum(x)) / (t + 1.0)
    variances = (0.25 + np.cumsum(np.square(x - means))) / (t + 1.0)
    before = np.concatenate(([0.25], variances[:-1]))
    bets = np.sqrt(2.0 * log_level / (before * t * np.log1p(t)))
    return Bets(values=x, means_before=np.concatenate(([0.5], means[:-1])), bets=bets)


def log_capital(plan: Bets, mean: float, *, cap: float = HALF, greater: bool = True) -> _Floats:
    """Logarithm of the capital after each value of bets against H0: mean <= ``mean``.

    An e-process: exp of it at any time is an e-value.

    Args:
        plan: Bets of ``plan_bets``.
        mean: Mean held against, in [0, 1].
        cap: Largest share of the capital that one value can lose.
        greater: False for bets against H0: mean >= ``mean``.

    Returns:
        Shape (n,).
    """
    distance = mean if greater else 1.0 - mean
    bets = plan.bets if distance <= 0.0 else np.minimum(plan.bets, cap / distance)
    gains = plan.values - mean if greater else mean - plan.values
    return np.asarray(np.cumsum(np.log1p(bets * gains)), dtype=np.float64)


def hedged_capital(plan: Bets, mean: float, *, cap: float = HALF, share: float = 0.5) -> float:
    """Larger of the two hedged capitals against ``mean`` after all values.

    Args:
        plan: Bets of ``plan_bets`` at log(2 / alpha).
        mean: Mean held against.
        cap: As ``log_capital``.
        share: Of the starting capital that is bet on a mean above.
    """
    up = math.log(share) + log_capital(plan, mean, cap=cap)[-1]
    down = math.log1p(-share) + log_capital(plan, mean, cap=cap, greater=False)[-1]
    return from_log(max(float(up), float(down)))


def betting_interval(
    plan: Bets, alpha: float, *, cap: float = HALF, share: float = 0.5
) -> tuple[float, float]:
    """Confidence sequence at the last value: means whose hedged capital is below 1 / alpha."""
    open_level(alpha)

    def above(mean: float) -> float:
        return min(1.0, from_log(-float(log_capital(plan, mean, cap=cap)[-1])) / share)

    def below(mean: float) -> float:
        lost = -float(log_capital(plan, mean, cap=cap, greater=False)[-1])
        return min(1.0, from_log(lost) / (1.0 - share))

    # A mean is kept while its inverse capital is above alpha, and at alpha itself it is not.
    low = lower_bound(above, np.nextafter(alpha, 1.0), within=(0.0, 1.0))
    return low, upper_bound(below, np.nextafter(alpha, 1.0), within=(0.0, 1.0))


def empirical_bernstein_interval(
    plan: Bets, alpha: float, *, cap: float = HALF
) -> tuple[float, float]:
    """Predictable plug-in empirical Bernstein confidence sequence at the last value.

    Source:
        Waudby-Smith and Ramdas (2024), theorem 2.
    """
    bets = np.minimum(plan.bets, cap)
    total = float(bets.sum())
    surprise = np.square(plan.values - plan.means_before) * (-np.log1p(-bets) - bets)
    margin = (math.log(2.0 / open_level(alpha)) + float(surprise.sum())) / total
    centre = float((bets * plan.values).sum()) / total
    return max(0.0, centre - margin), min(1.0, centre + margin)


def log_mixture(
    successes: ArrayLike, failures: ArrayLike, rate: float, *, prior: tuple[float, float] = (1, 1)
) -> _Floats:
    """Logarithm of the beta-binomial e-value against H0: share = ``rate``, for each pair of counts.

    Source:
        Robbins (1970), Annals of Mathematical Statistics 41(5), 1397-1409.
    """
    s, f = np.asarray(successes, dtype=np.float64), np.asarray(failures, dtype=np.float64)
    mixed = betaln(prior[0] + s, prior[1] + f) - betaln(*prior)
    return np.asarray(mixed - xlogy(s, rate) - xlog1py(f, -rate), dtype=np.float64)


def log_mixture_greater(
    successes: ArrayLike, failures: ArrayLike, rate: float, *, prior: tuple[float, float] = (1, 1)
) -> _Floats:
    """As ``log_mixture`` against H0: share <= ``rate``: the prior is cut to shares above."""
    s, f = np.asarray(successes, dtype=np.float64), np.asarray(failures, dtype=np.float64)
    with np.errstate(divide="ignore"):  # log 0 = -inf: no evidence at all
        kept = np.log(betaincc(prior[0] + s, prior[1] + f, rate))
    cut = math.log(float(betaincc(prior[0], prior[1], rate)))
    return np.asarray(log_mixture(s, f, rate, prior=prior) + kept - cut, dtype=np.float64)


def mixture_interval(
    successes: int, failures: int, alpha: float, *, prior: tuple[float, float] = (1, 1)
) -> tuple[float, float]:
    """Confidence sequence of a share: rates whose two-sided e-value is below 1 / alpha."""
    open_level(alpha)
    top = successes / (successes + failures) if successes + failures else 0.5

    def inverse(rate: float) -> float:
        if (rate <= 0.0 and successes) or (rate >= 1.0 and failures):
            return 0.0
        return from_log(-float(log_mixture(successes, failures, rate, prior=prior)))

    level = float(np.nextafter(alpha, 1.0))
    low = lower_bound(inverse, level, within=(0.0, top)) if successes else 0.0
    return low, upper_bound(inverse, level, within=(top, 1.0)) if failures else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MixtureNormal:
    """mSPRT of a normal mean of known standard deviation, with a normal mixture about the null.

    Source:
        Robbins (1970); Johari, Koomen, Pekelis and Walsh (2022), Operations Research 70(3).
    """

    sigma: float  # standard deviation of a value, known
    tau: float  # standard deviation of the mixture
    null: float = 0.0

    def log_ratio(self, values: ArrayLike) -> _Floats:
        """Logarithm of the mixture's likelihood ratio after each value, shape (n,)."""
        x = finite_values(values) - self.null
        n, sums = np.arange(1.0, x.size + 1.0), np.cumsum(x)
        total = self.sigma**2 + n * self.tau**2
        growth = self.tau**2 * np.square(sums) / (2.0 * self.sigma**2 * total)
        return np.asarray(growth + 0.5 * np.log(self.sigma**2 / total), dtype=np.float64)

    def pvalues(self, values: ArrayLike) -> _Floats:
        """Always-valid p after each value: the running minimum of 1 / ratio, at most 1."""
        return always_valid(self.log_ratio(values))

    def interval(self, values: ArrayLike, alpha: float) -> tuple[float, float]:
        """Two-sided confidence sequence of the mean at the last value."""
        x = finite_values(values)
        n, total = x.size, self.sigma**2 + x.size * self.tau**2
        inner = -math.log(open_level(alpha)) + 0.5 * math.log(total / self.sigma**2)
        half_width = self.sigma * math.sqrt(2.0 * total * inner) / (n * self.tau)
        mean = float(x[0] + (x - x[0]).mean())
        return mean - half_width, mean + half_width


def always_valid(log_evidence: _Floats) -> _Floats:
    """p-values valid at any time: the running minimum of 1 / e, at most 1, shape (n,)."""
    largest = np.maximum(np.maximum.accumulate(log_evidence), 0.0)
    return np.asarray(np.exp(-largest), dtype=np.float64)


def from_log(number: float) -> float:
    """Give exp, held inside the range of a float."""
    return math.exp(min(number, 709.0))
