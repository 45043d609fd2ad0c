"""What a tracking server of MLflow answers to ``runs/search``, saved as a file: one row a run.

The file that the command ``fetch mlflow`` writes is such an answer, with more about it beside.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Final

from pytest_evalgate.artifacts.cells import number_of, shown
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.jsontext import parse_document
from pytest_evalgate.artifacts.readers.mlflow_runs import (
    LAST_NOTE,
    Run,
    finite_or_not,
    left_out,
    row_of,
)
from pytest_evalgate.errors import ArtifactError


_NOT_FINITE: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_HINT: Final = "save the answer to a POST of api/2.0/mlflow/runs/search as it comes"
_FETCH_HINT: Final = "fetch the runs again: python -I -m pytest_evalgate fetch mlflow"


def rows_of_answer(content: Content) -> Parsed:
    """Read the runs of an answer.

    Raises:
        ArtifactError: Not such an answer, or one page of several.
    """
    answer = parse_document(content.data, content.path, allow_nan=True)
    found = answer.get("runs") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or not isinstance(found, list):
        raise ArtifactError(
            "no list `runs`: not the answer of a server of MLflow", at=content.at(), hint=_HINT
        )
    if answer.get("next_page_token"):
        raise ArtifactError(
            f"the answer is one page of {len(found)} runs, and there are more",
            at=content.at(),
            hint="ask with a greater max_results, or join the pages into one list `runs`",
        )
    runs = [_run(run, number, content) for number, run in enumerate(found, 1)]
    notes = [LAST_NOTE, *_fetched(answer), *left_out(runs)]
    if "experiments" in answer:
        _name_experiments(runs, _experiments(answer["experiments"], content), content)
    return Parsed(rows=_rows(runs, notes), metadata={"harness": "mlflow"}, notes=notes)


def _fetched(answer: Mapping[str, object]) -> Iterator[str]:
    """Say what the command that fetched the runs notes of itself."""
    if isinstance(answer.get("fetched"), str):
        yield f"fetched from {shown(answer.get('uri'))} at {shown(answer['fetched'])}"
    if words := answer.get("filter"):
        yield f"only runs of the filter {shown(words)} were fetched"
    if isinstance(changed := answer.get("runs_without_credentials"), int) and changed:
        yield f"credentials in texts of {changed} runs were left out when they were fetched"


def _experiments(found: object, content: Content) -> dict[str, str]:
    names: dict[str, str] = {}
    for entry in found if isinstance(found, list) else [found]:
        about = entry if isinstance(entry, dict) else {}
        key, name = about.get("experiment_id"), about.get("name")
        if not isinstance(key, str) or not isinstance(name, str) or key in names:
            raise ArtifactError(
                f"experiments: found {shown(entry)}, expected each experiment_id once, and its "
                "name",
                at=content.at(),
                hint=_FETCH_HINT,
            )
        names[key] = name
    return names


def _name_experiments(runs: list[Run], names: Mapping[str, str], content: Content) -> None:
    for number, run in enumerate(runs, 1):
        run.experiment_name = names.get(run.experiment_id or "")
        if run.experiment_name is None:
            raise ArtifactError(
                f"run {number}: experiment_id is {shown(run.experiment_id)}, which is not among "
                "the experiments of the file",
                at=content.at(),
                hint=_FETCH_HINT,
            )


def _rows(runs: list[Run], notes: list[str]) -> Iterator[tuple[int, dict[str, object]]]:
    for number, run in enumerate(runs, 1):
        if not run.is_deleted:
            yield number, row_of(run, notes)


def _run(found: object, number: int, content: Content) -> Run:
    info, data = _mapping(found, "info"), _mapping(found, "data")
    run_id = info.get("run_id") or info.get("run_uuid")
    if not isinstance(run_id, str):
        raise _wrong(content, number, f"run_id is {shown(run_id)}, expected a text")
    return Run(
        run_id=run_id,
        at=content.at(),
        run_name=_text(info.get("run_name")),
        experiment_id=_text(info.get("experiment_id")),
        status=str(info.get("status")),
        lifecycle_stage=_text(info.get("lifecycle_stage")),
        start_time=_whole(info.get("start_time")),
        end_time=_whole(info.get("end_time")),
        metrics={
            key: _number(value, key, number, content)
            for key, value in _pairs(data, "metrics", number, content)
        },
        params={key: str(value) for key, value in _pairs(data, "params", number, content)},
        tags={key: str(value) for key, value in _pairs(data, "tags", number, content)},
        datasets=_datasets(found),
    )


def _mapping(found: object, name: str) -> Mapping[str, object]:
    inner = found.get(name) if isinstance(found, dict) else None
    return inner if isinstance(inner, dict) else {}


def _text(found: object) -> str | None:
    return found if isinstance(found, str) else None


def _whole(found: object) -> int | None:
    """Read a whole number, which JSON of protocol buffers may hold as a text."""
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 19:
        return int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _pairs(
    data: Mapping[str, object], name: str, number: int, content: Content
) -> list[tuple[str, object]]:
    entries = data.get(name, [])
    pairs: dict[str, object] = {}
    for entry in entries if isinstance(entries, list) else [None]:
        key = entry.get("key") if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(key, str) or "value" not in entry:
            raise _wrong(content, number, f"{name}: found {shown(entry)}, expected key and value")
        if key in pairs:
            raise _wrong(content, number, f"{name}: {shown(key)} is there twice")
        pairs[key] = entry["value"]
    return list(pairs.items())


def _number(value: object, key: str, number: int, content: Content) -> float:
    if isinstance(value, str) and value in _NOT_FINITE:
        return _NOT_FINITE[value]
    measured = number_of(value)
    if measured is None:
        raise _wrong(content, number, f"metric {shown(key)} is {shown(value)}, expected a number")
    return finite_or_not(measured)


def _datasets(found: object) -> list[tuple[str, str]]:
    entries = _mapping(found, "inputs").get("dataset_inputs")
    about = [_mapping(entry, "dataset") for entry in entries] if isinstance(entries, list) else []
    return [(str(entry.get("name", "")), str(entry.get("digest", ""))) for entry in about]


def _wrong(content: Content, number: int, words: str) -> ArtifactError:
    return ArtifactError(f"run {number}: {words}", at=content.at(), hint=_HINT)
