"""Ratios, covariates, tasks, folds, clusters, crossed runs, epochs and plans."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oracle.compare import Adapter, Case
from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.clusters import cluster_difference, cluster_mean
from pytest_evalgate.stats.covariates import Adjustment, adjusted_difference, covariate_slope
from pytest_evalgate.stats.crossed import mean_squares
from pytest_evalgate.stats.folds import correlated_t, rope_probabilities
from pytest_evalgate.stats.iqm import interquartile_mean, trimmed_quarter_mean
from pytest_evalgate.stats.linear import ratio_from_joint
from pytest_evalgate.stats.means import StudentT
from pytest_evalgate.stats.moments import Moments
from pytest_evalgate.stats.power import binomial_power, t_power
from pytest_evalgate.stats.proportions import one_proportion
from pytest_evalgate.stats.reducers import reduce_joint
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.spread_shares import (
    QuestionSpread,
    epoch_shares,
    questions_mde,
    questions_needed,
)
from pytest_evalgate.stats.task_scores import (
    median_of_means,
    optimality_gap,
    probability_of_improvement,
)
from pytest_evalgate.stats.tasks import fixed_tasks_from_moments, random_tasks, task_effects


Floats = NDArray[np.float64]


def _tail(case: Case) -> float:
    """Level of each end of the interval that the case asks for."""
    return (1.0 - float(case["params"].get("conf_level", 0.95))) / 2.0


def _two_sided(law: Inference, limit: float) -> float:
    return min(1.0, 2.0 * min(law.p_greater(limit), law.p_less(limit)))


def _pvalue(case: Case, law: Inference, limit: float) -> float:
    match case["params"].get("alternative", "two-sided"):
        case "greater" | "larger":
            return law.p_greater(limit)
        case "less" | "smaller":
            return law.p_less(limit)
        case _:
            return _two_sided(law, limit)


def _or_none(build: Callable[[], StudentT]) -> StudentT | None:
    try:
        return build()
    except UndefinedTestError:
        return None


def _ratio(case: Case) -> dict[str, Any]:
    law = ratio_from_joint(reduce_joint(case["input"]["num"], case["input"]["den"]))
    normal = StudentT(estimate=law.estimate, standard_error=law.standard_error, df=None)
    return {
        "estimate": law.estimate,
        "se": law.standard_error,
        "ci_z": normal.interval(_tail(case)),
        "ci_t": law.interval(_tail(case)),
    }


def _cuped(case: Case) -> dict[str, Any]:
    arms = [case["input"][name] for name in ("ya", "xa", "yb", "xb")]
    law = adjusted_difference(*arms, adjustment=Adjustment.CUPED)
    ancova = adjusted_difference(*arms, adjustment=Adjustment.EQUAL_VARIANCES)
    correlation = float(np.corrcoef([*arms[1], *arms[3]], [*arms[0], *arms[2]])[0, 1])
    return {
        "theta_pooled": covariate_slope(*arms, pooled=True),
        "theta_within": covariate_slope(*arms),
        "estimate": law.estimate,
        "statistic": law.statistic(0.0),
        "df": law.df,
        "p_value": _pvalue(case, law, 0.0),
        "ci": law.interval(_tail(case)),
        "se": law.standard_error,
        "var_reduction": 1.0 - correlation**2,  # the share that is left
        "ancova_estimate": ancova.estimate,
        "ancova_se": ancova.standard_error,
    }


def _tasks(case: Case) -> dict[str, Any]:
    candidate, baseline = case["input"]["candidate"], case["input"]["baseline"]
    effects = task_effects(candidate, baseline).tolist()
    samples = [np.array(runs, dtype=float) for runs in (*candidate, *baseline)]
    fixed = _or_none(
        lambda: fixed_tasks_from_moments(
            effects,
            [Moments(one.size, float(one.mean()), float(one.var(ddof=1))) for one in samples],
        )
    )
    random = _or_none(lambda: random_tasks(candidate, baseline))
    pooled = [value for runs in candidate for value in runs]
    wins = probability_of_improvement(candidate, baseline)
    means = [float(np.mean(runs)) for runs in candidate]
    return {
        "macro_mean": float(np.mean(means)),
        "macro_diff": float(np.mean(means) - np.mean([np.mean(runs) for runs in baseline])),
        "se_fixed_tasks": fixed and fixed.standard_error,
        "df_fixed_tasks": fixed and fixed.df,
        "se_random_tasks": random and random.standard_error,
        "t_random_tasks": random and random.statistic(0.0),
        "iqm_trim_mean": trimmed_quarter_mean(pooled),
        "iqm_exact": interquartile_mean(pooled),
        "median_of_task_means": median_of_means(candidate),
        "optimality_gap": optimality_gap(pooled, target=case["params"].get("gamma", 1.0)),
        "prob_improvement": float(wins.mean()),
        "prob_improvement_by_task": wins.tolist(),
    }


def _folds(case: Case) -> dict[str, Any]:
    law = correlated_t(case["input"]["diff"], test_fraction=case["params"]["rho"])
    left, rope, right = rope_probabilities(law, case["params"]["rope"])
    return {
        "estimate": law.estimate,
        "scale": law.standard_error,
        "statistic": law.statistic(0.0),
        "df": law.df,
        "p_value": _two_sided(law, 0.0),
        "p_left": left,
        "p_rope": rope,
        "p_right": right,
    }


def _cluster_sums(y: Floats, codes: Floats) -> Floats:
    return np.array([y[codes == code].sum() for code in np.unique(codes)])


def _cluster_mean(case: Case) -> dict[str, Any]:
    y, codes = np.array(case["input"]["y"], dtype=float), np.array(case["input"]["cluster"])
    n, groups = y.size, np.unique(codes).size
    limit = float(case["params"].get("mu0", 0.0))
    residuals = y - y.mean()
    squares = float(np.square(_cluster_sums(residuals, codes)).sum())
    naive, cr0 = float(y.std(ddof=1)) / math.sqrt(n), math.sqrt(squares) / n
    cr1 = cr0 * math.sqrt(groups / (groups - 1))
    apart = (squares - float(np.square(residuals).sum())) / n**2
    law = cluster_mean(y, codes.astype(str).tolist())
    with_cr1 = StudentT(estimate=law.estimate, standard_error=cr1, df=float(groups - 1))
    return {
        "estimate": law.estimate,
        "se_naive": naive,
        "se_cr0": cr0,
        "se_cr1": cr1,
        "se_miller": math.sqrt(max(0.0, naive**2 + apart)),
        "se_cr2": law.standard_error,
        "statistic_cr2": law.statistic(limit),
        "df_satt": law.df,
        "p_value_cr2": _pvalue(case, law, limit),
        "ci_cr2": law.interval(_tail(case)),
        "ci_cr1_tG1": with_cr1.interval(_tail(case)),
        "n_clusters": groups,
        "design_effect": (cr1 / naive) ** 2,
    }


def _cluster_difference(case: Case) -> dict[str, Any]:
    y, z = np.array(case["input"]["y"], dtype=float), np.array(case["input"]["group"])
    codes, n = np.array(case["input"]["cluster"]), y.size
    names, groups = codes.astype(str), np.unique(codes).size
    means = [float(y[z == arm].mean()) for arm in (0, 1)]
    weights = np.where(z == 1, 1.0 / (z == 1).sum(), -1.0 / (z == 0).sum())
    scores = weights * (y - np.where(z == 1, means[1], means[0]))
    cr0 = math.sqrt(float(np.square(_cluster_sums(scores, codes)).sum()))
    law = cluster_difference(y[z == 1], names[z == 1].tolist(), y[z == 0], names[z == 0].tolist())
    return {
        "estimate": law.estimate,
        "se_cr0": cr0,
        "se_cr1s": cr0 * math.sqrt(groups / (groups - 1) * (n - 1) / (n - 2)),
        "se_cr2": law.standard_error,
        "statistic_cr2": law.statistic(0.0),
        "df_satt": law.df,
        "p_value_cr2": _pvalue(case, law, 0.0),
        "ci_cr2": law.interval(_tail(case)),
    }


def _crossed(case: Case) -> dict[str, Any]:
    """Compare the unbiased standard error: the gate's own is the largest of three."""
    cells = np.array(case["input"]["D"], dtype=float)
    table = mean_squares(cells)
    run, unit, rest = float(table.run), float(table.unit), float(table.residual)
    r, c = cells.shape
    unbiased = run + unit - rest
    noise = run**2 / (r - 1) + unit**2 / (c - 1) + rest**2 / ((r - 1) * (c - 1))
    law = StudentT(
        estimate=float(cells.mean()),
        standard_error=math.sqrt((unbiased if unbiased > 0.0 else max(run, unit)) / cells.size),
        df=unbiased**2 / noise,
    )
    return {
        "estimate": law.estimate,
        "ms_seed": run,
        "ms_example": unit,
        "ms_resid": rest,
        "var_seed": max(0.0, (run - rest) / c),
        "var_example": max(0.0, (unit - rest) / r),
        "var_resid": rest,
        "se_crossed": law.standard_error,
        "df_satt": law.df,
        "statistic": law.statistic(0.0),
        "p_value": _pvalue(case, law, 0.0),
        "ci": law.interval(_tail(case)),
        "se_rows_only": math.sqrt(run / cells.size),
        "se_cols_only": math.sqrt(unit / cells.size),
    }


def _epochs(case: Case) -> dict[str, Any]:
    scores = np.array(case["input"]["scores"], dtype=float)
    shares = epoch_shares(scores)
    return {
        "estimate": shares.estimate,
        "se": shares.standard_error,
        "se_naive_pooled": float(scores.std(ddof=1)) / math.sqrt(scores.size),
        "var_within": shares.var_within,
        "var_between": shares.var_between,
        "icc": shares.icc,
    }


def _is_one_sided(case: Case) -> bool:
    return case["params"].get("alternative", "two-sided") not in {"two-sided", "two.sided"}


def _miller(case: Case) -> dict[str, Any]:
    params = {key: value for key, value in case["params"].items() if not isinstance(value, str)}
    spread = QuestionSpread(
        between=float(params["omega2"]),
        within_candidate=float(params["sigma2_a"]),
        within_baseline=float(params["sigma2_b"]),
        epochs_candidate=params["k_a"],
        epochs_baseline=params["k_b"],
    )
    alpha = params["alpha"] if _is_one_sided(case) else params["alpha"] / 2.0
    levels = {"alpha": alpha, "power": params["power"]}
    return {
        "n_required": questions_needed(params["delta"], spread, **levels),
        "mde": questions_mde(params["n"], spread, **levels),
    }


def _solve(function: Callable[[float], float], target: float, low: float, high: float) -> float:
    """Where an increasing function reaches the target."""
    while function(high) < target:
        low, high = high, 2.0 * high
    for _ in range(200):
        middle = (low + high) / 2.0
        low, high = (middle, high) if function(middle) < target else (low, middle)
    return high


def _power_t(case: Case) -> dict[str, Any]:
    params = case["params"]
    arms = 2 if params["design"] in {"two.sample", "two-sample", "unpaired"} else 1
    sd = float(params.get("sd", params.get("sd_diff", 1.0)))
    one_sided, alpha, target = _is_one_sided(case), params["alpha"], params["target_power"]

    def power(delta: float, n: float) -> float:
        error, df = sd * math.sqrt(arms / n), arms * (n - 1.0)
        if one_sided:
            return t_power(delta, error, df, alpha) or 0.0
        near, far = (t_power(sign * delta, error, df, alpha / 2.0) for sign in (1.0, -1.0))
        return (near or 0.0) + (far or 0.0)

    needed = _solve(lambda n: power(params["delta"], n), target, 1.0 + 1e-9, 2.0)
    return {
        "power": power(params["delta"], params["n"]),
        "n_required": needed,
        "n_ceil": math.ceil(needed - 1e-9),
        "mde": _solve(lambda delta: power(delta, params["n"]), target, 0.0, sd),
    }


def _power_binomial(case: Case) -> dict[str, Any]:
    params = case["params"]
    greater = params.get("alternative", "greater") not in {"less", "smaller"}
    p0, p1, target = float(params["p0"]), float(params["p1"]), float(params["power"])
    alpha = float(params["alpha"]) * (1.0 + 1e-12)  # the cases reject at p = alpha too
    sizes = range(1, int(params["n_max"]) + 1)
    powers = [binomial_power(n, p1, p0, alpha, greater) or 0.0 for n in sizes]
    reached = [n for n, power in zip(sizes, powers, strict=True) if power >= target]
    lacking = [n for n, power in zip(sizes, powers, strict=True) if power < target]
    first = reached[0] if reached else None
    stable = (lacking[-1] if lacking else 0) + 1
    sure = p0 if greater else 1.0 - p0
    return {
        "n_first": first,
        "n_stable": stable if stable in sizes else None,
        "critical_x_at_n_first": first and _critical(first, p0, alpha, greater=greater),
        "power_at_n_first": first and powers[first - 1],
        "n_min_can_ever_reject": next((n for n in range(1, 10**6) if sure**n <= alpha), None),
    }


def _critical(n: int, p0: float, alpha: float, *, greater: bool) -> int | None:
    """Count at which the exact test first rejects."""
    counts = range(n + 1) if greater else range(n, -1, -1)
    for count in counts:
        law = one_proportion(count, n)
        if (law.p_greater(p0) if greater else law.p_less(p0)) < alpha:
            return count
    return None


ADAPTERS: dict[str, Adapter] = {
    "ratio_metric_delta": _ratio,
    "cuped_two_sample": _cuped,
    "aggregate_tasks": _tasks,
    "correlated_t": _folds,
    "cluster_mean": _cluster_mean,
    "cluster_two_group": _cluster_difference,
    "crossed_seeds_examples": _crossed,
    "epochs_question_level": _epochs,
    "miller_power": _miller,
    "power_t": _power_t,
    "binomial_exact_power": _power_binomial,
}
