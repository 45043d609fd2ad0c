"""deepeval: a test run, one row a test case, one column a metric by the name it is shown under.

A metric that ended in an error has no score and makes its case neither a success nor a failure;
nor is a case a success of which nothing was measured.
Names of cases are often places in a list (``test_case_0``), so a case is told by its input.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.readers.content import WARNING, Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.shapes import (
    Object,
    at_row,
    content_hash,
    document_of,
    is_count,
    object_of,
    objects_of,
    refuse_fewer,
    text_or_none,
)
from pytest_evalgate.errors import ArtifactError, SampleError


_WRAPPED = "testRunData"  # of .deepeval/.latest_test_run.json
_CACHES = ("testCasesLookupMap", "test_cases_lookup_map")
_KINDS = (("testCases", False), ("conversationalTestCases", True))
_COUNTS = ("testPassed", "testFailed")
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
        ArtifactError: A cache, or a run without test cases, or with fewer than it counts.
        SampleError: A metric named like a field of its test case, or twice with one threshold; a
            success in spite of a metric that failed.
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
    refuse_fewer(
        {name: run.get(name) for name in _COUNTS}, len(cases), "test cases", at=content.at()
    )
    metrics = [
        objects_of(case.get("metricsData") or [], "metricsData", content=content, row=row)
        for row, (case, _) in enumerate(cases, 1)
    ]
    successes = [
        _success(case, of_case, content=content, row=row)
        for row, ((case, _), of_case) in enumerate(zip(cases, metrics, strict=True), 1)
    ]
    unmeasured = sum(
        case.get("success") is True and success is None and not any(map(_is_error, of_case))
        for (case, _), success, of_case in zip(cases, successes, metrics, strict=True)
    )
    return Parsed(
        rows=_rows(cases, metrics, successes, content=content),
        metadata=_metadata_of(run),
        notes=_notes(run, metrics, [case.get("success") for case, _ in cases], unmeasured),
    )


def _metadata_of(run: Object) -> dict[str, object]:
    counts = [run.get(name) for name in _COUNTS]
    return {
        "model": text_or_none(object_of(run.get("hyperparameters")).get("model")),
        "task": text_or_none(run.get("testFile")),
        "dataset": text_or_none(run.get("datasetAlias")),
        "dataset_version": text_or_none(run.get("datasetVersion")),
        "samples": sum(n for n in counts if isinstance(n, int))
        if all(map(is_count, counts))
        else None,
    }


def _notes(
    run: Object,
    metrics: Sequence[Sequence[Object]],
    successes: Sequence[object],
    unmeasured: int,
) -> list[str]:
    notes = []
    errors = sum(any(map(_is_error, of_case)) for of_case in metrics)
    if errors:
        notes.append(
            f"deepeval: a metric of {errors} of {len(metrics)} test cases ended in an error; "
            "its score and the success of the case are missing"
        )
    if unmeasured:
        notes.append(
            f"deepeval: {unmeasured} of {len(metrics)} test cases are called a success though a "
            "metric has no verdict or no score: whether they are one is missing"
        )
    differing = [
        f"{name} {shown(run[name])} but {successes.count(is_one)} test cases"
        for name, is_one in zip(_COUNTS, (True, False), strict=True)
        if run.get(name) not in (None, successes.count(is_one))
    ]
    if differing:
        notes.append(f"deepeval: {WARNING}the run says {', '.join(differing)}; these count")
    return notes


def _rows(
    cases: Sequence[tuple[Object, bool]],
    metrics: Sequence[Sequence[Object]],
    successes: Sequence[object],
    *,
    content: Content,
) -> Iterator[tuple[int, Object]]:
    twice = {
        name
        for of_case in metrics
        for name, count in Counter(shown(one.get("name")) for one in of_case).items()
        if count > 1
    }
    found = zip(cases, metrics, successes, strict=True)
    for row, ((case, is_conversation), of_case, success) in enumerate(found, 1):
        own = {
            **case,
            **_cleared(case),
            "success": success,
            "input_hash": content_hash(_asked(case)),
            "is_conversation": is_conversation,
            "thresholds": _thresholds(of_case),
        }
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


def _cleared(case: Object) -> dict[str, object]:
    """Return the lists of metrics in a case without what those that ended in an error hold."""
    found = {name: _without_failed(case[name]) for name in ("metricsData", "trace") if name in case}
    failed = any(map(_is_error, _metrics_in(case.get("metricsData"))))
    if failed and "evaluationCost" in case:
        found["evaluationCost"] = None
    return found


def _without_failed(node: object) -> object:
    if isinstance(node, list):
        return [_without_failed(one) for one in node]
    if not isinstance(node, dict):
        return node
    kept = {name: _without_failed(one) for name, one in node.items()}
    if _is_error(node) and ("score" in node or "threshold" in node):
        kept |= {name: None for name in ("score", "success", "evaluationCost") if name in node}
    return kept


def _metrics_in(node: object) -> Iterator[Object]:
    """Yield the metrics of a list of them, or those of a trace and of its spans."""
    if isinstance(node, list):
        for one in node:
            yield from _metrics_in(one)
    elif isinstance(node, dict) and "success" in node and "score" in node:
        yield node
    elif isinstance(node, dict):
        for one in node.values():
            yield from _metrics_in(one)


def _success(case: Object, metrics: Sequence[Object], *, content: Content, row: int) -> object:
    """Return whether a case was a success; None where that was not measured.

    A flaky metric decides nothing, and one without a threshold has no verdict: so the tool.

    Raises:
        SampleError: It is said to be one, and a metric failed.
    """
    if any(map(_is_error, metrics)):
        return None
    if case.get("success") is not True:
        return case.get("success")
    deciding = [one for one in metrics if one.get("flaky") is not True]
    for one in deciding:
        if one.get("success") is False:
            raise SampleError(
                f"success is true, but metric {shown(one.get('name'))} of the test case failed",
                at=at_row(content, row),
                hint="write the file again with the tool; was it edited?",
            )
    if any(map(_lacks_verdict, deciding)):
        return None
    traced = [one for one in _metrics_in(case.get("trace")) if one.get("flaky") is not True]
    return True if any(one.get("success") is True for one in (*deciding, *traced)) else None


def _lacks_verdict(metric: Object) -> bool:
    is_judged = metric.get("success") is True or metric.get("threshold") is not None
    return is_judged and (metric.get("success") is not True or metric.get("score") is None)


def _thresholds(metrics: Sequence[Object]) -> str:
    """Return what the success of a case was judged by, to hold two arms to the same."""
    return "; ".join(
        f"{one.get('name')} {shown(one.get('threshold'))}"
        for one in metrics
        if one.get("flaky") is not True
    )


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
