"""The results file of lm-evaluation-harness beside its samples: which run it was, what it says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import inf

from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.readers.content import WARNING, Content
from pytest_evalgate.artifacts.readers.jsontext import parse_document


_TIME = re.compile(
    r"_([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}-[0-9]{2}-[0-9]{2}(?:\.[0-9]+)?)\.jsonl?$"
)
_SEEDS = ("random_seed", "numpy_seed", "torch_seed", "fewshot_seed")
_MODEL_KEYS = ("peft", "delta", "pretrained", "model", "path", "engine")  # the tool's own order
_PYTHON = re.compile(r"^Python version: ([0-9.]+)", re.MULTILINE)
_GPU = re.compile(r"^GPU 0: (.+)$", re.MULTILINE)
_CPU = re.compile(r"^Model name:\s*(.+)$", re.MULTILINE)
Mapped = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a results file says of one task."""

    path: str | None = None
    metadata: Mapped = field(default_factory=dict)
    columns: Mapped = field(default_factory=dict)  # the same for each row
    metrics: tuple[str, ...] = ()
    aggregations: Mapping[str, str] = field(default_factory=dict)
    averages: Mapping[str, float] = field(default_factory=dict)  # by "metric,filter"
    samples: int | None = None
    task_hash: str | None = None
    is_own: bool = False  # the task hash proves it to be of these samples
    notes: tuple[str, ...] = ()

    @property
    def filters(self) -> tuple[str, ...]:
        """The filters of the task."""
        return tuple(dict.fromkeys(key.partition(",")[2] for key in self.averages))


def run_of(content: Content) -> Run:
    """Find and read the results file that was written with a samples file.

    Raises:
        ArtifactError: It is there and is not JSON.
    """
    file = content.path.rpartition("/")[2]
    stamp = _TIME.search(file)
    named = _named(file, stamp)
    names, note = _choose(content, stamp[1] if stamp else None)
    folder = content.path.rpartition("/")[0]
    for name in names:
        path = f"{folder}/{name}" if folder else name
        data = content.beside(name)
        document = None if data is None else parse_document(data, path, allow_nan=True)
        if isinstance(document, dict) and isinstance(document.get("results"), dict):
            run = _read(document, path, named or _task_of(file, document))
            return run if note is None else replace(run, notes=(*run.notes, note))
    of = f" of {stamp[1]}" if stamp else ""
    note = note or f"{content.path}: no results file{of} beside it"
    return Run(
        metadata={"harness": "lm-eval", "task": named},
        notes=(f"{note}: model, versions and seeds are unknown",),
    )


def foreign(run: Run, path: str, first: Mapped) -> Run:
    """Return what is left of a run whose task hash proves that it is not that of the samples.

    What the first row says of itself stays, so that a contradiction is found.
    """
    note = (
        f"{path}: {WARNING}the samples are not those that {run.path} was computed from (task "
        "hash): model, versions and seeds are unknown"
    )
    names = run.metadata.keys() & {"harness", "task", *first}
    kept = {name: run.metadata[name] for name in names}
    return Run(path=run.path, metadata=kept, samples=run.samples, notes=(*run.notes, note))


def _named(file: str, stamp: re.Match[str] | None) -> str | None:
    """Return the task that ``samples_<task>_<time>.jsonl`` names."""
    is_named = stamp is not None and file.startswith("samples_")
    return file[len("samples_") : stamp.start()] or None if stamp and is_named else None


def _choose(content: Content, stamp: str | None) -> tuple[list[str], str | None]:
    """Return the files that may hold the results, best first, and what to say of the choice."""
    if stamp is not None:
        own = [f"results_{stamp}.json", *content.names(f"*_{stamp}.json")]
        return list(dict.fromkeys(own)), None
    if "results.json" in content.names("results.json"):
        return ["results.json"], None
    others = content.names("results_*.json")
    if len(others) == 1:
        note = f"{content.path}: {others[0]} is taken for its run, the only results file beside it"
        return others, note
    if others:
        count = len(others)
        return [], f"{content.path}: {count} results files beside it, no time stamp in its name"
    return [], None


def _task_of(file: str, document: Mapped) -> str | None:
    """Return the task whose name ends the file's: 0.4.0 writes the model's arguments first."""
    stem = file.rpartition(".")[0]
    tasks = [task for task in _mapping(document, "configs") if stem.endswith(f"_{task}")]
    return max(tasks, key=len, default=None)


def _read(document: Mapped, name: str, task: str | None) -> Run:
    of_task = _mapping(_mapping(document, "configs"), task)
    counts = _mapping(_mapping(document, "n-samples"), task)
    effective = counts.get("effective")
    samples = effective if type(effective) is int else None
    averages = {
        key: as_float(cell)
        for key, cell in _mapping(_mapping(document, "results"), task).items()
        if "," in key and isinstance(cell, int | float) and not isinstance(cell, bool)
    }
    notes = []
    if task is None or not of_task:
        notes.append(f"{name} does not hold the task of this file, {shown(task)}")
    original = counts.get("original")
    if samples is not None and type(original) is int and samples < original:
        notes.append(f"{name}: run on {samples} of {original} documents")
    return Run(
        path=name,
        metadata=_metadata(document, of_task, task=task, samples=samples),
        columns=_columns(document, task),
        metrics=_metric_names(averages),
        aggregations=_aggregations(of_task),
        averages=averages,
        samples=samples,
        task_hash=_text(_mapping(document, "task_hashes").get(task or "")),
        notes=tuple(notes),
    )


def _metadata(
    document: Mapped, of_task: Mapped, *, task: str | None, samples: int | None
) -> Mapped:
    config = _mapping(document, "config")
    environment = _text(document.get("pretty_env_info")) or ""
    version = _mapping(document, "versions").get(task or "")
    dataset = [_text(of_task.get(key)) for key in ("dataset_path", "dataset_name")]
    python = _PYTHON.search(environment)
    machine = _GPU.search(environment) or _CPU.search(environment)
    return {
        "harness": "lm-eval",
        "harness_version": _text(document.get("lm_eval_version")),
        "model": _model(document, config),
        "task": task,
        "task_version": None if version == "N/A" or isinstance(version, dict | list) else version,
        "dataset": ":".join(part for part in dataset if part) or None,
        "dataset_version": _text(_mapping(of_task, "dataset_kwargs").get("revision")),
        "seed": _seed(config),
        "git_commit": _text(document.get("git_hash")),
        "created": _created(document.get("date")),
        "samples": samples,
        "machine": machine[1].strip() if machine else None,
        "python": python[1] if python else None,
    }


def _columns(document: Mapped, task: str | None) -> Mapped:
    shots = _mapping(document, "n-shot").get(task or "")
    return {"num_fewshot": shots} if type(shots) is int else {}


def _metric_names(averages: Mapping[str, float]) -> tuple[str, ...]:
    names = (key.partition(",")[0] for key in averages)
    return tuple(dict.fromkeys(name for name in names if not name.endswith("_stderr")))


def _aggregations(of_task: Mapped) -> dict[str, str]:
    listed = of_task.get("metric_list")
    entries: Sequence[object] = listed if isinstance(listed, list) else []
    found = {}
    for entry in entries:
        if isinstance(entry, dict) and isinstance(entry.get("aggregation"), str):
            found[str(entry.get("metric"))] = entry["aggregation"]
    return found


def _model(document: Mapped, config: Mapped) -> str | None:
    """Return the model's name; before 0.4.2 it stands among the arguments only."""
    if name := _text(document.get("model_name")):
        return name
    arguments = config.get("model_args")
    if isinstance(arguments, str):
        pairs = (part.partition("=") for part in arguments.split(","))
        arguments = {key.strip(): value for key, _, value in pairs}
    if not isinstance(arguments, dict):
        return None
    return next((_text(arguments[key]) for key in _MODEL_KEYS if key in arguments), None)


def _seed(config: Mapped) -> object:
    """Return the seed, or all four as ``--seed`` takes them where they differ."""
    seeds = [config.get(name) for name in _SEEDS]
    if any(type(seed) is not int for seed in seeds):
        return None
    return seeds[0] if len(set(seeds)) == 1 else ",".join(map(str, seeds))


def _created(date: object) -> str | None:
    if isinstance(date, bool) or not isinstance(date, int | float):
        return None
    try:
        return datetime.fromtimestamp(date, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return None


def _mapping(of: Mapped, key: str | None) -> Mapped:
    found = of.get(key) if key is not None else None
    return found if isinstance(found, dict) else {}


def _text(cell: object) -> str | None:
    return cell if isinstance(cell, str) and cell else None


def as_float(number: float) -> float:
    """Return a number of a file; a whole one too large for a float is infinite."""
    try:
        return float(number)
    except OverflowError:
        return inf
