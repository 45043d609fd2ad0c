"""Sequential tests, online levels and reused holdouts."""

import math
from typing import Any

import numpy as np

from oracle.compare import Adapter, Case
from pytest_evalgate.stats.holdout import Noise, ladder, parameter_free_ladder, thresholdout
from pytest_evalgate.stats.reuse import (
    OnlineLevels,
    addis,
    alpha_investing,
    alpha_spending,
    lord,
    saffron,
)
from pytest_evalgate.stats.sequential import (
    MixtureNormal,
    always_valid,
    betting_interval,
    empirical_bernstein_interval,
    from_log,
    hedged_capital,
    log_capital,
    log_mixture,
    log_mixture_greater,
    mixture_interval,
    plan_bets,
)


Numbers = dict[str, Any]


def betting(case: Case) -> Numbers:
    x, params = case["input"]["x"], case["params"]
    alpha, cap, share = params["alpha"], params.get("c", 0.5), params.get("theta", 0.5)
    two, one = plan_bets(x, math.log(2.0 / alpha)), plan_bets(x, math.log(1.0 / alpha))
    paths = {m: log_capital(one, m, cap=cap) for m in params["null_means"]}
    return {
        "hedged_capital_at_n": {
            str(m): hedged_capital(two, m, cap=cap, share=share) for m in paths
        },
        "cs_at_n": list(betting_interval(two, alpha, cap=cap, share=share)),
        "one_sided_e_value_at_n": {str(m): from_log(path[-1]) for m, path in paths.items()},
        "one_sided_max_e": {str(m): from_log(path.max()) for m, path in paths.items()},
        "one_sided_p": [float(always_valid(path)[-1]) for path in paths.values()],
        "empirical_bernstein_at_n": list(empirical_bernstein_interval(two, alpha, cap=cap)),
    }


def binomial_mixture(case: Case) -> Numbers:
    x, params = np.asarray(case["input"]["x"]), case["params"]
    rate, prior, alpha = params["p0"], tuple(params.get("prior", (1, 1))), params["alpha"]
    s = np.cumsum(x)
    f = np.arange(1, x.size + 1) - s
    greater = log_mixture_greater(s, f, rate, prior=prior)
    hits = np.flatnonzero(greater >= -math.log(alpha))
    return {
        "e_value_two_sided": from_log(float(log_mixture(s, f, rate, prior=prior)[-1])),
        "e_value_greater": from_log(float(greater[-1])),
        "always_valid_p_greater": float(always_valid(greater)[-1]),
        "first_reject": int(hits[0]) + 1 if hits.size else None,
        "cs_at_n": list(mixture_interval(int(s[-1]), int(f[-1]), alpha, prior=prior)),
    }


def msprt(case: Case) -> Numbers:
    x, params = case["input"]["x"], case["params"]
    test = MixtureNormal(sigma=params["sigma"], tau=params["tau"], null=params.get("theta0", 0.0))
    path = test.pvalues(x)
    return {
        "lambda_n": from_log(float(test.log_ratio(x)[-1])),
        "p_always_valid": float(path[-1]),
        "p_path": path.tolist(),
        "cs_at_n": list(test.interval(x, params["alpha"])),
    }


def wealth(text: Any, alpha: float) -> float | None:
    """Read a starting wealth: a number, "alpha/10", or none."""
    if text is None or isinstance(text, int | float):
        return text
    name, _, divisor = str(text).partition("/")
    return (alpha if name.strip() == "alpha" else float(name)) / float(divisor or 1)


def online_fdr(case: Case) -> Numbers:
    p, params = case["input"]["p"], case["params"]
    alpha = params["alpha"]
    found: dict[str, OnlineLevels] = {
        "lordpp": lord(p, alpha, wealth=wealth(params.get("lord_w0"), alpha)),
        "saffron": saffron(
            p,
            alpha,
            candidate=params.get("saffron_lambda", 0.5),
            wealth=wealth(params.get("saffron_w0"), alpha),
        ),
        "alpha_investing": alpha_investing(p, alpha),
        "addis": addis(
            p,
            alpha,
            candidate=params.get("addis_lambda", 0.25),
            discard=params.get("addis_tau", 0.5),
            wealth=wealth(params.get("addis_w0"), alpha),
        ),
        "alpha_spending": alpha_spending(p, alpha),
    }
    numbers: Numbers = {"bonferroni_k": alpha / len(p)}
    for name, levels in found.items():
        numbers |= {f"{name}_alpha": levels.levels, f"{name}_reject": levels.rejected}
    return numbers


def ladder_case(case: Case) -> Numbers:
    losses = case["input"]["losses"]
    fixed, free = ladder(losses, case["params"]["eta"]), parameter_free_ladder(losses)
    return {
        "empirical": [rung.empirical for rung in fixed],
        "fixed_step": [rung.released for rung in fixed],
        "fixed_accepted": [rung.accepted for rung in fixed],
        "parameter_free": [rung.released for rung in free],
        "parameter_free_accepted": [rung.accepted for rung in free],
        "parameter_free_limit": [rung.limit for rung in free],
    }


def thresholdout_case(case: Case) -> Numbers:
    given, params = case["input"], case["params"]
    noise = Noise(
        first_threshold=given["gamma0"],
        queries=given["eta"],
        answers=given["xi"],
        thresholds=given["gamma"],
    )
    found = thresholdout(
        given["train"],
        given["holdout"],
        noise,
        threshold=params["threshold"],
        budget=params["budget"],
    )
    return {
        "answers": found.answers,
        "source": [str(source) for source in found.sources],
        "remaining_budget": found.budget,
        "final_noisy_threshold": found.threshold,
    }


ADAPTERS: dict[str, Adapter] = {
    "betting_confidence_sequence": betting,
    "binomial_mixture_cs": binomial_mixture,
    "msprt_normal": msprt,
    "online_fdr": online_fdr,
    "ladder": ladder_case,
    "thresholdout": thresholdout_case,
}
