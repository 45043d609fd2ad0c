"""Families of hypotheses: corrections, graphs, max-T, Dunnett, joint bounds, looks."""

import math
from typing import Any

import numpy as np

from pytest_evalgate.stats.conjunction import WorstSlice, share_risk
from pytest_evalgate.stats.correction import Correction, correct
from pytest_evalgate.stats.dunnett import dunnett
from pytest_evalgate.stats.ebh import e_bh
from pytest_evalgate.stats.flips import FlipLaw, flip_law
from pytest_evalgate.stats.graphs import graphical
from pytest_evalgate.stats.maxt import TIE, max_t
from pytest_evalgate.stats.means import StudentT
from pytest_evalgate.stats.proportions import one_proportion
from pytest_evalgate.stats.simultaneous import holm_bounds
from pytest_evalgate.stats.spending import first_crossing, group_sequential
from pytest_evalgate.stats.weighted_levels import fallback, weighted_holm

from .compare import Adapter, Case


# Adjusted p do not depend on a level; at this one no p is moved to settle a tie with it.
_HIGH = 1.0 - 1e-15


def _p_adjust(case: Case) -> dict[str, Any]:
    p = case["input"]["p"]
    return {
        str(method): [one.pvalue_adjusted for one in correct(p, _HIGH, method)]
        for method in Correction
    }


def _weighted_holm(case: Case) -> dict[str, Any]:
    weights = case["input"].get("weights", case["params"].get("weights"))
    records = weighted_holm(case["input"]["p"], _HIGH, weights=weights)
    return {"adjusted": [one.pvalue_adjusted for one in records]}


def _fallback(case: Case) -> dict[str, Any]:
    p, alpha = case["input"]["p"], case["params"]["alpha"]
    weights = case["params"].get("weights", case["input"].get("weights"))
    records = fallback(p, alpha, weights=weights)
    sequence = correct(p, alpha, "fixed_sequence")
    return {
        "levels": [one.alpha_judged or 0.0 for one in records],
        "reject": [one.is_rejected(p_one) for one, p_one in zip(records, p, strict=True)],
        "adjusted": [one.pvalue_adjusted for one in records],
        "fixed_sequence_reject": [one.pvalue_adjusted < alpha for one in sequence],
    }


def _graphical(case: Case) -> dict[str, Any]:
    given = case["input"]
    found = graphical(
        given["p"],
        case["params"].get("alpha", _HIGH),
        weights=given["weights"],
        transitions=given["transition"],
    )
    return {
        "adjusted": [one.pvalue_adjusted for one in found.records],
        "order": list(found.order),
    }


def _westfall_young(case: Case) -> dict[str, Any]:
    table = np.array(case["input"]["D"], dtype=float)
    if case["params"].get("alternative", "greater") == "less":
        table = -table
    if not case["params"].get("studentized", True):
        return _unstudentised(table)
    found = max_t(table, 0.05, exact_units=20)
    critical = found.single_step_critical
    sign = -1.0 if case["params"].get("alternative") == "less" else 1.0
    return {
        "t": [sign * one.student.statistic(0.0) for one in found.members],
        "raw_p": [one.pvalue for one in found.members],
        "single_step_p": [one.pvalue_single_step for one in found.members],
        "step_down_p": [one.pvalue_adjusted for one in found.members],
        "n_flips": found.flips,
        "crit_95_single_step": math.inf if critical is None else critical,
    }


def _unstudentised(table: Any) -> dict[str, Any]:
    """Max of the means: what studentising is there to prevent when scales differ."""
    means = table.mean(axis=0)
    order = np.argsort(-means, kind="stable")
    scale = float(np.abs(means).max())
    law = flip_law(
        table[:, order] / len(table), means[order] - TIE * scale, 0.05, rng=None, draws=1
    )
    back = np.argsort(order, kind="stable")
    return {"t": means, "n_flips": law.flips, "crit_95_single_step": law.quantile(0)} | {
        key: values[back].tolist() for key, values in _three(law).items()
    }


def _three(law: FlipLaw) -> dict[str, Any]:
    return {
        "raw_p": law.raw,
        "single_step_p": law.single_step,
        "step_down_p": np.maximum.accumulate(law.step_down),
    }


def _holm_bounds(case: Case) -> dict[str, Any]:
    given, alpha = case["input"], case["params"]["alpha"]
    null = case["params"].get("null", 0.0)
    limits = null if isinstance(null, list) else [null] * len(given["estimate"])
    effects = [
        StudentT(estimate=estimate, standard_error=se, df=None if df in {None, "inf"} else df)
        for estimate, se, df in zip(given["estimate"], given["se"], given["df"], strict=True)
    ]
    bounds = holm_bounds(effects, limits, alpha)
    return {
        "p": [one.pvalue for one in bounds],
        "reject": [one.is_rejected for one in bounds],
        "lower": [one.low for one in bounds],
        "bonferroni_lower": [one.low_bonferroni for one in bounds],
    }


def _dunnett(case: Case) -> dict[str, Any]:
    members = dunnett(case["input"]["control"], case["input"]["treatments"])
    alpha = case["params"].get("alpha", 0.05)
    law = members[0].law
    return {
        "t": [one.statistic(0.0) for one in members],
        "df": members[0].df,
        "p_two_sided": [one.p_two_sided(0.0) for one in members],
        "p_greater": [one.p_greater(0.0) for one in members],
        "p_less": [one.p_less(0.0) for one in members],
        "critical_two_sided_05": law.critical_two_sided(0.05),
        "critical_greater_05": law.critical(0.05),
        "simultaneous_ci": [list(one.interval_two_sided(alpha)) for one in members],
    }


def _e_bh(case: Case) -> dict[str, Any]:
    found = e_bh(case["input"]["e"], case["params"]["alpha"])
    rejected = [index for index, one in enumerate(found) if one.is_rejected]
    return {"n_rejected": len(rejected), "rejected": rejected}


def _risk_aware(case: Case) -> dict[str, Any]:
    params = case["params"]
    shared = share_risk(
        params["success"], params["guardrail"], alpha=params["alpha"], beta=params["beta"]
    )
    return {
        "alpha_success_each": shared.alpha_success,
        "alpha_guardrail_each": shared.alpha_guardrail,
        "beta_each": shared.beta_each,
    }


def _worst_slice(case: Case) -> dict[str, Any]:
    given, alpha = case["input"], case["params"]["alpha"]
    threshold = case["params"]["threshold"]
    slices = tuple(one_proportion(x, n) for x, n in zip(given["passes"], given["n"], strict=True))
    worst = WorstSlice(slices=slices)
    p = worst.p_greater(threshold)
    return {
        "p_values": [one.p_greater(threshold) for one in slices],
        "iut_p": p,
        "all_slices_pass": p < alpha,
        "lower_each": [one.interval(alpha)[0] for one in slices],
        "lower_min_iut": worst.interval(alpha)[0],
        "lower_bonferroni": [one.interval(alpha / len(slices))[0] for one in slices],
        "worst_observed": worst.estimate,
    }


def _group_sequential(case: Case) -> dict[str, Any]:
    params = case["params"]
    looks = group_sequential(params["information"], params["alpha"], params["spending"])
    return {
        "boundary_z": [math.inf if one.boundary is None else one.boundary for one in looks],
        "nominal_p": [one.alpha_judged or 0.0 for one in looks],
        "cumulative_alpha": [one.alpha_spent for one in looks],
        "first_crossing": first_crossing(case["input"]["z"], looks),
    }


ADAPTERS: dict[str, Adapter] = {
    "p_adjust": _p_adjust,
    "weighted_holm": _weighted_holm,
    "fallback_fixed_sequence": _fallback,
    "graphical_bretz": _graphical,
    "westfall_young_maxt": _westfall_young,
    "holm_simultaneous_bounds": _holm_bounds,
    "dunnett": _dunnett,
    "e_bh": _e_bh,
    "risk_aware_rule": _risk_aware,
    "worst_slice": _worst_slice,
    "group_sequential": _group_sequential,
}
