"""All that the page shows, in the order in which it shows it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_evalgate.evidence import Action, ArtifactFile, GateEvidence, Verdict
from pytest_evalgate.report.escape import visible
from pytest_evalgate.report.gate_words import (
    interval_note,
    remarks,
    unproven_note,
)
from pytest_evalgate.report.numbers import level_text
from pytest_evalgate.report.rules_table import ordered, top_level
from pytest_evalgate.report.webpage import foundation
from pytest_evalgate.report.webpage.anchors import Places
from pytest_evalgate.report.webpage.figures import Figure, figure
from pytest_evalgate.report.webpage.reasons import Reason, reasons
from pytest_evalgate.report.webpage.rows import Badge, RulesTable, rules_table
from pytest_evalgate.report.webpage.sections import Section, sections
from pytest_evalgate.report.words import (
    OPTIONAL_SEVERITIES,
    correction_title,
    counted,
    decision_label,
)


_TONES = {
    Action.PROMOTE: "pass",
    Action.WARN: "warn",
    Action.ESCALATE: "inconclusive",
    Action.BLOCK: "fail",
}
_MOST_REASONS = 6  # that are not folded
_MOST_FACTS = 20  # of the metadata that the files of an arm agree on
_FIRST_FACTS = ("model", "git_commit")
_DIGEST = re.compile(r"(?:[a-z0-9]{1,8}:)?[0-9a-f]{32,}", re.ASCII)
_BRIEF = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that the files of the arms say about themselves; a value for each arm."""

    name: str
    values: tuple[str, ...]
    is_same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Arms:
    """What is compared with what."""

    names: tuple[str, ...]
    facts: tuple[Fact, ...]
    same: tuple[Fact, ...]  # of no help in telling the arms apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole page."""

    gate: str
    decision: Badge
    counts: tuple[Badge, ...]
    unproven: str
    reasons: tuple[Reason, ...]
    more_reasons: tuple[Reason, ...]
    remarks: tuple[str, ...]
    arms: Arms
    judged: tuple[tuple[str, Figure | str], ...]
    table: RulesTable
    note: str
    sections: tuple[Section, ...]
    violated: tuple[foundation.Check, ...]
    kept: tuple[foundation.Check, ...]
    families: tuple[foundation.FamilyView, ...]
    power: foundation.PowerView
    files: tuple[foundation.FileRow, ...]
    more_files: str
    origins: tuple[tuple[str, str], ...]
    version: str
    created: str


def page(evidence: GateEvidence) -> Page:
    """Return all that the page of a gate shows."""
    places = Places(evidence.rules)
    decision = evidence.decision
    violated, kept = foundation.checks(evidence)
    files, more_files = foundation.files(evidence)
    why = reasons(evidence, places)
    # One more takes no more room than the words that would hide it.
    first = _MOST_REASONS if len(why) > _MOST_REASONS + 1 else len(why)
    return Page(
        gate=visible(evidence.gate.name),
        decision=Badge(label=decision_label(decision), tone=_TONES[decision.action]),
        counts=_counts(evidence),
        unproven=unproven_note(evidence),
        reasons=why[:first],
        more_reasons=why[first:],
        remarks=tuple(remarks(evidence)),
        arms=_arms(evidence),
        judged=_judged(evidence),
        table=rules_table(evidence, places),
        note=interval_note(evidence.rules),
        sections=tuple(sections(evidence, ordered(evidence.rules), places)),
        violated=violated,
        kept=kept,
        families=foundation.families(evidence, places),
        power=foundation.power(evidence, places),
        files=files,
        more_files=more_files,
        origins=foundation.origins(evidence),
        version=visible(evidence.provenance.versions.get("pytest-evalgate", "")),
        created=visible(evidence.provenance.created or ""),
    )


def _counts(evidence: GateEvidence) -> tuple[Badge, ...]:
    """Count top-level rules by what they do, worst first."""
    words = [
        rule.severity
        if rule.severity in OPTIONAL_SEVERITIES and rule.verdict is not Verdict.PASS
        else rule.verdict.value
        for rule in top_level(evidence.rules)
    ]
    order = ("invalid", "fail", "inconclusive", *OPTIONAL_SEVERITIES, "pass")
    return tuple(
        Badge(label=f"{words.count(word)} {word}", tone=word) for word in order if word in words
    )


def _judged(evidence: GateEvidence) -> tuple[tuple[str, Figure | str], ...]:
    """Say how the gate judges."""
    gate = evidence.gate
    methods = dict.fromkeys(family.method for family in evidence.families)
    named = [correction_title(method) for method in methods if method != "none"]
    return (
        ("gate file", visible(gate.path, limit=200)),
        ("alpha, one-sided", figure(("gate", "alpha"), gate.alpha, level_text(gate.alpha))),
        ("power planned for", figure(("gate", "power"), gate.power, level_text(gate.power))),
        ("correction", " and ".join(named) or "no correction"),
        ("an unproven rule", f"leads to: {visible(gate.on_inconclusive)}"),
    )


def _arms(evidence: GateEvidence) -> Arms:
    """Return what the files of each arm agree on; companions without rows hold metadata only."""
    by_arm: dict[str, list[ArtifactFile]] = {}
    for file in evidence.provenance.artifacts:
        if file.rows:
            by_arm.setdefault(file.arm, []).append(file)
    keys = dict.fromkeys(
        key for files in by_arm.values() for file in files for key in file.metadata
    )
    first = [key for key in _FIRST_FACTS if key in keys]
    named = [*first, *(key for key in keys if key not in first)][:_MOST_FACTS]
    known = [_fact(key, by_arm) for key in named]
    paths = tuple(_paths(files) for files in by_arm.values())
    facts = [*known, Fact(name="files", values=paths, is_same=True)] if paths else known
    shown = [fact for fact in facts if not fact.is_same or fact.name in (*_FIRST_FACTS, "files")]
    return Arms(
        names=tuple(visible(arm) for arm in by_arm),
        facts=tuple(shown),
        same=tuple(fact for fact in facts if fact not in shown),
    )


def _paths(files: Sequence[ArtifactFile]) -> str:
    """Name the first file, and say how many there are besides it."""
    more = f" and {counted(len(files) - 1, 'more file')}" if len(files) > 1 else ""
    return visible(files[0].path, limit=200) + more


def _fact(key: str, by_arm: dict[str, list[ArtifactFile]]) -> Fact:
    values = []
    for files in by_arm.values():
        found = dict.fromkeys(file.metadata.get(key) for file in files)
        text = next(iter(found)) if len(found) == 1 else f"{len(found)} values"
        values.append(text)
    shown = tuple("-" if text is None else visible(_brief(text), limit=120) for text in values)
    return Fact(name=visible(key), values=shown, is_same=len(set(values)) == 1)


def _brief(text: str) -> str:
    """Cut a digest or a commit; the evidence file holds all of it."""
    return f"{text[:_BRIEF]}…" if _DIGEST.fullmatch(text) else text
