"""Power as a function of the truth and of the amount of data, and what follows from it."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from pytest_evalgate.stats.power import MOST


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """A true effect, and the limit that it is to be shown beyond."""

    at: float
    limit: float
    greater: bool  # above the limit, else below


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """How many times the runs and the samples at hand."""

    runs: float = 1.0
    samples: float = 1.0

    @property
    def times(self) -> float:
        """Return both together, for designs that have one of them."""
        return self.runs * self.samples


NOW = Amount()


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The power of one rule's test.

    Args:
        reached: Power at an aim, a level and an amount; None where it cannot be said.
        runs: At hand, where more of them would help; else None.
        samples: Likewise.
        ends: Between which the effect can lie.
        step: About a standard error, from which a search for an effect starts.
        least: Below how many samples the method does not judge at all.
        count: Smallest number of samples at an aim, a level and a power, where a power that is
            saw-toothed needs its own search.
    """

    reached: Callable[[Aim, float, Amount], float | None]
    runs: int | None = None
    samples: int | None = None
    ends: tuple[float, float] = (-math.inf, math.inf)
    step: float
    least: int = 2
    count: Callable[[Aim, float, float], int | None] | None = None

    def runs_needed(self, aim: Aim, alpha: float, power: float) -> int | None:
        """Return the runs that have the power asked for, with the samples at hand."""
        if self.runs is None:
            return None
        now = self.runs
        return smallest(lambda n: self._has(aim, alpha, power, Amount(runs=n / now)))

    def samples_needed(self, aim: Aim, alpha: float, power: float) -> int | None:
        """Return the samples that have the power asked for, with the runs at hand."""
        if self.count is not None:
            return self.count(aim, alpha, power)
        if self.samples is None:
            return None
        now = self.samples
        found = smallest(lambda n: self._has(aim, alpha, power, Amount(samples=n / now)))
        return None if found is None else max(found, self.least)

    def times_needed(self, aim: Aim, alpha: float, power: float) -> int | None:
        """Return how many times the runs and the samples at hand have the power asked for."""
        return smallest(lambda k: self._has(aim, alpha, power, Amount(runs=k, samples=k)))

    def _has(self, aim: Aim, alpha: float, power: float, amount: Amount) -> bool:
        reached = self.reached(aim, alpha, amount)
        return reached is not None and reached >= power

    def detected(self, limit: float, alpha: float, power: float, *, greater: bool) -> float | None:
        """Return the true effect nearest to its limit that is shown with the power asked for."""
        sign = 1.0 if greater else -1.0
        end = self.ends[1] if greater else self.ends[0]

        def is_enough(distance: float) -> bool:
            aim = Aim(at=limit + sign * distance, limit=limit, greater=greater)
            return self._has(aim, alpha, power, NOW)

        room = sign * (end - limit)
        if not (room > 0.0 and 0.0 < self.step < math.inf):
            return None
        found = _nearest(is_enough, self.step, room)
        return None if found is None else limit + sign * found


def _nearest(is_enough: Callable[[float], bool], step: float, room: float) -> float | None:
    """Return the smallest distance up to ``room`` for which a monotone condition holds."""
    low, high = 0.0, min(step, room)
    while not is_enough(high):
        if high >= room or high > 1e9 * step:
            return None
        low, high = high, min(2.0 * high, room)
    for _ in range(40):
        middle = low + (high - low) / 2.0
        if high - low <= 1e-7 * high:
            break
        if is_enough(middle):
            high = middle
        else:
            low = middle
    return high


def smallest(is_enough: Callable[[int], bool]) -> int | None:
    """Return the smallest number from 2 up for which a monotone condition holds."""
    low, high = 1, 2
    while not is_enough(high):
        if high == MOST:
            return None
        low, high = high, min(2 * high, MOST)
    while high - low > 1:
        middle = (low + high) // 2
        if is_enough(middle):
            high = middle
        else:
            low = middle
    return high
