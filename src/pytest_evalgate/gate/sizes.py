"""The exact error rate of the score tests on the shares at hand: computed, not assumed.

A score test is approximate. Where all tables can be enumerated its largest false promotion at
the limit is computed for these very sample sizes; beyond 1.5 alpha the rule is invalid, beyond
1.2 alpha it is warned of.
"""

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.evidence import Bounds
from pytest_evalgate.gate.choose import Method
from pytest_evalgate.gate.data import Data
from pytest_evalgate.stats.size import paired_size, two_sample_size


INVALID = 1.5
WARNED = 1.2
MAX_PAIRS = 500  # with a limit above 0 Tango's test promotes up to 9 % at 150 pairs
MAX_TABLES = 40_000
MAX_RATIO = 3.0  # of two arms too large to enumerate


def check_size(method: Method, data: Data, bounds: Bounds, alpha: float) -> tuple[str, ...]:
    """Check the error rate of a binary comparison at its limits.

    Raises:
        UndefinedTestError: it promotes falsely more often than 1.5 alpha; says how often.
    """
    rate = _rate(method, data, bounds, alpha)
    if rate is None or rate <= WARNED * alpha:
        return ()
    words = f"would promote falsely {rate:.1%} of the time"
    if rate > INVALID * alpha:
        raise UndefinedTestError(
            f"{_sizes(data)}: at its limit this rule {words}, alpha is {alpha:g}",
            hint="evaluate more units, of like number in both arms",
        )
    accepted = f"a little above alpha ({alpha:g}), accepted up to {INVALID * alpha:g}"
    return (f"a candidate that lies exactly at the limit {words}: {accepted}",)


def _rate(method: Method, data: Data, bounds: Bounds, alpha: float) -> float | None:
    sides = [(bounds.low, True), (bounds.high, False)]
    limits = [(limit, greater) for limit, greater in sides if limit is not None]
    if data.baseline is None:
        if method is not Method.MCNEMAR_TANGO or data.candidate.size > MAX_PAIRS:
            return None
        n = data.candidate.size  # a win rate is a paired difference: 1/2 + (wins - losses) / 2n
        return max(paired_size(n, 2 * limit - 1, alpha, greater=way) for limit, way in limits)
    if method is Method.MCNEMAR_TANGO and data.candidate.size <= MAX_PAIRS:
        n = data.candidate.size
        return max(paired_size(n, limit, alpha, greater=greater) for limit, greater in limits)
    if method is Method.BOSCHLOO_MIETTINEN_NURMINEN:
        n1, n2 = data.candidate.size, data.baseline.size
        if (n1 + 1) * (n2 + 1) <= MAX_TABLES:
            return max(
                two_sample_size(n1, n2, limit, alpha, greater=greater) for limit, greater in limits
            )
        if max(n1, n2) > MAX_RATIO * min(n1, n2):
            raise UndefinedTestError(
                f"{_sizes(data)}: shares of arms this unequal are judged up to {MAX_RATIO:g} to 1",
                hint="evaluate more units in the smaller arm",
            )
    return None


def _sizes(data: Data) -> str:
    if data.baseline is None or data.is_paired:
        return f"{data.candidate.size} pairs"
    return f"{data.candidate.size} units against {data.baseline.size}"
