"""The power of a whole gate: all of its required rules must pass."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.evidence.plan import Shares
from pytest_evalgate.gate.families import feasible_level, is_proof
from pytest_evalgate.gate.groups import Joined
from pytest_evalgate.gate.measure import Measured, NotMeasured
from pytest_evalgate.gate.parts import Part
from pytest_evalgate.gate.plan import power_of
from pytest_evalgate.gate.planning_rows import plan_question
from pytest_evalgate.gate.planning_shares import shares_of
from pytest_evalgate.spec.model import GateSpec, Rule


def planning_level(spec: GateSpec, rule: Rule) -> float:
    """Return the level that a rule is planned at: the largest that its correction can grant.

    A member of a group is planned at the level at which it passes whatever the others do.
    """
    level = feasible_level(spec, rule)
    if rule.group is None:
        return level
    group = next(group for group in spec.groups if group.id == rule.group)
    m = len(group.members)
    return 1.0 - (1.0 - level) ** (1.0 / m) if group.correction == "sidak" else level / m


def at_least_all(powers: Sequence[float]) -> float:
    """Return the power that several claims have together at the least, however they depend."""
    return max(0.0, 1.0 - math.fsum(1.0 - power for power in powers))


def evidence_plan(spec: GateSpec, parts: Mapping[str, Sequence[Part]]) -> dict[str, Any]:
    """Return the plan that stands in the evidence of a judged gate.

    ``joint_power`` is that of all proofs if they are independent of one another; where there is
    none a ``reason`` says why.
    """
    found = {
        entry.id: _entry_power(spec, parts[entry.id]) for entry in spec.entries() if is_proof(entry)
    }
    unknown = [name for name, power in found.items() if power is None]
    shares = dict(_shares(spec, parts))
    if unknown or not found:
        reason = f"no power is known of {', '.join(unknown[:5])}" if unknown else "nothing to prove"
        return {"joint_power": None, "reason": reason, "shares": shares}
    joint = math.prod(power for power in found.values() if power is not None)
    return {"joint_power": joint, "shares": shares}


def _entry_power(spec: GateSpec, parts: Sequence[Part]) -> float | None:
    """Return the power of a rule or group: of all of its slices, or of its best member."""
    powers = [_part_power(spec, part) for part in parts if part.is_counted]
    if not powers or any(power is None for power in powers):
        return None
    return math.prod(power for power in powers if power is not None)


def _part_power(spec: GateSpec, part: Part) -> float | None:
    if not isinstance(part.measured, Joined):
        return _power(spec, part.measured)
    powers = [_power(spec, member) for member in part.measured.members]
    if any(isinstance(member, NotMeasured) for member in part.measured.members):
        return None  # an invalid member makes its group invalid, unless another passes
    return max((power for power in powers if power is not None), default=None)


def _power(spec: GateSpec, found: Measured | NotMeasured) -> float | None:
    if isinstance(found, NotMeasured):
        return None
    question = plan_question(spec, found, planning_level(spec, found.rule))
    try:
        return power_of(question, found.inference, found.data)
    except UndefinedTestError:
        return None


def _shares(
    spec: GateSpec, parts: Mapping[str, Sequence[Part]]
) -> list[tuple[str, dict[str, float | None] | None]]:
    """Return the shares of every measured rule, slice and member."""
    rows: list[tuple[str, dict[str, float | None] | None]] = []
    for entry in spec.entries():
        for part in parts[entry.id]:
            suffix = "" if part.slice is None else part.slice.id.removeprefix(entry.id)
            found = part.measured
            members = found.members if isinstance(found, Joined) else (found,)
            rows += [
                (f"{one.rule.id}{suffix}", _record(_share(spec, one)))
                for one in members
                if isinstance(one, Measured)
            ]
    return rows


def _share(spec: GateSpec, found: Measured) -> Shares | None:
    question = plan_question(spec, found, planning_level(spec, found.rule))
    return shares_of(question, found.inference, found.data)


def _record(shares: Shares | None) -> dict[str, float | None] | None:
    if shares is None:
        return None
    return {"runs": shares.runs, "samples": shares.samples, "repeats": shares.repeats}
