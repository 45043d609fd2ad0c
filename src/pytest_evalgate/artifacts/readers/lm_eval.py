"""lm-evaluation-harness: the samples that ``--log_samples`` writes, one row a document and filter.

Up to 0.4.2 a samples file is one JSON array, whatever its name says; since 0.4.3 it is JSON lines.
What holds for the whole file stands in a results file beside it, whose averages are no evidence.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from pytest_evalgate.artifacts.cells import shown, shown_list
from pytest_evalgate.artifacts.readers import json_array, jsonl
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.lm_eval_checks import Checks, doc_hash, task_hash
from pytest_evalgate.artifacts.readers.lm_eval_results import Run, foreign, run_of
from pytest_evalgate.errors import ArtifactError, Location


_KEYS = ("doc_id", "doc")  # of every sample, in every version
_LOG_SAMPLES = "run lm_eval with `--log_samples` and name the samples_*.jsonl that it writes"
_RERUNS = "an average of each rerun is `reader: json` with `run: _path`"


def fits(head: Head) -> bool:
    """Whether it is a samples file; a results file is left to be read as a table of one row."""
    return head.has(*_KEYS, "resps", "filtered_resps") or head.has(*_KEYS, "doc_hash", "metrics")


def parse(content: Content) -> Parsed:
    """Read the samples of one task.

    Raises:
        ArtifactError: A results file, rows that are no samples, or a file with rows taken out.
    """
    head = Head(content.data, content.path.rpartition("/")[2])
    _refuse_averages(head, content)
    run = run_of(content)
    reader = json_array if head.is_array else jsonl
    if run.task_hash is not None:
        found = task_hash(row for _, row in reader.rows(content.data, content.path, allow_nan=True))
        is_own = found == run.task_hash
        run = replace(run, is_own=True) if is_own else foreign(run, content.path, head.first)
    notes = list(run.notes)
    if "doc_hash" not in head.first:
        notes.append(
            f"{content.path}: doc_hash is the SHA-256 of `doc` as lm-eval since 0.4.3 writes it"
        )
    rows = reader.rows(content.data, content.path, allow_nan=True)
    return Parsed(rows=_rows(rows, content, run, notes), metadata=run.metadata, notes=notes)


def _rows(
    rows: Iterator[tuple[int, dict[str, object]]], content: Content, run: Run, notes: list[str]
) -> Iterator[tuple[int, dict[str, object]]]:
    checks = Checks(content.path, run)
    for line, row in rows:
        at = Location(path=content.path, line=line)
        metrics = _metrics(row, run, at)
        if "filter" not in row and len(run.filters) > 1 and checks.has(row):
            raise ArtifactError(
                f"doc_id {shown(row['doc_id'])} stands here again: once for each filter "
                f"({', '.join(run.filters)}), and the rows do not say which",
                at=at,
                hint="write the samples with lm-eval 0.4.3 or later, which names the filter",
            )
        if "doc_hash" not in row:
            row["doc_hash"] = doc_hash(row["doc"])
        checks.take(row, metrics)
        for name, cell in run.columns.items():
            row.setdefault(name, cell)
        if _is_loglikelihood(row, run):
            # The tool averages it and then takes exp(-mean): higher is better here, not there.
            row["perplexity"] = {"loglikelihood": row["perplexity"]}
        yield line, row
    checks.refuse_gaps(content.at())
    notes.extend(checks.notes())


def _metrics(row: Mapping[str, object], run: Run, at: Location) -> tuple[str, ...]:
    """Return the names of a row's metrics: its own list, else those of the results file.

    Raises:
        ArtifactError: No sample, or a metric that it names and lacks.
    """
    lacking = [key for key in _KEYS if key not in row]
    if lacking:
        raise ArtifactError(
            f"no {shown(lacking[0])} in a row with {shown_list(row)}: not a sample of lm-eval",
            at=at,
            hint=_LOG_SAMPLES,
        )
    named = row.get("metrics")
    if named is None:
        return tuple(name for name in run.metrics if name in row)
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise ArtifactError(
            f"metrics is {shown(named)}, expected a list of names", at=at, hint=_LOG_SAMPLES
        )
    missing = [name for name in named if name not in row]
    if missing:
        raise ArtifactError(
            f"the row names the metric {shown(missing[0])} and has no value for it",
            at=at,
            hint="was the file edited? write it again with `--log_samples`",
        )
    return tuple(named)


def _is_loglikelihood(row: Mapping[str, object], run: Run) -> bool:
    """Whether ``perplexity`` holds the log likelihood of a row, as the tool's own metric does."""
    cell = row.get("perplexity")
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return False
    return cell <= 0 or run.aggregations.get("perplexity") == "perplexity"


def _refuse_averages(head: Head, content: Content) -> None:
    """Refuse a results file in any of its shapes.

    Raises:
        ArtifactError: It is one.
    """
    if not head.is_document and not (head.is_lines and "doc" not in head.first):
        return
    results = head.first.get("results")
    if isinstance(results, dict):
        groups = head.first.get("groups")
        also = f", and groups {shown_list(groups)}" if isinstance(groups, dict) and groups else ""
        raise ArtifactError(
            f"a results file of lm-eval: averages of {shown_list(results)}{also}, without the "
            "samples; an average says nothing about its own error",
            at=content.at(),
            hint=f"{_LOG_SAMPLES}; {_RERUNS}",
        )
    if head.first and all(isinstance(cell, dict) for cell in head.first.values()):
        raise ArtifactError(
            f"averages of {shown_list(head.first)} without the samples and without their run",
            at=content.at(),
            hint=f"{_LOG_SAMPLES}; {_RERUNS}",
        )
