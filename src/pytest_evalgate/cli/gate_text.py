"""A drafted gate file as text: YAML that a person can read, each guess with its comment."""

import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_evalgate.gate.propose_yaml import DROP_MISSING, scalar


if TYPE_CHECKING:
    from pytest_evalgate.gate.propose import (
        Arms,
        Benchmarks,
        Proposal,
        ProposedKeys,
        ProposedMetric,
    )


_WIDTH = 100
_COMMENT_AT = 32  # column where comments begin
_LONGEST = 400  # characters of a reason that a comment repeats
_PLAIN_PATH = re.compile(r"(?:\.\./)*[A-Za-z_][A-Za-z0-9_./*-]*", re.ASCII)
_STATISTICS = {
    "geomean": "guess: positive and skewed: compared as a ratio",
    "accuracy": "guess: right where both are equal",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A gate file that is not written yet."""

    gate: str
    file: str
    proposal: "Proposal"
    chosen: Mapping[str, int]  # metric -> which of its variants
    refused: Mapping[str, str]  # metric -> why its first variant cannot be judged
    blocked: Mapping[str, str] = field(default_factory=dict)  # metric to mend -> why

    @property
    def lacks_quality(self) -> str | None:
        """Say which metric is missing if no rule judges how good the answers are."""
        metrics = [metric for metric in self.proposal.metrics if metric.is_quality]
        if any(metric.name in self.chosen for metric in metrics):
            return None
        for metric in metrics:
            return f"{metric.name.upper()} IS MISSING: {self.refused[metric.name]}"
        for name, words in self.proposal.left_out:
            return f"{one_line(name).upper()} IS MISSING: {words}"
        return "A METRIC OF RIGHT ANSWERS OR SCORES IS MISSING: no column of both arms holds one"


def gate_text(draft: Draft) -> str:
    """Write a draft."""
    return "\n".join(_lines(draft)) + "\n"


def _lines(draft: Draft) -> Iterator[str]:
    for part in (_head, _artifact, _contract, _metrics, _rules):
        yield from part(draft)


def one_line(text: str) -> str:
    """Write any text so that it stays on its line and hides nothing."""
    spaced = " ".join(text.split())
    clean = "".join(character if character.isprintable() else "?" for character in spaced)
    return clean if len(clean) <= _LONGEST else clean[: _LONGEST - 3] + "..."


def reader_words(keys: "ProposedKeys") -> str:
    """Say how a reader was chosen, and the keys that it brings."""
    named = (("id", ", ".join(keys.id)), ("run", keys.run), ("repeat", keys.repeat),
             ("cluster", keys.cluster))  # fmt: skip
    brought = [f"{key} {name}" for key, name in named if name]
    bringing = f"; it brings {', '.join(brought)}" if keys.is_brought else ""
    return f"found by content{bringing}"


def _head(draft: Draft) -> Iterator[str]:
    files, rows = draft.proposal.files, draft.proposal.rows
    yield "# May the candidate replace the baseline? Every rule below must pass, else it may not."
    yield f"# Run me:  pytest --evalgate {one_line(draft.file)}"
    yield from _comment(
        f"Written by `init`, which looked at {rows[0]} rows in {files[0]} file(s) of the candidate "
        f"and {rows[1]} in {files[1]} of the baseline. Lines with the word guess are for you to "
        "check; margins are yours to choose."
    )
    yield "version: 1"
    yield _line(f"gate: {scalar(draft.gate)}", "names the report")


def _artifact(draft: Draft) -> Iterator[str]:
    keys = draft.proposal.keys
    reader = draft.proposal.arms.reader
    yield from ("", "artifacts:", "  evals:")
    yield from _paths(draft.proposal.arms)
    if reader is not None:
        yield _line(f"    reader: {reader}", reader_words(keys))
    if not keys.is_brought:
        yield from _keys(keys)


def _keys(keys: "ProposedKeys") -> Iterator[str]:
    words = keys.words
    if keys.id:
        names = ", ".join(map(scalar, keys.id))
        yield _line(f"    id: {names if len(keys.id) == 1 else f'[{names}]'}", words["id"])
    for key, name in (("run", keys.run), ("repeat", keys.repeat), ("cluster", keys.cluster)):
        if name is not None:
            yield _line(f"    {key}: {scalar(name)}", words[key])
    if keys.is_unpaired and not keys.is_brought:
        yield from _comment(
            "No column names the rows, so the rules say `pair: none`: the arms are judged as "
            "independent samples. If both arms saw the same examples, give each row an id and "
            "write `id: column`: that is more exact, and needs far fewer rows.",
            indent=4,
        )
    if keys.run is None:
        for name in keys.maybe_clusters:
            yield _line(f"    # cluster: {scalar(name)}", "if its rows are not independent")


def _paths(arms: "Arms") -> Iterator[str]:
    if arms.by is None:
        yield f"    candidate: {scalar(arms.candidate, plain=_PLAIN_PATH)}"
        yield f"    baseline: {scalar(arms.baseline, plain=_PLAIN_PATH)}"
        return
    yield f"    path: {scalar(arms.candidate, plain=_PLAIN_PATH)}"
    for arm, value in zip(("candidate", "baseline"), arms.values, strict=True):
        where = f"{{where: {{{scalar(arms.by)}: {scalar(value)}}}}}"
        yield _line(f"    {arm}: {where}", "guess, by the value")


def _contract(draft: Draft) -> Iterator[str]:
    """Offer what would let a metric with missing values be judged."""
    metrics = [metric for metric in draft.proposal.metrics if metric.name in draft.blocked]
    if any(metric.mend and metric.mend.has_missing for metric in metrics):
        yield ""
        yield from _comment("To go on without units that lack a value, take the # off:")
        yield f"# {DROP_MISSING}"


def _metrics(draft: Draft) -> Iterator[str]:
    yield from ("", "metrics:")
    for metric in draft.proposal.metrics:
        if metric.aside is None:
            yield from _judged(draft, metric)
    yield from _offered(draft)


def _judged(draft: Draft, metric: "ProposedMetric") -> Iterator[str]:
    """Write a metric that has a rule, or why it has none."""
    if metric.name not in draft.chosen:
        keys = ", ".join(f"{key}: {value}" for key, value, _ in _metric(metric, 0))
        yield f"  # {scalar(metric.name)}: {{{keys}}}"
        return
    yield f"  {scalar(metric.name)}:"
    for key, value, words in _metric(metric, draft.chosen[metric.name]):
        yield _line(f"    {key}: {value}", words)
    if metric.name in draft.blocked and metric.mend and metric.mend.line:
        yield from _comment("MEND: check this line and take the # off", indent=4)
        yield f"    # {one_line(metric.mend.line)}"
    if metric.name in draft.refused:
        yield from _comment(
            f"{metric.variants[0].statistic} cannot be judged here: {draft.refused[metric.name]}",
            indent=4,
        )


def _offered(draft: Draft) -> Iterator[str]:
    """Write the metrics that are comments only, and what else is not used."""
    aside = [metric for metric in draft.proposal.metrics if metric.aside]
    if aside:
        yield from _comment(
            "Not gated. To gate one, take the # off here and at its rule below:", indent=2
        )
    for metric in aside:
        keys = ", ".join(f"{key}: {value}" for key, value, _ in _metric(metric, 0))
        yield from _comment(f"{metric.value}: {metric.aside}", indent=2)
        yield f"  # {scalar(metric.name)}: {{{keys}}}"
    if draft.proposal.remarks:
        yield from _comment("Not used:", indent=2)
    for remark in draft.proposal.remarks:
        yield from _comment(f"- {remark}", indent=2)


def _metric(metric: "ProposedMetric", place: int) -> Iterator[tuple[str, str, str]]:
    """Yield key, value and comment of one way to judge a metric."""
    variant = metric.variants[place]
    if metric.value is not None:
        yield "value", scalar(metric.value), f"holds {metric.holds}"
    else:
        yield "label", scalar(metric.label or ""), "guess, by the name"
        yield "prediction", scalar(metric.prediction or ""), "guess, by the name"
    if variant.statistic != "mean":
        yield "statistic", variant.statistic, _STATISTICS[variant.statistic]
    yield "better", metric.better, "guess, by the name"
    if variant.range is not None:
        low, high = variant.range
        yield "range", f"[{low:g}, {high:g}]", "guess: the scale that holds all values"
    if metric.unit is not None:
        yield "unit", scalar(metric.unit), "guess, by the name; a label"


def _rules(draft: Draft) -> Iterator[str]:
    yield from ("", "rules:")
    if draft.lacks_quality:
        yield from _comment(f"NO RULE JUDGES QUALITY: {draft.lacks_quality}", indent=2)
    pair = ", pair: none" if draft.proposal.keys.is_unpaired else ""
    for metric in draft.proposal.metrics:
        place = draft.chosen.get(metric.name)
        variant = metric.variants[place or 0]
        rule = (
            f"{{metric: {scalar(metric.name)}, claim: non_inferiority, "
            f"margin: {variant.margin}{pair}}}"
        )
        if metric.aside:
            yield f"  # {scalar(metric.name + '-holds')}: {rule}"
            continue
        if place is not None:
            if metric.name in draft.blocked:
                words = metric.mend.words if metric.mend else draft.blocked[metric.name]
                yield from _comment(f"MEND FIRST, this rule blocks until then: {words}", indent=2)
            yield from _comment(f"Not worse: the margin is a guess, {variant.why}.", indent=2)
            yield from _rule(scalar(metric.name + "-holds"), rule, draft.proposal.benchmarks)
            continue
        yield from _comment(
            f"{metric.name} cannot be judged on these files: {draft.refused[metric.name]}",
            indent=2,
        )
        yield f"  # {scalar(metric.name + '-holds')}: {rule}"


def _rule(name: str, rule: str, benchmarks: "Benchmarks | None") -> Iterator[str]:
    """Write a rule in one line, or a key a line where it has slices."""
    if benchmarks is None:
        yield f"  {name}: {rule}"
        return
    yield f"  {name}:"
    yield from (f"    {pair}" for pair in rule[1:-1].split(", "))
    yield "    slices:"
    yield f"      by: [{scalar(benchmarks.by)}]"
    values = ", ".join(map(scalar, benchmarks.values))
    line = f"      values: [{values}]"
    if len(line) <= _WIDTH:
        yield line
    else:
        yield "      values:"
        yield from (f"        - {scalar(value)}" for value in benchmarks.values)
    if benchmarks.others:
        count = len(benchmarks.others)
        first = ", ".join(benchmarks.others[:3])
        yield from _comment(f"guess: {count} of one arm only are shown, not judged: {first}",
                            indent=6)  # fmt: skip
        yield "      others: observe"


def _line(text: str, comment: str) -> str:
    line = f"{text.ljust(_COMMENT_AT)} # {one_line(comment)}"
    if len(line) <= _WIDTH:
        return line
    indent = len(text) - len(text.lstrip())
    return "\n".join([*_comment(comment, indent=indent), text])


def _comment(text: str, *, indent: int = 0) -> Iterator[str]:
    lead = " " * indent + "# "
    yield from textwrap.wrap(
        one_line(text), _WIDTH, initial_indent=lead, subsequent_indent=lead, break_long_words=False
    )
