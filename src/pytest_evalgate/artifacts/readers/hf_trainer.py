"""Hugging Face Trainer: ``all_results.json`` or ``trainer_state.json``, one row a file, so a run.

Of a ``trainer_state.json`` the last evaluation counts: the best one was chosen by its own result.
The metrics of a training that did not come to its end are missing.
"""

from collections.abc import Iterable, Mapping
from math import isnan

from pytest_evalgate.artifacts.cells import shown, shown_list
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.jsontext import parse_document
from pytest_evalgate.errors import ArtifactError


_HINT = "name the all_results.json or trainer_state.json that the Trainer wrote"
_STATE = ("log_history", "global_step")
_PREFIXES = ("eval_", "test_", "predict_")
_SPEED = "_samples_per_second"  # what the Trainer adds to each of its metrics
_SUMMARY = "train_runtime"  # logged once, when training ends
_BEST = "best_metric"
_PLACES = {"step", "epoch"}
Mapped = Mapping[str, object]


def fits(head: Head) -> bool:
    """Whether it is the state of a Trainer, or metrics with the speed that it adds."""
    if head.is_lines or head.is_array:
        return False
    return head.has(*_STATE) or any(
        f"{prefix}{_SPEED[1:]}" in head.first for prefix in (*_PREFIXES, "train_")
    )


def parse(content: Content) -> Parsed:
    """Read a file of metrics or a state.

    Raises:
        ArtifactError: Neither, or a state without an evaluation.
    """
    document = parse_document(content.data, content.path, allow_nan=True)
    if not isinstance(document, dict):
        raise ArtifactError(
            f"found {shown(document)}, expected one object", at=content.at(), hint=_HINT
        )
    if "log_history" in document:
        return _state(content, document)
    nested = [name for name, cell in document.items() if isinstance(cell, dict | list)]
    if not document or nested:
        raise ArtifactError(
            f"{shown_list(nested) or 'nothing'} in it, expected metrics by name",
            at=content.at(),
            hint=_HINT,
        )
    notes = []
    if not any(name.startswith(_PREFIXES) for name in document):
        notes.append(f"{content.path} holds no evaluation, only {shown_list(document)}")
    metadata = {"harness": "transformers", "samples": document.get("eval_samples")}
    return Parsed(rows=iter([(1, document)]), metadata=metadata, notes=notes)


def _state(content: Content, state: Mapped) -> Parsed:
    """Return the last evaluation of a state.

    Raises:
        ArtifactError: There is none.
    """
    history = state["log_history"]
    entries = history if isinstance(history, list) else []
    evaluations = [entry for entry in entries if isinstance(entry, dict) and _is_evaluation(entry)]
    if not evaluations:
        raise ArtifactError(
            f"no evaluation among the {len(entries)} entries of log_history",
            at=content.at(),
            hint="train with `eval_strategy`, or call `trainer.evaluate()` before `save_state()`",
        )
    step = evaluations[-1].get("step")
    last = [entry for entry in evaluations if entry.get("step") == step]
    found, changed = _joined(last)
    # Keys of the state stay its own: `epoch` is where training ended.
    row = {**state, **{name: cell for name, cell in found.items() if name not in state}}
    notes = [
        f"{content.path}: the last evaluation, at step {shown(step)}, of {len(evaluations)} counts"
    ]
    if step != state.get("global_step"):
        notes.append(
            f"{content.path}: training went on to step {shown(state.get('global_step'))} after it"
        )
    if not _is_finished(state, entries):
        row.update(dict.fromkeys(name for name in (*found, _BEST) if name not in _PLACES))
        notes.append(
            f"{content.path}: training ended before its {shown(state.get('max_steps'))} steps, at "
            f"{shown(state.get('global_step'))}: its metrics are missing"
        )
    if changed:
        notes.append(
            f"{content.path}: {shown_list(changed)} evaluated again at step {shown(step)} with "
            "another result; the later one counts"
        )
    return Parsed(rows=iter([(1, row)]), metadata={"harness": "transformers"}, notes=notes)


def _is_finished(state: Mapped, entries: Iterable[object]) -> bool:
    """Whether training took all of its steps, or stopped early and wrote its summary."""
    step, most = (state.get(name) for name in ("global_step", "max_steps"))
    if not isinstance(most, int) or most <= 0 or (isinstance(step, int) and step >= most):
        return True
    return any(
        isinstance(entry, dict) and _SUMMARY in entry and entry.get("step") == step
        for entry in entries
    )


def _is_evaluation(entry: Mapped) -> bool:
    return any(str(name).startswith(_PREFIXES) for name in entry)


def _joined(entries: Iterable[Mapped]) -> tuple[dict[str, object], list[str]]:
    """Join the evaluations of one step, of several sets of data; return what changed too."""
    found: dict[str, object] = {}
    changed = []
    for entry in entries:
        for name, cell in entry.items():
            if name in found and not _is_same(name, found[name], cell):
                changed.append(name)
            found[name] = cell
    return found, changed


def _is_same(name: str, left: object, right: object) -> bool:
    if name.endswith(("_runtime", "_per_second")):
        return True  # the time that it took is no metric of the model
    is_nan = isinstance(left, float) and isinstance(right, float) and isnan(left) and isnan(right)
    return is_nan or left == right
