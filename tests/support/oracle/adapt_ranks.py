"""Reference cases of rank tests, win rates, Friedman, Bradley-Terry and correlations."""

import math
from typing import Any

import numpy as np
from scipy.special import stdtr

from oracle.compare import Adapter, Case
from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.bradley_terry import bradley_terry
from pytest_evalgate.stats.concordance import friedman, nemenyi
from pytest_evalgate.stats.correlations import Correlation, kendall, pearson, spearman
from pytest_evalgate.stats.rank_shift import Differences, PairValues, WalshAverages, pair_median
from pytest_evalgate.stats.rank_sums import rank_sum, shift_law
from pytest_evalgate.stats.signed_rank import SignedRanks, centre_law, signed_ranks
from pytest_evalgate.stats.superiority import superiority
from pytest_evalgate.stats.win_rates import win_rate


def mann_whitney_case(case: Case) -> dict[str, Any]:
    a, b = case["input"]["a"], case["input"]["b"]
    ranks, alternative = rank_sum(a, b), case["params"].get("alternative", "two.sided")
    if alternative in {"two.sided", "two-sided"}:
        exact = ranks.exact_two_sided()
        normal = [ranks.normal_two_sided(correct=one) for one in (True, False)]
    else:
        greater = alternative in {"greater", "larger"}
        exact = ranks.exact_pvalue(greater=greater)
        normal = [ranks.normal_pvalue(greater=greater, correct=one) for one in (True, False)]
    return {
        "U": ranks.u,
        "p_superiority": ranks.superiority,
        "exact_p": exact,
        "asymptotic_cc_p": normal[0],
        "asymptotic_p": normal[1],
        "hodges_lehmann": pair_median(differences_of(a, b)),
    }


def brunner_munzel_case(case: Case) -> dict[str, Any]:
    judged = superiority(case["input"]["y"], case["input"]["x"])
    got: dict[str, Any] = {"p_hat": judged.estimate, "se": judged.standard_error}
    if judged.standard_error is None:  # complete separation: the permutation law alone
        nothing = dict.fromkeys(("statistic", "df", "ci"))
        p = judged.p_greater(0.5)
        both = min(1.0, 2 * min(p, judged.p_less(0.5)))
        certain = judged.p_greater(0.75)
        return (
            nothing
            | got
            | {
                "se": 0.0,
                "p_two_sided": both,
                "p_greater": p,
                "p_ge_gamma75_p": certain,
            }
        )
    t = judged.plain_t()
    above, below = t.p_greater(0.5), t.p_less(0.5)
    return got | {
        "statistic": t.statistic(0.5),
        "df": t.df,
        "p_two_sided": 2 * min(above, below),
        "p_greater": above,
        "ci": t.interval((1 - case["params"].get("conf_level", 0.95)) / 2),
        "p_ge_gamma75_p": t.p_greater(0.75),
    }


def wilcoxon_case(case: Case) -> dict[str, Any]:
    values = case["input"]["diff"]
    pratt, wilcoxon = signed_ranks(values), signed_ranks(values, rank_zeros=False)
    alternative = case["params"].get("alternative", "two.sided")

    def exact(ranks: SignedRanks) -> float:
        if alternative in {"two.sided", "two-sided"}:
            return ranks.exact_two_sided()
        return ranks.exact_pvalue(greater=alternative == "greater")

    if alternative in {"two.sided", "two-sided"}:
        normal = pratt.normal_two_sided(correct=False)
    else:
        normal = pratt.normal_pvalue(greater=alternative == "greater", correct=False)
    return {
        "V_wilcoxon": wilcoxon.v,
        "V_pratt": pratt.v,
        "n_zero": pratt.zeros,
        "exact_p_wilcoxon": exact(wilcoxon),
        "exact_p_pratt": exact(pratt),
        "asymptotic_p_pratt": normal,
        "hodges_lehmann": pair_median(averages_of(values)),
    }


def two_sample_interval_case(case: Case) -> dict[str, Any]:
    a, b = case["input"]["a"], case["input"]["b"]
    return bounds(case, differences_of(a, b), shift_law(len(a), len(b))[0])


def paired_interval_case(case: Case) -> dict[str, Any]:
    values = np.subtract(case["input"]["a"], case["input"]["b"])
    return bounds(case, averages_of(values), centre_law(values.size)[0])


def bounds(case: Case, values: PairValues, law: Any) -> dict[str, Any]:
    """R's convention: the k-th smallest and largest, k at least 1."""
    alpha = (1 - case["params"].get("conf_level", 0.95)) / 2
    reached = (k for k in range(values.size + 1) if law.at_most(k) >= alpha)
    k = max(next(reached), 1)
    ordered = np.sort(values.listed())
    return {
        "estimate": pair_median(values),
        "ci": (ordered[k - 1], ordered[-k]),
        "achieved_conf": 1 - 2 * law.at_most(k - 1),
        "k": k,
    }


def differences_of(a: Any, b: Any) -> Differences:
    return Differences(first=np.sort(np.array(a, float)), second=np.sort(np.array(b, float)))


def averages_of(values: Any) -> WalshAverages:
    ascending = np.sort(np.array(values, float))
    return WalshAverages(down=ascending, up=ascending)


def win_rate_case(case: Case) -> dict[str, Any]:
    data = case["input"]
    judged = win_rate(data["wins"], data["losses"], data.get("ties", 0))
    got = {
        "win_rate": judged.estimate,
        "sign_test_p_greater": judged.sign_pvalue(),
        "tango_diff": judged.counts.estimate,
    }
    try:
        t = judged.mean_t()
    except UndefinedTestError:  # all outcomes alike: no spread, a standard error of 0
        return got | {"se": 0.0, "ci_t": (judged.estimate, judged.estimate)}
    interval = t.interval((1 - case["params"].get("conf_level", 0.95)) / 2)
    return got | {"se": t.standard_error, "ci_t": interval}


def friedman_case(case: Case) -> dict[str, Any]:
    judged = friedman(case["input"]["scores"])
    statistic = judged.iman_davenport_f
    return {
        "mean_ranks": judged.mean_ranks,
        "chi2": judged.chi2,
        "df": judged.df,
        "p_value": judged.p_value,
        "iman_davenport_F": math.inf if statistic is None else statistic,
        "iman_davenport_p": judged.iman_davenport_p,
    }


def nemenyi_case(case: Case) -> dict[str, Any]:
    data = case["input"]
    judged = nemenyi(data["k_models"], data["n_datasets"], case["params"].get("alpha", 0.05))
    return {"q_alpha": judged.quantile, "critical_difference": judged.critical_difference}


def bradley_terry_case(case: Case) -> dict[str, Any]:
    fit = bradley_terry(case["input"]["wins"], reference=case["params"].get("reference_player", 0))
    got = {
        "log_ability": fit.log_ability,
        "se": fit.standard_errors,
        "p_1_beats_0": fit.win_probability(1, 0),
        "elo_vs_0": fit.elo,
    }
    if fit.log_ability.size > 2:
        got["diff_se_2_vs_1"] = fit.difference(2, 1).standard_error
    return got


def correlation_case(case: Case) -> dict[str, Any]:
    x, y = case["input"]["x"], case["input"]["y"]
    alpha = (1 - case["params"].get("conf_level", 0.95)) / 2
    concordance = kendall(x, y)
    got = {
        "spearman": spearman(x, y),
        "kendall_tau_b": concordance.tau_b,
        "kendall_z": concordance.z,
        "kendall_p": concordance.two_sided,
    }
    linear: Correlation = pearson(x, y)
    return got | {
        "pearson": linear.estimate,
        "pearson_t": linear.t,
        "pearson_p": float(2 * stdtr(len(x) - 2, -abs(linear.t))),
        "pearson_ci": linear.interval(alpha),
    }


ADAPTERS: dict[str, Adapter] = {
    "mann_whitney": mann_whitney_case,
    "brunner_munzel": brunner_munzel_case,
    "wilcoxon_signed_rank": wilcoxon_case,
    "hodges_lehmann_two_sample_ci": two_sample_interval_case,
    "hodges_lehmann_paired_ci": paired_interval_case,
    "win_rate_ties": win_rate_case,
    "friedman": friedman_case,
    "nemenyi_cd": nemenyi_case,
    "bradley_terry": bradley_terry_case,
    "correlation": correlation_case,
}
