"""Which rules are corrected together, by what, and what that controls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_evalgate.evidence import Family
from pytest_evalgate.spec.model import Claim, GateSpec, Graph, Group, Rule, Severity
from pytest_evalgate.stats.correction import controls, correct, largest_level
from pytest_evalgate.stats.graphs import GRAPH_CONTROLS, graphical
from pytest_evalgate.stats.levels import Granted
from pytest_evalgate.stats.weighted_levels import (
    FALLBACK_CONTROLS,
    WEIGHTED_HOLM_CONTROLS,
    fallback,
    weighted_holm,
)


PROOFS = "proofs"
ALARMS = "alarms"
Entry = Rule | Group
_REQUIRED = frozenset({Severity.BLOCK, Severity.ESCALATE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """At which level a rule is judged, in which family.

    0 where no level has reached it: it is not tested, and its interval is the whole line.
    """

    alpha: float
    pvalue_adjusted: float | None
    family: str | None


def is_proof(entry: Entry) -> bool:
    """Say whether a rule is one of the proofs that the top-level correction is about.

    A member of a group is not: its group is.
    """
    if entry.severity not in _REQUIRED:
        return False
    if isinstance(entry, Group):
        return True
    return entry.claim is not Claim.DETERIORATION and entry.group is None


def correction_method(spec: GateSpec) -> str:
    """Return the method that corrects the proofs; `auto` corrects nothing: all must pass."""
    return "none" if spec.correction == "auto" else spec.correction


def feasible_level(spec: GateSpec, rule: Rule) -> float:
    """Return the largest level that a rule could be judged at."""
    entry = _entry_of(spec, rule)
    method = correction_method(spec)
    if not is_proof(entry) or method in {"fallback", "graphical"}:
        return spec.alpha
    m = sum(1 for other in spec.entries() if is_proof(other))
    return largest_level(spec.alpha, m, method)


def _entry_of(spec: GateSpec, rule: Rule) -> Entry:
    if rule.group is None:
        return rule
    return spec.group(rule.group)


def levels(spec: GateSpec, pvalues: Mapping[str, float]) -> dict[str, Level]:
    """Return the level of every rule and group.

    Args:
        spec: The gate file: the family is what it says, never what was selected.
        pvalues: The p-value of each: of a rule with slices their largest, of a group the smallest
            adjusted one of its members. What could not be measured counts with p = 1.
    """
    entries = spec.entries()
    proofs = [entry for entry in entries if is_proof(entry)]
    found = {
        entry.id: Level(
            alpha=spec.alpha,
            pvalue_adjusted=None,
            family=ALARMS if _is_alarm(entry) else None,
        )
        for entry in entries
    }
    corrected = _corrected(spec, proofs, [pvalues[proof.id] for proof in proofs])
    for entry, one in zip(proofs, corrected, strict=True):
        found[entry.id] = Level(
            alpha=one.alpha_judged or 0.0, pvalue_adjusted=one.pvalue_adjusted, family=PROOFS
        )
    return found


def _corrected(
    spec: GateSpec, proofs: Sequence[Entry], pvalues: Sequence[float]
) -> Sequence[Granted]:
    method = correction_method(spec)
    weights = [proof.weight for proof in proofs]
    given = [weight for weight in weights if weight is not None]
    if method == "graphical" and spec.graph is not None:
        shares, transitions = _matrix(spec.graph, [proof.id for proof in proofs])
        return graphical(pvalues, spec.alpha, weights=shares, transitions=transitions).records
    if method == "fallback":
        return fallback(pvalues, spec.alpha, weights=given)
    if method == "holm" and given:
        return weighted_holm(pvalues, spec.alpha, weights=given)
    return [
        Granted(pvalue_adjusted=one.pvalue_adjusted, alpha_judged=one.alpha_judged)
        for one in correct(pvalues, spec.alpha, method)
    ]


def _matrix(graph: Graph, names: Sequence[str]) -> tuple[list[float], list[list[float]]]:
    """Return the weights and the transitions of a graph in the order of its rules."""
    place = {name: index for index, name in enumerate(names)}
    weights = [0.0] * len(names)
    for name, weight in graph.weights:
        weights[place[name]] = weight
    transitions = [[0.0] * len(names) for _ in names]
    for source, target, share in graph.transitions:
        transitions[place[source]][place[target]] = share
    return weights, transitions


def families(spec: GateSpec, groups: Sequence[Family] = ()) -> tuple[Family, ...]:
    """Describe the families of a gate for its evidence: its proofs, its alarms, its groups."""
    entries = spec.entries()
    proofs = [entry for entry in entries if is_proof(entry)]
    alarms = tuple(
        entry.id for entry in entries if _is_alarm(entry) and entry.severity is not Severity.OBSERVE
    )
    method = correction_method(spec)
    is_weighted = method == "holm" and any(proof.weight is not None for proof in proofs)
    found = [
        Family(
            name=PROOFS,
            method="weighted_holm" if is_weighted else method,
            controls=_proof_words("weighted_holm" if is_weighted else method, len(proofs)),
            members=tuple(proof.id for proof in proofs),
            alpha=spec.alpha,
        )
    ]
    if alarms:
        found.append(
            Family(
                name=ALARMS,
                method="none",
                controls="each alarm rings falsely with probability at most alpha; "
                "not corrected, so that no harm slips through for want of power",
                members=alarms,
                alpha=spec.alpha,
            )
        )
    return (*found, *groups)


def _is_alarm(entry: Entry) -> bool:
    return isinstance(entry, Rule) and entry.claim is Claim.DETERIORATION


_CONTROLS = {
    "graphical": GRAPH_CONTROLS,
    "fallback": FALLBACK_CONTROLS,
    "weighted_holm": WEIGHTED_HOLM_CONTROLS,
}


def _proof_words(method: str, m: int) -> str:
    if method == "none":
        return (
            "all must pass, so a promotion with a false claim has probability at most alpha, "
            "or at most the rate that a rule's warning names"
        )
    if m == 1:
        return f"one rule: {method} changes nothing"
    words = _CONTROLS[method] if method in _CONTROLS else controls(method)
    return f"{words}; not needed for the promotion alone, where all must pass, and it costs power"


def untested(spec: GateSpec, passed: Sequence[str]) -> dict[str, str]:
    """Return the proofs that `fixed_sequence` does not test, with the one that stopped it."""
    if spec.correction != "fixed_sequence":
        return {}
    blocked: dict[str, str] = {}
    stopper: str | None = None
    for entry in spec.entries():
        if not is_proof(entry):
            continue
        if stopper is not None:
            blocked[entry.id] = stopper
        elif entry.id not in passed:
            stopper = entry.id
    return blocked
