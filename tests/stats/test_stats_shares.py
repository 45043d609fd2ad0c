"""The score test of a share with a design effect."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.means import StudentT
from pytest_evalgate.stats.shares import ShareScore


CASES = json.loads(
    (Path(__file__).parents[1] / "reference/proportions.json").read_text(encoding="utf-8")
)["cases"]
WILSON = [case for case in CASES if case["method"] == "one_proportion_ci" and case["input"]["x"]]


def independent(successes: int, n: int) -> ShareScore:
    """Return the share of independent rows: the design effect is 1 / n."""
    share = successes / n
    error = math.sqrt(share * (1 - share) / n)
    return ShareScore(inner=StudentT(estimate=share, standard_error=error, df=None))


@pytest.mark.parametrize("case", WILSON, ids=[case["id"] for case in WILSON])
def test_independent_rows_give_wilsons_interval(case: dict[str, dict[str, object]]) -> None:
    x, n = int(str(case["input"]["x"])), int(str(case["input"]["n"]))
    expected = case["expected"]["wilson"]
    assert isinstance(expected, list)
    assert independent(x, n).interval(0.025) == pytest.approx(expected, rel=1e-8)


def test_there_are_reference_cases() -> None:
    assert len(WILSON) >= 2


shares = st.floats(0.02, 0.98)
errors = st.floats(0.001, 0.2)
limits = st.floats(0.01, 0.99)


@given(share=shares, error=errors, df=st.floats(1, 500), limit=limits, alpha=st.floats(0.001, 0.4))
def test_interval_and_test_agree(
    share: float, error: float, df: float, limit: float, alpha: float
) -> None:
    score = ShareScore(inner=StudentT(estimate=share, standard_error=error, df=df))
    low, high = score.interval(alpha)
    if abs(score.p_greater(limit) - alpha) > 1e-9 * alpha:
        assert (score.p_greater(limit) < alpha) == (low > limit)
    if abs(score.p_less(limit) - alpha) > 1e-9 * alpha:
        assert (score.p_less(limit) < alpha) == (high < limit)
    assert 0 < low < share < high < 1


@given(share=shares, error=errors, df=st.floats(1, 500), limit=limits)
def test_failures_are_judged_as_successes_are(
    share: float, error: float, df: float, limit: float
) -> None:
    ones = ShareScore(inner=StudentT(estimate=share, standard_error=error, df=df))
    zeros = ShareScore(inner=StudentT(estimate=1 - share, standard_error=error, df=df))
    assert math.isclose(ones.p_greater(limit), zeros.p_less(1 - limit), rel_tol=1e-6, abs_tol=1e-12)


def test_limits_at_the_ends_are_certain() -> None:
    score = independent(9, 20)
    assert (score.p_greater(0.0), score.p_less(0.0)) == (0.0, 1.0)
    assert (score.p_greater(1.0), score.p_less(1.0)) == (1.0, 0.0)
    assert score.statistic(1.0) is None


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_without_spread_is_undefined(share: float) -> None:
    with pytest.raises(UndefinedTestError, match="hang together"):
        ShareScore(inner=StudentT(estimate=share, standard_error=0.1, df=5))
