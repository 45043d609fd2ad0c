"""Rules that no data of the declared size could pass."""

import math
from collections.abc import Iterator

from pytest_evalgate.spec.build_claims import Draft, is_proof
from pytest_evalgate.spec.fields import Fields
from pytest_evalgate.spec.keys import SLICES
from pytest_evalgate.spec.model import Better, Claim, Kind


_SMALLEST = 5e-324  # so that no level rounds to 0


def check_feasibility(drafts: list[Draft], *, alpha: float, correction: str, proofs: int) -> None:
    """Report every rule whose declared minimum lets in samples that could never pass.

    ``proofs`` counts the family at the top level, in which a group is one; its members are
    held to alpha alone.
    """
    strictest = _largest_level(alpha, correction, proofs)
    for draft in drafts:
        is_alone = draft.rule.group is not None or not is_proof(draft.rule)
        level = alpha if is_alone else strictest
        _check_samples(draft, level)
        _check_sign_flip(draft, level)


def fewest(chance: float, level: float) -> int:
    """Count the units after which a streak of probability ``chance`` each is below a level."""
    n = max(1, math.ceil(math.log(level) / math.log(chance)))
    while chance**n >= level:  # the logarithms may round to the exact tie, which does not pass
        n += 1
    while n > 1 and chance ** (n - 1) < level:
        n -= 1
    return n


def _largest_level(alpha: float, correction: str, members: int) -> float:
    """Give the largest level at which a member of a family can be judged."""
    if members > 1 and correction == "bonferroni":
        return max(alpha / members, _SMALLEST)
    if members > 1 and correction == "sidak":
        return -math.expm1(math.log1p(-alpha) / members)
    return alpha


def _check_samples(draft: Draft, level: float) -> None:
    chance = _chance(draft)
    if chance is None:
        return
    needed = fewest(chance, level)
    adjective = "flawless samples" if draft.metric.quantile is None else "samples"
    for declared, fields in _declared(draft):
        if declared < needed:
            fields.add(
                f"rule {draft.rule.id!r} cannot pass: min_samples is {declared}, at least "
                f"{needed} {adjective} are needed at level {level:.4g}",
                key="min_samples",
                hint=f"write `min_samples: {needed}` or more, or leave it out",
            )


def _chance(draft: Draft) -> float | None:
    """Give the most a single unit can weigh against the null hypothesis; None if unknown."""
    rule, metric, arm = draft.rule, draft.metric, draft.artifact.candidate
    if rule.claim is not Claim.THRESHOLD or arm.run or arm.cluster or metric.gold or metric.task:
        return None
    is_higher = metric.better is Better.HIGHER
    if metric.quantile is not None and rule.method in {"auto", "order_statistic"}:
        chance = 1 - metric.quantile if is_higher else metric.quantile
    elif metric.kind is Kind.BINARY and rule.method in {"auto", "exact_binomial"}:
        if arm.repeat:  # averages of repeats are not binary
            return None
        chance = rule.limit.number if is_higher else 1 - rule.limit.number
    else:
        return None
    return chance if 0 < chance < 1 else None


def _check_sign_flip(draft: Draft, level: float) -> None:
    rule, arm = draft.rule, draft.artifact.candidate
    if rule.method != "sign_flip" or (arm.id and arm.run):
        return
    needed = fewest(0.5, level)  # each pair halves the smallest p-value
    key, declared = ("min_runs", rule.min_runs) if arm.run else ("min_samples", rule.min_samples)
    if draft.fields.has(key) and declared < needed:
        draft.fields.add(
            f"rule {rule.id!r} cannot pass: {declared} pairs give p >= {0.5**declared:.4g} at best "
            f"by sign-flip, the level is {level:.4g}; {needed} are needed",
            key=key,
            hint=f"write `{key}: {needed}` or more, or leave it out",
        )


def _declared(draft: Draft) -> Iterator[tuple[int, Fields]]:
    """Yield the least number of units that the file itself allows, and where it says so."""
    slices = draft.policy.slices
    if slices is not None and slices.min_samples is not None:
        fields = draft.policy.fields.open("slices", SLICES)
        if fields is not None:
            yield slices.min_samples, fields
    elif draft.rule.is_min_samples_declared:
        yield draft.rule.min_samples, draft.fields
