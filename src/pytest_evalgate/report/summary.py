"""What the terminal says about one gate: context, table, notes, decision."""

from collections.abc import Sequence

from pytest_evalgate.evidence import (
    Action,
    ArtifactFile,
    ContractCheck,
    GateEvidence,
    RuleEvidence,
    Verdict,
)
from pytest_evalgate.report.ascii import in_ascii
from pytest_evalgate.report.details import test_words
from pytest_evalgate.report.escape import guard, plain
from pytest_evalgate.report.headline import headline
from pytest_evalgate.report.layout import footnotes, paragraph
from pytest_evalgate.report.numbers import level_text
from pytest_evalgate.report.rules_table import Notes, ordered, rules_table, top_level
from pytest_evalgate.report.words import (
    ALARM,
    OPTIONAL_SEVERITIES,
    Markup,
    correction_title,
    counted,
    decision_label,
    sizes,
    uncoloured,
)


_LONGEST_TEXT = 400
_MOST_REASONS = 10
_MOST_FILES = 4


def header_line(version: str, *, gates: int, rules: int, seeds: Sequence[int]) -> str:
    """Return the line for pytest's header: ``evalgate 0.1.0: 1 gate, 6 rules, seed 0``."""
    distinct = sorted(set(seeds))
    seed = f", seed{'s' * (len(distinct) > 1)} {', '.join(map(str, distinct))}" if distinct else ""
    return guard(
        f"evalgate {plain(version)}: {counted(gates, 'gate')}, {counted(rules, 'rule')}{seed}"
    )


def gate_section(
    evidence: GateEvidence,
    *,
    verbosity: int = 0,
    width: int = 100,
    evidence_path: str | None = None,
    markup: Markup = uncoloured,
) -> list[str]:
    """Return the lines that tell how one gate was judged, for the end of the session.

    Args:
        evidence: Of the gate.
        verbosity: Of pytest: -1 and below gives the decision alone, 1 adds methods and files.
        width: Columns of the terminal.
        evidence_path: Where the evidence was written.
        markup: Colours a verdict or decision word.
    """
    evidence = in_ascii(evidence)
    if verbosity < 0:
        return [_decision_line(evidence, markup=markup, is_alone=True)]
    notes = Notes()
    table = rules_table(evidence, notes=notes, width=width, markup=markup)
    below = footnotes(notes.texts, width=width) + _level_note(evidence, width=width)
    lines = [*_context(evidence, width=width), "", *table, ""]
    lines += below
    lines += _contract(evidence.contract, verbosity=verbosity, width=width)
    lines += _families(evidence, verbosity=verbosity, width=width)
    if verbosity > 0:
        lines += [*_methods(evidence, width=width), *_files(evidence, width=width)]
    lines += [*([""] if lines[-1] else []), _decision_line(evidence, markup=markup, is_alone=False)]
    lines += _reasons(evidence, width=width) + _remarks(evidence, width=width)
    if evidence_path:
        digest = f" (decision {plain(evidence.decision.digest[:12])})"
        lines.append(f"evidence: {plain(evidence_path, limit=300)}{digest}")
    return [guard(line) for line in lines]


def _context(evidence: GateEvidence, *, width: int) -> list[str]:
    """Say what is compared with what, by how many rules, at which level."""
    gate = evidence.gate
    methods = dict.fromkeys(family.method for family in evidence.families)
    named = [correction_title(method) for method in methods if method != "none"]
    correction = " and ".join(named) or "no correction"
    top = len(top_level(evidence.rules))
    how = f"{counted(top, 'rule')}, {correction}, alpha {level_text(gate.alpha)} one-sided"
    arms = [_arm(evidence, arm) for arm in ("candidate", "baseline")]
    names = "   ".join(filter(None, arms))
    line = f"{names}   {how}" if names else how
    return [line] if len(line) <= width else [names, how]


def _arm(evidence: GateEvidence, arm: str) -> str:
    """Name the model of an arm where all its files agree; empty where they do not say.

    Files without rows are companions that hold the metadata of others.
    """
    files = [file for file in evidence.provenance.artifacts if file.arm == arm and file.rows]
    models = {file.metadata.get("model") for file in files}
    commits = {file.metadata.get("git_commit") for file in files}
    model = models.pop() if len(models) == 1 else None
    commit = commits.pop() if len(commits) == 1 else None
    if not model:
        return ""
    return f"{arm} {plain(model, limit=40)}" + (f" ({plain(commit[:7])})" if commit else "")


def _level_note(evidence: GateEvidence, *, width: int) -> list[str]:
    """Say how to read the interval column."""
    judged = [rule for rule in evidence.rules if rule.effect is not None]
    if not judged:
        return []
    text = (
        "interval: at the level the rule was judged at, "
        "so it lies wholly inside the limit exactly on PASS"
    )
    if any(rule.claim == ALARM for rule in judged):
        text += "; an alarm rings, FAIL, exactly when it lies wholly in the range after `alarm`"
    return paragraph(text, width=width, rest="    ")


def _contract(checks: Sequence[ContractCheck], *, verbosity: int, width: int) -> list[str]:
    """Tell every violated check, with both values it saw."""
    lines: list[str] = []
    for check in checks:
        if check.verdict is Verdict.PASS:
            continue
        seen = [
            f"{arm} {plain(value)}"
            for arm, value in (("candidate", check.candidate), ("baseline", check.baseline))
            if value is not None
        ]
        facts = ", ".join([f"expected {plain(check.expected)}", *seen])
        text = f"contract {check.verdict.value.upper()}: {plain(check.check)}: {facts}"
        if check.reason:
            text += f"; {plain(check.reason, limit=_LONGEST_TEXT)}"
        lines += paragraph(text, width=width, rest="    ")
    kept = sum(check.verdict is Verdict.PASS for check in checks)
    if verbosity > 0 and kept:
        lines.append(f"contract: {counted(kept, 'check')} kept")
    return lines


def _families(evidence: GateEvidence, *, verbosity: int, width: int) -> list[str]:
    """Say which error the correction of each family controls; of none only when asked."""
    lines: list[str] = []
    for family in evidence.families:
        if family.method == "none" and verbosity < 1:
            continue
        what = f"{correction_title(family.method)} over {counted(len(family.members), 'rule')}"
        text = f"{plain(family.name)}: {what}; {plain(family.controls, limit=_LONGEST_TEXT)}"
        lines += paragraph(text, width=width, rest="    ")
    return lines


def _methods(evidence: GateEvidence, *, width: int) -> list[str]:
    """Tell method, p-value and sample sizes of each rule."""
    lines = ["", "methods:"] if evidence.rules else []
    for rule in ordered(evidence.rules):
        words = "; ".join(filter(None, (test_words(rule, evidence.gate), sizes(rule.n))))
        text = f"{plain(rule.id, limit=200)}: {words}"
        lines += paragraph(text, width=width, first="  ", rest="      ")
    return lines


def _files(evidence: GateEvidence, *, width: int) -> list[str]:
    """Tell which files were read, the first few of each arm."""
    arms: dict[str, list[ArtifactFile]] = {}
    for file in evidence.provenance.artifacts:
        arms.setdefault(f"{plain(file.name)}.{plain(file.arm)}", []).append(file)
    lines = ["files:"] if arms else []
    for arm, files in arms.items():
        for file in files[:_MOST_FILES]:
            rows = counted(file.rows, "row") if file.rows else "metadata"
            size = f"{rows}, sha256 {plain(file.sha256[:8])}"
            text = f"{arm} {plain(file.path, limit=200)}, {size}"
            lines += paragraph(text, width=width, first="  ", rest="      ")
        if len(files) > _MOST_FILES:
            lines.append(f"  {arm}: and {counted(len(files) - _MOST_FILES, 'more file')}")
    return lines


def _decision_line(evidence: GateEvidence, *, markup: Markup, is_alone: bool) -> str:
    """Tell the decision and how the rules came out; words that a promotion needs stand here."""
    decision = evidence.decision
    shout = markup(decision_label(decision), decision.action.value)
    line = f"{plain(evidence.gate.name)}: {shout}   {_counts(evidence)}"
    is_promotion = decision.action in (Action.PROMOTE, Action.WARN)
    if decision.reasons and (is_promotion or is_alone):
        line += f"; {_joined(decision.reasons)}"
    if is_alone and decision.action is Action.PROMOTE and (nearest := _nearest(evidence)):
        line += f"   nearest: {nearest}"
    return guard(line)


def _joined(reasons: Sequence[str]) -> str:
    shown = [plain(reason, limit=200) for reason in reasons[:3]]
    more = [f"and {len(reasons) - 3} more"] if len(reasons) > 3 else []
    return "; ".join([*shown, *more])


def _counts(evidence: GateEvidence) -> str:
    """Count top-level rules by what they do: ``4 pass, 1 fail, 1 warn``."""
    order = (*Verdict, *OPTIONAL_SEVERITIES)
    words = [_counted_as(rule) for rule in top_level(evidence.rules)]
    text = ", ".join(f"{words.count(word)} {word}" for word in order if word in words)
    if Verdict.INCONCLUSIVE in words:
        is_escalated = evidence.gate.on_inconclusive == "escalate"
        text += " (not proven: a person decides)" if is_escalated else " (not proven: blocks)"
    return text or "no rule was judged"


def _counted_as(rule: RuleEvidence) -> str:
    is_optional = rule.severity in OPTIONAL_SEVERITIES and rule.verdict is not Verdict.PASS
    return rule.severity if is_optional else rule.verdict.value


def _reasons(evidence: GateEvidence, *, width: int) -> list[str]:
    """List why the candidate is not promoted; a promotion has said it already."""
    reasons = evidence.decision.reasons
    if evidence.decision.action in (Action.PROMOTE, Action.WARN):
        return []
    lines: list[str] = []
    for reason in reasons[:_MOST_REASONS]:
        text = plain(reason, limit=_LONGEST_TEXT)
        lines += paragraph(text, width=width, first="  ", rest="    ")
    if len(reasons) > _MOST_REASONS:
        lines.append(f"  and {counted(len(reasons) - _MOST_REASONS, 'more reason')}")
    return lines


def _remarks(evidence: GateEvidence, *, width: int) -> list[str]:
    """Tell warnings, waivers and paths that were given on the command line."""
    texts = [f"warning: {plain(text, limit=_LONGEST_TEXT)}" for text in evidence.warnings]
    for waiver in evidence.waivers:
        parts = [f"{plain(key)} {plain(str(value), limit=200)}" for key, value in waiver.items()]
        texts.append(f"waiver: {', '.join(parts)}")
    arms = dict.fromkeys(
        f"{plain(file.name)}.{plain(file.arm)}"
        for file in evidence.provenance.artifacts
        if file.override
    )
    for name, reader in sorted(evidence.provenance.readers.items()):
        digest = plain(reader.get("sha256", "")[:8])
        provider = plain(reader.get("provider", ""), limit=200)
        texts.append(f"reader: {plain(name)} is code of {provider}, sha256 {digest}")
    if arms:
        texts.append(f"override: paths from the command line for {', '.join(arms)}")
    return [line for text in texts for line in paragraph(text, width=width, rest="    ")]


def _nearest(evidence: GateEvidence) -> str:
    """Tell the required rule that passed with the least room, in units of its interval."""
    rooms = [(room, rule) for rule in evidence.rules if (room := _room(rule)) is not None]
    if not rooms:
        return ""
    _, rule = min(rooms, key=lambda pair: pair[0])
    _, _, told = headline(rule).partition(" ")
    return f"{plain(rule.id)} {told}"


def _room(rule: RuleEvidence) -> float | None:
    """Return the distance from interval to limit over the arm of the interval on that side."""
    is_required = rule.severity not in OPTIONAL_SEVERITIES and rule.claim != ALARM
    if not is_required or rule.verdict is not Verdict.PASS or rule.effect is None:
        return None
    estimate = rule.effect.estimate
    sides = ((rule.limit.low, rule.effect.low), (rule.limit.high, rule.effect.high))
    rooms = [
        abs(bound - limit) / abs(bound - estimate)
        for limit, bound in sides
        if limit is not None and bound is not None and bound != estimate
    ]
    return min(rooms, default=None)
