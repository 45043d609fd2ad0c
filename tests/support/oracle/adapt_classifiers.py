"""What metrics of classifiers, pass@k and swaps give for a reference case."""

import math
from typing import Any

import numpy as np
from scipy.special import ndtri

from oracle.compare import Adapter, Case
from pytest_evalgate.stats.auroc import area_parts, auroc, difference_parts, placements
from pytest_evalgate.stats.confusion import Counts, f1, f1_standard_error, precision, recall
from pytest_evalgate.stats.logits import Logit
from pytest_evalgate.stats.macro_f1 import f1_averages
from pytest_evalgate.stats.means import StudentT, one_sample_t, paired_t
from pytest_evalgate.stats.pass_at_k import pass_all_k, pass_at_k
from pytest_evalgate.stats.proper_scores import brier_values, log_loss_values
from pytest_evalgate.stats.ranking import average_precision
from pytest_evalgate.stats.swaps import MAX_EXACT, swap_sums


def level(case: Case) -> float:
    """Return the one-sided level of each end of the case's interval."""
    return (1.0 - float(case["params"].get("conf_level", 0.95))) / 2.0


def two_sided(test: StudentT) -> float:
    return min(1.0, 2.0 * min(test.p_greater(0.0), test.p_less(0.0)))


def wald(estimate: float, error: float, alpha: float) -> list[float]:
    half = -float(ndtri(alpha)) * error
    return [estimate - half, estimate + half]


def on_logits(estimate: float, error: float, alpha: float) -> list[float | None]:
    if not (0.0 < estimate < 1.0 and error > 0.0):
        return [None, None]  # 0 * infinity there
    return list(Logit(estimate=estimate, standard_error=error, df=None).interval(alpha))


def normal(estimate: float, variance: float, alpha: float) -> dict[str, Any]:
    """Return the z test; without variance as the reference tool: 0 over 0 is 0."""
    if variance > 0.0:
        test = StudentT(estimate=estimate, standard_error=math.sqrt(variance), df=None)
        return {
            "statistic": test.statistic(0.0),
            "p_value": two_sided(test),
            "ci_diff": list(test.interval(alpha)),
        }
    return {
        "statistic": math.copysign(math.inf, estimate) if estimate else 0.0,
        "p_value": 0.0 if estimate else 1.0,
        "ci_diff": [estimate, estimate],
    }


def delong(case: Case) -> dict[str, Any]:
    given, alpha = case["input"], level(case)
    first, second = (placements(given["y"], given[key]) for key in ("score1", "score2"))
    one, two = area_parts(first), area_parts(second)
    both = difference_parts(first, second)
    n = len(given["y"])
    apart = one.variance + two.variance
    found = normal(both.estimate, both.variance, alpha) | {
        "auc1": one.estimate,
        "auc2": two.estimate,
        "var1": one.variance,
        "var2": two.variance,
        "cov12": (apart - both.variance) / 2.0,
        "estimate": both.estimate,
        "se": math.sqrt(both.variance),
        "ci_auc1": np.clip(wald(one.estimate, math.sqrt(one.variance), alpha), 0, 1).tolist(),
        "ci_auc1_logit": on_logits(one.estimate, math.sqrt(one.variance), alpha),
    }
    if apart > 0.0:
        df = apart**2 / ((one.variance**2 + two.variance**2) / (n - 1))  # counts units
        welch = StudentT(estimate=both.estimate, standard_error=math.sqrt(apart), df=df)
        found["unpaired_statistic"] = welch.statistic(0.0)
        found["unpaired_df"] = df
        found["unpaired_p"] = two_sided(welch)
    margin = case["params"].get("ni_margin")
    if margin is not None and not both.variance > 0.0:
        found["ni_p"] = 0.0 if both.estimate > -float(margin) else 1.0
    elif margin is not None:
        test = StudentT(estimate=both.estimate, standard_error=math.sqrt(both.variance), df=None)
        found["ni_p"] = test.p_greater(-float(margin))
    return found


def ranked(case: Case) -> dict[str, Any]:
    y, score = case["input"]["y"], case["input"]["score"]
    found = {"average_precision": average_precision(y, score)}
    if 0 < sum(y) < len(y):
        found["auroc"] = auroc(y, score)
    if min(score) >= 0 and max(score) <= 1:
        found["brier"] = float(brier_values(y, score).mean())
        if all(s not in {0, 1} or s == one for s, one in zip(score, y, strict=True)):
            found["log_loss"] = float(log_loss_values(y, score).mean())
    return found


def wilson_f1(counts: Counts, alpha: float) -> list[float]:
    m = counts.tp + counts.fp + counts.fn
    share, z = counts.tp / m, float(ndtri(alpha))
    centre, spread = share + z * z / (2 * m), share * (1 - share) / m + z * z / (4 * m * m)
    half = -z * math.sqrt(spread)
    low, high = ((centre + side) / (1 + z * z / m) for side in (-half, half))
    return [2 * low / (1 + low), 2 * high / (1 + high)]


def binary_f1(case: Case) -> dict[str, Any]:
    alpha = level(case)
    counts = Counts(**{key: int(case["input"][key]) for key in ("tp", "fp", "fn", "tn")})
    value, error = f1(counts), f1_standard_error(counts)
    return {
        "precision": precision(counts) if counts.tp + counts.fp else None,
        "recall": recall(counts) if counts.tp + counts.fn else None,
        "f1": value,
        "se": error,
        "ci_wald": wald(value, error, alpha),
        "ci_logit": on_logits(value, error, alpha),
        "ci_via_wilson_jaccard": wilson_f1(counts, alpha),
    }


def many_classes(case: Case) -> dict[str, Any]:
    alpha = level(case)
    found = f1_averages(case["input"]["confusion"])
    return {
        "micro_f1": found.micro,
        "micro_se": found.micro_standard_error,
        "macro_f1": found.macro,
        "macro_se": found.macro_standard_error,
        "micro_ci": wald(found.micro, found.micro_standard_error, alpha),
        "macro_ci": wald(found.macro, found.macro_standard_error, alpha),
        "class_f1": list(found.of_class),
    }


def proper(case: Case) -> dict[str, Any]:
    given, alpha = case["input"], level(case)
    found: dict[str, Any] = {}
    for name, values in (("brier", brier_values), ("logloss", log_loss_values)):
        test = paired_t(
            values(given["y"], given["p_candidate"]), values(given["y"], given["p_baseline"])
        )
        found[f"{name}_diff"] = test.estimate
        found[f"{name}_t"] = test.statistic(0.0)
        found[f"{name}_p"] = two_sided(test)
        found[f"{name}_ci"] = list(test.interval(alpha))
    return found


def passes(case: Case) -> dict[str, Any]:
    n, c, k = case["input"]["n"], case["input"]["c"], int(case["params"]["k"])
    values = pass_at_k(n, c, k)
    shares = np.array(c) / np.array(n)
    constant = float(np.ptp(values)) == 0.0
    return {
        "per_problem": values.tolist(),
        "estimate": float(values.mean()),
        "se": (None if len(n) < 2 else 0.0) if constant else one_sample_t(values).standard_error,
        "biased_plugin": float((1.0 - (1.0 - shares) ** k).mean()),
        "pass_all_k": pass_all_k(n, c, k).tolist(),
    }


def swapped(case: Case) -> dict[str, Any]:
    given = case["input"]
    if case["params"]["metric"] != "sum(num)/sum(den)":
        raise ValueError(case["params"]["metric"])
    a, b = (np.column_stack([given[f"{arm}_num"], given[f"{arm}_den"]]) for arm in "ab")
    if (a == b).all():  # nothing to swap: every difference is the observed one, 0
        counts = dict.fromkeys(("count_ge", "count_le", "count_abs_ge", "n_swaps"), 2 ** len(a))
        shares = dict.fromkeys(("p_greater", "p_less", "p_two_sided"), 1.0)
        return {"estimate": 0.0} | counts | shares
    found = swap_sums(
        a, b, statistic=lambda sums: sums[:, 0] / sums[:, 1], rng=np.random.default_rng(1)
    )
    same = len(a) - found.units  # swapping these changes nothing, so it only doubles all counts
    if not found.is_exact:
        raise ValueError(f"more than {MAX_EXACT} units differ")
    return {
        "estimate": found.estimate,
        "count_ge": found.at_least * 2**same,
        "count_le": found.at_most * 2**same,
        "count_abs_ge": found.at_least_as_far * 2**same,
        "n_swaps": found.swaps * 2**same,
        "p_greater": found.p_greater(0.0),
        "p_less": found.p_less(0.0),
        "p_two_sided": found.at_least_as_far / found.swaps,
    }


ADAPTERS: dict[str, Adapter] = {
    "delong": delong,
    "average_precision": ranked,
    "f1_delta": binary_f1,
    "multiclass_f1": many_classes,
    "paired_proper_score": proper,
    "pass_at_k": passes,
    "paired_swap_corpus_metric": swapped,
}
