"""Quantiles, spreads, whole distributions, and means by Student's t."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from oracle.compare import Adapter, Case
from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.calibration import calibration_error
from pytest_evalgate.stats.distributions import Side, energy_distance, energy_test, ks_two_sample
from pytest_evalgate.stats.harrell_davis import harrell_davis
from pytest_evalgate.stats.means import StudentT, one_sample_t, paired_t, welch_t
from pytest_evalgate.stats.means_pooled import VarianceRatio, anova_f, pooled_t
from pytest_evalgate.stats.medians import median_difference, median_with_error
from pytest_evalgate.stats.proportions import binomial_p_less
from pytest_evalgate.stats.quantiles import order_indices, quantile_inference
from pytest_evalgate.stats.ratios import LogRatio, Relative, relative
from pytest_evalgate.stats.spread import brown_forsythe_f
from pytest_evalgate.stats.stochastic_order import almost_stochastic_order


Values = NDArray[np.float64]


def values_of(data: dict[str, Any], key: str) -> Values:
    if "generate" in data:  # a Python expression, in a file of this repository
        return np.array(eval(data["generate"], {"__builtins__": {"range": range}}))  # noqa: S307
    return np.array(data[key], dtype=np.float64)


def arms(case: Case) -> tuple[Values, Values]:
    return values_of(case["input"], "a"), values_of(case["input"], "b")


def two_sided(t: StudentT, limit: float) -> float:
    return min(1.0, 2 * min(t.p_greater(limit), t.p_less(limit)))


def judged(t: StudentT, params: dict[str, Any]) -> dict[str, Any]:
    limit, side = params.get("mu0", 0.0), params.get("alternative", "two-sided")
    level = 1.0 - params.get("conf_level", 0.95)
    low, high = t.interval(level / 2 if side == "two-sided" else level)
    pvalues = {"greater": t.p_greater, "less": t.p_less}
    return {
        "estimate": t.estimate,
        "se": t.standard_error,
        "statistic": t.statistic(limit),
        "df": t.df,
        "p_value": pvalues[side](limit) if side in pvalues else two_sided(t, limit),
        "ci": [-math.inf if side == "less" else low, math.inf if side == "greater" else high],
    }


def one_sample(case: Case) -> dict[str, Any]:
    x = values_of(case["input"], "x")
    t = one_sample_t(x)
    return judged(t, case["params"]) | {"sd": t.standard_error * math.sqrt(x.size)}


def paired(case: Case) -> dict[str, Any]:
    return judged(paired_t(*arms(case)), case["params"])


def welch(case: Case) -> dict[str, Any]:
    return judged(welch_t(*arms(case)), case["params"])


def pooled(case: Case) -> dict[str, Any]:
    return judged(pooled_t(*arms(case)), case["params"])


def tost(t: StudentT, params: dict[str, Any]) -> dict[str, Any]:
    margin, alpha = params["margin"], params.get("alpha", 0.05)
    low, high = t.interval(alpha)
    above, below = t.p_greater(-margin), t.p_less(margin)
    return {
        "estimate": t.estimate,
        "se": t.standard_error,
        "t_lower": t.statistic(-margin),
        "t_upper": t.statistic(margin),
        "p_lower": above,
        "p_upper": below,
        "p_value": max(above, below),
        "df": t.df,
        "ci": [low, high],
        "equivalent": max(above, below) < alpha,
    }


def tost_paired(case: Case) -> dict[str, Any]:
    return tost(paired_t(*arms(case)), case["params"])


def tost_welch(case: Case) -> dict[str, Any]:
    return tost(welch_t(*arms(case)), case["params"])


def relative_paired(a: Values, b: Values) -> Relative:
    return relative(
        lambda rho: paired_t(a, rho * b), candidate_mean=float(a.mean()), baseline=one_sample_t(b)
    )


def fieller(case: Case) -> dict[str, Any]:
    a, b = arms(case)
    if b.mean() < 0.0:  # the same ratio, with a baseline above 0
        a, b = -a, -b
    level = (1.0 - case["params"].get("conf_level", 0.95)) / 2
    ratio, own = relative_paired(a, b), one_sample_t(b)
    quantile = own.interval(level)[1] - own.estimate
    error = ratio.standard_error
    found: dict[str, Any] = {
        "estimate": ratio.estimate,
        "g": (quantile / own.estimate) ** 2,
        "log_se": None if error is None else error / abs(ratio.estimate),
        "ci": None,
        "ci_log": None,
    }
    if found["g"] < 1.0:
        found["ci"] = list(ratio.interval(level))
    if ratio.estimate > 0.0 and error is not None:
        logs = StudentT(
            estimate=math.log(ratio.estimate), standard_error=error / ratio.estimate, df=own.df
        )
        found["ci_log"] = list(LogRatio(logs=logs).interval(level))
    return found


def margin_paired(case: Case) -> dict[str, Any]:
    (a, b), rho = arms(case), case["params"]["ratio_margin"]
    return _contrast(paired_t(a, rho * b))


def margin_welch(case: Case) -> dict[str, Any]:
    (a, b), rho = arms(case), case["params"]["ratio_margin"]
    return _contrast(welch_t(a, rho * b))


def _contrast(t: StudentT) -> dict[str, Any]:
    return {
        "estimate": t.estimate,
        "se": t.standard_error,
        "statistic": t.statistic(0.0),
        "df": t.df,
        "p_value": t.p_greater(0.0),
    }


def normal_tail(case: Case) -> dict[str, Any]:
    upper = float(ndtr(-case["input"]["z"]))
    return {"p_one_sided": upper, "p_two_sided": min(1.0, 2 * min(upper, 1.0 - upper))}


def variances(f: VarianceRatio) -> dict[str, Any]:
    return {
        "statistic": f.statistic,
        "df1": f.df_between,
        "df2": f.df_within,
        "p_value": f.pvalue,
    }


def quantile(case: Case) -> dict[str, Any]:
    x, p = np.sort(values_of(case["input"], "x")), case["params"]["p"]
    level, n = 1.0 - case["params"].get("conf_level", 0.95), x.size
    inference = quantile_inference(x, p)
    lower_index, upper_index = order_indices(n, p, level / 2)
    low, high = inference.interval(level / 2)
    smooth = harrell_davis(x, p)
    return {
        "quantile_type7": inference.estimate,
        "lower_index": lower_index,
        "upper_index": upper_index,
        "lower": -math.inf if low is None else low,
        "upper": math.inf if high is None else high,
        "coverage": binomial_p_less(upper_index - 1, n, p) - binomial_p_less(lower_index - 1, n, p),
        "upper_one_sided_index": order_indices(n, p, level)[1],
        "lower_one_sided_index": order_indices(n, p, level)[0],
        "harrell_davis": smooth.estimate,
        "hd_jackknife_se": smooth.standard_error,
    }


def medians(case: Case) -> dict[str, Any]:
    a, b = arms(case)
    one, other = median_with_error(a), median_with_error(b)
    found: dict[str, Any] = {"c_a": one.rank, "c_b": other.rank}
    if one.standard_error > 0.0 and other.standard_error > 0.0:
        return found | judged(median_difference(a, b), case["params"])
    estimate = one.estimate - other.estimate  # ties about a median: no gate may judge it
    error = math.hypot(one.standard_error, other.standard_error)
    half = error * -float(ndtri((1.0 - case["params"].get("conf_level", 0.95)) / 2))
    return found | {"estimate": estimate, "se": error, "ci": [estimate - half, estimate + half]}


def ks(case: Case) -> dict[str, Any]:
    test = ks_two_sample(*arms(case), Side(case["params"].get("alternative", "two-sided")))
    return {
        "statistic": test.statistic,
        "count_ge": test.as_extreme,
        "n_perm": test.splits,
        "p_value": test.pvalue,
        "r_ks_test_p": test.pvalue,
    }


def energy(case: Case) -> dict[str, Any]:
    test = energy_test(*arms(case))
    return {
        "energy_distance": energy_distance(*arms(case)),
        "test_statistic": test.statistic,
        "count_ge": test.as_extreme,
        "n_perm": test.splits,
        "p_value": test.pvalue,
    }


def stochastic_order(case: Case) -> dict[str, Any]:
    try:
        order = almost_stochastic_order(*arms(case))
    except UndefinedTestError:
        return {"violation_ratio": None, "w2_squared": 0.0}
    return {"violation_ratio": order.violation_ratio, "w2_squared": order.squared_distance}


def ece(case: Case) -> dict[str, Any]:
    error = calibration_error(
        case["input"]["y"], case["input"]["p"], bins=case["params"].get("bins", 10)
    )
    return {
        "ece_l1": error.mean,
        "mce": error.largest,
        "ece2_debiased_squared": error.debiased_square,
    }


ADAPTERS: dict[str, Adapter] = {
    "one_sample_t": one_sample,
    "numerics_one_sample": one_sample,
    "paired_t": paired,
    "welch_t": welch,
    "numerics_welch": welch,
    "student_t_pooled": pooled,
    "tost_paired": tost_paired,
    "tost_welch": tost_welch,
    "fieller_paired": fieller,
    "relative_margin_ni_paired": margin_paired,
    "relative_margin_ni_welch": margin_welch,
    "normal_tail": normal_tail,
    "anova_f": lambda case: variances(anova_f(case["input"]["groups"])),
    "brown_forsythe": lambda case: variances(brown_forsythe_f(case["input"]["groups"])),
    "quantile_order_stat": quantile,
    "median_difference_price_bonett": medians,
    "ks_two_sample_exact": ks,
    "energy_distance_exact": energy,
    "aso_violation_ratio": stochastic_order,
    "ece": ece,
}
