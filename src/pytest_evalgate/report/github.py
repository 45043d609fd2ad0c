"""What GitHub Actions is told about a gate: the step's summary, annotations, a comment."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from urllib.parse import quote

from pytest_evalgate.errors import EvalGateError
from pytest_evalgate.evidence import Action, GateEvidence, RuleEvidence, Verdict
from pytest_evalgate.report.ascii import in_ascii
from pytest_evalgate.report.escape import guard, plain
from pytest_evalgate.report.gate_words import is_passed, is_promoted, verdict_counts, worst_first
from pytest_evalgate.report.headline import headline
from pytest_evalgate.report.markdown import MARK, opening, whole
from pytest_evalgate.report.markdown_fit import Part, fitted
from pytest_evalgate.report.markdown_sections import heading, reasons
from pytest_evalgate.report.markdown_text import LONGEST, code
from pytest_evalgate.report.reasons import in_short, short_reasons
from pytest_evalgate.report.rules_table import top_level
from pytest_evalgate.report.words import OPTIONAL_SEVERITIES, counted, decision_label
from pytest_evalgate.report.workflow_command import command


SUMMARY_BYTES = 900 * 1024  # a step's summary of more than 1 MiB is dropped whole
COMMENT_BYTES = 60_000  # GitHub refuses a comment of more than 65,536 characters
MOST_ANNOTATIONS = 10  # of one step
_MOST_REASONS = 5
_MOST_LISTED = 30
_LONGEST_PATH = 1000
_SPOILT = "the rules of this gate passed, but another test failed or could not be run"


def step_summary(
    evidence: GateEvidence,
    *,
    budget: int = SUMMARY_BYTES,
    links: str | None = None,
    path: str | None = None,
    head: str | None = None,
    merge: str | None = None,
) -> str:
    """Return the Markdown for the summary of a step.

    Args:
        evidence: Of the gate.
        budget: Bytes of UTF-8 that are left; only the decision, at most 2 KiB, ignores it.
        links: Where the files of the tested commit are shown, ``https://.../blob/SHA``.
        path: The gate file in the repository, if evidence names it otherwise.
        head: The commit that was judged.
        merge: The merge of ``head`` into its base, if that is what was judged.
    """
    commit = _judged_at(evidence, head=head, merge=merge)
    if _is_unjudged(evidence):
        return _unjudged(evidence, mark=MARK, end=commit, budget=budget)
    link = _link(evidence, links=links, path=path)
    end = f"\n{commit}\n" if commit else ""
    return whole(evidence, link=link, budget=budget - len(end.encode())) + end


def comment(
    evidence: GateEvidence,
    *,
    run_url: str | None = None,
    head: str | None = None,
    merge: str | None = None,
) -> str:
    """Return the body of a comment on a pull request, which each run replaces.

    Args:
        evidence: Of the gate.
        run_url: The run, for all that is left out here.
        head: The commit that was judged.
        merge: The merge of ``head`` into its base, if that is what was judged.
    """
    mark = comment_mark(evidence.gate.name)
    commit = _judged_at(evidence, head=head, merge=merge)
    url = quote(run_url, safe=":/") if run_url else ""
    if _is_unjudged(evidence):
        more = f"More is in [the run]({url})." if url else ""
        return _unjudged(evidence, mark=mark, end=f"{commit} {more}".strip(), budget=COMMENT_BYTES)
    parts = opening(evidence, mark=mark, is_narrow=True)
    more = f"[All rules, files and settings]({url}) are in the run." if url else ""
    parts["more"] = Part(render=lambda _: f"{commit} {more}".strip())
    order = [(name, part.size) for name, part in parts.items() if part.size]
    return fitted(parts, order=order[::-1], budget=COMMENT_BYTES)


def spoilt(text: str, status: int) -> str:
    """Return a summary or a comment with a first word against the promotion that it tells."""
    mark, _, rest = text.partition("\n")
    words = f"**Do not promote: the session ended with exit status {status}.**"
    return f"{mark}\n> {words} {_SPOILT.capitalize()}.\n\n{rest}"


def spoilt_annotation(evidence: GateEvidence, status: int, *, path: str) -> str:
    """Return the command that says the same at the gate file."""
    message = f"the session ended with exit status {status}: {_SPOILT}"
    title = f"{plain(evidence.gate.name)}: promoted by its rules only"
    properties = {"file": plain(path, limit=_LONGEST_PATH), "title": title}
    return command("error", message, properties)


def comment_mark(gate: str) -> str:
    """Return the first line of the comment of a gate, by which the next run finds it."""
    name = quote(gate[:200], safe="", errors="backslashreplace")
    return f"<!-- pytest-evalgate: {name} -->"


def annotations(
    evidence: GateEvidence, *, path: str | None = None, room: int = MOST_ANNOTATIONS
) -> list[str]:
    """Return commands that annotate the gate file: the gate first, then rules, worst first.

    A promotion is annotated only where it has to say something.

    Args:
        evidence: Of the gate.
        path: The gate file in the repository, if evidence names it otherwise.
        room: How many annotations the step still takes.
    """
    decision = evidence.decision
    if room < 1 or (decision.action is Action.PROMOTE and not decision.reasons):
        return []
    file = plain(evidence.gate.path if path is None else path, limit=_LONGEST_PATH)
    gate = plain(evidence.gate.name)
    rules = [rule for rule in top_level(worst_first(evidence.rules)) if _level(rule, evidence)]
    shown = rules[: room - 1]
    lines = [_gate_line(evidence, file=file, left_out=len(rules) - len(shown))]
    for rule in shown:
        properties = {
            "file": file,
            "line": rule.line,
            "col": None if rule.line is None else rule.column,
            "title": f"{gate}: {plain(rule.id)}",
        }
        message = guard(headline(in_ascii(rule)))
        lines.append(command(_level(rule, evidence), message, properties))
    return lines


def error_annotations(
    errors: Sequence[EvalGateError], *, title: str, path: str, room: int = MOST_ANNOTATIONS
) -> list[str]:
    """Return commands that annotate what is wrong in a gate file, in the order of the file.

    Args:
        errors: What is wrong.
        title: Of each annotation.
        path: The gate file in the repository.
        room: How many annotations the step still takes.
    """
    shown = errors[: max(room, 0)]
    lines = []
    for number, error in enumerate(shown, 1):
        place = error.at
        texts = [error.message, *([f"hint: {error.hint}"] if error.hint else [])]
        if number == len(shown) < len(errors):
            texts.append(f"and {counted(len(errors) - len(shown), 'more error')}")
        properties = {
            "file": plain(path, limit=_LONGEST_PATH),
            "line": place.line if place else None,
            "col": place.column if place else None,
            "title": plain(title, limit=LONGEST),
        }
        message = "\n".join(plain(text, limit=LONGEST) for text in texts)
        lines.append(command("error", message, properties))
    return lines


def unusable_call(message: str) -> tuple[str, str]:
    """Return the summary and the annotation of a call that cannot be a gate."""
    title = "pytest-evalgate: nothing was judged"
    shown = "\n".join(plain(line, limit=LONGEST) for line in message.split("\n")[:_MOST_LISTED])
    text = "<br>".join(code(line, limit=LONGEST) for line in message.split("\n")[:_MOST_LISTED])
    heading = "## \N{NO ENTRY} BLOCKED: nothing was judged"
    return f"{MARK}\n{heading}\n\n{text}\n", command("error", shown, {"title": title})


def _is_unjudged(evidence: GateEvidence) -> bool:
    return not evidence.rules and evidence.decision.verdict == "block (incomplete)"


def _judged_at(evidence: GateEvidence, *, head: str | None, merge: str | None) -> str:
    """Write the sentence that names the commit; empty where none is known."""
    if not head:
        return ""
    verb = "Run" if _is_unjudged(evidence) else "Judged"
    merged = f", merged into its base as {code(merge[:12])}" if merge else ""
    return f"{verb} at commit {code(head[:12])}{merged}."


def _unjudged(evidence: GateEvidence, *, mark: str, end: str, budget: int) -> str:
    """Say why nothing was judged, and nothing about settings that nobody read."""
    items = reasons(evidence)
    parts = {
        "heading": Part(render=lambda _: f"{mark}\n{heading(evidence)}"),
        "said": Part(render=lambda _: "**Nothing was judged.**"),
        "reasons": Part(
            size=len(items), render=lambda count: "\n".join(items[:count]), noun="reason"
        ),
        "end": Part(render=lambda _: end),
    }
    return fitted(parts, order=[("reasons", len(items))], budget=budget)


def _gate_line(evidence: GateEvidence, *, file: str, left_out: int) -> str:
    decision = evidence.decision
    texts = short_reasons(evidence, in_short)
    reasons = [plain(text, limit=LONGEST) for text in texts[:_MOST_REASONS]]
    if len(texts) > _MOST_REASONS:
        reasons.append(f"and {counted(len(texts) - _MOST_REASONS, 'more reason')}")
    if left_out:
        reasons.append(f"{counted(left_out, 'rule')} more did not pass")
    label = decision_label(in_ascii(decision))
    properties = {"file": file, "title": f"{plain(evidence.gate.name)}: {label}"}
    level = {Action.BLOCK: "error", Action.PROMOTE: "notice"}.get(decision.action, "warning")
    return command(level, "\n".join([verdict_counts(evidence), *reasons]), properties)


def _level(rule: RuleEvidence, evidence: GateEvidence) -> str:
    """Return how loud a rule is: an error blocks, a warning needs a person; empty for neither."""
    if is_passed(rule) or rule.severity == "observe":
        return ""
    is_waived = any(waiver.get("rule") == rule.id for waiver in evidence.waivers)
    is_blocking = rule.severity not in OPTIONAL_SEVERITIES and not is_waived
    if not is_blocking or is_promoted(evidence):
        return "warning"
    if rule.verdict is Verdict.INVALID:
        return "error"
    is_asked = rule.verdict is Verdict.INCONCLUSIVE and evidence.gate.on_inconclusive == "escalate"
    return "warning" if rule.severity == "escalate" or is_asked else "error"


def _link(evidence: GateEvidence, *, links: str | None, path: str | None) -> str | None:
    """Return where the gate file is shown; None where it may be another or lie elsewhere."""
    file = PurePosixPath(path if path is not None else evidence.gate.path)
    is_inside = not file.is_absolute() and ".." not in file.parts and "\\" not in str(file)
    if not links or not is_inside or evidence.gate.policy_ref is not None:
        return None
    name = quote(str(file), errors="backslashreplace")
    return f"{quote(links, safe=':/')}/{name}"
