"""`any_of` groups: one member is enough, and their multiplicity is corrected inside the group."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.evidence import Family, RuleEvidence, Verdict
from pytest_evalgate.gate.domain_question import skewed_beyond
from pytest_evalgate.gate.families import Level
from pytest_evalgate.gate.judge import blank_group
from pytest_evalgate.gate.measure import Measured, NotMeasured
from pytest_evalgate.spec.model import Better, GateSpec, Group
from pytest_evalgate.stats.correction import Corrected, controls, correct
from pytest_evalgate.stats.maxt import MAX_T_CONTROLS, MaxT, max_t
from pytest_evalgate.stats.streams import stream


MAX_T = "max_t"


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The members of a group, measured, with what correcting them together gives."""

    group: Group
    members: tuple[Measured | NotMeasured, ...]
    joint: MaxT | None  # under max_t
    alpha: float  # level the joint law was computed at


def join(spec: GateSpec, group: Group, members: Sequence[Measured | NotMeasured]) -> Joined:
    """Put the members of a group together; under max_t they must share their units."""
    found = tuple(members)
    joint = None
    if group.correction == MAX_T:
        found, joint = _max_t(spec, group, found, spec.alpha)
    return Joined(group=group, members=found, joint=joint, alpha=spec.alpha)


def pvalue(joined: Joined) -> float:
    """Return the p-value of a group: the smallest adjusted one; 1 where none was measured."""
    if joined.joint is not None:
        return min(member.pvalue_adjusted for member in joined.joint.members)
    if joined.group.correction == MAX_T:  # nothing could be judged together
        return 1.0
    # An adjusted p does not depend on the level that it is held against.
    corrected = _corrected(joined, joined.alpha)
    return min(one.pvalue_adjusted for one in corrected)


def _corrected(joined: Joined, alpha: float) -> tuple[Corrected, ...]:
    """Correct the members among themselves; one that is not honest at its level counts with 1.

    Else its p would free a level for the others.
    """
    pvalues = [one.test.pvalue if isinstance(one, Measured) else 1.0 for one in joined.members]
    while True:
        found = correct(pvalues, alpha, joined.group.correction)
        dishonest = [
            place
            for place, (one, at) in enumerate(zip(joined.members, found, strict=True))
            if isinstance(one, Measured)
            and pvalues[place] < at.alpha_judged < joined.alpha
            and skewed_beyond(one.domain, one.data, at.alpha_judged) is not None
        ]
        if not dishonest:
            return found
        for place in dishonest:
            pvalues[place] = 1.0


def member_levels(spec: GateSpec, joined: Joined, level: Level) -> tuple[Level, ...]:
    """Return the level of each member, corrected within the group at the group's own level."""
    name = joined.group.id
    if level.alpha <= 0.0 or (joined.joint is None and joined.group.correction == MAX_T):
        return tuple(
            Level(alpha=level.alpha, pvalue_adjusted=None, family=name) for _ in joined.members
        )
    if joined.joint is None:
        return tuple(
            Level(alpha=one.alpha_judged, pvalue_adjusted=one.pvalue_adjusted, family=name)
            for one in _corrected(joined, level.alpha)
        )
    joint = joined.joint
    if level.alpha != joined.alpha:
        joint = _max_t(spec, joined.group, joined.members, level.alpha)[1] or joint
    return tuple(
        Level(
            alpha=min(member.alpha_judged_t or 0.0, 0.5),
            pvalue_adjusted=member.pvalue_adjusted,
            family=name,
        )
        for member in joint.members
    )


def _max_t(
    spec: GateSpec, group: Group, members: Sequence[Measured | NotMeasured], alpha: float
) -> tuple[tuple[Measured | NotMeasured, ...], MaxT | None]:
    """Judge members jointly over sign flips of whole units; refuse those that share none."""
    measured = [one for one in members if isinstance(one, Measured)]
    if len(measured) < len(members):
        reason = "max_t judges all members together, and one of them could not be measured"
        return tuple(
            NotMeasured(rule=one.rule, reason=reason) if isinstance(one, Measured) else one
            for one in members
        ), None
    try:
        _check_shared_units(measured)
        joint = max_t(
            np.column_stack([_oriented(one) for one in measured]),
            alpha,
            rng=stream(spec.seed, group.id),
        )
    except UndefinedTestError as error:
        return tuple(
            NotMeasured(rule=one.rule, reason=error.message, hint=error.hint) for one in measured
        ), None
    return tuple(members), joint


def _oriented(measured: Measured) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the differences less the limit, so that above 0 is what the member claims."""
    data, bounds = measured.data, measured.bounds
    if data.baseline is None or data.ids is None or measured.method != "paired_t":
        raise UndefinedTestError(
            f"max_t needs paired means of the same units, {measured.rule.id} is none",
            hint="write `correction: holm`, which needs nothing of that kind",
        )
    limit = bounds.low if bounds.low is not None else bounds.high
    if limit is None or (bounds.low is not None and bounds.high is not None):
        raise UndefinedTestError(
            f"max_t needs one-sided claims, {measured.rule.id} is about equivalence",
            hint="write `correction: holm`",
        )
    sign = 1.0 if measured.metric.better is Better.HIGHER else -1.0
    return np.asarray(sign * (data.candidate - data.baseline - limit), dtype=np.float64)


def _check_shared_units(members: Sequence[Measured]) -> None:
    others = [one.rule.id for one in members if one.data.ids != members[0].data.ids]
    if others:
        raise UndefinedTestError(
            f"max_t needs the same units in every member; {', '.join(others)} is measured on "
            f"others than {members[0].rule.id}",
            hint="write `correction: holm`, which needs nothing of that kind",
        )


def group_verdict(members: Sequence[RuleEvidence]) -> Verdict:
    """Return the verdict of a group: one pass is enough, else the worst of its members.

    Except that the opposite of "one of these" is shown only where it is shown of all of them.
    """
    verdicts = [one.verdict for one in members]
    if Verdict.PASS in verdicts:
        return Verdict.PASS
    if Verdict.INVALID in verdicts or not verdicts:
        return Verdict.INVALID
    return Verdict.FAIL if set(verdicts) == {Verdict.FAIL} else Verdict.INCONCLUSIVE


def group_evidence(
    group: Group, members: Sequence[RuleEvidence], level: Level, pvalue_of_group: float
) -> RuleEvidence:
    """Return the evidence of a group from that of its members."""
    verdict = group_verdict(members)
    names = sorted(one.id for one in members if one.verdict is verdict)
    words = {
        Verdict.PASS: f"{', '.join(names)} passes; one of {len(members)} is enough",
        Verdict.FAIL: "the opposite is shown of every member",
        Verdict.INCONCLUSIVE: f"no member is shown; one of {len(members)} would be enough",
        Verdict.INVALID: f"could not be judged: {', '.join(names)}",
    }[verdict]
    passing = [one for one in members if one.verdict is Verdict.PASS]
    return replace(
        blank_group(group),
        verdict=verdict,
        reason=words,
        method=group.correction,
        # A warned member that another clean pass stands beside does not carry the promotion.
        warnings=min((one.warnings for one in passing), key=len, default=()),
        pvalue=pvalue_of_group,
        pvalue_adjusted=level.pvalue_adjusted,
        alpha_judged=level.alpha,
        family=level.family,
    )


def group_family(group: Group, alpha: float) -> Family:
    """Describe the family that the members of a group are."""
    is_joint = group.correction == MAX_T
    return Family(
        name=group.id,
        method=group.correction,
        controls=MAX_T_CONTROLS if is_joint else controls(group.correction),
        members=tuple(member.id for member in group.members),
        alpha=alpha,
    )
