"""Which rules are corrected together, by what, and what that controls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_evalgate.evidence import Family
from pytest_evalgate.spec.model import Claim, GateSpec, Rule, Severity
from pytest_evalgate.stats.correction import controls, correct, largest_level


PROOFS = "proofs"
ALARMS = "alarms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """At which level a rule is judged, in which family."""

    alpha: float
    pvalue_adjusted: float | None
    family: str | None


def is_proof(rule: Rule) -> bool:
    """Say whether a rule is one of the proofs that the top-level correction is about."""
    return rule.claim is not Claim.DETERIORATION and rule.severity in {
        Severity.BLOCK,
        Severity.ESCALATE,
    }


def correction_method(spec: GateSpec) -> str:
    """Return the method that corrects the proofs; `auto` corrects nothing: all must pass."""
    return "none" if spec.correction == "auto" else spec.correction


def feasible_level(spec: GateSpec, rule: Rule) -> float:
    """Return the largest level that a rule could be judged at."""
    if not is_proof(rule):
        return spec.alpha
    m = sum(1 for other in spec.rules if is_proof(other))
    return largest_level(spec.alpha, m, correction_method(spec))


def levels(spec: GateSpec, pvalues: Mapping[str, float]) -> dict[str, Level]:
    """Return the level of every top-level rule.

    Args:
        spec: The gate file: the family is what it says, never what was selected.
        pvalues: The p-value of each rule; of a rule with slices their largest. Rules that could
            not be measured count with p = 1.
    """
    proofs = [rule for rule in spec.rules if is_proof(rule)]
    corrected = correct([pvalues[rule.id] for rule in proofs], spec.alpha, correction_method(spec))
    result = {
        rule.id: Level(
            alpha=spec.alpha,
            pvalue_adjusted=None,
            family=ALARMS if rule.claim is Claim.DETERIORATION else None,
        )
        for rule in spec.rules
    }
    for rule, one in zip(proofs, corrected, strict=True):
        result[rule.id] = Level(
            alpha=one.alpha_judged, pvalue_adjusted=one.pvalue_adjusted, family=PROOFS
        )
    return result


def families(spec: GateSpec) -> tuple[Family, ...]:
    """Describe the families of a gate for its evidence."""
    proofs = tuple(rule.id for rule in spec.rules if is_proof(rule))
    alarms = tuple(
        rule.id
        for rule in spec.rules
        if rule.claim is Claim.DETERIORATION and rule.severity is not Severity.OBSERVE
    )
    method = correction_method(spec)
    found = [
        Family(
            name=PROOFS,
            method=method,
            controls=_proof_words(method, len(proofs)),
            members=proofs,
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
    return tuple(found)


def _proof_words(method: str, m: int) -> str:
    if method == "none":
        return "all must pass, so a promotion with a false claim has probability at most alpha"
    if m == 1:
        return f"one rule: {method} changes nothing"
    return (
        f"{controls(method)}; not needed for the promotion alone, where all must pass, "
        "and it costs power"
    )


def untested(spec: GateSpec, passed: Sequence[str]) -> dict[str, str]:
    """Return the proofs that `fixed_sequence` does not test, with the one that stopped it."""
    if spec.correction != "fixed_sequence":
        return {}
    blocked: dict[str, str] = {}
    stopper: str | None = None
    for rule in spec.rules:
        if not is_proof(rule):
            continue
        if stopper is not None:
            blocked[rule.id] = stopper
        elif rule.id not in passed:
            stopper = rule.id
    return blocked
