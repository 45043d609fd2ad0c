"""MLflow: one row a run, of a file store, of a database of SQLite, or of a server's answer."""

import re
from typing import Final

from pytest_evalgate.artifacts.cells import plain_number, shown
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.jsontext import decode
from pytest_evalgate.artifacts.readers.mlflow_answer import rows_of_answer
from pytest_evalgate.artifacts.readers.mlflow_database import MAGIC, rows_of_database
from pytest_evalgate.artifacts.readers.mlflow_meta import read_meta
from pytest_evalgate.artifacts.readers.mlflow_runs import LAST_NOTE, Run, left_out, row_of
from pytest_evalgate.errors import ArtifactError, Location


_KEYS: Final = (rb"^run_(?:id|uuid): ", rb"^lifecycle_stage: ", rb"^experiment_id: ")
_TABLE: Final = re.compile(rb'CREATE TABLE "?latest_metrics\b')
_HEAD: Final = 4096  # bytes of a meta.yaml that are looked at
_DEPTH: Final = 16  # folders that a name such as val/acc may open
_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_NOT_FINITE: Final = {"nan", "inf", "-inf", "infinity", "-infinity"}
_REGISTRY: Final = "models"  # folder of registered models beside the experiments


def fits(head: Head) -> bool:
    """Whether it is the meta.yaml of a run, a database of MLflow, or what its server answers."""
    if head.data.startswith(MAGIC):
        return _TABLE.search(head.data) is not None
    if head.text.startswith(b"{"):
        runs = head.first.get("runs")
        run = runs[0] if isinstance(runs, list) and runs else None
        return isinstance(run, dict) and isinstance(run.get("info"), dict) and "data" in run
    start = head.text[:_HEAD]
    return all(re.search(key, start, re.MULTILINE) for key in _KEYS)


def parse(content: Content) -> Parsed:
    """Read a run of a file store (its meta.yaml), or all runs of a database or an answer.

    Raises:
        ArtifactError: None of them, or a run that is not as MLflow writes it.
    """
    if content.data.startswith(MAGIC):
        return rows_of_database(content)
    if content.data.lstrip().startswith(b"{"):
        return rows_of_answer(content)
    meta = read_meta(content.data, content.path)
    run_id = meta.get("run_id") or meta.get("run_uuid")
    if not run_id:
        return _no_run(content)
    run = _run(content, run_id, meta)
    if run.is_deleted:
        return Parsed(rows=iter(()), notes=left_out([run]), may_be_empty=True)
    notes = [LAST_NOTE] if run.metrics else [f"run {shown(run_id)} has no metrics"]
    row = row_of(run, notes)
    return Parsed(
        rows=iter([(1, row)]),
        metadata={"harness": "mlflow", "created": run.created, "git_commit": run.git_commit},
        notes=notes,
    )


def _no_run(content: Content) -> Parsed:
    folders = content.path.split("/")[:-1]
    if _REGISTRY in folders[-2:]:  # a store keeps its models among its experiments
        note = f"{content.path} is a model, not a run, and is left out"
        return Parsed(rows=iter(()), notes=[note], may_be_empty=True)
    raise ArtifactError(
        "no run_id: not the meta.yaml of a run of MLflow",
        at=content.at(),
        hint="name the folder of the store, such as mlruns, or mlruns/EXPERIMENT/*/meta.yaml",
    )


def _run(content: Content, run_id: str, meta: dict[str, str]) -> Run:
    above = content.beside("../meta.yaml")
    experiment = {} if above is None else read_meta(above, _other_path(content, "../meta.yaml"))
    run = Run(
        run_id=run_id,
        at=content.at(),
        experiment_id=meta.get("experiment_id"),
        experiment_name=experiment.get("name"),
        status=meta.get("status", ""),
        lifecycle_stage=meta.get("lifecycle_stage"),
        experiment_stage=experiment.get("lifecycle_stage"),
        start_time=_time(meta.get("start_time")),
        end_time=_time(meta.get("end_time")),
    )
    if run.is_deleted:
        return run
    run.tags = {name: _text(content, "tags", name) for name in _files(content, "tags")}
    run.params = {name: _text(content, "params", name) for name in _files(content, "params")}
    run.metrics = {name: _last(content, name) for name in _files(content, "metrics")}
    run.run_name = meta.get("run_name") or run.tags.get("mlflow.runName") or meta.get("name")
    run.datasets = _datasets(content)
    return run


def _other_path(content: Content, name: str) -> str:
    folder = content.path.rpartition("/")[0]
    if name.startswith("../"):
        folder, name = folder.rpartition("/")[0], name.removeprefix("../")
    return f"{folder}/{name}" if folder else name


def _time(text: str | None) -> int | None:
    return int(text) if text is not None and _WHOLE.fullmatch(text) else None


def _files(content: Content, folder: str) -> list[str]:
    """Return the files below a folder; ``val/acc`` is the file ``acc`` in the folder ``val``."""
    found = []
    folders = [""]
    while folders:
        inner = folders.pop()
        for name in content.names("*", f"{folder}/{inner}".rstrip("/")):
            below = f"{inner}/{name}" if inner else name
            if not content.names("*", f"{folder}/{below}"):
                found.append(below)
            elif below.count("/") >= _DEPTH:
                raise ArtifactError(
                    f"folders deeper than {_DEPTH} in {folder}",
                    at=content.at(),
                    hint="is it a file store of MLflow?",
                )
            else:
                folders.append(below)
    return sorted(found)


def _text(content: Content, folder: str, name: str) -> str:
    path = _other_path(content, f"{folder}/{name}")
    return decode(content.beside(f"{folder}/{name}") or b"", path)


def _last(content: Content, name: str) -> float:
    """Return the value with the greatest step, then timestamp, then line."""
    path = _other_path(content, f"metrics/{name}")
    text = _text(content, "metrics", name)
    if not text.endswith("\n"):
        raise ArtifactError(
            "the last line has no newline, so it may have been cut" if text else "no value",
            at=Location(path=path),
            hint="is the store whole? copy it again",
        )
    lines = enumerate(text.removesuffix("\n").split("\n"), 1)
    return max(_point(line, number, path) for number, line in lines)[-1]


def _point(line: str, number: int, path: str) -> tuple[int, int, int, float]:
    """Read `timestamp value step`; newer versions write more words behind, old ones no step."""
    words = line.split()
    timestamp, value, step = (*words, "", "", "")[:3] if len(words) != 2 else (*words, "0")
    measured = plain_number(value)
    if measured is None and value.lower() in _NOT_FINITE:
        measured = float(value)
    if measured is None or not _WHOLE.fullmatch(timestamp) or not _WHOLE.fullmatch(step):
        raise ArtifactError(
            f"found {shown(line)}, expected a time in milliseconds, a value and a step",
            at=Location(path=path, line=number),
            hint="is the store whole? copy it again",
        )
    return int(step), int(timestamp), number, float(measured)


def _datasets(content: Content) -> list[tuple[str, str]]:
    """Return name and digest of the data sets that the run names as its inputs."""
    found = []
    for entry in content.names("*", "inputs"):
        data = content.beside(f"inputs/{entry}/meta.yaml")
        source = read_meta(data, _other_path(content, f"inputs/{entry}/meta.yaml")) if data else {}
        if source.get("source_type") != "DATASET":
            continue
        name = f"../datasets/{source.get('source_id')}/meta.yaml"
        if (about := content.beside(name)) is None:
            raise ArtifactError(
                f"data set {shown(source.get('source_id'))}, an input of the run, is not in "
                "the store",
                at=content.at(),
                hint="is the store whole? copy it again",
            )
        dataset = read_meta(about, _other_path(content, name))
        found.append((dataset.get("name", ""), dataset.get("digest", "")))
    return found
