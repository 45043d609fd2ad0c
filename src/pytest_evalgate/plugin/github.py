"""Tells GitHub Actions about the gates: summary, annotations, outputs, and a comment's text.

None of it decides anything: where the runner's files cannot be written, that is a warning.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from pytest_evalgate import host
from pytest_evalgate.errors import EvidenceError, SpecError
from pytest_evalgate.evidence import Action, GateEvidence
from pytest_evalgate.plugin.reports import COMMENT, report_path
from pytest_evalgate.report import github


_SUMMARY_BYTES = 900 * 1024  # the runner drops a summary of more than 1 MiB whole
_MOST_ANNOTATIONS = 10  # of one step; the runner drops more
_ALLOWING = (Action.PROMOTE, Action.WARN)
_WORST_FIRST = (Action.BLOCK, Action.ESCALATE, Action.WARN, Action.PROMOTE)


def announce(
    runner: host.GitHub, gates: Sequence[tuple[GateEvidence, Path, str]] = ()
) -> list[str]:
    """Say that nothing is decided yet, so that a crash leaves no word that allows anything.

    Args:
        runner: Its files and addresses.
        gates: Evidence of each gate that says that the run broke off, and as in ``tell``.

    Returns:
        Warnings for people.
    """
    warnings = _append(f"verdict={Action.BLOCK}\n", runner.output)
    for evidence, path, _ in gates:
        warnings += write_comment(runner, evidence, path)
    return warnings


def tell(
    runner: host.GitHub,
    gates: Sequence[tuple[GateEvidence, Path, str]],
    *,
    output: str,
    status: object,
) -> tuple[list[str], list[str]]:
    """Write all that a runner takes.

    Args:
        runner: Its files and addresses.
        gates: Evidence of each gate, where it was written, and the gate file's path in the
            repository; empty where nothing can be told.
        output: The folder with the reports, as the next step may use it.
        status: The exit status of the session; only 0 lets a promotion become an output.

    Returns:
        Lines to print for the runner, and warnings for people.
    """
    evidences = [evidence for evidence, *_ in gates]
    outputs = _outputs(evidences, output, is_clean=status == 0)
    warnings = _append(outputs, runner.output)
    lines: list[str] = []
    room = _SUMMARY_BYTES - _size(runner.summary)
    worst = sorted(gates, key=lambda one: _WORST_FIRST.index(_action(one[0])))
    for place, (evidence, path, file) in enumerate(worst):
        head, merge = _commits(runner, evidence)
        text = github.step_summary(
            evidence,
            budget=max(room, 0),
            links=runner.commit_url,
            path=file,
            head=head,
            merge=merge,
        )
        is_spoilt = status != 0 and _action(evidence) in _ALLOWING
        if is_spoilt:
            text = github.spoilt(text, _number(status))
        room -= len(text.encode())
        warnings += _append(text, runner.summary)
        waiting = sum(_action(other) is not Action.PROMOTE for other, *_ in worst[place + 1 :])
        left = _MOST_ANNOTATIONS - len(lines)  # one is kept for each gate that waits
        lines += github.annotations(evidence, path=file, room=min(left, max(left - waiting, 1)))
        if is_spoilt and left:
            lines.append(github.spoilt_annotation(evidence, _number(status), path=file))
        warnings += write_comment(
            runner, evidence, path, spoilt_by=_number(status) if is_spoilt else None
        )
    return lines, warnings


def tell_unjudged(
    runner: host.GitHub,
    gates: Sequence[tuple[GateEvidence, Path, str]],
    *,
    errors: Mapping[str, Sequence[SpecError]],
) -> list[str]:
    """Write that nothing was judged, and why, where a promotion of a former run may stand.

    Args:
        runner: Its files and addresses.
        gates: Evidence of each gate that says so, and as in ``tell``.
        errors: What is wrong in gate files, by their path in the repository.

    Returns:
        Lines to print: warnings for people, and commands for the runner.
    """
    warnings = _append(_outputs([], "", is_clean=False), runner.output)
    lines: list[str] = []
    for evidence, path, file in gates:
        head, merge = _commits(runner, evidence)
        room = max(_SUMMARY_BYTES - _size(runner.summary), 0)
        text = github.step_summary(evidence, budget=room, path=file, head=head, merge=merge)
        warnings += _append(text, runner.summary)
        left = _MOST_ANNOTATIONS - len(lines)
        if errors.get(file):
            title = f"{evidence.gate.name}: the gate file cannot be read"
            lines += github.error_annotations(errors[file], title=title, path=file, room=left)
        elif not errors:
            lines += github.annotations(evidence, path=file, room=left)
        warnings += write_comment(runner, evidence, path)
    return [*warnings, *lines]


def tell_unusable(runner: host.GitHub, message: str) -> list[str]:
    """Write that a call cannot be a gate; return lines to print."""
    summary, annotation = github.unusable_call(message)
    warnings = _append(_outputs([], "", is_clean=False), runner.output)
    return [*warnings, *_append(summary, runner.summary), annotation]


def write_comment(
    runner: host.GitHub, evidence: GateEvidence, path: Path, *, spoilt_by: int | None = None
) -> list[str]:
    """Write the text of a comment beside the evidence; return warnings."""
    head, merge = _commits(runner, evidence)
    text = github.comment(evidence, run_url=runner.run_url, head=head, merge=merge)
    if spoilt_by is not None:
        text = github.spoilt(text, spoilt_by)
    try:
        host.write_atomically(text, report_path(path, COMMENT))
    except EvidenceError as error:
        return [f"evalgate: no comment: {error.message}"]
    return []


def _commits(runner: host.GitHub, evidence: GateEvidence) -> tuple[str | None, str | None]:
    """Return the commit that people know, and its merge into the base if that was judged."""
    commit = evidence.run.head_sha or (None if evidence.rules else runner.sha)
    is_merge = commit is not None and commit == runner.sha and runner.pull_sha not in {None, commit}
    return (runner.pull_sha, commit) if is_merge else (commit, None)


def _outputs(gates: Sequence[GateEvidence], output: str, *, is_clean: bool) -> str:
    """Write the outputs of the step: words of ours, hex digits, and a path without surprises."""
    actions = [_action(evidence) for evidence in gates] or [Action.BLOCK]
    verdict = min(actions, key=_WORST_FIRST.index)
    if not is_clean and verdict in _ALLOWING:  # another test failed, say
        verdict = Action.BLOCK
    lines = [f"verdict={verdict}", f"digest={_digest(gates)}"]
    if output and output.isprintable() and "<<" not in output:
        lines.append(f"report={output}")
    return "".join(f"{line}\n" for line in lines)


def _digest(gates: Sequence[GateEvidence]) -> str:
    """Return the digest of the decision; of several, that of their sorted names and digests."""
    digests = [evidence.decision.digest for evidence in gates]
    if not all(digests) or not digests:
        return ""
    if len(digests) == 1:
        return digests[0]
    named = sorted(f"{one.gate.name} {one.decision.digest}\n" for one in gates)
    return hashlib.sha256("".join(named).encode()).hexdigest()


def _number(status: object) -> int:
    return status if isinstance(status, int) else 1


def _action(evidence: GateEvidence) -> Action:
    return evidence.decision.action


def _size(path: Path | None) -> int:
    try:
        return path.stat().st_size if path else 0
    except OSError:
        return 0


def _append(text: str, path: Path | None) -> list[str]:
    trouble = host.append(text, path) if path and text else None
    return [f"evalgate: not told to GitHub: {trouble}"] if trouble else []
