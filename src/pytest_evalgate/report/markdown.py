"""The Markdown report of a gate: the decision, why, the rules worst first, then the rest."""

from collections.abc import Sequence

from pytest_evalgate.evidence import GateEvidence, RuleEvidence
from pytest_evalgate.report import markdown_sections as sections
from pytest_evalgate.report.gate_words import is_passed, worst_first
from pytest_evalgate.report.markdown_fit import Part, Step, fitted
from pytest_evalgate.report.markdown_rule import rule_details
from pytest_evalgate.report.markdown_table import rules_table
from pytest_evalgate.report.rerun import override_arguments


MARK = "<!-- pytest-evalgate report -->"


def render(evidence: GateEvidence) -> str:
    """Return the Markdown report of a gate, for any renderer of GitHub's Markdown."""
    return whole(evidence)


def whole(evidence: GateEvidence, *, link: str | None = None, budget: int | None = None) -> str:
    """Return all that is known about a gate.

    Args:
        evidence: Of the gate.
        link: Where the gate file is shown on the web; rules are then linked to their lines.
        budget: Bytes of UTF-8 that the text may have; details and rows of rules that passed go
            first, the decision never.
    """
    parts = opening(evidence, mark=MARK, link=link)
    details = _details(evidence, of_passed=True)
    parts["passed"] = _folds("Rules that passed", details, noun="rule")
    for name, title, items in (
        ("contract", "Contract checks that were kept", sections.contract_kept(evidence)),
        ("judged", "How this was judged", sections.judged(evidence)),
        ("files", "Files", sections.files(evidence)),
    ):
        parts[name] = _folds(title, items, noun="line")
    return fitted(parts, order=_order(parts, evidence), budget=budget)


def opening(
    evidence: GateEvidence, *, mark: str, link: str | None = None, is_narrow: bool = False
) -> dict[str, Part]:
    """Return the parts that tell the decision and what did not pass, each by its name.

    Args:
        evidence: Of the gate.
        mark: The first line.
        link: Where the gate file is shown on the web.
        is_narrow: There is no room for all columns of the table.
    """
    table = rules_table(evidence, link=link, is_narrow=is_narrow)
    details = _details(evidence, of_passed=False)
    return {
        "heading": Part(render=lambda _: f"{mark}\n{sections.heading(evidence)}"),
        "context": Part(render=lambda _: sections.context(evidence)),
        "reasons": _list(sections.reasons(evidence), title="Why", noun="reason"),
        "violated": _list(sections.contract_violated(evidence), title="Contract", noun="check"),
        "rows": Part(
            size=len(table.rows),
            render=lambda count: "\n\n".join(table.lines(count)),
            noun="rule",
        ),
        "reading": Part(render=lambda _: sections.reading(evidence)),
        "remarks": _list(sections.told(evidence), title="Remarks", noun="remark"),
        "missed": Part(
            size=len(details), render=lambda count: "\n\n".join(details[:count]), noun="detail"
        ),
    }


def _details(evidence: GateEvidence, *, of_passed: bool) -> list[str]:
    """Tell about the rules that passed, or about the others."""
    tested = {rule.id for rule in evidence.tests()}
    more = override_arguments(evidence.run)
    return [
        rule_details(rule, evidence.gate, has_test=rule.id in tested, rerun_with=more)
        for rule in worst_first(evidence.rules)
        if is_passed(rule) == of_passed
    ]


def _order(parts: dict[str, Part], evidence: GateEvidence) -> list[Step]:
    """Say what gives way first: what passed, then how it was judged, then what did not pass."""
    passed = _passed_at_end(worst_first(evidence.rules))
    stages = [
        ("passed", parts["passed"].size),
        ("rows", passed),
        *((name, parts[name].size) for name in ("files", "contract", "judged", "missed")),
        ("rows", parts["rows"].size - passed),
        *((name, parts[name].size) for name in ("remarks", "violated", "reasons")),
    ]
    return [(name, size) for name, size in stages if size]


def _passed_at_end(rules: Sequence[RuleEvidence]) -> int:
    """Count the rows at the end that passed: those that may go before anything else does."""
    missed = [index for index, rule in enumerate(rules) if not is_passed(rule)]
    return len(rules) - (missed[-1] + 1 if missed else 0)


def _list(items: Sequence[str], *, title: str, noun: str) -> Part:
    def render(count: int) -> str:
        return "\n".join([f"**{title}**", "", *items[:count]]) if count else ""

    return Part(size=len(items), render=render, noun=noun)


def _folds(title: str, items: Sequence[str], *, noun: str) -> Part:
    def render(count: int) -> str:
        separator = "\n\n" if noun == "rule" else "\n"
        body = separator.join(items[:count])
        return sections.folded(title, [body]) if body else ""

    return Part(size=len(items), render=render, noun=noun)
