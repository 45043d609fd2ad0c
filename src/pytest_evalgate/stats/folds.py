"""Differences over cross-validation folds: their training sets overlap, so they are correlated."""

import math
from typing import NamedTuple

from numpy.typing import ArrayLike

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.means import StudentT, one_sample_t, require_finite


class RopeProbabilities(NamedTuple):
    """Posterior probabilities below, inside and above the region of practical equivalence."""

    left: float
    rope: float
    right: float


def correlated_t_from_moments(
    n: int, mean: float, variance: float, *, test_fraction: float
) -> StudentT:
    """Judge a mean difference over n folds from its moments, corrected for their correlation.

    Variance of the mean: (1/n + rho / (1 - rho)) s^2, rho the test fraction. The usual t takes
    rho = 0 and is invalid on folds.

    Args:
        n: Number of folds, over all repetitions.
        mean: Mean difference of the folds.
        variance: Variance of the differences, denominator n - 1.
        test_fraction: n_test / (n_train + n_test), in [0, 1): 1 / k for k-fold.

    Raises:
        UndefinedTestError: n < 2, a fraction outside [0, 1), or no variance.

    Source:
        Nadeau and Bengio (2003), Machine Learning 52(3), 239-281.
    """
    if n < 2:
        raise UndefinedTestError(f"a correlated t test needs at least 2 folds, got {n}")
    if not 0.0 <= test_fraction < 1.0:
        raise UndefinedTestError(
            f"the test fraction of a fold lies in [0, 1), got {test_fraction:g}",
            hint="give n_test / (n_train + n_test), 0.1 for ten folds",
        )
    require_finite(variance, what="variance of the folds")
    inflated = (1.0 / n + test_fraction / (1.0 - test_fraction)) * max(0.0, variance)
    return StudentT(estimate=mean, standard_error=math.sqrt(inflated), df=float(n - 1))


def correlated_t(differences: ArrayLike, *, test_fraction: float) -> StudentT:
    """Judge a mean difference over cross-validation folds.

    H0 for ``p_greater(limit)``: mean difference <= limit.

    Args:
        differences: candidate - baseline of each fold, shape (n,), n >= 2.
        test_fraction: n_test / (n_train + n_test), in [0, 1).

    Raises:
        UndefinedTestError: As for ``one_sample_t``, or a fraction outside [0, 1).

    Source:
        Nadeau and Bengio (2003); Corani and Benavoli (2015), Machine Learning 100, 285-304.
    """
    plain = one_sample_t(differences)
    n = int(plain.df or 0) + 1
    unit = correlated_t_from_moments(n, 0.0, float(n), test_fraction=test_fraction)
    return StudentT(
        estimate=plain.estimate,
        standard_error=plain.standard_error * unit.standard_error,
        df=plain.df,
    )


def rope_probabilities(law: StudentT, rope: float) -> RopeProbabilities:
    """Posterior probabilities that the effect is below -rope, within, or above rope.

    Under the flat prior the posterior is Student's t, and P(above -rope) is 1 - p of the test of
    non-inferiority: a way of speaking, to be reported, not another rule.

    Args:
        law: An effect with its standard error and degrees of freedom.
        rope: Half width of the region of practical equivalence, >= 0, in the effect's unit.

    Raises:
        UndefinedTestError: ``rope`` is negative or not finite.

    Source:
        Benavoli, Corani, Demsar and Zaffalon (2017), JMLR 18(77), 1-36.
    """
    require_finite(rope, what="region of practical equivalence")
    if rope < 0.0:
        raise UndefinedTestError(f"a region of practical equivalence is >= 0 wide, got {rope:g}")
    left, right = law.p_greater(-rope), law.p_less(rope)
    if law.estimate > rope:  # the difference of two small tails keeps its digits
        inside = law.p_greater(rope) - left
    elif law.estimate < -rope:
        inside = law.p_less(-rope) - right
    else:
        inside = 1.0 - left - right
    return RopeProbabilities(left=left, rope=max(0.0, inside), right=right)
