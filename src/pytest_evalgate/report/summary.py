"""What the terminal says about one gate: context, table, notes, decision."""

from collections.abc import Sequence

from pytest_evalgate.evidence import Action, GateEvidence, RuleEvidence, Verdict
from pytest_evalgate.report.appendix import appendix, contract_lines, family_lines
from pytest_evalgate.report.ascii import in_ascii
from pytest_evalgate.report.escape import guard, plain
from pytest_evalgate.report.gate_words import (
    arm_words,
    how_words,
    is_promoted,
    level_words,
    remarks,
)
from pytest_evalgate.report.headline import headline
from pytest_evalgate.report.layout import footnotes, paragraph
from pytest_evalgate.report.reasons import Refer, single_reasons
from pytest_evalgate.report.rules_table import Notes, rules_table, top_level
from pytest_evalgate.report.words import (
    ALARM,
    OPTIONAL_SEVERITIES,
    Markup,
    counted,
    decision_label,
    short_reason,
    uncoloured,
)


_LONGEST_TEXT = 400
_MOST_REASONS = 10


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
    report_paths: Sequence[str] = (),
    markup: Markup = uncoloured,
) -> list[str]:
    """Return the lines that tell how one gate was judged, for the end of the session.

    Args:
        evidence: Of the gate.
        verbosity: Of pytest: -1 and below gives the decision alone, 1 adds methods and files, 2
            all there is.
        width: Columns of the terminal.
        evidence_path: Where the evidence was written.
        report_paths: Where other reports were written.
        markup: Colours a verdict or decision word.
    """
    evidence = in_ascii(evidence)
    if verbosity < 0:
        return [guard(line) for line in _quiet(evidence, width=width, markup=markup)]
    notes = Notes()
    table = rules_table(evidence, notes=notes, width=width, markup=markup)
    lines = [*_context(evidence, width=width), "", *table, ""]
    lines += footnotes(notes.texts, width=width) + _level_note(evidence, width=width)
    lines += _left_out(notes, verbosity=verbosity, width=width)
    lines += contract_lines(evidence.contract, verbosity=verbosity, width=width)
    lines += family_lines(evidence, verbosity=verbosity, width=width)
    lines += appendix(evidence, verbosity=verbosity, width=width, left_out=notes.left_out)
    lines += [""] if lines[-1] else []
    reasons = single_reasons(evidence, _refer_to(notes))
    lines += [_decision_line(evidence, reasons, markup=markup), *_reasons(evidence, reasons, width)]
    lines += [
        line for text in remarks(evidence) for line in paragraph(text, width=width, rest="    ")
    ]
    digest = plain(evidence.decision.digest[:12])
    told = (evidence_path, *report_paths) if evidence_path else ()
    paths = [plain(path, limit=300) for path in told]
    lines += _paths(paths, digest=digest, width=width)
    return [guard(line) for line in lines]


def _context(evidence: GateEvidence, *, width: int) -> list[str]:
    """Say what is compared with what, by how many rules, at which level."""
    how = how_words(evidence)
    names = "   ".join(filter(None, (_arm(evidence, arm) for arm in ("candidate", "baseline"))))
    line = f"{names}   {how}" if names else how
    return [line] if len(line) <= width else [names, how]


def _arm(evidence: GateEvidence, arm: str) -> str:
    model, commit = arm_words(evidence, arm)
    return f"{arm} {model}" + (f" ({commit})" if commit else "") if model else ""


def _level_note(evidence: GateEvidence, *, width: int) -> list[str]:
    """Say how to read the interval column."""
    judged = [rule for rule in evidence.rules if rule.effect is not None]
    if not judged:
        return []
    text = f"interval: {level_words(judged)}; it lies wholly inside the limit exactly on PASS"
    if any(rule.claim == ALARM for rule in judged):
        text += "; an alarm rings, FAIL, exactly when it lies wholly in the range after `alarm`"
    return paragraph(text, width=width, rest="    ")


def _left_out(notes: Notes, *, verbosity: int, width: int) -> list[str]:
    """Name the columns for which there was no room: nothing vanishes without a word."""
    if not notes.left_out:
        return []
    where = "-v tells" if verbosity < 1 else "told below"
    text = f"no room for: {', '.join(notes.left_out)} ({where})"
    return paragraph(text, width=width, rest="    ")


def _paths(paths: Sequence[str], *, digest: str, width: int) -> list[str]:
    """Tell where evidence and reports are, in one line if they fit."""
    if not paths:
        return []
    evidence = f"evidence: {paths[0]}" + (f" (decision {digest})" if digest else "")
    reports = ", ".join(paths[1:])
    line = f"{evidence}, {reports}"
    if not reports or len(line) <= width:
        return [line if reports else evidence]
    return [evidence, f"reports: {reports}"]


def _quiet(evidence: GateEvidence, *, width: int, markup: Markup) -> list[str]:
    """Tell the decision in one line, and below it why the candidate is not promoted."""
    warnings = {warning for rule in evidence.rules for warning in rule.warnings}

    def refer(text: str) -> str:  # there are no footnotes that say a warning
        return text if text in warnings else short_reason(text)

    reasons = single_reasons(evidence, refer)
    line = _decision_line(evidence, reasons, markup=markup)
    if evidence.decision.action is Action.PROMOTE and (nearest := _nearest(evidence)):
        line += f"   nearest: {nearest}"
    return [line, *_reasons(evidence, reasons, width)]


def _decision_line(evidence: GateEvidence, reasons: Sequence[str], *, markup: Markup) -> str:
    """Tell the decision and how the rules came out; words that a promotion needs stand here."""
    decision = evidence.decision
    shout = markup(decision_label(decision), decision.action.value)
    line = f"{plain(evidence.gate.name)}: {shout}   {_counts(evidence)}"
    return f"{line}; {_joined(reasons)}" if reasons and is_promoted(evidence) else line


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


def _reasons(evidence: GateEvidence, reasons: Sequence[str], width: int) -> list[str]:
    """List why the candidate is not promoted; a promotion has said it already."""
    if is_promoted(evidence):
        return []
    lines: list[str] = []
    for reason in reasons[:_MOST_REASONS]:
        text = plain(reason, limit=_LONGEST_TEXT)
        lines += paragraph(text, width=width, first="  ", rest="    ")
    if len(reasons) > _MOST_REASONS:
        lines.append(f"  and {counted(len(reasons) - _MOST_REASONS, 'more reason')}")
    return lines


def _refer_to(notes: Notes) -> Refer:
    """Return how a reason is said below the table: by the number of its footnote."""

    def refer(text: str) -> str:
        number = notes.number(text)
        return short_reason(text) if number is None else f"[{number}]"

    return refer


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
