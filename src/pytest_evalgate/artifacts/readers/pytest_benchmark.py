"""pytest-benchmark: one row a benchmark, its statistics in seconds as columns.

The rounds of a benchmark follow one another in one process and resemble one another: they are
never units. What varies is seen between files, so a file is a run.
"""

import re
from collections.abc import Iterator, Mapping

from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.jsontext import parse_document
from pytest_evalgate.artifacts.readers.utc import utc_of_text
from pytest_evalgate.errors import ArtifactError


_COMMIT = re.compile(r"(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])")
_NO_COMMIT = ("unversioned", "unknown")
_RAW = "data"  # times of single rounds
_HINT = "name a file that `pytest --benchmark-json=...` or `--benchmark-autosave` wrote"


def fits(head: Head) -> bool:
    """Whether it is the report of pytest-benchmark."""
    found = head.first.get("benchmarks")
    if not isinstance(found, list) or "machine_info" not in head.first:
        return False
    return all(isinstance(entry, dict) and "stats" in entry for entry in found[:1])


def parse(content: Content) -> Parsed:
    """Read the benchmarks of a report.

    Raises:
        ArtifactError: Not a report of pytest-benchmark, or a benchmark without statistics.
    """
    report = parse_document(content.data, content.path, allow_nan=True)
    if not isinstance(report, dict) or not isinstance(report.get("benchmarks"), list):
        raise ArtifactError(
            "no list `benchmarks`: not a report of pytest-benchmark", at=content.at(), hint=_HINT
        )
    machine, commit = _mapping(report, "machine_info"), _mapping(report, "commit_info")
    notes = _notes(content, report["benchmarks"], machine, commit)
    return Parsed(
        rows=_rows(content, report["benchmarks"], machine, commit),
        metadata={
            "harness": "pytest-benchmark",
            "harness_version": report.get("version"),
            "created": utc_of_text(report.get("datetime"), is_naive_utc=True),
            "git_commit": None if commit.get("id") in _NO_COMMIT else commit.get("id"),
            "machine": _machine(machine),
            "python": machine.get("python_version"),
        },
        notes=notes,
    )


def _mapping(report: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = report.get(name)
    return found if isinstance(found, dict) else {}


def _rows(
    content: Content,
    benchmarks: list[object],
    machine: Mapping[str, object],
    commit: Mapping[str, object],
) -> Iterator[tuple[int, dict[str, object]]]:
    for number, entry in enumerate(benchmarks, 1):
        stats = entry.get("stats") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(stats, dict):
            raise ArtifactError(
                f"benchmark {number}: found {shown(entry)}, expected an object with `stats`",
                at=content.at(),
                hint=_HINT,
            )
        stats = {name: cell for name, cell in stats.items() if name != _RAW}
        if both := sorted(stats.keys() & entry.keys()):
            raise ArtifactError(
                f"benchmark {number}: {shown(both[0])} stands beside `stats` and in it",
                at=content.at(),
                hint=_HINT,
            )
        row = {**entry, "stats": stats, **stats, "dirty": commit.get("dirty")}
        yield number, {**row, "machine_info": machine, "commit_info": commit}


def _machine(info: Mapping[str, object]) -> str | None:
    """Name the machine by its processor, or by its host where no processor is named."""
    if not info:
        return None
    cpu = info.get("cpu")
    brand = (cpu.get("brand_raw") or cpu.get("brand")) if isinstance(cpu, dict) else None
    python = (info.get("python_implementation"), info.get("python_version"))
    words = (
        brand or info.get("node"),
        info.get("machine"),
        " ".join(str(part) for part in python if part),
    )
    return ", ".join(str(word) for word in words if word) or None


def _notes(
    content: Content,
    benchmarks: list[object],
    machine: Mapping[str, object],
    commit: Mapping[str, object],
) -> list[str]:
    notes = [
        "pytest-benchmark: rounds resemble one another, so they are no units; a file is one run"
    ]
    if not machine:
        notes.append(f"{content.path} does not say on which machine it was made")
    if commit.get("dirty"):
        notes.append(f"{content.path} was made with uncommitted changes")
    commit_id = commit.get("id")
    named = {match[0] for match in _COMMIT.finditer(content.path.rpartition("/")[2])}
    if isinstance(commit_id, str) and named and commit_id not in named:
        notes.append(f"{content.path} names another commit than its content, {shown(commit_id)}")
    raw = sum(
        isinstance(entry, dict) and isinstance(entry.get("stats"), dict) and _RAW in entry["stats"]
        for entry in benchmarks
    )
    if raw:
        notes.append(f"{content.path}: the times of single rounds of {raw} benchmarks are not read")
    return notes
