"""airspeed velocity (asv): one row a benchmark and combination of its parameters.

A benchmark without a value has failed (null) or was skipped (NaN); its ``result`` is missing.
"""

import itertools
import math
import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pytest_evalgate.artifacts.cells import shown, text_of
from pytest_evalgate.artifacts.readers.asv_entries import Entry, entry_of
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.jsontext import parse_document
from pytest_evalgate.artifacts.readers.utc import utc_of_milliseconds
from pytest_evalgate.errors import ArtifactError, Location


_VERSIONS: Final = (1, 2)
_MOST_COMBINATIONS: Final = 1_000_000
_OF_A_MACHINE: Final = ("machine", "cpu", "arch", "num_cpu", "ram")
_HINT: Final = "name results/MACHINE/COMMIT-ENVIRONMENT.json of asv, or the folder `results`"


def fits(head: Head) -> bool:
    """Whether it is a result file of asv."""
    return head.has("results", "commit_hash", "params", "version") and (
        head.has("result_columns") or head.has("requirements")
    )


def parse(content: Content) -> Parsed:
    """Read a result file; ``machine.json`` and ``benchmarks.json`` are read beside it.

    Raises:
        ArtifactError: Not a result file of asv of version 1 or 2, or one that contradicts itself.
    """
    document = parse_document(content.data, content.path, allow_nan=True)
    results = document.get("results") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(results, dict):
        raise ArtifactError("no `results`: not a result file of asv", at=content.at(), hint=_HINT)
    version = document.get("version")
    if isinstance(version, bool) or version not in _VERSIONS:
        raise ArtifactError(
            f"the file is of version {shown(version)}, expected 1 or 2",
            at=content.at(),
            hint="run `asv update`, or benchmark again",
        )
    entries = [entry_of(document, name, content) for name in results]
    starts = [entry.started_at for entry in entries if isinstance(entry.started_at, int)]
    notes = ["asv: the samples of a result resemble one another, so they are no units"]
    return Parsed(
        rows=_rows(content, document, entries, notes),
        metadata={
            "harness": "asv",
            "created": utc_of_milliseconds(min(starts, default=None)),
            "git_commit": document.get("commit_hash"),
            "machine": _machine(content, document),
            "python": document.get("python"),
        },
        notes=notes,
    )


def _rows(
    content: Content, document: Mapping[str, object], entries: Sequence[Entry], notes: list[str]
) -> Iterator[tuple[int, dict[str, object]]]:
    known = _beside(content, "../benchmarks.json")
    whole = {
        "env_name": document.get("env_name"),
        "commit_date": utc_of_milliseconds(document.get("date")),
    }
    without: Counter[str] = Counter()
    number = 0
    for entry in entries:
        about = known.get(entry.name)
        about = about if isinstance(about, dict) else {}
        for row in _expanded(content, entry, about):
            number += 1
            if row["result"] is None:
                without["results are missing: they failed (null)"] += 1
            elif isinstance(row["result"], float) and math.isnan(row["result"]):
                without["results are missing: they were skipped (NaN)"] += 1
                row["result"] = None
            yield number, {**row, **whole}
        if about.get("version") is not None and about["version"] != entry.version:
            without["benchmarks are of another version than in benchmarks.json"] += 1
    notes.extend(f"{content.path}: {count} {words}" for words, count in without.items())


def _expanded(
    content: Content, entry: Entry, about: Mapping[str, object]
) -> Iterator[dict[str, object]]:
    """Yield a row for each combination of parameters, in the order in which asv lists them."""
    count = _combinations(content, entry)
    names = _names(entry, about)
    columns = entry.columns(count, content)
    for index, combination in enumerate(itertools.product(*entry.params)):
        values = {name: cells[index] for name, cells in columns.items()}
        stats = {
            name.removeprefix("stats_"): cell
            for name, cell in values.items()
            if name.startswith("stats_")
        }
        yield {
            "benchmark": entry.name,
            "params": dict(zip(names, map(_plain, combination), strict=True)),
            "result": values["result"],
            "stats": stats,
            "samples": values["samples"],
            "unit": about.get("unit"),
            "type": about.get("type"),
            "benchmark_version": entry.version,
            "started_at": entry.started_at,
            "duration": entry.duration,
        }


def _combinations(content: Content, entry: Entry) -> int:
    """Count the combinations of parameters.

    Raises:
        ArtifactError: More than the budget.
    """
    if not all(entry.params):
        return 0
    count = 1
    for values in entry.params:
        count *= len(values)
        if count > _MOST_COMBINATIONS:  # now: the product of all may have thousands of digits
            raise ArtifactError(
                f"{shown(entry.name)} has at least {count} combinations of its "
                f"{len(entry.params)} parameters, more than {_MOST_COMBINATIONS}",
                at=content.at(),
                hint="benchmark with fewer values of each parameter",
            )
    return count


def _names(entry: Entry, about: Mapping[str, object]) -> list[str]:
    """Name the parameters as benchmarks.json does, else param1, param2, ... as asv does."""
    names = about.get("param_names")
    if (
        isinstance(names, list)
        and len(names) == len(entry.params) == len(set(map(str, names)))
        and all(isinstance(name, str) for name in names)
    ):
        return names
    return [f"param{position}" for position in range(1, len(entry.params) + 1)]


def _plain(value: object) -> object:
    """Take the quotes off a text: asv writes values as Python shows them."""
    if isinstance(value, str) and len(value) >= 2 and value[0] == value[-1] in {"'", '"'}:
        inner = value[1:-1]
        return value if "\\" in inner or value[0] in inner else inner
    return value


def _machine(content: Content, document: Mapping[str, object]) -> str | None:
    """Name the machine as the result file does, and where it is silent as machine.json.

    Raises:
        ArtifactError: They name two machines.
    """
    found = document.get("params")
    own = {name: cell for name, cell in found.items() if cell} if isinstance(found, dict) else {}
    about = _beside(content, "machine.json")
    for name in _OF_A_MACHINE:
        if name in own and about.get(name) and text_of(own[name]) != text_of(about[name]):
            raise ArtifactError(
                f"{name} is {shown(own[name])}, but {shown(about[name])} in machine.json beside it",
                at=content.at(),
                hint="keep the results of each machine in a folder of its own, with its "
                "machine.json",
            )
    words = ({**about, **own}.get(name) for name in _OF_A_MACHINE)
    return ", ".join(text_of(word) for word in words if word) or None


def _beside(content: Content, name: str) -> Mapping[str, object]:
    data = content.beside(name)
    if data is None:
        return {}
    shown_name = posixpath.normpath(posixpath.join(posixpath.dirname(content.path), name))
    found = parse_document(data, shown_name)
    if not isinstance(found, dict):
        raise ArtifactError(
            f"found {shown(found)}, expected an object", at=Location(path=shown_name)
        )
    return found
