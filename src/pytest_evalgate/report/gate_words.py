"""What Markdown and the badge say about a whole gate, in words, before any escaping."""

from collections.abc import Iterable, Sequence

from pytest_evalgate.evidence import (
    Action,
    ContractCheck,
    Family,
    GateEvidence,
    RuleEvidence,
    Verdict,
)
from pytest_evalgate.report.escape import visible
from pytest_evalgate.report.numbers import level_text, percent_text
from pytest_evalgate.report.rerun import overrides
from pytest_evalgate.report.rules_table import ordered, top_level
from pytest_evalgate.report.words import ALARM, OPTIONAL_SEVERITIES, correction_title, counted


_LONGEST_TEXT = 400
_WORST = (Verdict.INVALID, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)


def is_passed(rule: RuleEvidence) -> bool:
    """Say whether a rule passed."""
    return rule.verdict is Verdict.PASS


def worst_first(rules: Sequence[RuleEvidence]) -> list[RuleEvidence]:
    """Return ``rules``, what blocks first, slices and members below their parent.

    Equal ones stay in the order of the gate file.
    """

    def rank(rule: RuleEvidence) -> tuple[bool, int, int]:
        weights = ("block", "escalate", *OPTIONAL_SEVERITIES)
        weight = weights.index(rule.severity) if rule.severity in weights else 0
        return is_passed(rule), weight if weight > 1 else 0, _WORST.index(rule.verdict)

    return ordered(sorted(rules, key=rank))


def verdict_counts(evidence: GateEvidence) -> str:
    """Count top-level rules by what they do: ``1 fail, 1 inconclusive, 4 pass``."""
    words = [_counted_as(rule) for rule in top_level(evidence.rules)]
    order = (*_WORST[:-1], *OPTIONAL_SEVERITIES, Verdict.PASS)
    text = ", ".join(f"{words.count(word)} {word}" for word in order if word in words)
    return text or "no rule was judged"


def arm_words(evidence: GateEvidence, arm: str) -> tuple[str, str]:
    """Return model and commit of an arm where all its files agree; empty where they do not say.

    Files without rows are companions that hold the metadata of others.
    """
    files = [file for file in evidence.provenance.artifacts if file.arm == arm and file.rows]
    models = {file.metadata.get("model") for file in files}
    commits = {file.metadata.get("git_commit") for file in files}
    model = models.pop() if len(models) == 1 else None
    commit = commits.pop() if len(commits) == 1 else None
    return visible(model or "", limit=40), visible((commit or "")[:7])


def how_words(evidence: GateEvidence) -> str:
    """Say how many rules were judged, under which correction, at which level."""
    methods = dict.fromkeys(family.method for family in evidence.families)
    named = [correction_title(method) for method in methods if method != "none"]
    correction = " and ".join(named) or "no correction"
    top = counted(len(top_level(evidence.rules)), "rule")
    return f"{top}, {correction}, alpha {level_text(evidence.gate.alpha)} one-sided"


def interval_note(rules: Iterable[RuleEvidence]) -> str:
    """Say how to read the intervals; empty where there is none."""
    judged = [rule for rule in rules if rule.effect is not None]
    if not judged:
        return ""
    text = f"interval: {level_words(judged)}; it lies wholly inside the limit exactly on PASS"
    if any(rule.claim == ALARM for rule in judged):
        text += "; an alarm rings, FAIL, exactly when it lies wholly beyond that limit"
    return text


def level_words(rules: Iterable[RuleEvidence]) -> str:
    """Say how sure the intervals are: ``90 %``, or a range where rules were judged at several."""
    levels = sorted({rule.effect.level for rule in rules if rule.effect is not None})
    texts = list(dict.fromkeys(map(percent_text, levels)))
    if len(texts) < 2:
        return "".join(texts)
    return f"{texts[0]} to {texts[-1]}, each at the level its rule was judged at"


def unproven_note(evidence: GateEvidence) -> str:
    """Say what inconclusive rules that are required lead to; empty where there is none."""
    words = [_counted_as(rule) for rule in top_level(evidence.rules)]
    if Verdict.INCONCLUSIVE not in words:
        return ""
    is_escalated = evidence.gate.on_inconclusive == "escalate"
    return "not proven: a person decides" if is_escalated else "not proven: blocks"


def check_words(check: ContractCheck) -> str:
    """Tell one check of the contract, with both values it saw."""
    seen = [
        f"{arm} {visible(value)}"
        for arm, value in (("candidate", check.candidate), ("baseline", check.baseline))
        if value is not None
    ]
    text = f"{visible(check.check)}: {', '.join([f'expected {visible(check.expected)}', *seen])}"
    return f"{text}; {visible(check.reason, limit=_LONGEST_TEXT)}" if check.reason else text


def family_words(family: Family) -> str:
    """Say which rules were corrected together, and what that controls."""
    what = f"{correction_title(family.method)} over {counted(len(family.members), 'rule')}"
    return f"{visible(family.name)}: {what}; {visible(family.controls, limit=_LONGEST_TEXT)}"


def remarks(evidence: GateEvidence) -> list[str]:
    """Tell warnings, waivers, readers that are not ours, and paths from the command line."""
    texts = [f"warning: {visible(text, limit=_LONGEST_TEXT)}" for text in evidence.warnings]
    for waiver in evidence.waivers:
        parts = [
            f"{visible(key)} {visible(str(value), limit=200)}" for key, value in waiver.items()
        ]
        texts.append(f"waiver: {', '.join(parts)}")
    for name, reader in sorted(evidence.provenance.readers.items()):
        digest = visible(reader.get("sha256", "")[:8])
        provider = visible(reader.get("provider", ""), limit=200)
        texts.append(f"reader: {visible(name)} is code of {provider}, sha256 {digest}")
    arms = dict.fromkeys(
        f"{visible(file.name)}.{visible(file.arm)}"
        for file in evidence.provenance.artifacts
        if file.override
    )
    if arms:
        texts.append(f"override: paths from the command line for {', '.join(arms)}")
    unread = _unread_overrides(evidence)
    if unread:
        names = ", ".join(unread)
        texts.append(f"override: the command line names paths for {names}; no such file was read")
    return texts


def _unread_overrides(evidence: GateEvidence) -> list[str]:
    """Return what paths were typed for and no file was read from: the path is wrong, or unused."""
    typed = [text.partition("=")[0] for text in overrides(evidence.run)]
    read = {
        name
        for file in evidence.provenance.artifacts
        if file.override
        for name in (file.name, f"{file.name}.{file.arm}")
    }
    return [visible(target) for target in dict.fromkeys(typed) if target not in read]


def is_promoted(evidence: GateEvidence) -> bool:
    """Say whether the candidate may replace the baseline, with warnings or without."""
    return evidence.decision.action in (Action.PROMOTE, Action.WARN)


def _counted_as(rule: RuleEvidence) -> str:
    is_optional = rule.severity in OPTIONAL_SEVERITIES and not is_passed(rule)
    return rule.severity if is_optional else rule.verdict.value
