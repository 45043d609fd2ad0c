"""How far skewness carries a t test, or a max-T, from its level: the stricter, the farther."""

import math

from scipy.special import ndtri

from pytest_evalgate.stats.inversion import open_level, whole_number
from pytest_evalgate.stats.means import require_finite


def skew_excess(skewness: float, n: int, level: float) -> float:
    """Rate at which a one-sided t test of n skewed values errs, over its level; at least 1.

    The first term of the Edgeworth series of t, on the side that skewness harms: a tail on the
    side of the null. It grows as the level falls, so that a rule judged at alpha / m needs more
    units than one judged at alpha; for the largest of m statistics take ``level`` alpha / m.
    Right to about a tenth up to 1.7; beyond, the true excess is larger.

    Args:
        skewness: Of one value (third standardised moment), its sign plays no part.
        n: Number of independent values, at least 2.
        level: One-sided level that the test is judged at, in (0, 1).

    Raises:
        UndefinedTestError: A number out of range.

    Source:
        Hall (1992), The Bootstrap and Edgeworth Expansion, section 2.6; Johnson (1978).
    """
    require_finite(skewness, what="skewness")
    n = whole_number(n, "the number of units", low=2)
    return 1.0 + abs(skewness) * _slope(level) / math.sqrt(n)


def units_for_skewness(skewness: float, level: float, *, most: float = 1.5) -> int:
    """Units from which a one-sided t test errs at most ``most`` times its level.

    At level 0.05 and 1.5 about 20 times the squared skewness, at 0.005 about 190 times.

    Raises:
        UndefinedTestError: A number out of range.
    """
    require_finite(skewness, what="skewness")
    require_finite(most, what="tolerated excess")
    room = max(most - 1.0, 1e-3)
    return max(2, math.ceil((abs(skewness) * _slope(level) / room) ** 2))


def _slope(level: float) -> float:
    z = -float(ndtri(open_level(level)))
    density = math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    return (2.0 * z * z + 1.0) * density / (6.0 * level)
