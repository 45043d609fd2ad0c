"""Logs of Inspect: ``.eval`` archives and ``.json`` logs, one row a sample and epoch.

Only a finished log is read, whose samples are all there: what its header says was planned is held
against the rows. Scores come from the samples, never from the results in the header.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product

from pytest_evalgate.artifacts.archives import Archive, is_zip
from pytest_evalgate.artifacts.cells import shown, shown_list
from pytest_evalgate.artifacts.readers.content import Content, Parsed, Rows
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.inspect_samples import Tally, members, row_of
from pytest_evalgate.artifacts.readers.jsontext import parse_document
from pytest_evalgate.errors import ArtifactError, Location


_HEADER, _START = "header.json", "_journal/start.json"
_VERSIONS = (1, 2)
_AGAIN = "run it again, or make the path match finished logs only"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Log:
    header: Mapping[str, object]
    count: int  # samples that it holds
    samples: Iterator[Mapping[str, object]]


def fits(head: Head) -> bool:
    """Whether a file is an archive with a header of Inspect, or a JSON log."""
    if is_zip(head.data):
        try:
            archive = Archive(head.data, head.name)
        except ArtifactError:
            return _START.encode() in head.data[:100]
        return _HEADER in archive or _START in archive
    run = head.first.get("eval")
    return isinstance(run, dict) and {"task", "model", "dataset"} <= run.keys()


def parse(content: Content) -> Parsed:
    """Read the samples of a finished log.

    Raises:
        ArtifactError: Not a log, not finished, without samples, or with fewer than planned.
    """
    log = _from_archive(content) if is_zip(content.data) else _from_json(content)
    _check_header(log.header, content)
    _check_count(log, content)
    tally = Tally(scorer=_old_scorer(log.header))
    notes: list[str] = []
    return Parsed(
        rows=_rows(log, content, tally, notes), metadata=_metadata(log.header), notes=notes
    )


def _rows(log: _Log, content: Content, tally: Tally, notes: list[str]) -> Rows:
    seen: set[tuple[str, object]] = set()
    for place, sample in enumerate(log.samples, 1):
        at = Location(path=content.path, row=place)
        row = row_of(sample, tally, at=at)
        key = (str(row["id"]), row["epoch"])
        if key in seen:
            raise ArtifactError(
                f"sample {shown(row['id'])} epoch {row['epoch']} stands in the log twice",
                at=at,
                hint="write the log again; did two runs write into one file?",
            )
        seen.add(key)
        yield place, row
    _check_planned(log.header, seen, content)
    _check_completed(log.header, tally, content)
    is_dirty = _at(log.header, "eval", "revision", "dirty") is True
    told = (*tally.notes(), *(["its code had changes that were not committed"] if is_dirty else []))
    notes.extend(f"{shown(content.path)}: {note}" for note in told)


def _from_archive(content: Content) -> _Log:
    archive = Archive(content.data, content.path)
    if _HEADER not in archive:
        raise ArtifactError(
            "the log has no header.json: the run was killed, or goes on"
            if _START in archive
            else "the zip archive has no header.json: it is no log of Inspect",
            at=content.at(),
            hint=_AGAIN,
        )
    text = archive.read(_HEADER)
    header = _object(parse_document(text, f"{content.path}/{_HEADER}", allow_nan=True), content)
    names = members(archive.names, at=content.at())
    return _Log(
        header=header, count=len(names), samples=_from_members(archive, names, content=content)
    )


def _from_members(
    archive: Archive, names: Sequence[str], *, content: Content
) -> Iterator[Mapping[str, object]]:
    for name in names:
        text = archive.read(name)
        sample = _object(parse_document(text, f"{content.path}/{name}", allow_nan=True), content)
        beside = name.removesuffix("sample.json") + "metadata.json"
        if beside != name and beside in archive:  # of a sample that is stored in parts
            found = parse_document(archive.read(beside), f"{content.path}/{beside}", allow_nan=True)
            sample = {**sample, "metadata": found}
        yield sample


def _from_json(content: Content) -> _Log:
    header = _object(parse_document(content.data, content.path, allow_nan=True), content)
    samples = header.get("samples")
    if samples is not None and not isinstance(samples, list):
        raise ArtifactError(
            f"`samples` is {shown(samples)}, expected a list", at=content.at(), hint=_AGAIN
        )
    samples = samples or []
    return _Log(
        header=header,
        count=len(samples),
        samples=(_object(sample, content) for sample in samples),
    )


def _object(value: object, content: Content) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ArtifactError(
            f"found {shown(value)}, expected an object",
            at=content.at(),
            hint="is it a log of Inspect?",
        )
    return value


def _at(node: object, *keys: str) -> object:
    """Return what stands at a path of keys; None where it ends early."""
    for key in keys:
        node = node.get(key) if isinstance(node, dict) else None
    return node


def _check_header(header: Mapping[str, object], content: Content) -> None:
    status, version = header.get("status"), header.get("version")
    if not isinstance(header.get("eval"), dict) or not isinstance(status, str):
        raise ArtifactError(
            "the file has no `eval` and `status`: it is no log of Inspect",
            at=content.at(),
            hint="name the log that Inspect wrote",
        )
    if status != "success":
        raise ArtifactError(
            f'status is {shown(status)}, expected "success": the run did not finish',
            at=content.at(),
            hint=_AGAIN,
        )
    if header.get("invalidated"):
        raise ArtifactError("the log is marked as invalidated", at=content.at(), hint=_AGAIN)
    if version is not None and (version not in _VERSIONS or isinstance(version, bool)):
        raise ArtifactError(
            f"version {shown(version)} of the log is not known, expected one of "
            f"{', '.join(map(str, _VERSIONS))}",
            at=content.at(),
            hint="convert the log with `inspect log convert`, or update this plugin",
        )
    _check_scorers(header, content)


def _check_scorers(header: Mapping[str, object], content: Content) -> None:
    """Refuse two scorers of one name: one reducer for each is all that may repeat it."""
    scores = _at(header, "results", "scores")
    seen = set()
    for score in scores if isinstance(scores, list) else []:
        key = tuple(shown(_at(score, name)) for name in ("name", "scorer", "reducer"))
        if key in seen:
            raise ArtifactError(
                f"two scorers are called {key[0]}", at=content.at(), hint="give each its own name"
            )
        seen.add(key)


def _check_count(log: _Log, content: Content) -> None:
    total = _at(log.header, "results", "total_samples")
    planned = _planned_count(log.header)
    if type(total) is not int:
        total = planned if _has_ids(log.header) else None
    if not log.count:
        raise ArtifactError(
            "the log holds no samples"
            + (f"; its header says that {total} were planned" if total else ""),
            at=content.at(),
            hint="write the log with its samples (`log_samples`), and name that file",
        )
    if total is None:
        raise ArtifactError(
            "the log does not say how many samples were planned", at=content.at(), hint=_AGAIN
        )
    if log.count != total:
        raise ArtifactError(
            f"the log holds {log.count} of {shown(total)} planned samples",
            at=content.at(),
            hint=_AGAIN,
        )
    if planned is not None and log.count < planned and not _has_ids(log.header):
        raise ArtifactError(
            f"the log holds {log.count} samples, but dataset, limit and epochs of its header make "
            f"{shown(planned)}",
            at=content.at(),
            hint=_AGAIN,
        )


def _has_ids(header: Mapping[str, object]) -> bool:
    """Whether the log lists the samples that were planned, so that each one is looked for."""
    return isinstance(_at(header, "eval", "dataset", "sample_ids"), list)


def _planned_count(header: Mapping[str, object]) -> int | None:
    """Return how many samples were planned; None where an old log does not say."""
    run = header["eval"]
    ids, size = (_at(run, "dataset", name) for name in ("sample_ids", "samples"))
    limit, epochs = (_at(run, "config", name) for name in ("limit", "epochs"))
    times = epochs if type(epochs) is int else 1
    if isinstance(ids, list):
        return len(set(map(str, ids))) * times if ids else None
    if type(size) is not int or _at(run, "config", "sample_id") is not None:
        return None
    if limit is None:
        return size * times
    first, last = limit if isinstance(limit, list) and len(limit) == 2 else (0, limit)
    if type(first) is not int or type(last) is not int:
        return None
    return max(min(last, size) - first, 0) * times


def _planned(header: Mapping[str, object], most: int) -> set[tuple[str, object]]:
    """Return id and epoch of each planned sample; nothing where an old log does not say.

    Of the epochs only the first ``most``: a log may plan more than it could ever hold.
    """
    ids, epochs = (
        _at(header, "eval", "dataset", "sample_ids"),
        _at(header, "eval", "config", "epochs"),
    )
    if not isinstance(ids, list):
        return set()
    count = epochs if type(epochs) is int else 1
    return set(product(map(str, ids), range(1, min(count, most) + 1)))


def _check_planned(
    header: Mapping[str, object], seen: set[tuple[str, object]], content: Content
) -> None:
    planned = _planned(header, len(seen) + 1) or _all_epochs(header, seen)
    missing = sorted(planned - seen, key=str)
    if missing:
        listed = shown_list(f"{name} epoch {epoch}" for name, epoch in missing)
        raise ArtifactError(
            f"{len(missing)} planned samples are not in the log: {listed}",
            at=content.at(),
            hint=_AGAIN,
        )


def _all_epochs(
    header: Mapping[str, object], seen: set[tuple[str, object]]
) -> set[tuple[str, object]]:
    """Return each epoch of the samples that are there, for a log that does not list its samples."""
    epochs = _at(header, "eval", "config", "epochs")
    if type(epochs) is not int:
        return set()
    names = {name for name, _ in seen}
    return set(product(names, range(1, min(epochs, len(seen) + 1) + 1)))


def _check_completed(header: Mapping[str, object], tally: Tally, content: Content) -> None:
    """Hold the number of completed samples against the rows that say why one is not."""
    total, completed = (
        _at(header, "results", name) for name in ("total_samples", "completed_samples")
    )
    if type(total) is int and type(completed) is int:
        explained = tally.errors + tally.unscored
        if not 0 <= total - completed <= explained:
            raise ArtifactError(
                f"the header says that {completed} of {total} samples were completed, but "
                f"{explained} samples hold an error or no score",
                at=content.at(),
                hint=_AGAIN,
            )


def _old_scorer(header: Mapping[str, object]) -> str:
    """Return the name of the one scorer of a log from before there could be several."""
    name = _at(header, "results", "scorer", "name")
    return name if isinstance(name, str) else "score"


def _metadata(header: Mapping[str, object]) -> dict[str, object]:
    run = header["eval"]
    seed = _at(run, "model_generate_config", "seed")
    found = {
        "model": _at(run, "model"),
        "task": _at(run, "task"),
        "task_version": _at(run, "task_version"),
        "dataset": _at(run, "dataset", "name"),
        "harness": "inspect",
        "harness_version": _at(run, "packages", "inspect_ai"),
        "seed": _at(header, "plan", "config", "seed") if seed is None else seed,
        "git_commit": _at(run, "revision", "commit"),
        "created": _utc(_at(run, "created")),
        "status": header["status"],
        "samples": _at(header, "results", "completed_samples"),
    }
    return {
        name: value
        for name, value in found.items()
        if value is not None and not (isinstance(value, float) and not math.isfinite(value))
    }


def _utc(text: object) -> str | None:
    """Return a time as ISO 8601 in UTC; None where it has no offset or is no time."""
    try:
        time = datetime.fromisoformat(text) if isinstance(text, str) else None
        return time.astimezone(UTC).isoformat() if time and time.tzinfo else None
    except (ValueError, OverflowError):
        return None
