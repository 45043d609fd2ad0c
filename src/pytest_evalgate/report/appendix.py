"""What stands below the table of a gate when more is asked for: methods, files, families."""

from collections.abc import Collection, Iterator, Sequence

from pytest_evalgate.evidence import (
    ArtifactFile,
    ContractCheck,
    Family,
    GateEvidence,
    GateFacts,
    RuleEvidence,
    Verdict,
)
from pytest_evalgate.report.details import facts, method_words
from pytest_evalgate.report.escape import plain
from pytest_evalgate.report.gate_words import check_words, family_words
from pytest_evalgate.report.headline import headline
from pytest_evalgate.report.layout import paragraph
from pytest_evalgate.report.numbers import arm_text, brief_text, effect_notation, level_text
from pytest_evalgate.report.picture import picture
from pytest_evalgate.report.rules_table import ordered
from pytest_evalgate.report.words import OPTIONAL_SEVERITIES, counted, sizes


ALL = 2  # the verbosity from which on nothing is left out
_MOST_FILES = 4
_FACT = 10  # columns for the name of a fact
_HANG = "    "


def appendix(
    evidence: GateEvidence, *, verbosity: int, width: int, left_out: Collection[str] = ()
) -> list[str]:
    """Tell methods and files with `-v`, all about each rule and file with `-vv`.

    ``left_out`` names the columns that the table had no room for.
    """
    if verbosity < 1:
        return []
    if verbosity >= ALL:
        lines = _rules(evidence, width=width)
    else:
        lines = _methods(evidence, width=width, left_out=left_out)
    return lines + _files(evidence, verbosity=verbosity, width=width)


def contract_lines(checks: Sequence[ContractCheck], *, verbosity: int, width: int) -> list[str]:
    """Tell every violated check, with both values it saw; of the others how many were kept."""
    shown = [check for check in checks if verbosity >= ALL or check.verdict is not Verdict.PASS]
    texts = [f"contract {check.verdict.value.upper()}: {check_words(check)}" for check in shown]
    lines = [line for text in texts for line in paragraph(text, width=width, rest=_HANG)]
    kept = sum(check.verdict is Verdict.PASS for check in checks)
    if verbosity == 1 and kept:
        lines.append(f"contract: {counted(kept, 'check')} kept")
    return lines


def family_lines(evidence: GateEvidence, *, verbosity: int, width: int) -> list[str]:
    """Say which error the correction of each family controls; of none only when asked."""
    lines: list[str] = []
    for family in evidence.families:
        if family.method == "none" and verbosity < 1:
            continue
        lines += paragraph(family_words(family), width=width, rest=_HANG)
        if verbosity >= ALL:
            lines += _bounds(family, evidence, width=width)
    return lines


def _methods(evidence: GateEvidence, *, width: int, left_out: Collection[str]) -> list[str]:
    """Tell method, p-value and sample sizes of each rule, and what the table left out."""
    is_cut = not {"effect", "interval", "limit"}.isdisjoint(left_out)
    lines = ["", "methods:"] if evidence.rules else []
    for rule in ordered(evidence.rules):
        arms = ", ".join(
            f"{arm} {arm_text(rule, number)}"
            for arm, number in (("baseline", rule.baseline), ("candidate", rule.candidate))
            if arm in left_out and number is not None
        )
        told = headline(rule) if is_cut else ""
        words = "; ".join(
            filter(None, (told, method_words(rule, evidence.gate), sizes(rule.n), arms))
        )
        text = f"{plain(rule.id, limit=200)}: {words or 'nothing was measured'}"
        lines += paragraph(text, width=width, first="  ", rest="      ")
    return lines


def _rules(evidence: GateEvidence, *, width: int) -> list[str]:
    """Tell all about each rule that no test has told about."""
    lines: list[str] = []
    for rule in ordered(evidence.rules):
        text = f"{plain(rule.id, limit=200)}: {headline(rule)}"
        lines += ["", *paragraph(text, width=width, rest=_HANG)]
        is_told = rule.verdict is not Verdict.PASS and rule.severity not in OPTIONAL_SEVERITIES
        if is_told and rule.parent is None:
            continue
        drawing = picture(rule, width=width)
        lines += ["", *drawing, ""] if drawing else []
        for name, text in _all_facts(rule, evidence.gate):
            first = f"  {name:<{_FACT}}"
            lines += paragraph(text, width=width, first=first, rest=" " * len(first))
    return lines


def _files(evidence: GateEvidence, *, verbosity: int, width: int) -> list[str]:
    """Tell which files were read, the first few of each arm or all, and what read them."""
    most = None if verbosity >= ALL else _MOST_FILES
    arms: dict[str, list[ArtifactFile]] = {}
    for file in evidence.provenance.artifacts:
        arms.setdefault(f"{plain(file.name)}.{plain(file.arm)}", []).append(file)
    lines = [*([""] if verbosity >= ALL else []), "files:"] if arms else []
    for arm, files in arms.items():
        for file in files[:most]:
            rows = counted(file.rows, "row") if file.rows else "metadata"
            digest = plain(file.sha256 if most is None else file.sha256[:8])
            text = f"{arm} {plain(file.path, limit=200)}, {rows}, sha256 {digest}"
            lines += paragraph(text, width=width, first="  ", rest="      ")
        if most is not None and len(files) > most:
            lines.append(f"  {arm}: and {counted(len(files) - most, 'more file')} (-vv names all)")
    if verbosity >= ALL:
        lines += paragraph(_versions(evidence), width=width, rest=_HANG)
    return lines


def _bounds(family: Family, evidence: GateEvidence, *, width: int) -> list[str]:
    """Tell what holds for all members at once."""
    rules = {rule.id: rule for rule in evidence.rules}
    lines: list[str] = []
    for bound in family.bounds:
        rule = rules.get(bound.id)
        if rule is None or bound.compatible is None:
            continue
        sign = ">=" if rule.limit.low is not None else "<="
        notation = effect_notation(rule)
        text = f"at once with all others, {bound.id} {sign} {notation.measure(bound.compatible)}"
        if bound.bonferroni is not None:
            text += f" (by Bonferroni {sign} {notation.measure(bound.bonferroni)})"
        lines += paragraph(text, width=width, first="    ", rest="        ")
    return lines


def _all_facts(rule: RuleEvidence, gate: GateFacts) -> Iterator[tuple[str, str]]:
    """Yield what the details of a rule hold and what they leave out; warnings are footnotes."""
    yield from ((name, text) for name, text in facts(rule, gate) if name != "warning")
    numbers = {
        "statistic": brief_text(rule.statistic) if rule.statistic is not None else "",
        "degrees of freedom": brief_text(rule.df) if rule.df is not None else "",
        "smallest p that such data can give": (
            level_text(rule.min_pvalue) if rule.min_pvalue else ""
        ),
    }
    if told := ", ".join(f"{name} {number}" for name, number in numbers.items() if number):
        yield "numbers", told


def _versions(evidence: GateEvidence) -> str:
    """Say what computed the numbers, and when."""
    found = evidence.provenance
    parts = [f"{plain(name)} {plain(text)}" for name, text in found.versions.items()]
    parts.append(f"seed {found.seed}")
    parts += [f"at {plain(found.created)}"] if found.created else []
    return f"computed by: {', '.join(parts)}"
