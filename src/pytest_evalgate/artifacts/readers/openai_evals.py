"""OpenAI Evals: the log of one run, its events gathered to one row a sample.

What ``match`` and ``metrics`` events hold become columns (``correct``, ``picked``, ...); any other
event stands in a column of its type (``sampling.sampled``), a list where a sample has several.
"""

from collections.abc import Iterator, Mapping
from typing import TypeGuard

from pytest_evalgate.artifacts.cells import same_value, shown, shown_list
from pytest_evalgate.artifacts.readers import jsonl
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.lm_eval_results import as_float
from pytest_evalgate.artifacts.readers.shapes import is_count
from pytest_evalgate.artifacts.readers.utc import utc_of_text
from pytest_evalgate.errors import ArtifactError, Location, SampleError


_TOLERANCE = 1e-9
_JUDGED = frozenset({"match", "metrics"})
_HINT = 'name a log that `oaieval` wrote, with its first line {"spec": ...}'
_ENVELOPE = ("run_id", "event_id", "sample_id", "type", "data")
Mapped = Mapping[str, object]


def fits(head: Head) -> bool:
    """Whether it begins as ``oaieval`` begins a log."""
    spec = head.first.get("spec")
    return isinstance(spec, dict) and "completion_fns" in spec and "eval_name" in spec


def parse(content: Content) -> Parsed:
    """Read a log.

    Raises:
        ArtifactError: No such log, one of an unfinished run, or one with events missing.
        SampleError: A sample with two different values of one name.
    """
    log = _Log(content)
    for line, entry in jsonl.rows(content.data, content.path, allow_nan=True):
        log.take(line, entry)
    return Parsed(rows=log.rows(), metadata=log.metadata(), notes=log.notes())


class _Log:
    """What has been read of a log."""

    def __init__(self, content: Content) -> None:
        self.content = content
        self.spec: Mapped | None = None
        self.report: Mapped | None = None
        self.samples: dict[str, dict[str, object]] = {}
        self.lines: dict[str, int] = {}
        self.events: set[int] = set()
        self.correct: list[object] = []  # of each match event
        self.usage: dict[str, int] = {}  # tokens by name, summed over all calls

    def take(self, line: int, entry: Mapped) -> None:
        """Take a line.

        Raises:
            ArtifactError: A second run, or what is no event.
            SampleError: A second, different value.
        """
        at = self.content.at(line)
        if self.spec is None:
            spec = entry.get("spec")
            if not isinstance(spec, dict):
                raise ArtifactError(
                    f"found {shown(entry)}, expected the spec of a run", at=at, hint=_HINT
                )
            self.spec = spec
        elif "spec" in entry or ("final_report" in entry and self.report is not None):
            raise ArtifactError("a second run in one log", at=at, hint="write each run to a file")
        elif "final_report" in entry:
            found = entry["final_report"]
            self.report = found if isinstance(found, dict) else {"report": found}
        else:
            self._take_event(line, entry, at)

    def _take_event(self, line: int, entry: Mapped, at: Location) -> None:
        lacking = [key for key in _ENVELOPE if key not in entry]
        if lacking:
            raise ArtifactError(
                f"no {shown(lacking[0])} in {shown(entry)}: not an event", at=at, hint=_HINT
            )
        if self.spec is not None and entry["run_id"] != self.spec.get("run_id"):
            raise ArtifactError(
                f"run_id is {shown(entry['run_id'])}, that of the spec is "
                f"{shown(self.spec.get('run_id'))}",
                at=at,
                hint="write each run to a file of its own",
            )
        number, sample, kind = entry["event_id"], entry["sample_id"], entry["type"]
        if type(number) is not int or number in self.events:
            raise ArtifactError(
                f"event_id is {shown(number)}, expected a number that no other event has",
                at=at,
                hint="was a log put together from two? write it again",
            )
        if not isinstance(sample, str) or not isinstance(kind, str):
            raise ArtifactError(
                f"sample_id is {shown(sample)} and type {shown(kind)}, expected texts",
                at=at,
                hint=_HINT,
            )
        self.events.add(number)
        row = self.samples.setdefault(sample, {"sample_id": sample})
        if kind in _JUDGED:
            self.lines[sample] = line
            _merge(row, entry["data"], sample, at)
            if kind == "match" and isinstance(entry["data"], dict):
                self.correct.append(entry["data"].get("correct"))
        else:
            self.lines.setdefault(sample, line)
            _append(row, kind, entry["data"], at)
            if kind == "sampling":
                self._take_usage(entry["data"])

    def _take_usage(self, data: object) -> None:
        usage = data.get("usage") if isinstance(data, dict) else None
        for name, count in usage.items() if isinstance(usage, dict) else ():
            if is_count(count):
                self.usage[name] = self.usage.get(name, 0) + count

    def rows(self) -> Iterator[tuple[int, Mapped]]:
        """Yield the rows in the order in which the samples began."""
        for sample, row in self.samples.items():
            yield self.lines[sample], row

    def metadata(self) -> dict[str, object]:
        """Return what the spec says of the run.

        Raises:
            ArtifactError: The run did not end, or events are missing.
        """
        at = self.content.at()
        if self.spec is None:
            raise ArtifactError("the file is empty: 0 rows", at=at, hint=_HINT)
        if self.report is None:
            raise ArtifactError(
                "no final_report: the run did not end, and what it lacks is not random",
                at=at,
                hint="run the evaluation again to its end",
            )
        if self.events and len(self.events) != max(self.events) + 1:
            raise ArtifactError(
                f"{len(self.events)} events, but event_id goes to {max(self.events)}: some are "
                "missing",
                at=at,
                hint="was the log cut? write it again",
            )
        self._check_report(self.report, at)
        config = self.spec.get("run_config")
        functions = self.spec.get("completion_fns")
        names = functions if isinstance(functions, list) else [functions]
        model = ",".join(name for name in names if isinstance(name, str))
        return {
            "harness": "openai-evals",
            "model": model or None,
            "task": self.spec.get("eval_name"),
            "seed": config.get("seed") if isinstance(config, dict) else None,
            "created": utc_of_text(self.spec.get("created_at"), is_naive_utc=True),
        }

    def _check_report(self, report: Mapped, at: Location) -> None:
        """Hold the report against the events: it may stand before them, so that a cut log has one.

        Raises:
            ArtifactError: It was made of other events.
        """
        said, correct = report.get("accuracy"), self.correct
        if correct and _is_number(said) and all(type(one) is bool for one in correct):
            mean = sum(map(bool, correct)) / len(correct)
            if not abs(mean - as_float(said)) <= _TOLERANCE:
                raise _other_events(f"accuracy {shown(said)}", f"{mean:.6g}", at)
        for name, total in self.usage.items():
            said = report.get(f"usage_{name}")
            if _is_number(said) and said != total:
                raise _other_events(f"usage_{name} {shown(said)}", str(total), at)

    def notes(self) -> list[str]:
        """Say what the log was limited to, and where its report differs from its rows."""
        notes = []
        path = self.content.path
        config = self.spec.get("run_config") if self.spec else None
        most = config.get("max_samples") if isinstance(config, dict) else None
        if most is not None:
            notes.append(f"{path}: run with max_samples {shown(most)}")
        unjudged = [sample for sample, row in self.samples.items() if not _is_judged(row)]
        if unjudged:
            notes.append(
                f"{path}: {len(unjudged)} of {len(self.samples)} samples have no match and no "
                f"metrics: {shown_list(unjudged, most=3)}"
            )
        return notes


def _is_number(said: object) -> TypeGuard[float]:
    return isinstance(said, int | float) and not isinstance(said, bool)


def _other_events(said: str, found: str, at: Location) -> ArtifactError:
    return ArtifactError(
        f"final_report says {said}, its events make {found}: some are missing or changed",
        at=at,
        hint="was the log cut? write it again",
    )


def _is_judged(row: Mapped) -> bool:
    return any(name not in _OTHER_COLUMNS for name in row)


# Types of events of the tool itself that hold no judgment.
_OTHER_COLUMNS = frozenset(
    {
        *("sample_id", "sampling", "embedding", "function_call", "cond_logp", "pick_option"),
        *("raw_sample", "error", "extra"),
    }
)


def _merge(row: dict[str, object], data: object, sample: str, at: Location) -> None:
    """Add what a match or metrics event holds.

    Raises:
        ArtifactError: It holds no names and values.
        SampleError: The sample has another value of this name.
    """
    if not isinstance(data, dict):
        raise ArtifactError(f"data is {shown(data)}, expected an object", at=at, hint=_HINT)
    for name, cell in data.items():
        if name in row and not same_value(row[name], cell):
            raise SampleError(
                f"sample {shown(sample)} has two values of {shown(name)}: {shown(row[name])} and "
                f"{shown(cell)}",
                at=at,
                hint="read the events as `reader: jsonl` with a `where` on `type`, and name a "
                "`repeat`",
            )
        row[name] = cell


def _append(row: dict[str, object], kind: str, data: object, at: Location) -> None:
    """Add another event under its type, a list from the second on."""
    if kind == "sample_id":
        raise ArtifactError(f"an event of type {shown(kind)}", at=at, hint=_HINT)
    if kind not in row:
        row[kind] = {"data": data} if isinstance(data, list) else data
        return
    known = row[kind]
    row[kind] = [*known, data] if isinstance(known, list) else [known, data]
