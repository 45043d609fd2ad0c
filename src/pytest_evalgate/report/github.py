"""What GitHub Actions is told about a gate: the step's summary, annotations, a comment."""

from pathlib import PurePosixPath
from urllib.parse import quote

from pytest_evalgate.evidence import Action, GateEvidence, RuleEvidence, Verdict
from pytest_evalgate.report.ascii import in_ascii
from pytest_evalgate.report.escape import guard, plain
from pytest_evalgate.report.gate_words import is_passed, is_promoted, verdict_counts, worst_first
from pytest_evalgate.report.headline import headline
from pytest_evalgate.report.markdown import opening, whole
from pytest_evalgate.report.markdown_fit import Part, fitted
from pytest_evalgate.report.markdown_text import LONGEST, code
from pytest_evalgate.report.rules_table import top_level
from pytest_evalgate.report.words import OPTIONAL_SEVERITIES, counted, decision_label
from pytest_evalgate.report.workflow_command import command


SUMMARY_BYTES = 900 * 1024  # a step's summary of more than 1 MiB is dropped whole
COMMENT_BYTES = 60_000  # GitHub refuses a comment of more than 65,536 characters
MOST_ANNOTATIONS = 10  # of one step
_MOST_REASONS = 5
_LONGEST_PATH = 1000


def step_summary(
    evidence: GateEvidence,
    *,
    budget: int = SUMMARY_BYTES,
    links: str | None = None,
    path: str | None = None,
) -> str:
    """Return the Markdown for the summary of a step.

    Args:
        evidence: Of the gate.
        budget: Bytes of UTF-8 that are left; only the decision, at most 2 KiB, ignores it.
        links: Where the files of the tested commit are shown, ``https://.../blob/SHA``.
        path: The gate file in the repository, if evidence names it otherwise.
    """
    link = _link(evidence, links=links, path=path)
    return whole(evidence, link=link, budget=budget)


def comment(evidence: GateEvidence, *, run_url: str | None = None, head: str | None = None) -> str:
    """Return the body of a comment on a pull request, which each run replaces.

    Args:
        evidence: Of the gate.
        run_url: The run, for all that is left out here.
        head: The commit that was judged.
    """
    parts = opening(evidence, mark=comment_mark(evidence.gate.name))
    commit = f"Judged at commit {code(head[:12])}. " if head else ""
    url = quote(run_url, safe=":/") if run_url else ""
    more = f"[All rules, files and settings]({url}) are in the run." if url else ""
    parts["more"] = Part(render=lambda _: f"{commit}{more}".strip())
    order = [(name, part.size) for name, part in parts.items() if part.size]
    return fitted(parts, order=order[::-1], budget=COMMENT_BYTES)


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


def _gate_line(evidence: GateEvidence, *, file: str, left_out: int) -> str:
    decision = evidence.decision
    reasons = [plain(text, limit=LONGEST) for text in decision.reasons[:_MOST_REASONS]]
    if len(decision.reasons) > _MOST_REASONS:
        reasons.append(f"and {counted(len(decision.reasons) - _MOST_REASONS, 'more reason')}")
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
