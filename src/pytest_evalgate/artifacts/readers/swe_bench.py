"""SWE-bench: a list of resolved ids, a report of a run, or the report of one instance.

One row an id that the file names; one that is listed without an outcome is missing. An id that it
does not name has no row: only a list of all ids, joined with ``match: both``, tells how many there
are.
"""

from collections.abc import Iterator, Mapping, Sequence

from pytest_evalgate.artifacts.cells import shown, shown_ids
from pytest_evalgate.artifacts.readers.content import ALL_IDS, WARNING, Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.shapes import (
    Object,
    document_of,
    is_count,
    no_such_value,
    object_of,
)
from pytest_evalgate.errors import ArtifactError, SampleError


_HINT = "read results.json, the report of a run (MODEL.RUN.json), or logs/*/report.json"
# Outcome by list, with what it says of `resolved`; an id has one outcome.
_OLD: Mapping[str, int | None] = {"resolved": 1, "no_generation": 0, "no_logs": 0}
_NEW: Mapping[str, int | None] = {
    "resolved_ids": 1,
    "unresolved_ids": 0,
    "empty_patch_ids": 0,
    "error_ids": None,  # the tests gave no verdict
    "incomplete_ids": None,  # nothing was handed in
}
# Lists that hold ids of several outcomes, and lists of no ids.
_OLD_ALSO = ("generated", "with_logs", "applied")
_NEW_ALSO = ("submitted_ids", "completed_ids")
_NOT_IDS = ("unstopped_containers", "unremoved_images")
_UNLISTED = "without_outcome"  # of an id that stands in no list of outcomes
_JOIN = f"{ALL_IDS}, or the share is that of the ids named here"
_COUNTED = {name: name.replace("_ids", "_instances") for name in (*_NEW, *_NEW_ALSO)}


def fits(head: Head) -> bool:
    """Whether this is a result or a report of SWE-bench."""
    if not head.first or head.is_array:
        return False
    if head.has("resolved_ids", "unresolved_ids"):
        return True
    if head.has("resolved") and (head.has("no_generation") or head.has("no_logs")):
        return True
    reports = [object_of(value) for value in head.first.values()]
    return all({"patch_successfully_applied", "resolved"} <= report.keys() for report in reports)


def parse(content: Content) -> Parsed:
    """Read what a file says of its ids.

    Raises:
        ArtifactError: None of the three files, or its counts are not those of its lists.
        SampleError: An id with two outcomes.
    """
    document = document_of(content, hint=_HINT)
    if isinstance(document.get("resolved_ids"), list):
        return _report(document, content)
    if isinstance(document.get("resolved"), list):
        return _of_lists(document, _OLD, _OLD_ALSO, content)
    notes = [f"{WARNING}swe-bench: an instance without a report is not among the rows; {_JOIN}"]
    return Parsed(rows=_instances(document, content), notes=notes)


def _report(document: Object, content: Content) -> Parsed:
    if not isinstance(document.get("unresolved_ids"), list):
        raise ArtifactError("no list unresolved_ids", at=content.at(), hint=_HINT)
    _check_counts(document, content)
    parsed = _of_lists(document, _NEW, _NEW_ALSO, content)
    parsed.metadata = {"samples": document.get("completed_instances")}
    return parsed


def _check_counts(document: Object, content: Content) -> None:
    """Hold each list against the count that the report gives of it, and all against the total."""
    expected = {}
    for name, counter in _COUNTED.items():
        listed = document.get(name, [] if name in _NEW else None)
        if counter in document and isinstance(listed, list):
            expected[counter] = len(listed)
    if "total_instances" in document:
        lists = [document.get(name) for name in (*_NEW, *_NEW_ALSO)]
        named = {str(one) for ids in lists if isinstance(ids, list) for one in ids}
        expected["total_instances"] = len(named)
    for counter, count in expected.items():
        if not is_count(document[counter]) or document[counter] != count:
            raise ArtifactError(
                f"{counter} is {shown(document[counter])}, but the lists name {count}",
                at=content.at(),
                hint="write the report again; was it edited?",
            )


def _of_lists(
    document: Object, outcomes: Mapping[str, int | None], also: Sequence[str], content: Content
) -> Parsed:
    known = {*outcomes, *also, *_NOT_IDS}
    unknown = sorted(
        name for name, cell in document.items() if isinstance(cell, list) and name not in known
    )
    if unknown:
        raise ArtifactError(
            f"lists of unknown meaning: {', '.join(map(shown, unknown))}",
            at=content.at(),
            hint=f"known are {', '.join([*outcomes, *also])}",
        )
    outcome_of: dict[str, str] = {}
    for name in outcomes:
        for instance in _ids(document, name, content):
            if instance in outcome_of:
                raise SampleError(
                    f"id {shown(instance)} is in {outcome_of[instance]} and again in {name}",
                    at=content.at(),
                    hint="an id has one outcome; write the file again with the tool",
                )
            outcome_of[instance] = name
    listed = dict.fromkeys(one for name in also for one in _ids(document, name, content))
    left = [one for one in listed if one not in outcome_of]
    outcome_of.update(dict.fromkeys(left, _UNLISTED))
    return Parsed(
        rows=_rows(outcome_of, {**outcomes, _UNLISTED: None}),
        notes=_notes(outcome_of, outcomes, left),
    )


def _ids(document: Object, name: str, content: Content) -> list[str]:
    found = document.get(name, [])
    bad = found if not isinstance(found, list) else [x for x in found if not isinstance(x, str)]
    if not isinstance(found, list) or bad:
        raise no_such_value(bad, name, "a list of ids", at=content.at(), hint=_HINT)
    return found


def _rows(
    outcome_of: Mapping[str, str], outcomes: Mapping[str, int | None]
) -> Iterator[tuple[int, Object]]:
    for row, (instance, name) in enumerate(outcome_of.items(), 1):
        yield row, _row(instance, name.removesuffix("_ids"), outcomes[name])


def _row(instance: str, outcome: str, resolved: int | None) -> dict[str, object]:
    """Return one row; the leaderboard counts every outcome but one as not resolved."""
    return {
        "instance_id": instance,
        "repo": instance.rpartition("-")[0] or None,
        "outcome": outcome,
        "resolved": resolved,
        "is_counted_resolved": outcome == "resolved",
    }


def _notes(
    outcome_of: Mapping[str, str], outcomes: Mapping[str, int | None], left: Sequence[str]
) -> list[str]:
    notes = []
    for name, resolved in outcomes.items():
        count = sum(outcome == name for outcome in outcome_of.values())
        if count and name in {"no_logs", "no_generation", "empty_patch_ids"}:
            notes.append(f"swe-bench: {count} ids of {name} count as not resolved")
        if count and resolved is None:
            notes.append(f"swe-bench: {count} ids of {name} have no verdict; they are missing")
    if left:
        notes.append(
            f"swe-bench: {len(left)} ids are listed without an outcome; they are missing: "
            f"{shown_ids(left)}"
        )
    if set(outcomes) == set(_OLD):
        notes.append(
            f"{WARNING}swe-bench: the file does not list ids that were tried and not resolved; "
            f"{_JOIN}"
        )
    return notes


def _instances(document: Object, content: Content) -> Iterator[tuple[int, Object]]:
    for row, (instance, report) in enumerate(document.items(), 1):
        resolved = object_of(report).get("resolved")
        if not isinstance(report, dict) or not isinstance(resolved, bool):
            raise no_such_value(
                resolved if isinstance(report, dict) else report,
                f"resolved of {shown(instance)}",
                "true or false",
                at=content.at(),
                hint=_HINT,
            )
        outcome = "resolved" if resolved else "unresolved"
        yield row, {**report, **_row(instance, outcome, int(resolved))}
