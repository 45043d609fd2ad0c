"""What the terminal says about one rule: the headline, the picture, then the facts."""

from collections.abc import Iterator, Sequence

from pytest_evalgate.evidence import ANY_OF, GateFacts, Mover, RuleEvidence, Verdict
from pytest_evalgate.report.ascii import in_ascii
from pytest_evalgate.report.escape import guard, visible
from pytest_evalgate.report.headline import (
    fresh_amount,
    headline,
    is_straddling,
    measure_noun,
)
from pytest_evalgate.report.layout import paragraph
from pytest_evalgate.report.numbers import (
    arm_text,
    effect_notation,
    level_text,
    move_texts,
    pvalue_text,
)
from pytest_evalgate.report.picture import picture
from pytest_evalgate.report.rerun import rerun_command
from pytest_evalgate.report.words import (
    ALARM,
    added_reason,
    claim_title,
    claim_words,
    correction_title,
    method_title,
    sizes,
)


_MOVERS_SHOWN = 3
_LONGEST_TEXT = 400
_LONGEST_REASON = 1000  # what to do stands at its end
_INDENT = 12


def rule_details(
    rule: RuleEvidence, gate: GateFacts, *, width: int = 100, rerun_with: Sequence[str] = ()
) -> str:
    """Tell all about one rule; the first line is its headline, the last reruns it.

    Args:
        rule: What to tell about.
        gate: Its gate.
        width: Columns of the terminal.
        rerun_with: Arguments that this session had and a rerun needs.
    """
    rule, gate = in_ascii(rule), in_ascii(gate)
    lines = [guard(headline(rule))]
    drawing = picture(rule, width=width)
    lines += ["", *drawing, ""] if drawing else [""]
    for name, text in facts(rule, gate):
        first = f"  {name:<{_INDENT - 2}}"
        wrapped = paragraph(text, width=width, first=first, rest=" " * _INDENT)
        lines += [guard(line) for line in wrapped]
    command = rerun_command(gate.path, rule.id, arguments=rerun_with)
    lines.append(f"  {'rerun':<{_INDENT - 2}}{command}")  # carries `::`, so it is not guarded
    return "\n".join(lines)


def facts(rule: RuleEvidence, gate: GateFacts) -> Iterator[tuple[str, str]]:
    """Yield what is known about a rule, each with its name; what evidence lacks is left out."""
    yield "metric", _metric(rule)
    if rule.candidate is not None:
        arms = f"candidate {arm_text(rule, rule.candidate)}"
        if rule.baseline is not None:
            arms = f"baseline {arm_text(rule, rule.baseline)}   {arms}"
        yield "samples", arms
    yield "claim", claim_words(rule)
    texts = {
        "reason": _whole_reason(rule),
        # A claim in numbers says who bears the burden; where nothing was measured it is said.
        "burden": "" if rule.effect else _text(rule.burden),
        "test": method_words(rule, gate),
        "assumes": "; ".join(map(_text, rule.assumptions)),
        **_what_to_do(rule, gate),
        "why": _text(rule.why or ""),
        "owner": _text(rule.owner or ""),
        "action": _text(rule.action or ""),
    }
    yield from ((name, text) for name, text in texts.items() if text)
    yield from (("warning", _text(warning)) for warning in rule.warnings)
    where = (visible(gate.path, limit=200), rule.line, rule.column)
    yield "rule", ":".join(str(part) for part in where if part is not None)


def _metric(rule: RuleEvidence) -> str:
    if rule.claim == ANY_OF:
        return visible(rule.metric)
    what = f"{visible(rule.metric)}, {visible(rule.better)} is better"
    size = sizes(rule.n)
    dropped = "" if rule.n.dropped else ", 0 dropped"  # said even so: nothing is left out silently
    return f"{what}; {size}{dropped}" if size else what


def method_words(rule: RuleEvidence, gate: GateFacts) -> str:
    """Name the method and its p-value: ``paired t, non-inferiority; p 0.988, judged at 0.05``."""
    if rule.method is None:
        return ""
    parts = []
    if rule.pvalue is not None:
        parts.append(f"p {pvalue_text(rule.pvalue, level=rule.alpha_judged)}")
    if rule.pvalue_adjusted is not None and rule.pvalue_adjusted != rule.pvalue:
        is_named = gate.correction not in ("auto", "none")
        name = correction_title(gate.correction) if is_named else "adjusted"
        parts.append(f"{name} {pvalue_text(rule.pvalue_adjusted, level=gate.alpha)}")
    if rule.alpha_judged is not None:
        parts.append(f"judged at {level_text(rule.alpha_judged)}")
    is_group = rule.claim == ANY_OF
    method = correction_title(rule.method) if is_group else method_title(rule.method)
    title = f"{method}, {claim_title(rule.claim)}"
    return "; ".join([title, ", ".join(parts)]) if parts else title


def _what_to_do(rule: RuleEvidence, gate: GateFacts) -> dict[str, str]:
    """Say what the data could have shown, what went worst, and what would decide."""
    if rule.effect is None:
        return {}
    texts = {}
    if rule.power is not None and rule.power.mde is not None:
        effect = effect_notation(rule).measure(rule.power.mde)
        share = level_text(gate.power)
        texts["power"] = (
            f"a true {measure_noun(rule)} of {effect} would be seen with probability {share}"
        )
    if rule.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE):
        texts["worst"] = _worst_movers(rule)
    if rule.verdict is Verdict.FAIL:
        texts["hint"] = _after_fail(rule)
    if rule.verdict is Verdict.INCONCLUSIVE and is_straddling(rule):  # else data are not the matter
        texts["hint"] = _hint(rule, gate)
    return texts


def _whole_reason(rule: RuleEvidence) -> str:
    """Return what the headline leaves out of the reason, or has cut."""
    if rule.verdict is Verdict.PASS:
        return ""
    reason = visible(added_reason(rule.reason), limit=_LONGEST_REASON)
    return "" if reason in headline(rule) else reason


def _after_fail(rule: RuleEvidence) -> str:
    """Say what to do about a loss that is shown: more data would only show it better."""
    shown = {
        ALARM: "the harm is shown",
        "equivalence": "a difference past the limit is shown",
        "threshold": "a value on the wrong side of the limit is shown",
        "superiority": "that the gain falls short is shown",
    }.get(rule.claim, "the loss is shown")
    has_moved = rule.movers is not None and (rule.movers.down or rule.movers.up)
    look = "look at the units that moved most, " if has_moved else ""
    return (
        f"{shown}, so more data will not help; {look}mend the candidate and judge it on fresh "
        "data; a limit that is wrong is changed in the gate file, by review, before the next run"
    )


def _hint(rule: RuleEvidence, gate: GateFacts) -> str:
    """Say how much to gather; never to add to the same sample and ask again."""
    amount = fresh_amount(rule)
    gather = f"gather about {amount}" if amount else "gather fresh data"
    text = f"{gather} and judge those alone; adding to these and asking again raises the error"
    if not amount or rule.power is None or rule.power.at is None:
        return text
    truth = f"the true {measure_noun(rule)} is {effect_notation(rule).measure(rule.power.at)}"
    return f"{text} (decides with probability {level_text(gate.power)} if {truth})"


def _worst_movers(rule: RuleEvidence) -> str:
    """Name the units that got worse most."""
    if rule.movers is None:
        return ""
    movers = rule.movers.down if rule.better == "higher" else rule.movers.up
    return ", ".join(_move(mover) for mover in movers[:_MOVERS_SHOWN])


def _move(mover: Mover) -> str:
    values = " -> ".join(move_texts(mover.baseline, mover.candidate))
    return f"id {visible(mover.id, limit=40)}: {values}"


def _text(text: str) -> str:
    return visible(text, limit=_LONGEST_TEXT)
