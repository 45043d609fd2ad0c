"""Claims about all of several effects: the worst slice, the largest gap, guardrails."""

from dataclasses import dataclass
from typing import Final

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import finite_limit, open_level, whole_number
from pytest_evalgate.stats.means import require_alpha
from pytest_evalgate.stats.result import Inference, WithoutStatistic


CONJUNCTION_CONTROLS: Final = (
    "probability that the claim about all of them is false and passes at most alpha, under any"
    " dependence: each is judged at alpha, and all must pass"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstSlice(WithoutStatistic):
    """The smallest of several effects, as one effect. Satisfies ``Inference``.

    H0 of ``p_greater(limit)``: some effect is <= limit; against: all lie above. It is the
    largest of their p, without correction (intersection-union). The other side, "some effect
    lies below", is a union and is paid for by Bonferroni. The smallest of the *estimates* is
    biased downwards, the more so the more slices there are: never compare it with a limit.

    Args:
        slices: At least one effect.

    Raises:
        UndefinedTestError: No slices.

    Source:
        Berger (1982), Technometrics 24(4), 295-300.
    """

    slices: tuple[Inference, ...]

    def __post_init__(self) -> None:
        if not self.slices:
            raise UndefinedTestError("no slices: a claim about all of none shows nothing")

    @property
    def estimate(self) -> float:
        """Smallest of the estimates, biased downwards."""
        return min(one.estimate for one in self.slices)

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: some effect <= limit."""
        return max(one.p_greater(limit) for one in self.slices)

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: all effects >= limit."""
        return min(1.0, len(self.slices) * min(one.p_less(limit) for one in self.slices))

    def interval(self, alpha: float) -> tuple[float | None, float | None]:
        """Bounds of the smallest effect, each one-sided at ``alpha``; None where unbounded."""
        require_alpha(alpha)
        lows = [one.interval(alpha)[0] for one in self.slices]
        highs = [one.interval(alpha / len(self.slices))[1] for one in self.slices]
        found = [low for low in lows if low is not None]
        bounded = [high for high in highs if high is not None]
        return (
            min(found) if len(found) == len(lows) else None,
            min(bounded) if bounded else None,
        )

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """Smallest p that slices of these sizes could give."""
        floors = [one.min_pvalue(limit, greater=greater) for one in self.slices]
        return max(floors) if greater else min(1.0, len(floors) * min(floors))


@dataclass(frozen=True, slots=True, kw_only=True)
class LargestGap(WithoutStatistic):
    """The largest difference among several groups, as one effect >= 0. Satisfies ``Inference``.

    H0 of ``p_less(limit)``: some two groups are ``limit`` or more apart; against: all lie
    closer. It is the largest p of all pairs in both directions, without correction. The other
    side is paid for by Bonferroni over both directions of all pairs. The observed gap is above
    0 even among equal groups: never compare it with a limit.

    Args:
        pairs: Differences of all pairs of groups, k * (k - 1) / 2 of them.

    Raises:
        UndefinedTestError: No pairs.

    Source:
        Berger (1982); Berger and Hsu (1996), Statistical Science 11(4), 283-319.
    """

    pairs: tuple[Inference, ...]

    def __post_init__(self) -> None:
        if not self.pairs:
            raise UndefinedTestError("a gap needs at least 2 groups")

    @property
    def estimate(self) -> float:
        """Largest observed difference, biased upwards."""
        return max(abs(one.estimate) for one in self.pairs)

    def p_less(self, limit: float) -> float:
        """One-sided p of H0: gap >= limit."""
        if finite_limit(limit) <= 0.0:
            return 1.0
        return max(max(one.p_less(limit), one.p_greater(-limit)) for one in self.pairs)

    def p_greater(self, limit: float) -> float:
        """One-sided p of H0: gap <= limit."""
        if finite_limit(limit) < 0.0:
            return 0.0
        least = min(min(one.p_greater(limit), one.p_less(-limit)) for one in self.pairs)
        return min(1.0, 2 * len(self.pairs) * least)

    def interval(self, alpha: float) -> tuple[float | None, float | None]:
        """Bounds of the gap, each one-sided at ``alpha``; no low is below 0."""
        require_alpha(alpha)
        far = [end for one in self.pairs for end in _both(one.interval(alpha))]
        near = [one.interval(alpha / (2 * len(self.pairs))) for one in self.pairs]
        low = max(
            [low for low, _ in near if low is not None]
            + [-high for _, high in near if high is not None],
            default=0.0,
        )
        known = [end for end in far if end is not None]
        high = max(0.0, *known) if len(known) == len(far) else None
        return max(0.0, low), high

    def min_pvalue(self, limit: float, *, greater: bool) -> float:
        """Smallest p that groups of these sizes could give."""
        if finite_limit(limit) < 0.0 or (limit == 0.0 and not greater):
            return 0.0 if greater else 1.0
        floors = [
            (one.min_pvalue(limit, greater=greater), one.min_pvalue(-limit, greater=not greater))
            for one in self.pairs
        ]
        if greater:
            return min(1.0, 2 * len(floors) * min(min(floor) for floor in floors))
        return max(max(floor) for floor in floors)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedRisk:
    """Levels and planned errors of "one success at least, and all guardrails"."""

    alpha_success: float
    alpha_guardrail: float
    beta_each: float  # 1 - power to plan each test with


def share_risk(successes: int, guardrails: int, *, alpha: float, beta: float) -> SharedRisk:
    """Split alpha over success metrics only, and 1 - power over all that must go well.

    The claim: at least one success metric is better, and no guardrail is worse than its margin.
    A false success needs one of ``successes`` tests to err, so they share alpha; a guardrail
    falsely passed needs its own test to err, so each has all of alpha. Passing needs a success
    and every guardrail, so each is planned with beta / (guardrails + 1).

    Args:
        successes: Number of superiority tests of which one is enough, at least 1.
        guardrails: Number of non-inferiority tests that must all pass, at least 0.
        alpha: Probability of a false promotion, in (0, 1).
        beta: 1 - power of the whole claim, in (0, 1).

    Raises:
        UndefinedTestError: A number out of range.

    Source:
        Schultzberg, Ankargren and Franberg (2024), Risk-aware product decisions in A/B tests
        with multiple metrics.
    """
    successes = whole_number(successes, "the number of success metrics", low=1)
    guardrails = whole_number(guardrails, "the number of guardrails", low=0)
    return SharedRisk(
        alpha_success=open_level(alpha) / successes,
        alpha_guardrail=alpha,
        beta_each=open_level(beta) / (guardrails + 1),
    )


def _both(interval: tuple[float | None, float | None]) -> tuple[float | None, float | None]:
    """Largest value of either direction of a difference."""
    low, high = interval
    return (None if low is None else -low), high
