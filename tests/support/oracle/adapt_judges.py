"""Judges, rates, and tables of two shares."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from oracle.compare import Adapter, Case
from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.barnard import barnard_greater
from pytest_evalgate.stats.bonett_price import bonett_price
from pytest_evalgate.stats.contingency import fisher_two_sided, sample_ratio, two_arms_chi2
from pytest_evalgate.stats.inversion import two_bounds
from pytest_evalgate.stats.judges import judge_weight
from pytest_evalgate.stats.midp import (
    mcnemar_chi2,
    mcnemar_exact_two_sided,
    mcnemar_midp,
    mcnemar_midp_two_sided,
)
from pytest_evalgate.stats.pairs import PairedProportions, paired_proportions
from pytest_evalgate.stats.power import binomial_min_n
from pytest_evalgate.stats.proportions import Binomial, one_proportion, two_proportions
from pytest_evalgate.stats.rates import PoissonRate, PoissonRatio
from pytest_evalgate.stats.restricted import restricted_rates
from pytest_evalgate.stats.rogan_gladen import Calibration, RoganGladen
from pytest_evalgate.stats.textbook import (
    agresti_coull,
    binomial_midp,
    binomial_two_sided,
    farrington_manning_z,
    jeffreys,
    mee,
    miettinen_nurminen,
    newcombe,
    wald,
    wald_difference,
    wilson,
)
from pytest_evalgate.stats.unconditional import boschloo_greater, fisher_greater


Numbers = dict[str, Any]


def tail(case: Case, default: float = 0.95) -> float:
    """Each side's level of a two-sided interval."""
    return (1.0 - float(case["params"].get("conf_level", default))) / 2.0


def sides(alternative: str) -> str:
    return alternative.replace("-", ".").replace("_", ".")


def upper(z: float) -> float:
    return float(ndtr(-z))


def table_of(case: Case) -> tuple[int, int, int, int]:
    x1, n1, x2, n2 = (int(case["input"][key]) for key in ("x1", "n1", "x2", "n2"))
    return x1, n1, x2, n2


def swapped(table: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    return table[2], table[3], table[0], table[1]


def ppi_mean(case: Case) -> Numbers:
    y, f, rest = (
        np.asarray(case["input"][key], dtype=np.float64)
        for key in ("y_gold", "judge_on_gold", "judge_unlabeled")
    )
    z = -float(ndtri(tail(case)))

    def at(weight: float) -> tuple[float, float]:
        """Estimate and standard error with denominators n and N, as the reference has them."""
        rectifier = y - weight * f
        estimate = weight * rest.mean() + rectifier.mean()
        return float(estimate), math.sqrt(
            weight**2 * rest.var() / rest.size + rectifier.var() / y.size
        )

    weight = judge_weight(y, f, rest)
    (classical, classical_se), (ppi, ppi_se), (best, best_se) = at(0.0), at(1.0), at(weight)
    return {
        "classical": classical,
        "classical_se": classical_se,
        "ppi": ppi,
        "ppi_se": ppi_se,
        "ppi_ci": [ppi - z * ppi_se, ppi + z * ppi_se],
        "lambda_hat": weight,
        "ppi_pp": best,
        "ppi_pp_se": best_se,
        "ppi_pp_ci": [best - z * best_se, best + z * best_se],
        "judge_only": float(rest.mean()),
        "se_ratio": best_se / classical_se if classical_se else None,
    }


def rogan_gladen(case: Case) -> Numbers:
    given = case["input"]
    known = Calibration(
        judged_positive=given["gold_pos_judged_pos"],
        positive=given["gold_pos"],
        judged_negative=given["gold_neg_judged_neg"],
        negative=given["gold_neg"],
    )
    judge = RoganGladen(
        judged_positive=given["judge_positive"], n=given["judge_n"], calibration=known
    )
    alpha = tail(case)
    half_width = -float(ndtri(alpha)) * judge.standard_error
    centre = judge.estimate_unclipped
    return {
        "raw": judge.judged_positive / judge.n,
        "sensitivity": known.sensitivity,
        "specificity": known.specificity,
        "estimate": centre,
        "estimate_clipped": judge.estimate,
        "se": judge.standard_error,
        "ci_wald": [centre - half_width, centre + half_width],
        "ci_lang_reiczigel": list(judge.interval(alpha)),
    }


def poisson_two_rates(case: Case) -> Numbers:
    events, exposure = case["input"]["events"], case["input"]["exposure"]
    limit, level = case["params"].get("ratio0", 1), case["params"].get("conf_level", 0.95)
    rate = PoissonRate(
        events=events[0], exposure=exposure[0] if isinstance(exposure, list) else exposure
    )
    ratio: PoissonRate | PoissonRatio = rate
    if len(events) == 2:
        ratio = PoissonRatio(
            events1=events[0], exposure1=exposure[0], events2=events[1], exposure2=exposure[1]
        )
    alternative = sides(case["params"].get("alternative", "two.sided"))
    alpha = 1.0 - level if alternative != "two.sided" else (1.0 - level) / 2.0
    low, high = ratio.interval(alpha)
    if alternative == "greater":
        p, high = ratio.p_greater(limit), None
    elif alternative == "less":
        p, low = ratio.p_less(limit), 0.0
    elif isinstance(ratio, PoissonRatio):
        p = binomial_two_sided(events[0], sum(events), ratio.share(limit))
    else:
        p = min(1.0, 2.0 * min(ratio.p_greater(limit), ratio.p_less(limit)))
    undefined = len(events) == 2 and not any(events)
    return {
        "estimate": None if undefined else ratio.estimate,
        "p_value": p,
        "ci": [low, math.inf if high is None else high],
    }


def mcnemar(case: Case) -> Numbers:
    b, c, n = (case["input"][key] for key in ("b", "c", "n"))
    pairs = paired_proportions(b, c, n)
    plain = mcnemar_chi2(b, c, corrected=False) if b + c else (None, None)
    corrected = mcnemar_chi2(b, c, corrected=True) if b + c else (None, None)
    return {
        "estimate": pairs.estimate,
        "exact_p_two_sided": mcnemar_exact_two_sided(b, c),
        "exact_p_greater": pairs.exact_pvalue(),
        "midp_two_sided": mcnemar_midp_two_sided(b, c),
        "midp_greater": mcnemar_midp(b, c),
        "chi2": plain[0],
        "chi2_p": plain[1],
        "chi2_cc": corrected[0],
        "chi2_cc_p": corrected[1],
    }


def paired(case: Case) -> Numbers:
    b, c, n = (case["input"][key] for key in ("b", "c", "n"))
    alpha, margin = tail(case), case["params"].get("ni_margin", 0.0)
    pairs: PairedProportions = paired_proportions(b, c, n)
    spread = -float(ndtri(alpha)) * math.sqrt(max(0.0, (b + c) - (b - c) ** 2 / n)) / n
    tango = two_bounds(
        lambda limit: 1.0 if limit >= 1.0 else pairs.score_pvalue(limit),
        lambda limit: 1.0 if limit <= -1.0 else pairs.score_pvalue(limit, greater=False),
        alpha,
        within=(-1.0, 1.0),
    )
    return {
        "estimate": pairs.estimate,
        "tango": list(tango),
        "tango_z_margin": pairs.statistic(-margin),
        "tango_p_margin": pairs.score_pvalue(-margin),
        "tango_z_zero": pairs.statistic(0.0),
        "bonett_price": list(bonett_price(b, c, n).uncut_interval(alpha)),
        "wald": [pairs.estimate - spread, pairs.estimate + spread],
    }


def two_proportions_score(case: Case) -> Numbers:
    table = table_of(case)
    alpha, margin = tail(case), case["params"].get("ni_margin", 0.0)
    shares = two_proportions(*table)
    fm = farrington_manning_z(*table, -margin)
    return {
        "estimate": shares.estimate,
        "newcombe": list(newcombe(*table, alpha)),
        "miettinen_nurminen": list(miettinen_nurminen(*table, alpha)),
        "mee_or_fm": list(mee(*table, alpha)),
        "mn_z_margin": shares.statistic(-margin),
        "mn_p_margin": shares.score_pvalue(-margin),
        "fm_z_margin": fm,
        "fm_p_margin": upper(fm),
        "mn_z_zero": shares.statistic(0.0),
        "mn_p_zero_greater": shares.score_pvalue(0.0),
        "rmle_margin": list(restricted_rates(*table, difference=-margin)),
    }


def exact_unconditional(case: Case) -> Numbers:
    table = table_of(case)
    if case["params"].get("alternative", "greater") == "less":
        table = swapped(table)
    fisher = fisher_greater(*table)
    return {
        "fisher_p": fisher,
        "boschloo_p": boschloo_greater(*table),
        "barnard_pooled_p": barnard_greater(*table),
        "boschloo_statistic": fisher,
    }


def fisher_and_chi2(case: Case) -> Numbers:
    table = table_of(case)
    alternative = sides(case["params"].get("alternative", "two.sided"))
    tests: dict[str, Callable[[], float]] = {
        "greater": lambda: fisher_greater(*table),
        "less": lambda: fisher_greater(*swapped(table)),
        "two.sided": lambda: fisher_two_sided(*table),
    }
    found: Numbers = {
        "fisher_p": tests[alternative](),
        "wald_ci_diff": list(wald_difference(*table, tail(case))),
    }
    for key, corrected in (("chi2", False), ("chi2_yates", True)):
        try:
            test = two_arms_chi2(*table, corrected=corrected)
        except UndefinedTestError:
            found |= {key: None, f"{key}_p_two_sided": None}
        else:
            found |= {key: test.statistic, f"{key}_p_two_sided": test.pvalue}
    return found


def sample_ratio_chi2(case: Case) -> Numbers:
    test = sample_ratio(case["input"]["observed"], case["params"]["expected_share"])
    return {"statistic": test.statistic, "df": test.df, "p_value": test.pvalue}


def one_proportion_ci(case: Case) -> Numbers:
    x, n, alpha = case["input"]["x"], case["input"]["n"], tail(case)
    return {
        "estimate": x / n,
        "wilson": list(wilson(x, n, alpha)),
        "clopper_pearson": list(one_proportion(x, n).interval(alpha)),
        "wald": list(wald(x, n, alpha)),
        "agresti_coull": list(agresti_coull(x, n, alpha)),
        "jeffreys": list(jeffreys(x, n, alpha)),
    }


def binomial_test(case: Case) -> Numbers:
    x, n, rate = case["input"]["x"], case["input"]["n"], case["params"]["p0"]
    alternative, level = (
        sides(case["params"]["alternative"]),
        case["params"].get("conf_level", 0.95),
    )
    share: Binomial = one_proportion(x, n)
    low, high = share.interval((1.0 - level) / 2.0 if alternative == "two.sided" else 1.0 - level)
    greater, less = binomial_midp(x, n, rate), binomial_midp(x, n, rate, greater=False)
    match alternative:
        case "greater":
            p, mid_p, high = share.p_greater(rate), greater, 1.0
        case "less":
            p, mid_p, low = share.p_less(rate), less, 0.0
        case _:
            p, mid_p = binomial_two_sided(x, n, rate), min(1.0, 2.0 * min(greater, less))
    return {"estimate": share.estimate, "p_value": p, "ci": [low, high], "mid_p": mid_p}


def zero_failure(case: Case) -> Numbers:
    failures, n = case["input"]["failures"], case["input"]["n"]
    alpha, most = case["params"]["alpha"], case["params"]["max_rate"]
    share = one_proportion(failures, n)
    return {
        "upper_exact": share.interval(alpha)[1],
        "rule_of_three": 3.0 / n,
        "n_required": binomial_min_n(most, alpha, False),  # noqa: FBT003
        "p_value": share.p_less(most),
    }


ADAPTERS: dict[str, Adapter] = {
    "ppi_mean": ppi_mean,
    "rogan_gladen": rogan_gladen,
    "poisson_two_rates": poisson_two_rates,
    "mcnemar": mcnemar,
    "paired_proportions": paired,
    "two_proportions_score": two_proportions_score,
    "exact_unconditional_2x2": exact_unconditional,
    "fisher_and_chi2": fisher_and_chi2,
    "sample_ratio_chi2": sample_ratio_chi2,
    "one_proportion_ci": one_proportion_ci,
    "binomial_test": binomial_test,
    "zero_failure": zero_failure,
}
