"""Resampling: enumerated bootstraps, exact flips and splits, smallest attainable p-values."""

import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oracle.compare import Adapter, Case
from pytest_evalgate.stats.bca import BcaMap, acceleration_of, bias_of
from pytest_evalgate.stats.enumeration import AllResamples, all_resamples
from pytest_evalgate.stats.permutations import permutation
from pytest_evalgate.stats.replicates import bootstrap_t_of
from pytest_evalgate.stats.resampling import sign_flip
from pytest_evalgate.stats.streams import draws_needed, monte_carlo_error, plus_one, stream


def _statistic(name: str, values: NDArray[np.float64], weights: NDArray[Any]) -> NDArray[Any]:
    if name == "mean":
        return np.asarray(weights @ values / weights.sum(axis=1))
    order = np.argsort(values)
    up_to = np.cumsum(weights[:, order], axis=1)
    total = up_to[:, -1]
    low = (up_to <= ((total - 1) // 2)[:, np.newaxis]).sum(axis=1)
    high = (up_to <= (total // 2)[:, np.newaxis]).sum(axis=1)
    return np.asarray((values[order][low] + values[order][high]) / 2.0)


def bootstrap_enumerated(case: Case) -> dict[str, Any]:
    x = np.array(case["input"]["x"], float)
    name, level = case["params"].get("statistic", "mean"), case["params"]["conf_level"]
    alpha = (1.0 - level) / 2.0
    every = all_resamples(x.size)
    values = _statistic(name, x, every.weights)
    estimate = float(_statistic(name, x, np.ones((1, x.size), int))[0])
    jackknife = _statistic(name, x, 1 - np.eye(x.size, dtype=int))
    below, equal = every.beside(values, estimate)
    total = int(every.counts.sum())
    percentile = [every.quantile(values, share) for share in (alpha, 1.0 - alpha)]
    got: dict[str, Any] = {
        "estimate": estimate,
        "n_resamples": total,
        "se_boot": every.moments(values)[1],
        "percentile": percentile,
        "basic": [2.0 * estimate - bound for bound in percentile[::-1]],
        "count_less": below,
        "count_equal": equal,
        "acceleration": acceleration_of(jackknife.mean() - jackknife),
    }
    for rule, share in (("strict", below / total), ("mid", (below + equal / 2) / total)):
        correction = BcaMap(
            bias=bias_of(share), acceleration=got["acceleration"], resolution=0.5 / total
        )
        got[f"z0_{rule}"] = correction.bias
        got[f"bca_{rule}"] = [
            every.quantile(values, correction.share(alpha)),
            every.quantile(values, 1.0 - correction.mirrored().share(alpha)),
        ]
    return got


def cluster_bootstrap_enumerated(case: Case) -> dict[str, Any]:
    y = np.array(case["input"]["y"], float)
    _, codes = np.unique(case["input"]["cluster"], return_inverse=True)
    totals, sizes = np.bincount(codes, y), np.bincount(codes)
    every: AllResamples = all_resamples(totals.size)
    values = (every.weights @ totals) / (every.weights @ sizes)
    alpha = (1.0 - case["params"]["conf_level"]) / 2.0
    return {
        "estimate": float(totals.sum() / sizes.sum()),
        "n_resamples": int(every.counts.sum()),
        "se_boot": every.moments(values)[1],
        "percentile": [every.quantile(values, share) for share in (alpha, 1.0 - alpha)],
    }


def bootstrap_t_given_replicates(case: Case) -> dict[str, Any]:
    given = case["input"]
    estimate, error = given["theta_hat"], math.sqrt(given["se2_hat"])
    studentised = (np.array(given["theta_star"]) - estimate) / np.sqrt(given["se2_star"])
    alpha = (1.0 - case["params"]["conf_level"]) / 2.0
    kind7 = bootstrap_t_of(studentised, alpha, estimate=estimate, standard_error=error)
    kind6 = bootstrap_t_of(
        studentised, alpha, estimate=estimate, standard_error=error, rule="weibull"
    )
    return {"ci_type7": list(kind7), "ci_type6": list(kind6)}


def permutation_two_sample_exact(case: Case) -> dict[str, Any]:
    a, b = case["input"]["a"], case["input"]["b"]
    test = permutation(
        a, b, generator=stream(0, "unused: all splits are taken"), is_studentised=False
    )
    greater, less = test.p_greater(0.0), test.p_less(0.0)
    total = math.comb(len(a) + len(b), len(a))
    both = _splits_as_far(np.array(a, float), np.array(b, float))
    return {
        "estimate": test.estimate,
        "count_ge": round(greater * total),
        "count_le": round(less * total),
        "count_abs_ge": both,
        "n_perm": total,
        "p_greater": greater,
        "p_less": less,
        "p_two_sided": both / total,
        "min_p_one_sided": test.min_pvalue(0.0, greater=True),
    }


def _splits_as_far(a: NDArray[np.float64], b: NDArray[np.float64]) -> int:
    """Splits with |mean difference| at least the observed one: a gate has no use for them."""
    pooled = np.concatenate((a, b)) - np.concatenate((a, b)).mean()
    chosen = np.array(list(itertools.combinations(range(pooled.size), a.size)))
    sums = np.abs(pooled[chosen].sum(axis=1))
    return int((sums >= sums[0] - 1e-9 * np.abs(pooled).sum()).sum())


def phipson_smyth(case: Case) -> dict[str, Any]:
    extreme, draws = case["input"]["exceedances"], case["input"]["n_monte_carlo"]
    p = plus_one(extreme, draws)
    return {"p_plus_one": p, "p_naive": extreme / draws, "mc_se": monte_carlo_error(p, draws)}


def signflip_exact(case: Case) -> dict[str, Any]:
    differences = np.array(case["input"]["diff"], float)
    test, total = sign_flip(differences), 2**differences.size
    greater, less = test.p_greater(0.0), test.p_less(0.0)
    # By symmetry of all flips: at least as far out in either direction, counted once.
    both = 1.0 if test.estimate == 0.0 else min(1.0, 2.0 * min(greater, less))
    return {
        "estimate": test.estimate,
        "count_ge": round(greater * total),
        "count_le": round(less * total),
        "count_abs_ge": round(both * total),
        "n_flips": total,
        "p_greater": greater,
        "p_less": less,
        "p_two_sided": both,
        "min_p_one_sided": test.min_pvalue(0.0, greater=True),
    }


def min_attainable_p(case: Case) -> dict[str, Any]:
    level = case["params"]["alpha"] / case["params"].get("n_tests_bonferroni_or_holm", 1)
    return {name: _attainable(name, given, level) for name, given in case["input"].items()}


def _attainable(name: str, given: Any, level: float) -> dict[str, Any]:
    if name == "monte_carlo":
        smallest, required = plus_one(0, given), draws_needed(level)
    elif name == "binomial_threshold":
        n, share = given
        smallest, required = share**n, _first(lambda k: share**k, level)
    elif name in {"signflip", "mcnemar_discordant", "cluster_signflip"}:
        smallest, required = 0.5**given, _first(lambda k: 0.5**k, level)
    else:
        sides = 2 if name.endswith("two_sided") else 1
        smallest = sides / math.comb(sum(given), given[0])
        required = _first(lambda k: sides / math.comb(2 * k, k), level)
    return {"min_p": smallest, "attainable": smallest <= level, "required": required}


def _first(smallest: Any, level: float) -> int:
    return next(k for k in itertools.count(1) if smallest(k) <= level)


ADAPTERS: dict[str, Adapter] = {
    "bootstrap_enumerated": bootstrap_enumerated,
    "bootstrap_t_given_replicates": bootstrap_t_given_replicates,
    "cluster_bootstrap_enumerated": cluster_bootstrap_enumerated,
    "permutation_two_sample_exact": permutation_two_sample_exact,
    "phipson_smyth": phipson_smyth,
    "signflip_exact": signflip_exact,
    "min_attainable_p": min_attainable_p,
}
