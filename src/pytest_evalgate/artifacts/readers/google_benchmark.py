"""Google Benchmark: one row a repetition, its times in seconds; aggregates are left out."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from pytest_evalgate.artifacts.cells import number_of, shown
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.jsontext import parse_document
from pytest_evalgate.artifacts.readers.utc import utc_of_text
from pytest_evalgate.errors import ArtifactError


_UNITS: Final = {"ns": 1e9, "us": 1e6, "ms": 1e3, "s": 1.0}  # of them in a second
_TIMES: Final = ("real_time", "cpu_time")
# Before version 1.5 no row said that it was an aggregate; only its name did.
_ENDS: Final = ("mean", "median", "stddev")
_AGGREGATE = re.compile(rf"(.+)_(?:{'|'.join(_ENDS)})", re.DOTALL)
_FITTED: Final = frozenset({"big_o", "rms", "cpu_coefficient", "aggregate_name"})
_HINT = "write it with --benchmark_out=FILE --benchmark_out_format=json"


def fits(head: Head) -> bool:
    """Whether it is the report of Google Benchmark."""
    found = head.first.get("benchmarks")
    if not isinstance(found, list) or "machine_info" in head.first:
        return False
    if not found:
        return head.has("context")
    return isinstance(found[0], dict) and {"name", "time_unit", *_TIMES} <= found[0].keys()


def parse(content: Content) -> Parsed:
    """Read the repetitions of a report.

    Raises:
        ArtifactError: Not a report of Google Benchmark, aggregates only, or a time without a unit.
    """
    report = parse_document(content.data, content.path, allow_nan=True)
    entries = report.get("benchmarks") if isinstance(report, dict) else None
    if not isinstance(report, dict) or not isinstance(entries, list):
        raise ArtifactError(
            "no list `benchmarks`: not a report of Google Benchmark", at=content.at(), hint=_HINT
        )
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise _wrong(content, number, f"found {shown(entry)}, expected an object with a name")
    kept = _repetitions(content, entries)
    context = report.get("context")
    context = context if isinstance(context, dict) else {}
    return Parsed(
        rows=_rows(content, kept, context),
        metadata={
            "harness": "google-benchmark",
            "harness_version": context.get("library_version"),
            "created": utc_of_text(context.get("date")),
            "machine": _machine(context),
        },
        notes=_notes(content, context, kept=[entry for _, entry in kept], read=len(entries)),
    )


def _wrong(content: Content, number: int, words: str) -> ArtifactError:
    return ArtifactError(f"benchmark {number}: {words}", at=content.at(), hint=_HINT)


def _repetitions(
    content: Content, entries: list[dict[str, object]]
) -> list[tuple[int, dict[str, object]]]:
    """Leave aggregates out: they are computed from the repetitions beside them."""
    names = Counter(str(entry["name"]) for entry in entries)
    kept = [
        (number, entry)
        for number, entry in enumerate(entries, 1)
        if not _is_aggregate(content, number, entry, names)
    ]
    if entries and not kept:
        raise ArtifactError(
            f"all {len(entries)} rows are aggregates; the repetitions are not in the file",
            at=content.at(),
            hint="run without --benchmark_report_aggregates_only",
        )
    return kept


def _is_aggregate(
    content: Content, number: int, entry: Mapping[str, object], names: Mapping[str, int]
) -> bool:
    kind = entry.get("run_type")
    if kind is not None:
        if kind not in ("iteration", "aggregate"):
            found = f"run_type is {shown(kind)}, expected iteration or aggregate"
            raise _wrong(content, number, found)
        return kind == "aggregate"
    if entry.keys() & _FITTED:
        return True
    match = _AGGREGATE.fullmatch(str(entry["name"]))
    if match is None:
        return False
    # Aggregates stand beside the repetitions, or without them beside other aggregates.
    beside = {f"{match[1]}_{end}" for end in _ENDS} - {entry["name"]}
    return names.get(match[1], 0) > 1 or not beside.isdisjoint(names)


def _rows(
    content: Content,
    kept: list[tuple[int, dict[str, object]]],
    context: Mapping[str, object],
) -> Iterator[tuple[int, dict[str, object]]]:
    for number, entry in kept:
        times: dict[str, object] = dict.fromkeys(_TIMES)
        if not _has_failed(entry):
            times = {name: _seconds(content, number, entry, name) for name in _TIMES}
        yield number, {**entry, **times, "context": context}


def _has_failed(entry: Mapping[str, object]) -> bool:
    """Whether a benchmark was skipped or stopped with an error: its times mean nothing."""
    return bool(entry.get("error_occurred") or entry.get("skipped"))


def _seconds(content: Content, number: int, entry: Mapping[str, object], name: str) -> float | None:
    cell = entry.get(name)
    if cell is None:
        return None
    time = number_of(cell)
    if time is None:
        raise _wrong(content, number, f"{name} is {shown(cell)}, expected a number")
    unit = entry.get("time_unit")
    if not isinstance(unit, str) or unit not in _UNITS:
        allowed = ", ".join(_UNITS)
        raise _wrong(content, number, f"time_unit is {shown(unit)}, expected one of {allowed}")
    try:
        return time / _UNITS[unit]
    except OverflowError:
        raise _wrong(content, number, f"{name} is {shown(cell)}, too large a number") from None


def _machine(context: Mapping[str, object]) -> str | None:
    """Name the machine by its host; the clock, which may vary, only where no host is named."""
    host, count, speed = (context.get(key) for key in ("host_name", "num_cpus", "mhz_per_cpu"))
    words = (
        host,
        f"{count} CPUs" if count else None,
        f"{speed} MHz" if speed and not host else None,
    )
    return ", ".join(str(word) for word in words if word) or None


def _notes(
    content: Content,
    context: Mapping[str, object],
    *,
    kept: list[dict[str, object]],
    read: int,
) -> list[str]:
    notes = ["google-benchmark: times are in seconds, whatever their time_unit"]
    if read > len(kept):
        notes.append(f"{content.path}: {read - len(kept)} rows of aggregates are left out")
    if failed := sum(map(_has_failed, kept)):
        notes.append(f"{content.path}: {failed} rows failed or were skipped, so have no time")
    if not context:
        notes.append(f"{content.path} does not say on which machine it was made")
    if context.get("cpu_scaling_enabled") is True:
        notes.append(f"{content.path} was made while the clock of the processor could change")
    if context.get("library_build_type") == "debug":
        notes.append(f"{content.path} was made with a debug build of the library")
    return notes
