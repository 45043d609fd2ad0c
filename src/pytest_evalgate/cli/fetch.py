"""`fetch`: runs of a tracking server or a database, written once into a file that gates read."""

import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_evalgate import host
from pytest_evalgate.cli.errors import CommandError
from pytest_evalgate.cli.mlflow_client import Store
from pytest_evalgate.cli.uris import shown_uri, without_credentials
from pytest_evalgate.errors import ArtifactError, EvidenceError


if TYPE_CHECKING:
    from mlflow.entities import Run  # type: ignore[import-not-found,unused-ignore]


_ENDING = ".json"


def fetch_mlflow(uri: str, experiments: Sequence[str], filter_string: str, output: str) -> None:
    """Write the runs of experiments of MLflow into a file, whole or not at all.

    Raises:
        CommandError: An output that cannot be written, no such store, or no client for it.
        ArtifactError: The store does not answer, or has no such runs; nothing is written.
    """
    path = _output(output)
    store = Store(uri)
    names = store.experiments(experiments)
    runs = store.runs(list(names), filter_string)
    if not runs:
        raise ArtifactError(
            f"{store.shown} has no such runs", hint="is the filter right? nothing was written"
        )
    fetched = [_run(run) for run in sorted(runs, key=_order)]
    kept = [_without_credentials(run) for run in fetched]
    changed = sum(before != after for before, after in zip(fetched, kept, strict=True))
    answer = {
        "experiments": [{"experiment_id": key, "name": names[key]} for key in sorted(names)],
        "fetched": host.now(),
        "filter": filter_string,
        "runs": kept,
        "runs_without_credentials": changed,
        "uri": shown_uri(uri),
    }
    _write(path, json.dumps(answer, indent=1, sort_keys=True, allow_nan=False) + "\n")
    print(f"wrote {output}: {_count(len(kept), 'run')} of {_count(len(names), 'experiment')}")
    if changed:
        print(f"  credentials in texts of {_count(changed, 'run')} were left out")
    print(f"Name it in a gate file: reader: mlflow, path: {output}")


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _output(text: str) -> Path:
    path = Path(text)
    if path.suffix != _ENDING:
        raise CommandError(f"{text!r} is no name of a JSON file", hint=f"end it in {_ENDING}")
    if os.path.lexists(path):
        raise CommandError(
            f"{text} exists, and fetch never writes over a file",
            hint="name another one with --output, or move that one away",
        )
    if not path.parent.is_dir():
        raise CommandError(f"there is no folder {str(path.parent)!r}", hint="make it first")
    return path


def _write(path: Path, text: str) -> None:
    try:
        host.write_atomically(text, path)
    except EvidenceError as error:
        raise CommandError(error.message, hint="name another file with --output") from error


def _order(run: "Run") -> tuple[str, int, str]:
    return str(run.info.experiment_id), run.info.start_time or 0, run.info.run_id


def _run(run: "Run") -> dict[str, object]:
    """Return what a gate can use of a run, as the server's own answer writes it.

    Where its artifacts lie and where its data came from are left out: such URIs hold credentials.
    """
    info, data, inputs = run.info, run.data, getattr(run, "inputs", None)
    sources = [entry.dataset for entry in inputs.dataset_inputs] if inputs else []
    return {
        "info": {
            "run_id": info.run_id,
            "run_name": info.run_name,
            "experiment_id": str(info.experiment_id),
            "status": info.status,
            "lifecycle_stage": info.lifecycle_stage,
            "start_time": info.start_time,
            "end_time": info.end_time,
        },
        "data": {
            "metrics": _pairs({name: _number(value) for name, value in data.metrics.items()}),
            "params": _pairs(data.params),
            "tags": _pairs(data.tags),
        },
        "inputs": {
            "dataset_inputs": [
                {"dataset": {"name": source.name, "digest": source.digest}} for source in sources
            ]
        },
    }


def _pairs(found: Mapping[str, object]) -> list[dict[str, object]]:
    return [{"key": key, "value": found[key]} for key in sorted(found)]


def _number(value: float) -> float | str:
    """Return a metric; one that is not finite as the text that protocol buffers write."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def _without_credentials(found: object) -> object:
    if isinstance(found, str):
        return without_credentials(found)
    if isinstance(found, dict):
        return {key: _without_credentials(inner) for key, inner in found.items()}
    if isinstance(found, list):
        return [_without_credentials(inner) for inner in found]
    return found
