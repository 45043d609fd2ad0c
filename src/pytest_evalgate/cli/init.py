"""`init`: a gate file that runs unedited, written from two paths."""

import os
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_evalgate import host
from pytest_evalgate.cli.errors import CommandError
from pytest_evalgate.cli.gate_text import Draft, gate_text, one_line, reader_words
from pytest_evalgate.cli.typed_paths import as_written
from pytest_evalgate.errors import SampleError, SpecErrors
from pytest_evalgate.evidence import Verdict
from pytest_evalgate.providers import installed
from pytest_evalgate.spec.scalars import is_name
from pytest_evalgate.surroundings import Surroundings


if TYPE_CHECKING:
    from pytest_evalgate.gate.propose import ProposedMetric


_KEYS = {
    "id": "rows are matched by {}",
    "run": "runs are told apart by {}",
    "repeat": "repeats are counted by {}",
    "cluster": "units are grouped by {}",
}
# Words of reasons that lie in the size or the shape of the samples: no line of a file mends them.
_OF_SIZE = ("judged from", "min_runs", "min_samples", "the rule cannot pass", "gather more")
_ENDINGS = (".yaml", ".yml")


def init(paths: list[str], output: str) -> bool:
    """Write a gate file for the samples of a candidate and a baseline, and say what it guesses.

    Returns:
        Whether the gate can promote on these files as it is: some rule judges quality, and
        nothing is to be mended first.

    Raises:
        CommandError: not two paths, or an output that cannot be written.
        EvalGateError: the samples cannot be judged; nothing is written.
    """
    if len(paths) != 2:
        raise CommandError(
            f"init takes two paths, found {len(paths)}",
            hint="quote globs, so that the shell leaves them be: init 'new/*.jsonl' 'old/*.jsonl'",
        )
    gate = _output(output)
    around = replace(host.surroundings(gate), formats=installed())
    candidate, baseline = (
        as_written(path, around, arm=arm)
        for path, arm in zip(paths, ("candidate", "baseline"), strict=True)
    )
    draft = _judgeable(_draft(gate, candidate, baseline, around), gate, around)
    _write(gate, gate_text(draft))
    _tell(draft, output)
    return not draft.blocked and draft.lacks_quality is None


def _output(text: str) -> Path:
    gate = Path(text)
    if gate.suffix not in _ENDINGS:
        raise CommandError(
            f"{text!r} is no name of a gate file", hint="end it in .yaml, such as gate.yaml"
        )
    if os.path.lexists(gate):
        raise CommandError(
            f"{text} exists, and init never writes over a file",
            hint="name another one with --output, or move that one away",
        )
    if not gate.parent.is_dir():
        raise CommandError(f"there is no folder {str(gate.parent)!r}", hint="make it first")
    return gate


def _draft(gate: Path, candidate: str, baseline: str, around: Surroundings) -> Draft:
    from pytest_evalgate.gate.propose import propose  # noqa: PLC0415 - numpy takes its time

    proposal = propose(candidate, baseline, around)
    return Draft(
        gate=_gate_name(gate),
        file=gate.name,
        proposal=proposal,
        chosen={metric.name: 0 for metric in proposal.metrics if metric.aside is None},
        refused={one.name: one.aside for one in proposal.metrics if one.aside is not None},
    )


def _gate_name(gate: Path) -> str:
    """Name a gate after its file, or after its folder where the file is called gate.yaml."""
    stem = gate.name.removesuffix(gate.suffix).removesuffix(".gate")
    names = (stem, gate.resolve().parent.name) if stem != "gate" else (gate.resolve().parent.name,)
    return next((name for name in names if is_name(name)), "model")


def _judgeable(draft: Draft, gate: Path, around: Surroundings) -> Draft:
    """Try the rules on the data until those that are left are valid, or are to be mended.

    A metric to be mended keeps its rule: without it, a gate on the others alone would promote.

    Raises:
        SampleError: none is.
    """
    while True:
        invalid = _invalid(draft, gate, around)
        if invalid.keys() <= draft.blocked.keys():
            return replace(draft, blocked=invalid)
        for metric in draft.proposal.metrics:
            if metric.name in invalid and metric.name not in draft.blocked:
                draft = _without(draft, metric, invalid[metric.name])
        if not _is_worth_a_file(draft):
            raise _nothing_left(draft)


def _is_worth_a_file(draft: Draft) -> bool:
    """Whether some rule can be judged, or could be by a line of the gate file."""
    to_mend = {metric.name for metric in draft.proposal.metrics if metric.mend is not None}
    return any(name in to_mend or name not in draft.blocked for name in draft.chosen)


def _without(draft: Draft, metric: "ProposedMetric", reason: str) -> Draft:
    """Let a metric that cannot be judged block, be judged in another way, or be a comment."""
    after = _next_variant(draft, metric, reason)
    is_of_data = metric.is_quality and not any(words in reason for words in _OF_SIZE)
    if metric.mend is None and (metric.name in after.chosen or not is_of_data):
        return after
    chosen = {**draft.chosen, metric.name: 0}
    return replace(draft, chosen=chosen, blocked={**draft.blocked, metric.name: reason})


def _nothing_left(draft: Draft) -> SampleError:
    refused = {
        one.name: words
        for one in draft.proposal.metrics
        if one.aside is None
        and (words := draft.blocked.get(one.name) or draft.refused.get(one.name))
    }
    reasons = "\n".join(f"  {name}: {words}" for name, words in refused.items())
    remarks = map(one_line, draft.proposal.keys.remarks)
    hint = "; ".join(("mend what is named above; nothing was written", *remarks))
    cluster = draft.proposal.keys.cluster
    if cluster is not None:
        hint = f"rows of one {one_line(cluster)} are not independent: keep one row of each; {hint}"
    return SampleError(f"no rule can be judged on these samples\n{reasons}", hint=hint)


def _invalid(draft: Draft, gate: Path, around: Surroundings) -> dict[str, str]:
    """Return why metrics cannot be judged as drafted, by metric."""
    from pytest_evalgate.gate.engine import evaluate  # noqa: PLC0415 - scipy takes its time
    from pytest_evalgate.spec.build import read_gate  # noqa: PLC0415

    try:
        spec = read_gate(gate_text(draft).encode(), gate.as_posix())
    except SpecErrors as error:
        raise SampleError(f"these samples cannot be named in a gate file:\n{error}") from error
    evidence = evaluate(spec, around)
    invalid: dict[str, str] = {}
    # Slices before the rule that they are of: they say why.
    for rule in sorted(evidence.rules, key=lambda rule: not rule.slice):
        if rule.verdict is Verdict.INVALID:
            of = f"{', '.join(rule.slice.values())}: " if rule.slice else ""
            invalid.setdefault(rule.metric, one_line(of + rule.reason))
    return invalid


def _next_variant(draft: Draft, metric: "ProposedMetric", reason: str) -> Draft:
    chosen, refused = dict(draft.chosen), dict(draft.refused)
    refused.setdefault(metric.name, reason)  # of the first variant: the one to be mended
    chosen[metric.name] += 1
    if chosen[metric.name] == len(metric.variants):
        del chosen[metric.name]
    return replace(draft, chosen=chosen, refused=refused)


def _write(gate: Path, text: str) -> None:
    try:
        with gate.open("x", encoding="utf-8", newline="\n") as file:  # never over a file
            file.write(text)
    except OSError as error:
        raise CommandError(f"{gate} cannot be written: {error.strerror}") from error


def _tell(draft: Draft, output: str) -> None:
    print(f"wrote {output}. Its guesses:")
    for words in (*_key_words(draft), *_metric_words(draft), *draft.proposal.remarks):
        print("  " + one_line(words))
    for line in _outcome(draft, output):
        print(line)
    print(f"  pytest --evalgate {shlex.quote(output)}")


def _outcome(draft: Draft, output: str) -> Iterator[str]:
    for name, words in draft.blocked.items():
        yield f"THE GATE WILL NOT PROMOTE YET: {name}: {words}"
    if draft.lacks_quality is not None:
        yield f"NO RULE JUDGES QUALITY: {one_line(draft.lacks_quality)}"
    if draft.blocked:
        yield f"Mend this as the comments in {output} say, check the guesses and the margins, then:"
        return
    count = len(draft.chosen)
    rules = "its rule" if count == 1 else f"each of its {count} rules"
    yield f"Tried on these files: {rules} can be judged. Check the guesses and the margins, then:"


def _key_words(draft: Draft) -> Iterator[str]:
    arms, keys = draft.proposal.arms, draft.proposal.keys
    if arms.by is not None:
        yield f"the candidate is {arms.by} {arms.values[0]}, the baseline {arms.values[1]}"
    if arms.reader is not None:
        yield f"the files are of the format {arms.reader}, {reader_words(keys)}"
    columns = {"id": ", ".join(keys.id), "run": keys.run, "repeat": keys.repeat}
    for key, words in keys.words.items():
        name = columns.get(key, keys.cluster)
        yield f"{_KEYS[key].format(name)}: {words.partition(': ')[2]}"
    benchmarks = draft.proposal.benchmarks
    if benchmarks is not None:
        yield f"each of {len(benchmarks.values)} values of {benchmarks.by} is judged by itself"
    if keys.is_unpaired and not keys.is_brought:
        yield "no column names the rows: the arms are compared unpaired (pair: none)"


def _metric_words(draft: Draft) -> Iterator[str]:
    for metric in draft.proposal.metrics:
        column = metric.value or f"{metric.prediction} against {metric.label}"
        if metric.name in draft.chosen:
            variant = metric.variants[draft.chosen[metric.name]]
            yield (
                f"metric {metric.name}: {variant.statistic} of {column}, {metric.better} is "
                f"better, not worse by {variant.margin}"
            )
        else:
            what = "not gated" if metric.aside else "not judged"
            of = f"{metric.name} of {column}" if metric.name != column else column
            yield f"{what}: {of}: {draft.refused[metric.name]}"
