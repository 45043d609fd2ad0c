"""What the verdicts rest on: contract, families, power, and where the numbers come from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_evalgate.evidence import (
    ArtifactFile,
    ContractCheck,
    Family,
    GateEvidence,
    RuleEvidence,
    Verdict,
)
from pytest_evalgate.report.escape import visible
from pytest_evalgate.report.gate_words import is_promoted
from pytest_evalgate.report.headline import fresh_amount, is_straddling
from pytest_evalgate.report.numbers import effect_notation, level_text
from pytest_evalgate.report.rules_table import ordered
from pytest_evalgate.report.webpage.anchors import Places
from pytest_evalgate.report.webpage.figures import Figure, count, figure
from pytest_evalgate.report.webpage.rows import Badge
from pytest_evalgate.report.words import added_reason, correction_title, counted, sizes


_LONGEST_TEXT = 400
_MOST_FILES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check of the contract."""

    badge: Badge
    name: str
    expected: str
    candidate: str
    baseline: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A bound that holds for one member at once with all others."""

    anchor: str | None
    name: str
    compatible: Figure | None
    bonferroni: Figure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyView:
    """Rules that were corrected together."""

    name: str
    method: str
    size: str
    alpha: Figure
    controls: str
    members: tuple[tuple[str | None, str], ...]  # anchor and name
    bounds: tuple[Bound, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerRow:
    """What the data of a rule could have shown, and what would decide."""

    anchor: str
    name: str
    have: str
    detects: Figure | None
    at: Figure | None
    runs: Figure | None
    samples: Figure | None
    shares: tuple[tuple[str, Figure], ...]
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerView:
    """What the whole gate could have shown."""

    joint: Figure | None
    reason: str  # why it is not known
    wanted: str
    rows: tuple[PowerRow, ...]
    has_shares: bool
    has_advice: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """A file that was read."""

    name: str
    arm: str
    path: str
    sha256: str
    rows: Figure
    bytes: Figure
    is_override: bool


def checks(evidence: GateEvidence) -> tuple[tuple[Check, ...], tuple[Check, ...]]:
    """Return the checks that were violated, and those that were kept."""
    violated = [_check(one) for one in evidence.contract if one.verdict is not Verdict.PASS]
    kept = [_check(one) for one in evidence.contract if one.verdict is Verdict.PASS]
    return tuple(violated), tuple(kept)


def families(evidence: GateEvidence, places: Places) -> tuple[FamilyView, ...]:
    """Return the families and what their correction controls."""
    return tuple(
        FamilyView(
            name=visible(family.name),
            method=correction_title(family.method),
            size=counted(len(family.members), "rule"),
            alpha=figure(("families", index, "alpha"), family.alpha, level_text(family.alpha)),
            controls=visible(family.controls, limit=_LONGEST_TEXT),
            members=tuple(
                (_anchor(name, places), visible(name, limit=200)) for name in family.members
            ),
            bounds=tuple(_bounds(family, index, places)),
        )
        for index, family in enumerate(evidence.families)
    )


def power(evidence: GateEvidence, places: Places) -> PowerView:
    """Return what the data could have shown, rule by rule, and what to gather next."""
    rows = tuple(
        _power_row(rule, evidence, places)
        for rule in ordered(evidence.rules)
        if rule.power is not None and rule.effect is not None
    )
    # What a second sample would show says nothing to whom these data have convinced.
    joint = None if is_promoted(evidence) else evidence.plan.get("joint_power")
    return PowerView(
        joint=None
        if not isinstance(joint, float)
        else figure(("plan", "joint_power"), joint, level_text(joint)),
        reason=""
        if is_promoted(evidence)
        else visible(str(evidence.plan.get("reason") or ""), limit=_LONGEST_TEXT),
        wanted=level_text(evidence.gate.power),
        rows=rows,
        has_shares=any(row.shares for row in rows),
        has_advice=any(row.advice for row in rows),
    )


def files(evidence: GateEvidence) -> tuple[tuple[FileRow, ...], str]:
    """Return the files that were read, and words for those beyond the first of them."""
    known = evidence.provenance.artifacts
    rows = tuple(_file(file, index) for index, file in enumerate(known[:_MOST_FILES]))
    more = len(known) - len(rows)
    return rows, f"and {counted(more, 'more file')}, named in the evidence file" if more else ""


def origins(evidence: GateEvidence) -> tuple[tuple[str, str], ...]:
    """Return what else is known about where the numbers come from."""
    provenance = evidence.provenance
    facts = {
        "gate file": visible(evidence.gate.path, limit=300),
        "gate file, sha256": visible(evidence.gate.sha256),
        "policy ref": visible(evidence.gate.policy_ref or ""),
        "decision, digest": visible(evidence.decision.digest),
        "created": visible(provenance.created or ""),
        "seed": str(provenance.seed),
        "head of the repository": visible(evidence.run.head_sha or ""),
        "arguments": visible(" ".join(evidence.run.args), limit=_LONGEST_TEXT),
        "plugins": visible(", ".join(evidence.run.plugins), limit=_LONGEST_TEXT),
        "schema": visible(evidence.schema),
    }
    named = [(name, text) for name, text in facts.items() if text]
    return (*named, *_pairs("version of", provenance.versions), *_pairs("git", provenance.git))


def _pairs(prefix: str, known: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in known.items():
        if value is not None:
            yield f"{prefix} {visible(name)}", visible(str(value))


def _check(check: ContractCheck) -> Check:
    return Check(
        badge=Badge(label=check.verdict.value.upper(), tone=check.verdict.value),
        name=visible(check.check, limit=200),
        expected=visible(check.expected, limit=200),
        candidate="-" if check.candidate is None else visible(check.candidate, limit=200),
        baseline="-" if check.baseline is None else visible(check.baseline, limit=200),
        reason=visible(check.reason, limit=_LONGEST_TEXT),
    )


def _anchor(name: str, places: Places) -> str | None:
    rule = places.named(name)
    return None if rule is None else places.anchor(rule)


def _bounds(family: Family, index: int, places: Places) -> Iterator[Bound]:
    """Yield the joint bounds of the members that have an effect."""
    for place, bound in enumerate(family.bounds):
        rule = places.named(bound.id)
        path = ("families", index, "bounds", place)
        yield Bound(
            anchor=_anchor(bound.id, places),
            name=visible(bound.id, limit=200),
            compatible=_on_scale(rule, (*path, "compatible"), bound.compatible),
            bonferroni=_on_scale(rule, (*path, "bonferroni"), bound.bonferroni),
        )


def _on_scale(
    rule: RuleEvidence | None, path: Sequence[str | int], number: float | None
) -> Figure | None:
    """Write a number of a rule as its effect is written."""
    if rule is None or number is None:
        return None
    return figure(path, number, effect_notation(rule).measure(number))


def _power_row(rule: RuleEvidence, evidence: GateEvidence, places: Places) -> PowerRow:
    index = places.index(rule)
    path: tuple[str | int, ...] = ("rules", index, "power")
    known = rule.power
    runs = known.needed.runs if known else None
    samples = known.needed.samples if known else None
    return PowerRow(
        anchor=places.anchor(rule),
        name=visible(rule.id, limit=200),
        have=sizes(rule.n),
        detects=_on_scale(rule, (*path, "mde"), known.mde if known else None),
        at=_on_scale(rule, (*path, "at"), known.at if known else None),
        runs=None if runs is None else count((*path, "needed", "runs"), runs),
        samples=None if samples is None else count((*path, "needed", "samples"), samples),
        shares=_shares(rule, evidence.plan.get("shares")),
        advice=_advice(rule),
    )


def _shares(rule: RuleEvidence, shares: object) -> tuple[tuple[str, Figure], ...]:
    """Return how much of the spread comes from runs, samples and repeats."""
    known = shares.get(rule.id) if isinstance(shares, dict) else None
    if not isinstance(known, dict):
        return ()
    return tuple(
        (visible(name), figure(("plan", "shares", rule.id, name), share, level_text(share)))
        for name, share in known.items()
        if isinstance(share, float)
    )


def _advice(rule: RuleEvidence) -> str:
    """Say what to gather for a rule that is not proven."""
    if rule.verdict is not Verdict.INCONCLUSIVE or not is_straddling(rule):
        return ""
    amount = fresh_amount(rule)
    if amount:
        return f"gather about {amount}"
    known = visible(added_reason(rule.reason), limit=_LONGEST_TEXT)
    return f"gather fresh data: {known}" if known else "gather fresh data"


def _file(file: ArtifactFile, index: int) -> FileRow:
    path = ("provenance", "artifacts", index)
    return FileRow(
        name=visible(file.name),
        arm=visible(file.arm),
        path=visible(file.path, limit=300),
        sha256=visible(file.sha256),
        rows=count((*path, "rows"), file.rows),
        bytes=count((*path, "bytes"), file.bytes),
        is_override=file.override,
    )
