"""Two sets of samples -> what a first gate file could say about them, every guess with its reason.

The data decide nothing for good here: what is proposed is written into a file that a person
reads, and only the file is judged.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pytest_evalgate.artifacts.arms import ArmTable
from pytest_evalgate.artifacts.captures import capture_hint
from pytest_evalgate.errors import ArtifactError, SampleError
from pytest_evalgate.gate.propose_arms import split
from pytest_evalgate.gate.propose_captures import captured, is_a_row_each
from pytest_evalgate.gate.propose_columns import (
    ARTIFACT,
    Arms,
    Column,
    can_be_written,
    common_columns,
    listed,
    load,
    words_of,
)
from pytest_evalgate.gate.propose_formats import brought_by, format_of, has_scorers, store_reader
from pytest_evalgate.gate.propose_keys import ProposedKeys, propose_keys
from pytest_evalgate.gate.propose_metric import ProposedMetric
from pytest_evalgate.gate.propose_metrics import ProposedMetrics, propose_metrics
from pytest_evalgate.gate.propose_names import Sense, sense
from pytest_evalgate.gate.propose_times import Benchmarks, Times
from pytest_evalgate.gate.propose_variants import Variant
from pytest_evalgate.surroundings import Surroundings


__all__ = [
    "ARTIFACT",
    "Arms",
    "Benchmarks",
    "Proposal",
    "ProposedKeys",
    "ProposedMetric",
    "Variant",
    "propose",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a first gate file could say."""

    arms: Arms
    files: tuple[int, int]  # candidate, baseline
    rows: tuple[int, int]
    keys: ProposedKeys
    metrics: tuple[ProposedMetric, ...]
    benchmarks: Benchmarks | None = None  # slices of each rule
    remarks: tuple[str, ...]  # about columns that are not used
    left_out: tuple[tuple[str, str], ...]  # columns called a quality, and why they are no metric


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """Two arms that were read, and their keys."""

    arms: Arms
    tables: tuple[ArmTable, ArmTable]
    columns: list[Column]
    keys: ProposedKeys
    times: Times | None = None


def propose(candidate: str, baseline: str, around: Surroundings) -> Proposal:
    """Look at two sets of samples and propose keys and metrics.

    Args:
        candidate: Path or glob as the gate file will write it.
        baseline: The same for the other arm.
        around: Folder of the gate file, and what it may read.

    Raises:
        ArtifactError: the bytes cannot be used.
        SampleError: the rows cannot be used, are not those of the same examples, or no column
            says by its name which way is better.
    """
    is_one = candidate == baseline
    reader = store_reader((candidate, baseline), around)
    arms = Arms(candidate=candidate, baseline=baseline, reader=reader)
    if is_one:
        arms = split(candidate, around, reader=reader)
    looked = _look(arms, around)
    tables, keys = looked.tables, looked.keys
    measured = _measured(looked)
    remarks = (*keys.remarks, *_of_one_arm(tables), *measured.remarks)
    if not measured.metrics:
        raise _nothing(looked.columns, keys, remarks)
    files = tuple(sum(1 for file in table.files if file.rows) for table in tables)
    return Proposal(
        arms=looked.arms,
        files=(files[0], files[1]),
        rows=(tables[0].n, tables[1].n),
        keys=keys,
        metrics=measured.metrics,
        benchmarks=looked.times.benchmarks if looked.times else None,
        remarks=remarks,
        left_out=(*measured.left_out, *_one_sided(tables)),
    )


def _measured(looked: _Looked) -> ProposedMetrics:
    if looked.times is None:
        return propose_metrics(looked.columns, looked.keys)
    return ProposedMetrics(metrics=(looked.times.metric,), remarks=(), left_out=())


def _look(arms: Arms, around: Surroundings) -> _Looked:
    """Read both arms and find their keys, in their rows or else in their paths."""
    tables = load(arms, around)
    columns = common_columns(tables)
    form = format_of(tables)
    _refuse_totals(tables)
    if form is not None:
        is_scoring = has_scorers(form.name)
        columns = [replace(one, is_of_tool=True, may_be_score=is_scoring) for one in columns]
    brought = brought_by(tables, columns)
    if brought is not None:
        arms = replace(arms, reader=brought.reader)
        keys = brought.keys or propose_keys(columns)
        return _Looked(arms=arms, tables=tables, columns=columns, keys=keys, times=brought.times)
    try:
        keys = propose_keys(columns)
    except SampleError as error:
        by_path = _look_at_paths(arms, tables, around)
        if by_path is None:
            raise _with_path_hint(error, tables) from error
        return by_path
    looked = _Looked(arms=arms, tables=tables, columns=columns, keys=keys)
    if not keys.is_unpaired:
        return looked
    by_path = _look_at_paths(arms, tables, around)
    if by_path is None and is_a_row_each(tables):
        remark = capture_hint([file.path for file in tables[0].files if file.rows], "seed")
        return replace(looked, keys=replace(keys, remarks=(*keys.remarks, remark)))
    return by_path or looked


def _refuse_totals(tables: tuple[ArmTable, ArmTable]) -> None:
    """Refuse the results file of lm-eval, which reads as a table of one row of averages."""
    for table in tables:
        parts = {name.partition(".")[0] for name in table.columns}
        if table.n == len(table.sources) and {"results", "n-samples"} <= parts:
            raise SampleError(
                f"{table.name}: these are the results of lm-eval without its samples: averages, "
                "of which no honest test can be made",
                hint="run lm_eval with `--log_samples` and name the samples_*.jsonl that it writes",
            )


def _look_at_paths(
    arms: Arms, tables: tuple[ArmTable, ArmTable], around: Surroundings
) -> _Looked | None:
    """Read once more with the run captured from the paths; None where that names no runs."""
    found = captured(arms, tables, around)
    if found is None:
        return None
    arms, name = found
    try:
        tables = load(arms, around)
        columns = common_columns(tables)
        keys = propose_keys(columns)
    except (ArtifactError, SampleError):
        return None
    if keys.run != name:
        return None
    words = keys.words["run"].replace("guess: ", f"guess: the part {{{name}}} of the path; ")
    keys = replace(keys, words={**keys.words, "run": words})
    return _Looked(arms=arms, tables=tables, columns=columns, keys=keys)


def _with_path_hint(error: SampleError, tables: tuple[ArmTable, ArmTable]) -> SampleError:
    paths = [file.path for file in tables[0].files if file.rows]
    if len(paths) < 2:
        return error
    words = "; ".join(filter(None, (error.hint, capture_hint(paths, "seed"))))
    return SampleError(error.message, at=error.at, hint=words)


def _of_one_arm(tables: tuple[ArmTable, ArmTable]) -> tuple[str, ...]:
    """Say which columns only one arm has, or no gate file may name."""
    names = [{name for name in table.columns if can_be_written(name)} for table in tables]
    remarks = []
    for arm, only in (("candidate", names[0] - names[1]), ("baseline", names[1] - names[0])):
        if only:
            remarks.append(f"only the {arm} has {listed(sorted(only))}")
    unwritten = {name for table in tables for name in table.columns if not can_be_written(name)}
    if unwritten:
        remarks.append(f"no gate file can name the columns {listed(sorted(unwritten))}")
    return tuple(remarks)


def _one_sided(tables: tuple[ArmTable, ArmTable]) -> Iterator[tuple[str, str]]:
    """Yield the columns called a quality that only one arm has."""
    for name in sorted(tables[0].columns.keys() ^ tables[1].columns.keys()):
        if sense(words_of(name)) is Sense.HIGHER:
            yield name, "only one arm has this column"


def _nothing(columns: list[Column], keys: ProposedKeys, remarks: tuple[str, ...]) -> SampleError:
    others = [one.name for one in columns if one.name not in keys.columns]
    words = "; ".join(remarks[:5]) or f"the other columns are {listed(others) or 'none'}"
    return SampleError(
        f"no column that both arms have says by its name which way is better: {words}",
        hint="name a column of 0 and 1 `correct`, or write the gate file by hand: "
        "a metric needs `value:` and `better:`",
    )
