"""Evidence that looks like that of real gates, for the golden files and the properties.

Numbers come from numbers.json (see make_numbers.py); names and texts are invented.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_evalgate.evidence import (
    Action,
    ArtifactFile,
    Bounds,
    ContractCheck,
    Counts,
    Decision,
    Effect,
    Family,
    GateEvidence,
    GateFacts,
    Mover,
    Movers,
    Needed,
    Power,
    Provenance,
    RuleEvidence,
    Scale,
    Verdict,
)
from pytest_evalgate.report.terminal import gate_section, header_line, rule_details


HERE = Path(__file__).parent
NUMBERS: dict[str, Any] = json.loads((HERE / "numbers.json").read_text(encoding="utf-8"))
HOSTILE = (
    "\x1b[31mred\x1b[0m\n::error file=a.py::owned\r##[error]x ##vso[task.x] "
    "\u202egnp.exe\u200b \x9b31m \ud800 :::: ### [::] caf\u00e9 \U0001f600 \u2028"
)
LONG = "a-rule-with-a-name-of-sixty-four-characters-which-is-the-limit.x"
GATE = GateFacts(
    name="release",
    path="gates/release.gate.yaml",
    sha256="ab" * 32,
    alpha=0.05,
    power=0.8,
    correction="auto",
    on_inconclusive="block",
)
NO_CORRECTION = Family(
    name="proofs",
    method="none",
    controls="all must pass, so promotion with one false claim has probability at most 0.05",
    members=("accuracy",),
    alpha=0.05,
)
HOLM = Family(
    name="proofs",
    method="holm",
    controls="each single claim holds with family-wise error at most 0.05; "
    "the promotion alone would not need it",
    members=("accuracy", "recall-fraud", "ece", "judge-winrate", "toxicity-rate", "latency-p95"),
    alpha=0.05,
)


def rule(name: str, **changes: Any) -> RuleEvidence:
    """Make the evidence of a rule that passes with hand-made numbers; ``changes`` replace any."""
    facts: dict[str, Any] = {
        "id": name,
        "parent": None,
        "slice": None,
        "metric": "accuracy",
        "claim": "non_inferiority",
        "better": "higher",
        "severity": "block",
        "owner": None,
        "why": None,
        "action": None,
        "line": 17,
        "column": 3,
        "burden": "the candidate must show that it is not worse than the margin allows",
        "verdict": Verdict.PASS,
        "reason": "",
        "method": "paired_t",
        "n": Counts(candidate=2000, baseline=2000, pairs=2000),
        "scale": Scale.DIFFERENCE,
        "effect": Effect(estimate=0.0, low=-0.01, high=0.01, level=0.9, unit=None),
        "limit": Bounds(low=-0.02),
        "alpha_judged": 0.05,
        "family": "proofs",
    }
    return RuleEvidence(**(facts | changes))


def measured(name: str, key: str, **changes: Any) -> RuleEvidence:
    """Make a rule of the numbers stored under ``key``."""
    return from_numbers(name, NUMBERS[key], **changes)


def from_numbers(name: str, numbers: Mapping[str, float], **changes: Any) -> RuleEvidence:
    """Make a rule of computed numbers; the side of the limit follows from ``better``."""
    n = int(numbers["n"])
    is_higher = changes.get("better", "higher") == "higher"
    limit = numbers["limit"]
    is_alarm = changes.get("claim") == "deterioration"
    needed = Needed(samples=int(numbers["needed"]) if numbers.get("needed") else None)
    facts: dict[str, Any] = {
        "n": Counts(candidate=n, baseline=n, pairs=n),
        "effect": Effect(
            estimate=numbers["estimate"],
            low=numbers["low"],
            high=numbers["high"],
            level=1 - 2 * numbers["level"],
            unit=changes.pop("unit", None),
        ),
        "limit": Bounds(low=limit) if is_higher or is_alarm else Bounds(high=limit),
        "statistic": numbers.get("statistic"),
        "df": numbers.get("df"),
        "pvalue": numbers["pvalue"],
        "pvalue_adjusted": numbers["pvalue"],
        "alpha_judged": numbers["level"],
        "power": Power(mde=numbers["mde"], at=0.0, needed=needed) if "mde" in numbers else None,
    }
    return rule(name, **(facts | changes))


def invalid(name: str, reason: str, **changes: Any) -> RuleEvidence:
    """Make a rule that could not be judged."""
    facts: dict[str, Any] = {
        "verdict": Verdict.INVALID,
        "reason": reason,
        "scale": None,
        "effect": None,
        "method": None,
        "alpha_judged": None,
    }
    return rule(name, **(facts | changes))


def gate(rules: tuple[RuleEvidence, ...], decision: Decision, **changes: Any) -> GateEvidence:
    """Make the evidence of a gate."""
    members = tuple(each.id for each in rules if each.parent is None)
    facts: dict[str, Any] = {
        "gate": GATE,
        "decision": decision,
        "rules": rules,
        "families": (replace(NO_CORRECTION, members=members),),
        "provenance": provenance(),
    }
    return GateEvidence(**(facts | changes))


def provenance(**changes: Any) -> Provenance:
    """Make the provenance of a gate with one file in each arm."""
    arms = (("candidate", "model-v7", "9f2c1ab0"), ("baseline", "model-v6", "41d07e39"))
    files = tuple(
        ArtifactFile(
            name="evals",
            arm=arm,
            path=f"artifacts/{arm}/results.jsonl",
            sha256=commit * 8,
            bytes=48_213,
            rows=2000,
            override=False,
            metadata={"model": model, "git_commit": commit * 5},
        )
        for arm, model, commit in arms
    )
    return Provenance(artifacts=files, versions={"numpy": "2.4.0"}, **changes)


def decided(action: Action, *reasons: str, verdict: str | None = None) -> Decision:
    return Decision(action=action, verdict=verdict or action.value, reasons=reasons)


PROMOTE = decided(Action.PROMOTE)
BEYOND = "the opposite is shown: the interval lies wholly beyond the limit"


def accuracy(key: str = "accuracy", **changes: Any) -> RuleEvidence:
    facts: dict[str, Any] = {"baseline": 0.836, "candidate": 0.8335, "line": 11}
    return measured("accuracy", key, **(facts | changes))


def ece(key: str = "ece", **changes: Any) -> RuleEvidence:
    facts: dict[str, Any] = {
        "metric": "ece",
        "better": "lower",
        "baseline": 0.031,
        "candidate": 0.0284,
        "line": 23,
        "warnings": ("3 of 15 confidence bins are empty in the baseline; they carry no weight",),
    }
    return measured("ece", key, **(facts | changes))


def one_arm(name: str, key: str, *, metric: str, better: str, **changes: Any) -> RuleEvidence:
    numbers = NUMBERS[key]
    facts: dict[str, Any] = {
        "metric": metric,
        "better": better,
        "claim": "threshold",
        "method": "exact_binomial",
        "scale": Scale.VALUE,
        "candidate": numbers["estimate"],
        "n": Counts(candidate=numbers["n"]),
        "burden": "the candidate must show that its own value lies beyond the limit",
    }
    return measured(name, key, **(facts | changes))


def latency(key: str = "latency", **changes: Any) -> RuleEvidence:
    numbers = NUMBERS[key]
    power = Power(mde=numbers["mde"], at=1.0, needed=Needed(runs=numbers["needed"]))
    is_good = numbers["high"] < numbers["limit"]
    facts: dict[str, Any] = {
        "metric": "latency",
        "better": "lower",
        "method": "welch_t",
        "scale": Scale.RATIO,
        "unit": "ms",
        "baseline": 412.0,
        "candidate": 412.0 * numbers["estimate"],
        "n": Counts(candidate=numbers["n"], baseline=numbers["n"], runs=numbers["n"]),
        "limit": Bounds(high=1.05),
        "power": power,
        "line": 41,
        "assumptions": ("logs of the values are near normal",),
        "verdict": Verdict.PASS if is_good else Verdict.INCONCLUSIVE,
    }
    return measured("latency-p95", key, **(facts | changes))


def all_pass() -> GateEvidence:
    return gate((accuracy(), ece(), latency("latency_good")), PROMOTE)


def six_rules() -> GateEvidence:
    recall = measured(
        "recall-fraud",
        "recall_holm",
        metric="recall",
        baseline=0.9175,
        candidate=0.869,
        verdict=Verdict.FAIL,
        reason=BEYOND,
        owner="payments risk",
        why="a missed fraud costs 40 times a false alarm",
        action="compare the false negatives with the last release before training again",
        movers=Movers(
            down=tuple(Mover(id=f"tx-{n}", baseline=1.0, candidate=0.0) for n in range(881, 886))
        ),
    )
    rules = (
        accuracy("accuracy_holm"),
        recall,
        ece("ece_holm"),
        one_arm("judge-winrate", "judge_holm", metric="win rate", better="higher"),
        one_arm("toxicity-rate", "toxicity_holm", metric="toxicity", better="lower"),
        latency("latency_holm"),
    )
    decision = decided(
        Action.BLOCK,
        f"recall-fraud: {BEYOND}",
        "latency-p95: not proven; about 79 runs would decide",
    )
    facts = replace(GATE, correction="holm")
    return gate(_holm(rules), decision, gate=facts, families=(HOLM,))


def _holm(rules: tuple[RuleEvidence, ...]) -> tuple[RuleEvidence, ...]:
    """Adjust the p-values as Holm does; here, so that no number comes from the package."""
    ranked = sorted(rules, key=lambda each: each.pvalue or 0.0)
    adjusted: dict[str, float] = {}
    largest = 0.0
    for index, each in enumerate(ranked):
        largest = max(largest, min(1.0, (each.pvalue or 0.0) * (len(rules) - index)))
        adjusted[each.id] = largest
    return tuple(replace(each, pvalue_adjusted=adjusted[each.id]) for each in rules)


def not_judged() -> GateEvidence:
    reason = (
        "evals: 3 ids of the baseline have no candidate: 'q-17', 'q-23', 'q-88'; "
        "expected the same ids in both arms (overlap 1.0, found 0.9985)"
    )
    check = ContractCheck(
        check="evals.overlap",
        verdict=Verdict.INVALID,
        expected="1.0",
        candidate="1997 ids",
        baseline="2000 ids",
        reason="3 ids of the baseline have no candidate: 'q-17', 'q-23', 'q-88'",
    )
    kept = replace(check, check="evals.same dataset_version", verdict=Verdict.PASS)
    rules = (invalid("accuracy", reason), latency("latency_good"))
    decision = decided(Action.BLOCK, "could not be judged: accuracy", "contract: evals.overlap")
    return gate(rules, decision, contract=(check, kept))


def equivalence() -> GateEvidence:
    same = measured(
        "same-length",
        "same",
        metric="length",
        claim="equivalence",
        limit=Bounds(low=-0.02, high=0.02),
        baseline=0.412,
        candidate=0.4132,
    )
    ratio = latency(
        "latency",
        id="same-speed",
        claim="equivalence",
        limit=Bounds(low=0.95, high=1.05),
        metric="speed",
    )
    return gate((same, replace(ratio, id="same-speed")), decided(Action.BLOCK, "not proven"))


def alarms() -> GateEvidence:
    common: dict[str, Any] = {
        "claim": "deterioration",
        "metric": "helpfulness",
        "burden": "whoever objects must show that the candidate is worse",
    }
    quiet = measured("quiet", "alarm_quiet", baseline=0.71, candidate=0.707, **common)
    loud = measured(
        "loud", "alarm_loud", baseline=0.71, candidate=0.6615, verdict=Verdict.FAIL, **common
    )
    return gate((accuracy(), quiet, loud), decided(Action.BLOCK, "the alarm of loud rings"))


def slices() -> GateEvidence:
    parent = rule(
        "every-language",
        verdict=Verdict.INCONCLUSIVE,
        reason="2 of 3 slices pass; the worst, language=fi, is inconclusive",
        effect=None,
        scale=None,
        limit=Bounds(),
        method=None,
        n=Counts(candidate=1888, baseline=1888, pairs=1888),
    )
    rows = tuple(
        measured(
            f"every-language[language={language}]",
            f"slice_{language}",
            parent="every-language",
            slice={"language": language},
            baseline=0.83,
            candidate=0.83 + NUMBERS[f"slice_{language}"]["estimate"],
            verdict=Verdict.INCONCLUSIVE if language == "fi" else Verdict.PASS,
        )
        for language in ("de", "en", "fi")
    )
    reason = "every-language is not proven: language=fi, about 333 pairs would decide, have 88"
    return gate((parent, accuracy(), *rows), decided(Action.BLOCK, reason))


def warned() -> GateEvidence:
    tokens = measured(
        "tokens",
        "tokens",
        metric="tokens",
        better="lower",
        unit="tok",
        baseline=412.5,
        candidate=419.75,
        warnings=("measured false promotion of this method here is 0.058", "12 clusters only"),
    )
    small = measured(
        "log-loss", "loss", metric="loss", better="lower", baseline=2.1e-6, candidate=1.79e-6
    )
    slow = latency(severity="warn", owner="serving")
    seen = measured(
        "fi-only", "slice_fi", severity="observe", verdict=Verdict.INCONCLUSIVE, baseline=0.83
    )
    person = measured(
        "recall", "recall", severity="escalate", verdict=Verdict.FAIL, baseline=0.9175
    )
    rules = (accuracy(), tokens, small, slow, seen, person)
    return gate(
        rules,
        decided(Action.ESCALATE, "recall fails, severity escalate"),
        warnings=("2 files were read from a path given on the command line",),
        waivers=({"rule": "recall", "reason": "new hardware", "expires": "2026-12-31"},),
    )


def promoted_with_words() -> GateEvidence:
    rules = (accuracy(), latency(severity="warn"))
    return gate(rules, decided(Action.WARN, "latency-p95 is not proven, severity warn"))


def hostile() -> GateEvidence:
    wild = measured(
        LONG,
        "recall",
        metric=HOSTILE,
        unit=HOSTILE,
        owner=HOSTILE,
        why=HOSTILE,
        action=HOSTILE,
        burden=HOSTILE,
        method=HOSTILE,
        warnings=(HOSTILE, "::warning::x"),
        assumptions=(HOSTILE,),
        verdict=Verdict.INCONCLUSIVE,
        reason=HOSTILE,
        baseline=0.9,
        candidate=0.85,
        movers=Movers(down=(Mover(id=HOSTILE, baseline=1.0, candidate=0.0),)),
    )
    sliced = replace(wild, id=f"x[{HOSTILE}]", parent=LONG, slice={"language": HOSTILE})
    broken = invalid("::error::", HOSTILE)
    check = ContractCheck(
        check=HOSTILE,
        verdict=Verdict.INVALID,
        expected=HOSTILE,
        candidate=HOSTILE,
        baseline=HOSTILE,
        reason=HOSTILE,
    )
    known = provenance()
    files = tuple(
        replace(file, path=HOSTILE, name=HOSTILE, metadata={"model": HOSTILE}, override=True)
        for file in known.artifacts
    )
    return gate(
        (wild, sliced, broken),
        decided(Action.BLOCK, HOSTILE, "##[error]", verdict="block (\x1b[2J::)"),
        gate=replace(GATE, name=HOSTILE, path="gates/'::'.yaml"),
        contract=(check,),
        warnings=(HOSTILE,),
        waivers=({HOSTILE: HOSTILE},),
        families=(replace(HOLM, name=HOSTILE, method=HOSTILE, controls=HOSTILE),),
        provenance=replace(known, artifacts=files),
    )


def fifty_rules() -> GateEvidence:
    rules = tuple(
        from_numbers(
            f"task-{index:02d}",
            numbers,
            metric=f"task-{index:02d}",
            verdict=Verdict.PASS if numbers["low"] > numbers["limit"] else Verdict.INCONCLUSIVE,
        )
        for index, numbers in enumerate(NUMBERS["many"])
    )
    missed = [each.id for each in rules if each.verdict is not Verdict.PASS]
    return gate(rules, decided(Action.BLOCK, *(f"{name} is not proven" for name in missed)))


def partial() -> GateEvidence:
    decision = decided(
        Action.BLOCK, "2 of 3 rules were deselected: -k accuracy", verdict="block (partial)"
    )
    return replace(all_pass(), decision=decision)


def incomplete() -> GateEvidence:
    decision = decided(Action.BLOCK, "the session has not ended", verdict="block (incomplete)")
    return gate((), decision, families=())


CASES = {
    case.__name__: case
    for case in (
        all_pass,
        six_rules,
        not_judged,
        equivalence,
        alarms,
        slices,
        warned,
        promoted_with_words,
        hostile,
        fifty_rules,
        partial,
        incomplete,
    )
}
WIDTHS = (80, 100, 160)


def render(name: str, *, width: int) -> str:
    """Return all that a terminal shows of a case: header, details, both sections."""
    evidence = CASES[name]()
    rules = evidence.rules
    path = f"evalgate-report/{name}.json"
    parts = [header_line("0.1.0", gates=1, rules=len(rules), seeds=[0])]
    shown = [each for each in rules if each.verdict is not Verdict.PASS][:3] or rules[:1]
    for each in shown:
        parts += ["-" * width, rule_details(each, evidence.gate, width=width)]
    most = (2,) if len(rules) < 10 else ()
    for verbosity in (0, 1, *most, -1):
        title = f" verbosity {verbosity} ".center(width, "=")
        parts.append(title)
        parts += gate_section(evidence, verbosity=verbosity, width=width, evidence_path=path)
    return "\n".join(parts) + "\n"


def golden_path(name: str, *, width: int) -> Path:
    return HERE / "golden" / f"{name}-{width}.txt"
