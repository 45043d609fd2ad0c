"""The reasons of a decision, without the words that stand elsewhere on the same screen."""

from collections.abc import Callable, Iterator

from pytest_evalgate.evidence import GateEvidence, Verdict


# Says a text in short, or the mark of the footnote that says it; nothing if the verdict does.
Refer = Callable[[str], str]

_JUDGED = "could not be judged: "  # the decision says it once, however often a rule did
_HARMLESS = " (does not block)"


def short_reasons(evidence: GateEvidence, refer: Refer) -> list[str]:
    """Return the reasons of a decision; what a rule or a check says itself goes to ``refer``."""
    texts = sorted(set(_texts(evidence)), key=len, reverse=True)
    return [_short(reason, texts, refer) for reason in evidence.decision.reasons]


def _texts(evidence: GateEvidence) -> Iterator[str]:
    for rule in evidence.rules:
        yield from rule.warnings
        yield rule.reason
        if rule.verdict is Verdict.INVALID:
            yield rule.reason.removeprefix(_JUDGED)
    yield from (check.reason for check in evidence.contract)


def _short(reason: str, texts: list[str], refer: Refer) -> str:
    body = reason.removesuffix(_HARMLESS)
    suffix = reason[len(body) :]
    for text in texts:
        lead = body.removesuffix(text)
        if text and lead.endswith(": "):
            said = refer(text)
            is_mark = said.startswith("[") or not said
            return (
                f"{lead.removesuffix(': ')} {said}".rstrip() if is_mark else lead + said
            ) + suffix
    return reason
