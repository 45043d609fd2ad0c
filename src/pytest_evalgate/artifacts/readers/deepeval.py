"""deepeval: a test run, one row a test case, one column a metric by the name it is shown under.

A metric that ended in an error has no score and makes its case neither a success nor a failure.
Names of cases are often places in a list (``test_case_0``), so a case is told by its input.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.shapes import (
    Object,
    at_row,
    content_hash,
    document_of,
    object_of,
    objects_of,
    text_or_none,
)
from pytest_evalgate.errors import ArtifactError, SampleError


_WRAPPED = "testRunData"  # of .deepeval/.latest_test_run.json
_CACHES = ("testCasesLookupMap", "test_cases_lookup_map")
_KINDS = (("testCases", False), ("conversationalTestCases", True))
_HINT = (
    "set DEEPEVAL_RESULTS_FOLDER, or results_folder of DisplayConfig, and read its test_run_*.json"
)


def fits(head: Head) -> bool:
    """Whether this is a test run, or a cache, of deepeval."""
    if not (head.is_document or head.is_lines):
        return False
    run = object_of(head.first.get(_WRAPPED, head.first))
    return any(key in run for key in _CACHES) or {"testCases", "metricsScores"} <= run.keys()


def parse(content: Content) -> Parsed:
    """Read a test run.

    Raises:
        ArtifactError: A cache, or a run without test cases.
        SampleError: A metric named like a field of its test case, or twice with one threshold.
    """
    document = document_of(content, hint=_HINT, allow_nan=True)
    run = object_of(document.get(_WRAPPED, document))
    if any(key in run for key in _CACHES):
        raise ArtifactError(
            "this is a cache of deepeval, which holds cases of many runs",
            at=content.at(),
            hint=_HINT,
        )
    cases = [
        (case, is_conversation)
        for name, is_conversation in _KINDS
        for case in objects_of(run.get(name) or [], name, content=content)
    ]
    if not cases:
        raise ArtifactError(
            "testCases and conversationalTestCases are empty: 0 rows", at=content.at(), hint=_HINT
        )
    metrics = [
        objects_of(case.get("metricsData") or [], "metricsData", content=content, row=row)
        for row, (case, _) in enumerate(cases, 1)
    ]
    return Parsed(
        rows=_rows(cases, metrics, content),
        metadata=_metadata_of(run),
        notes=_notes(run, metrics),
    )


def _metadata_of(run: Object) -> dict[str, object]:
    counts = [run.get(name) for name in ("testPassed", "testFailed")]
    return {
        "model": text_or_none(object_of(run.get("hyperparameters")).get("model")),
        "task": text_or_none(run.get("testFile")),
        "dataset": text_or_none(run.get("datasetAlias")),
        "dataset_version": text_or_none(run.get("datasetVersion")),
        "samples": sum(n for n in counts if isinstance(n, int)) if None not in counts else None,
    }


def _notes(run: Object, metrics: Sequence[Sequence[Object]]) -> list[str]:
    notes = []
    errors = sum(any(map(_is_error, of_case)) for of_case in metrics)
    if errors:
        notes.append(
            f"deepeval: a metric of {errors} of {len(metrics)} test cases ended in an error; "
            "its score and the success of the case are missing"
        )
    samples = _metadata_of(run)["samples"]
    if samples is not None and samples != len(metrics):
        notes.append(
            f"deepeval: testPassed + testFailed is {shown(samples)} but there are {len(metrics)} "
            "test cases"
        )
    return notes


def _rows(
    cases: Sequence[tuple[Object, bool]], metrics: Sequence[Sequence[Object]], content: Content
) -> Iterator[tuple[int, Object]]:
    twice = {
        name
        for of_case in metrics
        for name, count in Counter(shown(one.get("name")) for one in of_case).items()
        if count > 1
    }
    for row, ((case, is_conversation), of_case) in enumerate(zip(cases, metrics, strict=True), 1):
        own = {
            **case,
            "input_hash": content_hash(_asked(case)),
            "is_conversation": is_conversation,
        }
        if any(map(_is_error, of_case)):
            own["success"] = None
        yield row, {**own, **_scores(of_case, own, twice, content=content, row=row)}


def _asked(case: Object) -> object:
    """What was asked: the input, the scenario of a conversation, or what its user said."""
    if "input" in case or case.get("scenario"):
        return case.get("input", case.get("scenario"))
    turns = case.get("turns")
    said = [object_of(turn) for turn in turns] if isinstance(turns, list) else []
    return [turn.get("content") for turn in said if turn.get("role") == "user"]


def _is_error(metric: Object) -> bool:
    return bool(metric.get("error"))


def _scores(
    metrics: Sequence[Object],
    case: Mapping[str, object],
    twice: set[str],
    *,
    content: Content,
    row: int,
) -> dict[str, object]:
    """Return the score of each metric by its column."""
    scores: dict[str, object] = {}
    for metric in metrics:
        name = metric.get("name")
        if not isinstance(name, str) or name in case:
            is_text = isinstance(name, str)
            raise SampleError(
                f"a metric is named {shown(name)}, "
                + ("which is a field of its test case" if is_text else "expected a text"),
                at=at_row(content, row),
                hint="give the metric another name",
            )
        column = name
        if shown(name) in twice:
            column = f"{name} (threshold {shown(metric.get('threshold'))})"
        if column in scores:
            raise SampleError(
                f"metric {shown(column)} stands twice in a test case",
                at=at_row(content, row),
                hint="give the metrics names of their own",
            )
        scores[column] = None if _is_error(metric) else metric.get("score")
    return scores
