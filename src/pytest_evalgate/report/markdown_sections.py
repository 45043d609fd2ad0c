"""The parts of a Markdown report around its table: the decision above, the sources below."""

from collections.abc import Iterable, Iterator, Sequence

from pytest_evalgate.evidence import Action, ArtifactFile, GateEvidence, Verdict
from pytest_evalgate.report.gate_words import (
    arm_words,
    check_words,
    family_words,
    how_words,
    interval_note,
    remarks,
    unproven_note,
    verdict_counts,
)
from pytest_evalgate.report.markdown_text import code, prose
from pytest_evalgate.report.reasons import in_short, named_rules, short_reasons, single_reasons
from pytest_evalgate.report.words import (
    counted,
    decision_label,
)


_ICONS = {
    Action.PROMOTE: "\N{WHITE HEAVY CHECK MARK}",
    Action.WARN: "\N{WARNING SIGN}\N{VARIATION SELECTOR-16}",
    Action.ESCALATE: "\N{RAISED HAND}",
    Action.BLOCK: "\N{NO ENTRY}",
}
_MOST_FILES = 4  # of one arm of an artifact
_MOST_REASONS = 10  # told one for each rule; more are told as the decision does
_LONGEST = 2000  # texts are cut where they are made; this is none of their lengths


def heading(evidence: GateEvidence) -> str:
    """Write the decision; it is the one part that no budget takes away."""
    decision = evidence.decision
    label = prose(decision_label(decision))
    return f"## {_ICONS[decision.action]} Gate {code(evidence.gate.name)}: {label}"


def context(evidence: GateEvidence) -> str:
    """Say how the rules came out, and what was compared with what."""
    note = unproven_note(evidence)
    counts = f"**{verdict_counts(evidence)}**" + (f" ({note})" if note else "") + "."
    candidate, baseline = (_arm(evidence, arm) for arm in ("candidate", "baseline"))
    arms = " against ".join(filter(None, (candidate, baseline)))
    compared = f"{arms[:1].upper()}{arms[1:]}. " if arms else ""
    return f"{counts} {compared}{prose(how_words(evidence))}."


def reasons(evidence: GateEvidence) -> tuple[str, ...]:
    """Return why the gate decides so, one item each; the details tell the numbers."""
    texts = single_reasons(evidence, in_short)
    if len(texts) > _MOST_REASONS:
        texts = short_reasons(evidence, in_short)
    return tuple(f"- {_reason(text, evidence)}" for text in texts)


def _reason(text: str, evidence: GateEvidence) -> str:
    rules, rest = named_rules(text, evidence)
    ids = {rule.id for rule in evidence.rules}
    told = prose(rest.removeprefix(" "), names=ids)
    names = ", ".join(code(rule.id, limit=200) for rule in rules)
    return f"{names}{' ' * rest.startswith(' ')}{told}"


def reading(evidence: GateEvidence) -> str:
    """Say how to read the intervals."""
    return prose(interval_note(evidence.rules))


def contract_violated(evidence: GateEvidence) -> tuple[str, ...]:
    """Return the checks of the contract that were not kept, one item each."""
    return tuple(
        f"- **{check.verdict.value.upper()}** {prose(check_words(check), limit=_LONGEST)}"
        for check in evidence.contract
        if check.verdict is not Verdict.PASS
    )


def told(evidence: GateEvidence) -> tuple[str, ...]:
    """Return warnings, waivers and the like, one item each."""
    return tuple(f"- {prose(text, limit=_LONGEST)}" for text in remarks(evidence))


def contract_kept(evidence: GateEvidence) -> tuple[str, ...]:
    """Return the checks of the contract that were kept, one item each."""
    return tuple(
        f"- {prose(check_words(check), limit=_LONGEST)}"
        for check in evidence.contract
        if check.verdict is Verdict.PASS
    )


def judged(evidence: GateEvidence) -> tuple[str, ...]:
    """Return how the gate was judged: families, settings, versions, digests; one item each."""
    gate, provenance = evidence.gate, evidence.provenance
    versions = " ".join(f"{name} {version}," for name, version in provenance.versions.items())
    commit = evidence.run.head_sha
    items = [
        *(prose(family_words(family), limit=_LONGEST) for family in evidence.families),
        f"on inconclusive: {prose(gate.on_inconclusive)}; seed {provenance.seed}",
        f"gate file: {code(gate.path, limit=200)}, {_digest(gate.sha256)}"
        + (f", of revision {code(gate.policy_ref, limit=100)}" if gate.policy_ref else ""),
        *([f"commit: {code(commit)}"] if commit else []),
        *([f"versions: {prose(versions.rstrip(','))}"] if versions else []),
        *([f"created: {code(provenance.created)}"] if provenance.created else []),
        f"evidence: schema {code(evidence.schema)}, decision {_digest(evidence.decision.digest)}",
    ]
    return tuple(f"- {item}" for item in items)


def files(evidence: GateEvidence) -> tuple[str, ...]:
    """Return the first files of each arm of each artifact, and how many more were read."""
    groups: dict[tuple[str, str], list[ArtifactFile]] = {}
    for file in evidence.provenance.artifacts:
        groups.setdefault((file.name, file.arm), []).append(file)
    return tuple(item for group in groups.values() for item in _files(group))


def folded(title: str, items: Iterable[str]) -> str:
    """Put ``items`` under a title that opens; the title is a text of ours."""
    return "\n".join([f"<details><summary>{title}</summary>", "", *items, "", "</details>"])


def _arm(evidence: GateEvidence, arm: str) -> str:
    model, commit = arm_words(evidence, arm)
    return f"{arm} {code(model)}" + (f" ({code(commit)})" if commit else "") if model else ""


def _files(group: Sequence[ArtifactFile]) -> Iterator[str]:
    yield from map(_file, group[:_MOST_FILES])
    if len(group) > _MOST_FILES:
        yield f"- {_arm_name(group[0])}: and {len(group) - _MOST_FILES} more in the evidence"


def _arm_name(file: ArtifactFile) -> str:
    return code(f"{file.name}.{file.arm}", limit=160)


def _file(file: ArtifactFile) -> str:
    rows = counted(file.rows, "row") if file.rows else "metadata"
    arm = _arm_name(file)
    how = ", from the command line" if file.override else ""
    return f"- {arm} {code(file.path, limit=200)}, {rows}, {_digest(file.sha256)}{how}"


def _digest(digest: str) -> str:
    return f"sha256 {code(digest[:12])}" if digest else "without a digest"
