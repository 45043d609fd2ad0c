"""Means by Student's t, against R, mpmath, NIST and SciPy."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.means import (
    StudentT,
    one_sample_t,
    paired_t,
    t_from_moments,
    welch_from_moments,
    welch_t,
)
from pytest_evalgate.stats.moments import Moments
from pytest_evalgate.stats.result import Inference


REFERENCE = Path(__file__).parents[1] / "reference" / "means.json"
CASES: dict[str, dict[str, Any]] = {
    case["id"]: case for case in json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"]
}


def ids_of(*methods: str) -> list[str]:
    return [name for name, case in CASES.items() if case["method"] in methods]


def infer(case: dict[str, Any]) -> StudentT:
    data = case["input"]
    if "x" in data:
        return one_sample_t(data["x"])
    return (paired_t if "paired" in case["method"] else welch_t)(data["a"], data["b"])


def check(case: dict[str, Any], got: dict[str, float]) -> None:
    for key, value in got.items():
        if key in case["expected"]:
            expected = float(case["expected"][key])
            tolerance = {"rel": case["tol"]["rel"], "abs": case["tol"]["abs"]}
            assert value == pytest.approx(expected, **tolerance), key


def numbers(t: StudentT, *, limit: float, alternative: str) -> dict[str, float]:
    above, below = t.p_greater(limit), t.p_less(limit)
    pvalue = {"greater": above, "less": below, "two-sided": 2 * min(above, below)}[alternative]
    assert t.df is not None
    return {
        "estimate": t.estimate,
        "se": t.standard_error,
        "statistic": t.statistic(limit),
        "df": t.df,
        "p_value": pvalue,
    }


@pytest.mark.parametrize("name", ids_of("one_sample_t", "paired_t", "welch_t"))
def test_t_tests_equal_r(name: str) -> None:
    case = CASES[name]
    t = infer(case)
    limit, alternative = case["params"].get("mu0", 0.0), case["params"]["alternative"]

    check(case, numbers(t, limit=limit, alternative=alternative))

    level = 1 - case["params"]["conf_level"]
    low, high = t.interval(level / 2 if alternative == "two-sided" else level)
    expected_low, expected_high = (float(end) for end in case["expected"]["ci"])
    if alternative != "less":
        assert low == pytest.approx(expected_low, rel=1e-9)
    if alternative != "greater":
        assert high == pytest.approx(expected_high, rel=1e-9)


@pytest.mark.parametrize("name", ids_of("numerics_one_sample", "numerics_welch"))
def test_hard_numbers_equal_forty_digit_arithmetic(name: str) -> None:
    case = CASES[name]
    t = infer(case)

    check(case, numbers(t, limit=case["params"].get("mu0", 0.0), alternative="two-sided"))

    if "ci" in case["expected"]:
        assert t.interval(0.025) == pytest.approx(
            tuple(case["expected"]["ci"]), rel=case["tol"]["rel"]
        )


@pytest.mark.parametrize("name", ids_of("tost_paired", "tost_welch"))
def test_two_one_sided_tests_equal_r(name: str) -> None:
    case = CASES[name]
    t = infer(case)
    margin, alpha = case["params"]["margin"], case["params"]["alpha"]
    above, below = t.p_greater(-margin), t.p_less(margin)
    assert t.df is not None

    check(
        case,
        {
            "estimate": t.estimate,
            "t_lower": t.statistic(-margin),
            "t_upper": t.statistic(margin),
            "p_lower": above,
            "p_upper": below,
            "p_value": max(above, below),
            "df": t.df,
        },
    )
    low, high = t.interval(alpha)
    assert (low, high) == pytest.approx(tuple(case["expected"]["ci"]), rel=1e-9)
    assert (-margin < low and high < margin) is case["expected"]["equivalent"]


@pytest.mark.parametrize("name", ids_of("normal_tail"))
def test_normal_tail_keeps_its_digits(name: str) -> None:
    case = CASES[name]
    law = StudentT(estimate=case["input"]["z"], standard_error=1.0, df=None)

    assert law.p_greater(0.0) == pytest.approx(case["expected"]["p_one_sided"], rel=1e-12)


@pytest.mark.parametrize("name", ids_of("epochs_question_level"))
def test_epochs_collapse_to_questions_first(name: str) -> None:
    case = CASES[name]
    t = one_sample_t(np.mean(case["input"]["scores"], axis=1))

    check(case, {"estimate": t.estimate, "se": t.standard_error})


@pytest.mark.parametrize("law", ["normal", "lognormal"])
@pytest.mark.parametrize("n", [2, 3, 10, 1000])
def test_t_tests_equal_scipy(law: str, n: int) -> None:
    rng = np.random.default_rng(n)
    draw = getattr(rng, law)
    a, b, c = draw(size=n), draw(size=n), draw(size=n + 5)
    pairs = [
        (one_sample_t(a), stats.ttest_1samp(a, 0.0, alternative="greater")),
        (paired_t(a, b), stats.ttest_rel(a, b, alternative="greater")),
        (welch_t(a, c), stats.ttest_ind(a, c, equal_var=False, alternative="greater")),
    ]
    for mine, theirs in pairs:
        assert mine.statistic(0.0) == pytest.approx(theirs.statistic, rel=1e-10)
        assert mine.df == pytest.approx(theirs.df, rel=1e-10)
        assert mine.p_greater(0.0) == pytest.approx(theirs.pvalue, rel=1e-9)
        low = theirs.confidence_interval(0.95).low
        assert mine.interval(0.05)[0] == pytest.approx(low, rel=1e-9, abs=1e-12)


def test_one_sided_normal_bound_is_the_textbook_one() -> None:
    low, high = StudentT(estimate=0.0, standard_error=1.0, df=None).interval(0.025)

    assert (low, high) == pytest.approx((-1.959963984540054, 1.959963984540054), rel=1e-14)


def test_values_near_the_smallest_float_give_the_same_test() -> None:
    values = np.array(CASES["t1_sleep"]["input"]["x"])
    tiny, plain = one_sample_t(values * 1e-300), one_sample_t(values)

    assert tiny.estimate == pytest.approx(0.75e-300, rel=1e-12)
    assert tiny.p_greater(0.0) == pytest.approx(plain.p_greater(0.0), rel=1e-12)


def test_values_near_the_largest_magnitude_give_the_same_test() -> None:
    values = np.array(CASES["t1_sleep"]["input"]["x"])
    huge, plain = welch_t(values * 1e149, values[::-1] * 2e148), welch_t(values, values[::-1] / 5)

    assert huge.p_greater(0.0) == pytest.approx(plain.p_greater(0.0), rel=1e-12)


def test_moment_forms_equal_the_forms_from_values() -> None:
    a, b = np.array([1.0, 2.5, 4.0, 3.0]), np.array([0.5, 1.0, 2.5])
    m, k = (Moments(x.size, float(x.mean()), float(x.var(ddof=1))) for x in (a, b))

    assert t_from_moments(*m).interval(0.05) == pytest.approx(one_sample_t(a).interval(0.05))
    assert welch_from_moments(m, k).interval(0.05) == pytest.approx(welch_t(a, b).interval(0.05))


def test_arguments_are_left_as_they_are() -> None:
    a, b = np.array([1.0, 2.0, 4.0]), np.array([0.0, 2.0, 1.0])
    a.flags.writeable = b.flags.writeable = False

    assert paired_t(a, b).estimate == pytest.approx(4 / 3)
    assert welch_t(a, b).estimate == pytest.approx(4 / 3)


def test_satisfies_the_protocol() -> None:
    inference: Inference = one_sample_t([1.0, 2.0])

    assert inference.min_pvalue(0.0, greater=True) == 0.0


@pytest.mark.parametrize(
    ("values", "words"),
    [
        pytest.param([], "at least 2", id="empty"),
        pytest.param([1.0], "at least 2", id="one"),
        pytest.param([0.1 + 0.2, 0.3, 0.3], "zero variance", id="equal but for rounding"),
        pytest.param([1e16, 1e16 + 2, 1e16 + 4], "zero variance", id="last digits of large values"),
        pytest.param([0.0, 0.0], "zero variance", id="zeros"),
        pytest.param([1.0, math.nan], "number 2 is nan", id="nan"),
        pytest.param([1.0, -math.inf, 2.0], "number 2 is -inf", id="infinite"),
        pytest.param([1.0, 2e150], "at most 1e", id="too large"),
        pytest.param([1e-310, 2e-310, 4e-310], "standard error", id="too small"),
        pytest.param(["1.0", "2.0"], "must be numbers", id="texts"),
        pytest.param([[1.0, 2.0]], "dimension", id="table"),
    ],
)
def test_undefined_mean_is_refused_in_words(values: list[Any], words: str) -> None:
    with pytest.raises(UndefinedTestError, match=words):
        one_sample_t(values)


def test_constant_shift_between_the_arms_is_no_certainty() -> None:
    baseline = np.random.default_rng(1).normal(100.0, 10.0, size=30)
    with pytest.raises(UndefinedTestError, match="zero variance"):
        paired_t(baseline + 0.001, baseline)


@pytest.mark.parametrize("swap", [False, True], ids=["candidate", "baseline"])
def test_welch_refuses_an_arm_that_never_varies(swap: bool) -> None:  # noqa: FBT001
    arms = ([0.9, 0.9, 0.9], [0.8, 0.85, 0.9])
    with pytest.raises(UndefinedTestError, match="zero variance"):
        welch_t(*(reversed(arms) if swap else arms))


def test_pairs_of_unequal_length_are_refused() -> None:
    with pytest.raises(UndefinedTestError, match="equal lengths, got 3 and 2"):
        paired_t([1.0, 2.0, 3.0], [1.0, 2.0])


@pytest.mark.parametrize("limit", [math.nan, math.inf])
def test_limit_that_is_no_number_is_refused(limit: float) -> None:
    t = one_sample_t([1.0, 2.0])
    for judge in (t.statistic, t.p_greater, t.p_less):
        with pytest.raises(UndefinedTestError, match="limit must be a finite number"):
            judge(limit)


@pytest.mark.parametrize("alpha", [0.0, -0.1, 0.51, 95.0, math.nan])
def test_level_outside_zero_to_a_half_is_refused(alpha: float) -> None:
    with pytest.raises(UndefinedTestError, match="one-sided level"):
        one_sample_t([1.0, 2.0]).interval(alpha)


@pytest.mark.parametrize("df", [0.0, -1.0, math.inf, math.nan])
def test_degrees_of_freedom_must_be_finite_and_above_zero(df: float) -> None:
    with pytest.raises(UndefinedTestError, match="degrees of freedom"):
        StudentT(estimate=0.0, standard_error=1.0, df=df)


@pytest.mark.parametrize("moments", [Moments(1, 0.0, 1.0), Moments(5, 0.0, 0.0)], ids=repr)
def test_moments_that_leave_t_undefined_are_refused(moments: Moments) -> None:
    good = Moments(5, 0.0, 1.0)
    with pytest.raises(UndefinedTestError):
        t_from_moments(*moments)
    with pytest.raises(UndefinedTestError):
        welch_from_moments(good, moments)
