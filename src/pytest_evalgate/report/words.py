"""Plain words for verdicts, claims, methods and corrections."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from pytest_evalgate.evidence import ANY_OF, Action, Counts, Decision, RuleEvidence, Scale, Verdict
from pytest_evalgate.report.escape import visible
from pytest_evalgate.report.numbers import effect_notation, limit_parts


# Colours a verdict or decision word: the text to show and one of the keys of MARKUP.
Markup = Callable[[str, str], str]

MARKUP: Mapping[str, Mapping[str, bool]] = MappingProxyType(
    {
        "pass": {"green": True},
        "fail": {"red": True, "bold": True},
        "inconclusive": {"yellow": True},
        "invalid": {"red": True, "bold": True},
        "warn": {"yellow": True},
        "observe": {},
        "promote": {"green": True, "bold": True},
        "escalate": {"yellow": True, "bold": True},
        "block": {"red": True, "bold": True},
    }
)
"""How the words are coloured, as keywords of pytest's terminal writer."""

ALARM = "deterioration"
OPTIONAL_SEVERITIES = ("warn", "observe")

_METHODS = {
    "exact_binomial": "exact binomial",
    "mcnemar_tango": "McNemar and Tango score",
    "boschloo_miettinen_nurminen": "Boschloo and Miettinen-Nurminen score",
    "paired_t": "paired t",
    "welch_t": "Welch t",
    "one_sample_t": "one-sample t",
    "sign_flip": "sign flip",
    "cluster_robust": "cluster-robust t",
    "crossed": "crossed runs and units",
    "order_statistic": "order-statistic bound",
    "rounded_tango": "rounded Tango score",
    "mcnemar_midp": "McNemar mid-p and Tango score",
    "bonett_price": "Bonett-Price",
    "poisson_rates": "exact Poisson rates",
    "quantile_difference": "order statistics of both arms",
    "price_bonett": "Price-Bonett medians",
    "cluster_sign_flip": "sign flip of clusters",
    "mixed_model": "mixed model",
    "fixed_tasks": "mean over these tasks",
    "random_tasks": "mean over tasks like these",
    "ancova": "ANCOVA",
    "bca_bootstrap": "BCa bootstrap",
    "bootstrap_t": "bootstrap-t",
    "mann_whitney": "Mann-Whitney and Hodges-Lehmann",
    "signed_rank": "signed rank and Hodges-Lehmann",
    "brunner_munzel": "Brunner-Munzel",
    "brown_forsythe": "Brown-Forsythe",
    "delong": "DeLong",
    "tilted_score": "score test at the limit",
    "swap": "swapped arms and BCa bootstrap",
    "jaccard_binomial": "exact binomial of F1",
    "ppi": "prediction-powered mean",
    "rogan_gladen": "Rogan-Gladen",
}
_CORRECTIONS = {
    "none": "no correction",
    "bonferroni": "Bonferroni",
    "sidak": "Sidak",
    "holm": "Holm",
    "hochberg": "Hochberg",
    "hommel": "Hommel",
    "bh": "Benjamini-Hochberg",
    "by": "Benjamini-Yekutieli",
    "fixed_sequence": "fixed sequence",
    "max_t": "max-T",
    "weighted_holm": "weighted Holm",
    "fallback": "fallback",
    "graphical": "graph",
}
_VERBS = {
    Verdict.PASS: "keeps",
    Verdict.FAIL: "misses",
    Verdict.INCONCLUSIVE: "straddles",
    Verdict.INVALID: "was not held against",
}
MISSES = "misses its limit"
# What the engine says of an interval and its limit -> what verdict and headline leave to be said.
_SAID_BY_VERDICT = {
    "the claim is shown: the interval lies wholly inside the limit": "",
    "the opposite is shown: the interval lies wholly beyond the limit": MISSES,
    "neither the claim nor its opposite is shown: the interval straddles the limit": "",
    "no alarm: harm beyond the tolerance is not shown, nor ruled out": "",
    "alarm: harm beyond the tolerance is shown": "the alarm rings",
}
_DECISIONS = {
    Action.PROMOTE: "PROMOTE",
    Action.WARN: "PROMOTE WITH WARNINGS",
    Action.ESCALATE: "ESCALATE: a person decides",
    Action.BLOCK: "BLOCKED",
}


def uncoloured(text: str, word: str) -> str:  # noqa: ARG001 - has the signature of a Markup
    """Return ``text`` as it is: a Markup without colour."""
    return text


def method_title(method: str) -> str:
    """Name a method: ``paired t``."""
    return _METHODS.get(method, visible(method.replace("_", " "), limit=40))


def correction_title(correction: str) -> str:
    """Name a correction: ``Holm``."""
    return _CORRECTIONS.get(correction, visible(correction.replace("_", " "), limit=40))


def claim_title(claim: str) -> str:
    """Name a claim: ``non-inferiority``."""
    titles = {
        "non_inferiority": "non-inferiority",
        ALARM: "alarm on deterioration",
        ANY_OF: "one member is enough",
    }
    return titles.get(claim, visible(claim, limit=40))


def verb(verdict: Verdict) -> str:
    """Say what an interval does to its limit: keeps, misses or straddles it."""
    return _VERBS[verdict]


def added_reason(reason: str) -> str:
    """Return what a rule's reason adds to its verdict and the verb of its headline."""
    for said in _SAID_BY_VERDICT:
        if reason.startswith(said):
            return reason.removeprefix(said).removeprefix("; ")
    return reason


def short_reason(reason: str) -> str:
    """Return the first clause of a rule's reason; empty where the verdict says as much."""
    for said, short in _SAID_BY_VERDICT.items():
        if reason.startswith(said):
            return short
    return reason.partition("; ")[0]


def verdict_label(rule: RuleEvidence) -> tuple[str, str]:
    """Return the verdict as a table shows it, and its key of MARKUP.

    A rule that is not required and did not pass says both: ``WARN (fail)``. The severity never
    hides the verdict.
    """
    word = rule.verdict.value
    if rule.verdict is Verdict.PASS:
        return word.upper(), word
    if rule.severity == "warn":
        return f"WARN ({word})", "warn"
    if rule.severity == "observe":
        return f"observe ({word})", "observe"
    suffix = " (escalate)" if rule.severity == "escalate" else ""
    return word.upper() + suffix, word


def decision_label(decision: Decision) -> str:
    """Return the decision as it is shouted: ``BLOCKED (partial)``."""
    _, bracket, rest = decision.verdict.partition(" (")
    return _DECISIONS[decision.action] + (visible(bracket + rest, limit=40) if bracket else "")


def counted(number: int, noun: str) -> str:
    """Write a count with its noun in the right form: ``1 rule``, ``2 rules``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def sample_size(n: Counts) -> int | None:
    """Return the one number that tells how much data there is: pairs, or the smaller arm."""
    if n.pairs is not None:
        return n.pairs
    arms = [arm for arm in (n.candidate, n.baseline) if arm is not None]
    return min(arms) if arms else n.runs


def sample_noun(n: Counts) -> str:
    """Say what ``sample_size`` counts."""
    if n.pairs is not None:
        return "pair"
    return "run" if n.runs is not None and n.runs == sample_size(n) else "sample"


def sizes(n: Counts) -> str:
    """Say what the samples hold: ``412 pairs, 5 runs, 2 dropped``; empty if unknown."""
    noun = sample_noun(n)
    size = sample_size(n)
    if n.pairs is None and n.candidate is not None and n.baseline is not None:
        is_even = n.candidate == n.baseline
        each = f"{counted(n.candidate, noun)} a side"
        parts = [each if is_even else f"candidate {n.candidate}, baseline {n.baseline} {noun}s"]
    else:
        parts = [] if size is None else [counted(size, noun)]
    more = ((n.runs, "run"), (n.clusters, "cluster"))
    parts += [counted(count, word) for count, word in more if count is not None and word != noun]
    if n.repeats is not None and n.repeats > 1:
        parts.append(f"up to {n.repeats} repeats averaged")
    return ", ".join([*parts, *([f"{n.dropped} dropped"] if n.dropped else [])])


def claim_words(rule: RuleEvidence) -> str:
    """Say what the candidate must show, with the limit in it."""
    metric = visible(rule.metric)
    if rule.claim == ANY_OF:
        return f"one of the members must be shown, on {metric}"
    numbers = [number for _, number in limit_parts(rule)]
    if not numbers:
        return f"{claim_title(rule.claim)} on {metric}"
    if rule.scale is Scale.VALUE:
        return _value_words(rule, metric, numbers)
    if rule.claim == ALARM:
        return _alarm_words(rule, metric)
    if rule.scale is Scale.RATIO:
        return _ratio_words(rule, metric, numbers)
    return _difference_words(rule, metric)


def _value_words(rule: RuleEvidence, metric: str, numbers: list[str]) -> str:
    side = "above" if rule.limit.low is not None else "below"
    if len(numbers) == 2:
        return f"candidate's {metric} must lie between {' and '.join(numbers)}"
    if rule.claim == ALARM:
        return f"nothing to show; blocks if {metric} is shown to be past {numbers[0]}"
    return f"candidate's {metric} must be {side} {numbers[0]}"


def _ratio_words(rule: RuleEvidence, metric: str, numbers: list[str]) -> str:
    if len(numbers) == 2:
        return f"candidate's {metric} must lie between {' and '.join(numbers)} of the baseline's"
    side = "above" if rule.limit.low is not None else "below"
    return f"candidate's {metric} must stay {side} {numbers[0]} of the baseline's"


def _difference_words(rule: RuleEvidence, metric: str) -> str:
    size = _limit_size(rule)
    is_higher = rule.better == "higher"
    match rule.claim:
        case "superiority" if _is_no_change(rule):
            return f"candidate must be better than the baseline on {metric}"
        case "superiority":
            change = "gain more than" if is_higher else "take off more than"
            return f"candidate must {change} {size} on {metric}"
        case "equivalence":
            return f"candidate must differ from the baseline by less than {size} on {metric}"
        case _:
            change = "lose" if is_higher else "add"
            return f"candidate must {change} less than {size} on {metric}"


def _alarm_words(rule: RuleEvidence, metric: str) -> str:
    if _is_no_change(rule):
        return f"nothing to show; blocks if {metric} is shown to be worse than the baseline's"
    size = limit_parts(rule)[0][1] if rule.scale is Scale.RATIO else _limit_size(rule)
    how = "below" if rule.limit.low is not None else "above"
    if rule.scale is Scale.RATIO:
        return f"nothing to show; blocks if {metric} is shown to be {how} {size} of the baseline's"
    return f"nothing to show; blocks if {metric} is shown to be worse by more than {size}"


def _is_no_change(rule: RuleEvidence) -> bool:
    limit = rule.limit.low if rule.limit.low is not None else rule.limit.high
    return limit == (1.0 if rule.scale is Scale.RATIO else 0.0)


def _limit_size(rule: RuleEvidence) -> str:
    """Write the size of the limit, without a sign and with its unit."""
    limit = rule.limit.low if rule.limit.low is not None else rule.limit.high
    return effect_notation(rule).measure(abs(limit or 0.0)).removeprefix("+")
