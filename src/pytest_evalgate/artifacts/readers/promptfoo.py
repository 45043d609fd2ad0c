"""promptfoo: an export (version 3) or JSON lines, one row a result; rows come as tests finished.

A result that ended in an error (``failureReason`` 2) measured nothing, though the tool writes a
score of 0 and may have graded what came before. ``--repeat`` counts ``testIdx`` on, so that copies
of a test look like tests of their own: the unit is the test by its content (``test_hash``), and its
copies are told by ``repeat``.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.readers import jsonl
from pytest_evalgate.artifacts.readers.content import WARNING, Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.shapes import (
    Object,
    at_row,
    content_hash,
    document_of,
    is_count,
    no_such_value,
    object_of,
    objects_of,
    refuse_fewer,
    text_or_none,
)
from pytest_evalgate.artifacts.readers.utc import utc_of_text
from pytest_evalgate.errors import ArtifactError, SampleError


_NONE, _ASSERTION, _ERROR = 0, 1, 2  # ResultFailureReason of the tool
_MEASURED = (
    *("score", "success", "namedScores", "latencyMs", "cost"),
    *("gradingResult", "response", "tokenUsage"),
)
_OF_A_CALL = ("latencyMs", "cost")
_COUNTS = ("successes", "failures", "errors")
_OF_A_LINE = ("testIdx", "promptIdx", "testCase", "provider", "success")
_HINT = "write it with `promptfoo eval -o out.json` or `promptfoo export eval`"
_VERSION = 3


def fits(head: Head) -> bool:
    """Whether this is an export, or JSON lines, of promptfoo."""
    if head.is_array:
        return False
    results = object_of(head.first.get("results"))
    is_export = head.has("evalId", "config") and {"version", "results"} <= results.keys()
    return is_export or (head.is_lines and head.has(*_OF_A_LINE))


def parse(content: Content) -> Parsed:
    """Read an export or JSON lines.

    Raises:
        ArtifactError: Not an export of version 3, or one with fewer results than it counts.
        SampleError: A result without a whole number ``testIdx``, with an unknown failure, with a
            success that contradicts it, or there twice.
    """
    head = Head(content.data, content.path)
    if head.is_lines and head.has(*_OF_A_LINE):
        found: list[tuple[int, Object]] = list(jsonl.rows(content.data, content.path))
        metadata: dict[str, object] = {"harness": "promptfoo"}
        totals = None
    else:
        document = document_of(content, hint=_HINT)
        results = _results_of(document, content)
        found = list(enumerate(objects_of(results["results"], "results", content=content), 1))
        metadata, totals = _metadata_of(document, results), object_of(results.get("stats"))
    said = {f"results.stats.{name}": (totals or {}).get(name) for name in _COUNTS}
    refuse_fewer(said, len(found), "results", at=content.at())
    failures = [_failure_of(row, content, place) for place, row in found]
    for (place, row), failure in zip(found, failures, strict=True):
        _check_success(row, failure, content, place)
    return Parsed(
        rows=_rows(found, failures, content),
        metadata=metadata,
        notes=[*_notes(found, failures), *_against(totals, failures)],
    )


def _results_of(document: Object, content: Content) -> Object:
    results = object_of(document.get("results"))
    version = results.get("version")
    if version != _VERSION or "results" not in results:
        what = "results.table" if "table" in results else f"results.version {shown(version)}"
        raise ArtifactError(
            f"found {what}, expected results.version 3 with results.results: an older export does "
            "not tell an error from a failed assertion",
            at=content.at(),
            hint=f"{_HINT}, of a newer promptfoo",
        )
    return results


def _metadata_of(document: Object, results: Object) -> dict[str, object]:
    said = object_of(document.get("metadata"))
    stats = object_of(results.get("stats"))
    counts = [stats.get(name) for name in _COUNTS]
    return {
        "task": text_or_none(object_of(document.get("config")).get("description")),
        "harness": "promptfoo",
        "harness_version": text_or_none(said.get("promptfooVersion")),
        "created": utc_of_text(said.get("evaluationCreatedAt") or results.get("timestamp")),
        "samples": sum(n for n in counts if isinstance(n, int))
        if all(map(is_count, counts))
        else None,
    }


def _failure_of(row: Object, content: Content, place: int) -> int:
    """Return the failure of a result; old exports of version 3 do not name it."""
    if "failureReason" not in row:
        is_failed = object_of(row.get("gradingResult")).get("pass") is False
        is_error = bool(row.get("error")) and not is_failed
        return _ERROR if is_error else _ASSERTION if row.get("success") is False else _NONE
    failure = row["failureReason"]
    if not is_count(failure) or failure not in {_NONE, _ASSERTION, _ERROR}:
        raise no_such_value(
            failure,
            "failureReason",
            "0 (none), 1 (assertion) or 2 (error)",
            at=at_row(content, place),
            hint=_HINT,
        )
    return int(str(failure))


def _check_success(row: Object, failure: int, content: Content, place: int) -> None:
    """Refuse a success that the rest of its result contradicts.

    Raises:
        SampleError: An error, a failure or a grading that did not pass, called a success.
    """
    is_passed = object_of(row.get("gradingResult")).get("pass")
    if failure == _NONE and is_passed is False and row.get("success") is not False:
        against = "gradingResult.pass is false"
    elif failure != _NONE and row.get("success") not in (False, None):
        against = f"failureReason is {failure}" if "failureReason" in row else "it has an error"
    else:
        return
    raise SampleError(
        f"success is {shown(row.get('success'))}, but {against}",
        at=at_row(content, place),
        hint="run the test again; a rating changed by hand is no result of the run",
    )


def _rows(
    found: Sequence[tuple[int, Object]], failures: Sequence[int], content: Content
) -> Iterator[tuple[int, Object]]:
    hashes = [_test_hash(row) for _, row in found]
    repeats = _repeats(found, hashes, content)
    for (place, row), failure, test, repeat in zip(found, failures, hashes, repeats, strict=True):
        provider = object_of(row.get("provider"))
        is_cached = object_of(row.get("response")).get("cached") is True
        lost = dict.fromkeys(_MEASURED if failure == _ERROR else _OF_A_CALL if is_cached else ())
        if is_cached and failure != _ERROR:
            lost["response"] = {**object_of(row["response"]), **dict.fromkeys(_OF_A_CALL)}
        yield (
            place,
            {
                **row,
                **lost,
                "test_hash": test,
                "repeat": repeat,
                "model": text_or_none(provider.get("label")) or provider.get("id"),
                "is_error": failure == _ERROR,
                "is_cached": is_cached,
            },
        )


def _test_hash(row: Object) -> str:
    """Tell a test by its variables and assertions; providers and prompts share it."""
    test = object_of(row.get("testCase"))
    return content_hash([test.get("vars", row.get("vars")), test.get("assert")])


def _repeats(
    found: Sequence[tuple[int, Object]], hashes: Sequence[str], content: Content
) -> list[int]:
    """Number the copies of a test under one provider and prompt, in the order of ``testIdx``."""
    order = []
    pairs: set[tuple[int, int]] = set()
    for index, (place, row) in enumerate(found):
        test, prompt = row.get("testIdx"), row.get("promptIdx")
        if not (is_count(test) and is_count(prompt)):
            raise no_such_value(
                [test, prompt],
                "[testIdx, promptIdx]",
                "two whole numbers",
                at=at_row(content, place),
                hint=_HINT,
            )
        pair = (int(str(test)), int(str(prompt)))
        if pair in pairs:
            raise SampleError(
                f"testIdx {pair[0]} and promptIdx {pair[1]} stand here a second time",
                at=at_row(content, place),
                hint="was the file put together from two? name each export by itself",
            )
        pairs.add(pair)
        order.append((*pair, index))
    seen: Counter[tuple[int, str]] = Counter()
    numbers = [0] * len(order)
    for _, prompt_index, index in sorted(order):
        key = (prompt_index, hashes[index])
        numbers[index] = seen[key]
        seen[key] += 1
    return numbers


def _notes(found: Sequence[tuple[int, Object]], failures: Sequence[int]) -> list[str]:
    notes = []
    errors = sum(failure == _ERROR for failure in failures)
    if errors:
        notes.append(
            f"promptfoo: {errors} of {len(found)} results ended in an error; "
            "what they would have measured is missing"
        )
    cached = sum(object_of(row.get("response")).get("cached") is True for _, row in found)
    if cached:
        notes.append(
            f"promptfoo: {cached} of {len(found)} answers came from the cache; "
            "their latencyMs and cost are missing"
        )
    return notes


def _against(totals: Object | None, failures: Sequence[int]) -> list[str]:
    """Say where the totals of the file are not those of its rows; the rows count."""
    if totals is None:
        return []
    named = {"successes": _NONE, "failures": _ASSERTION, "errors": _ERROR}
    differing = [
        f"{name} {shown(totals[name])} but {failures.count(failure)} rows"
        for name, failure in named.items()
        if name in totals and totals[name] != failures.count(failure)
    ]
    said = f"promptfoo: {WARNING}results.stats says {', '.join(differing)}; the rows count"
    return [said] if differing else []
