"""Correlated folds, against the t law of scipy and by simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.folds import (
    correlated_t,
    correlated_t_from_moments,
    rope_probabilities,
)
from pytest_evalgate.stats.means import StudentT, one_sample_t


# R 4.2.2, pt in closed form: the case nb_t_p.
DIFFERENCES = [0.0034, 0.0035, -0.0127, 0.0122, -0.0086, 0.0057, 0.0164, 0.0142, 0.0245, 0.0042]


def test_folds_and_rope_equal_r() -> None:
    law = correlated_t(DIFFERENCES, test_fraction=0.1)
    left, rope, right = rope_probabilities(law, 0.01)

    assert law.standard_error == pytest.approx(0.0051586465829615855, rel=1e-12)
    assert law.estimate == pytest.approx(0.00628)
    assert law.df == 9
    assert (left, rope, right) == pytest.approx(
        (0.005813637073263885, 0.7496145463542959, 0.2445718165724402), rel=1e-10
    )


def test_without_overlap_it_is_the_plain_t() -> None:
    assert correlated_t(DIFFERENCES, test_fraction=0.0).interval(0.05) == pytest.approx(
        one_sample_t(DIFFERENCES).interval(0.05), rel=1e-12
    )


def test_moments_and_arrays_are_one_method() -> None:
    values = np.array(DIFFERENCES)
    by_moments = correlated_t_from_moments(
        10, float(values.mean()), float(values.var(ddof=1)), test_fraction=0.2
    )

    assert by_moments.interval(0.05) == pytest.approx(
        correlated_t(values, test_fraction=0.2).interval(0.05), rel=1e-10
    )


def test_probability_right_of_minus_rope_is_one_less_the_p_of_non_inferiority() -> None:
    law = correlated_t(DIFFERENCES, test_fraction=0.1)

    assert 1.0 - rope_probabilities(law, 0.01).left == pytest.approx(1.0 - law.p_greater(-0.01))


@given(
    estimate=st.floats(-50, 50), rope=st.floats(0, 5), df=st.floats(1, 100), error=st.floats(0.1, 5)
)
def test_probabilities_sum_to_one(estimate: float, rope: float, df: float, error: float) -> None:
    law = StudentT(estimate=estimate, standard_error=error, df=df)

    assert sum(rope_probabilities(law, rope)) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_far_rope_keeps_its_digits(sign: float) -> None:
    law = StudentT(estimate=sign * 40.0, standard_error=1.0, df=None)
    wanted = stats.norm.sf(39.0) - stats.norm.sf(41.0)

    assert rope_probabilities(law, 1.0).rope == pytest.approx(wanted, rel=1e-10)


@pytest.mark.parametrize("fraction", [-0.1, 1.0, math.nan])
def test_fractions_outside_0_to_1_are_refused(fraction: float) -> None:
    with pytest.raises(UndefinedTestError, match="test fraction"):
        correlated_t(DIFFERENCES, test_fraction=fraction)


@pytest.mark.parametrize("values", [[1.0], [1.0, 1.0], [1.0, math.nan], []])
def test_undefined_folds_are_refused(values: list[float]) -> None:
    with pytest.raises(UndefinedTestError):
        correlated_t(values, test_fraction=0.1)


@pytest.mark.parametrize("rope", [-1.0, math.nan, math.inf])
def test_ropes_that_are_no_widths_are_refused(rope: float) -> None:
    with pytest.raises(UndefinedTestError):
        rope_probabilities(correlated_t(DIFFERENCES, test_fraction=0.1), rope)


def test_the_plain_t_promotes_falsely_on_folds_and_the_correction_does_not() -> None:
    """Folds with correlation 0.1, ten of them, no difference."""
    rng = np.random.default_rng(1)
    wrong = np.zeros(2)
    for _ in range(3000):
        folds = math.sqrt(0.1) * rng.normal() + math.sqrt(0.9) * rng.normal(size=10)
        wrong += [
            one_sample_t(folds).p_greater(0.0) < 0.05,
            correlated_t(folds, test_fraction=0.1).p_greater(0.0) < 0.05,
        ]
    plain, corrected = wrong / 3000

    assert plain > 0.08
    assert corrected < 0.062
