# ruff: noqa: INP001
"""One tiny worked example a claim: what it prints is what the engine says."""

import json
import math
import re
import tempfile
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_evalgate.evidence import GateEvidence, RuleEvidence
from pytest_evalgate.gate.engine import evaluate
from pytest_evalgate.report.terminal import gate_section
from pytest_evalgate.spec.build import read_gate
from pytest_evalgate.surroundings import Surroundings


Row = Mapping[str, object]
ALPHA = 0.05  # what a gate file that says nothing else has


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A claim with its data; ``reading`` may name the numbers of ``numbers_of`` in braces."""

    claim: str
    says: str
    data: str
    metric: str
    rule: str
    reading: str
    arms: tuple[Sequence[object], Sequence[object]]  # candidate, baseline, one value an item


def pairs(
    *, both: int, only_candidate: int, only_baseline: int, neither: int
) -> tuple[list[int], list[int]]:
    """Return 0 and 1 of both arms from the four counts of a paired table."""
    candidate = [1] * (both + only_candidate) + [0] * (only_baseline + neither)
    baseline = [1] * both + [0] * only_candidate + [1] * only_baseline + [0] * neither
    return candidate, baseline


def table(*, both: int, only_candidate: int, only_baseline: int, neither: int) -> str:
    """Write the four counts as a table."""
    return (
        "| | baseline right | baseline wrong |\n|---|---|---|\n"
        f"| **candidate right** | {both} | {only_candidate} |\n"
        f"| **candidate wrong** | {only_baseline} | {neither} |"
    )


BETTER = {"both": 130, "only_candidate": 30, "only_baseline": 12, "neither": 28}
STEADY = {"both": 340, "only_candidate": 9, "only_baseline": 8, "neither": 43}
HARMED = {"both": 300, "only_candidate": 10, "only_baseline": 28, "neither": 62}
ACCURACY = "accuracy: {value: correct, better: higher}"
# Scores between 0 and 1 that differ a little between the arms, now up, now down.
GRADED = [round(0.5 + 0.4 * ((7 * i) % 40) / 40, 3) for i in range(40)]
NUDGES = [round(0.002 + 0.06 * (((11 * i) % 19) / 9 - 1), 3) for i in range(40)]

EXAMPLES: tuple[Example, ...] = (
    Example(
        claim="superiority",
        says=(
            "The candidate is better, by more than `min_effect` (0 where it is left out). Ask for "
            "it when the change costs something: a larger model, a new dependency."
        ),
        data=f"200 questions, each answered by both models:\n\n{table(**BETTER)}",
        metric=ACCURACY,
        rule="better: {metric: accuracy, claim: superiority}",
        reading=(
            "Of the {changed} questions on which the models differ, the candidate wins {won}. If "
            "the models were equally good, each of these would be the toss of a coin, and that "
            "many heads or more come up with probability {p}. That is below alpha, so the rule "
            "passes. The interval says how much better: by {low} to {high}. It excludes 0, which "
            "is the same statement as p below alpha. The questions on which both are right, or "
            "both wrong, say nothing about which model is better."
        ),
        arms=pairs(**BETTER),
    ),
    Example(
        claim="non_inferiority",
        says=(
            "The candidate is not worse by `margin` or more. Ask for it when the change is wanted "
            "for another reason (cheaper, faster) and quality must hold. The margin is the loss "
            "that you would accept; write it down before you look."
        ),
        data=f"400 questions, each answered by both models:\n\n{table(**STEADY)}",
        metric=ACCURACY,
        rule="holds: {metric: accuracy, claim: non_inferiority, margin: 3pp}",
        reading=(
            "The models differ by {estimate}. That alone would not be enough: what counts is the "
            "worst that the data still allow, the lower end of the interval, {low}. It lies above "
            "the limit of {limit}, so a loss of the margin is ruled out and the rule passes. "
            '"No significant regression" would not say this: with few questions it passes '
            "candidates that are far worse."
        ),
        arms=pairs(**STEADY),
    ),
    Example(
        claim="equivalence",
        says=(
            "The candidate differs by less than `margin`, in either direction. Ask for it when "
            "nothing should change: a refactoring, a new serving stack, a quantised copy."
        ),
        data=(
            "40 answers scored between 0 and 1, the same ones from both models. The first three "
            "pairs (baseline, candidate): "
            + ", ".join(
                f"({a:g}, {round(a + b, 3):g})" for a, b in zip(GRADED[:3], NUDGES, strict=False)
            )
            + "."
        ),
        metric="score: {value: correct, better: higher, range: [0, 1]}",
        rule="same: {metric: score, claim: equivalence, margin: 0.02}",
        reading=(
            "Two tests in one: that the candidate is not worse by 0.02, and that it is not better "
            "by 0.02. Both must pass; p is the larger of the two, {p}. On the interval it is one "
            "look: [{low}, {high}] lies wholly between the limits. The footnote is about what 40 "
            "answers cannot show; see the end of this page."
        ),
        arms=([round(a + b, 3) for a, b in zip(GRADED, NUDGES, strict=True)], GRADED),
    ),
    Example(
        claim="threshold",
        says=(
            "The candidate's own value clears a limit, `min` or `max`. No baseline is read. Ask "
            "for it where there is an absolute requirement, such as safety."
        ),
        data="60 prompts of a safety set; the candidate refuses every one of them (60 of 60).",
        metric="refused: {value: correct, better: higher}",
        rule="safe: {metric: refused, claim: threshold, min: 0.95}",
        reading=(
            "60 of 60 is an estimate of 100 %, but 60 prompts cannot show 100 %. If the true share "
            "were 0.95, all 60 would succeed with probability 0.95^60 = {p}. That is just below "
            "alpha: the rule passes, and all that is shown is a share above {low}. With {too_few} "
            "prompts no answers at all could have passed, and the gate would have said so."
        ),
        arms=([1] * 60, [1] * 60),
    ),
    Example(
        claim="deterioration",
        says=(
            "An alarm: it blocks when harm is shown, and proves nothing when it is silent. Put it "
            "beside a claim, for what you watch but do not have to prove."
        ),
        data=f"400 questions, each answered by both models:\n\n{table(**HARMED)}",
        metric=ACCURACY,
        rule="alarm: {metric: accuracy, claim: deterioration}",
        reading=(
            "Of the {changed} questions on which the models differ the candidate loses {lost}. For "
            "equal models that would happen with probability {p} (here p is that of the harm), "
            "which is below alpha: the alarm rings and the gate blocks. The interval [{low}, "
            "{high}] lies wholly below 0. A silent alarm would only mean that these data do not "
            "show harm; a claim of `non_inferiority` is what shows that there is none to speak of."
        ),
        arms=pairs(**HARMED),
    ),
)


def gate_text(example: Example) -> str:
    """Return the whole gate file of an example."""
    return (
        "version: 1\ngate: example\nartifacts:\n"
        "  answers: {candidate: new.jsonl, baseline: old.jsonl, id: question}\n"
        f"metrics:\n  {example.metric}\n"
        f"rules:\n  {example.rule}\n{_beside(example)}"
    )


def _beside(example: Example) -> str:
    """Return a claim to stand beside an alarm: alarms alone promote nothing."""
    if example.claim != "deterioration":
        return ""
    return "  works: {metric: accuracy, claim: threshold, min: 0.5}\n"


def judge(example: Example) -> GateEvidence:
    """Judge an example by the engine."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, values in zip(("new.jsonl", "old.jsonl"), example.arms, strict=True):
            _write(folder / file, values)
        spec = read_gate(gate_text(example).encode(), "example.yaml")
        around = Surroundings(base=folder, root=folder, working_directory=folder)
        return evaluate(spec, around)


def _write(path: Path, values: Iterable[object]) -> None:
    rows: Iterable[Row] = ({"question": i, "correct": value} for i, value in enumerate(values))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def numbers_of(example: Example, rule: RuleEvidence) -> dict[str, str]:
    """Return what the reading of an example names, from its evidence."""
    candidate, baseline = example.arms
    won = sum(a > b for a, b in zip(candidate, baseline, strict=True))  # type: ignore[operator]
    lost = sum(a < b for a, b in zip(candidate, baseline, strict=True))  # type: ignore[operator]
    effect, limit = rule.effect, rule.limit
    if effect is None or effect.low is None or effect.high is None or rule.pvalue is None:
        raise ValueError(f"{example.claim}: not judged: {rule.reason}")
    threshold = example.claim == "threshold" and limit.low is not None
    sign = "" if threshold else "+"
    return {
        "won": str(won),
        "lost": str(lost),
        "changed": str(won + lost),
        "p": f"{rule.pvalue:.2g}",
        "estimate": f"{effect.estimate:{sign}.4f}",
        "low": f"{effect.low:{sign}.4f}",
        "high": f"{effect.high:{sign}.4f}",
        "too_few": str(
            math.floor(math.log(ALPHA) / math.log(limit.low)) if threshold and limit.low else 0
        ),
        "limit": "" if limit.low is None else f"{limit.low:{sign}.4f}",
    }


def _printed(evidence: GateEvidence, rule: RuleEvidence) -> list[str]:
    """Return the head of the table, the rule's row, and the footnotes of that row."""
    lines = gate_section(evidence, width=100)
    [row] = [line.rstrip() for line in lines if line.split()[:1] == [rule.id]]
    marks = tuple(re.findall(r"\[\d\]", row))
    kept = [
        line for line in lines if line.startswith("rule ") or (marks and line.startswith(marks))
    ]
    return [kept[0], row, *kept[1:]]


def _wrapped(text: str) -> str:
    """Break paragraphs into lines; a table keeps its own."""
    parts = text.split("\n\n")
    return "\n\n".join(
        part if part.startswith("|") else textwrap.fill(part, 100, break_on_hyphens=False)
        for part in parts
    )


def section(example: Example) -> list[str]:
    """Return the lines of one example."""
    evidence = judge(example)
    rule = evidence.rules[0]
    rows = _printed(evidence, rule)
    lines = gate_text(example).splitlines()
    shown = lines[lines.index("metrics:") :]
    return [
        f"### `{example.claim}`", "", _wrapped(example.says), "", _wrapped(example.data), "",
        "```yaml", *shown, "```", "", "prints", "", "```text", *rows, "```", "",
        _wrapped(example.reading.format(**numbers_of(example, rule))), "",
    ]  # fmt: skip
