"""HELM: statistics of each instance, one row an instance and training trial, one column a name.

Rows of perturbed instances are left out. Where ``stats.json`` lies beside, the means of the rows
must be those that the tool wrote there: the mean over trials of the mean over instances.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

from pytest_evalgate.artifacts.cells import number_of, shown
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.jsontext import parse_document
from pytest_evalgate.artifacts.readers.shapes import (
    Object,
    at_row,
    content_hash,
    no_such_value,
    object_of,
    objects_of,
    text_or_none,
)
from pytest_evalgate.errors import ArtifactError, SampleError


_KEYS = ("instance_id", "train_trial_index", "stats")
_HINT = "read per_instance_stats.json of a run of HELM"
_OF_A_MODEL = ("model=", "model_deployment=")
_NOT_THE_PROMPT = {"model", "model_deployment", "max_eval_instances", "num_trials"}
_RELATIVE, _ABSOLUTE = 1e-6, 1e-9  # rounding of sums in another order

Key = tuple[str, int]  # instance and trial
Context = tuple[str, object, object]  # name, split, part of the split


def fits(head: Head) -> bool:
    """Whether these are statistics of instances of HELM."""
    return head.is_array and head.has(*_KEYS)


def parse(content: Content) -> Parsed:
    """Read the statistics of the instances of a run.

    Raises:
        ArtifactError: Not such a file, or its means are not those of stats.json.
        SampleError: An instance without its number, or with a statistic twice.
    """
    found = objects_of(
        parse_document(content.data, content.path, allow_nan=True), "the file", content=content
    )
    notes: list[str] = []
    rows: dict[Key, tuple[int, dict[str, object]]] = {}
    stats: dict[Context, dict[int, list[tuple[float, float]]]] = defaultdict(dict)
    perturbed = 0
    for place, entry in enumerate(found, 1):
        key = _key_of(entry, content, place)
        if entry.get("perturbation") is not None:
            perturbed += 1
            continue
        _, row = rows.setdefault(key, (place, dict(zip(_KEYS[:2], key, strict=True))))
        for stat in objects_of(entry["stats"], "stats", content=content, row=place):
            _add(stat, row, stats, trial=key[1], content=content, place=place)
    if perturbed:
        notes.append(f"helm: {perturbed} of {len(found)} rows are of perturbed instances; left out")
    notes.extend(_check_means(stats, rows, content))
    return Parsed(rows=_rows(rows), metadata=_metadata_of(content), notes=notes)


def _rows(rows: dict[Key, tuple[int, dict[str, object]]]) -> Iterator[tuple[int, Object]]:
    yield from rows.values()


def _key_of(entry: Object, content: Content, place: int) -> Key:
    if "stats" not in entry and "name" in entry:
        raise ArtifactError(
            "this is stats.json, which holds means only", at=content.at(), hint=_HINT
        )
    instance, trial = (entry.get(name) for name in _KEYS[:2])
    is_key = isinstance(instance, str) and isinstance(trial, int) and not isinstance(trial, bool)
    if not is_key or "stats" not in entry:
        raise no_such_value(
            [instance, trial],
            "[instance_id, train_trial_index]",
            "a text and a whole number, with stats",
            at=at_row(content, place),
            hint=_HINT,
        )
    return str(instance), int(str(trial))


def _add(
    stat: Object,
    row: dict[str, object],
    stats: dict[Context, dict[int, list[tuple[float, float]]]],
    *,
    trial: int,
    content: Content,
    place: int,
) -> None:
    """Add one statistic to its row, and to what is held against stats.json."""
    context = _context_of(stat)
    if context is None:
        raise SampleError(
            f"a statistic is named {shown(stat.get('name'))}, expected an object with a name and "
            "without a perturbation",
            at=at_row(content, place),
            hint=_HINT,
        )
    name, split, part = context
    named = {"split": split, "sub_split": part}
    row.update({column: cell for column, cell in named.items() if cell is not None})
    if name in row:
        raise SampleError(
            f"statistic {shown(name)} stands twice in instance {shown(row['instance_id'])}, trial "
            f"{trial}, or is named like a column of the row",
            at=at_row(content, place),
            hint="are two runs written into one file?",
        )
    count, total = _float(stat.get("count")), _float(stat.get("sum"))
    has_values = count is not None and count > 0
    row[name] = stat.get("mean") if has_values else None
    if count is not None and has_values and total is not None:
        _check_mean(stat, total / count, row, content, place)
        stats[context].setdefault(trial, []).append((total, count))


def _check_mean(stat: Object, own: float, row: Object, content: Content, place: int) -> None:
    """Hold a mean, which is gated, against the sum and count beside it."""
    mean = _float(stat.get("mean"))
    if mean is None or (math.isnan(mean) and math.isnan(own)):
        return
    if not math.isclose(own, mean, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE):
        raise SampleError(
            f"{shown(object_of(stat.get('name')).get('name'))} of instance "
            f"{shown(row['instance_id'])} has the mean {shown(mean)}, but its sum and count give "
            f"{shown(own)}",
            at=at_row(content, place),
            hint="write the file again with the tool; was it edited?",
        )


def _float(cell: object) -> float | None:
    """Return a number; an infinite one where it is too large, which equals no mean of a tool."""
    number = number_of(cell)
    try:
        return None if number is None else float(number)
    except OverflowError:
        return math.inf


def _context_of(stat: Object) -> Context | None:
    name = object_of(stat.get("name"))
    text = name.get("name")
    if not isinstance(text, str) or name.get("perturbation") is not None:
        return None
    return text, text_or_none(name.get("split")), text_or_none(name.get("sub_split"))


def _check_means(
    stats: dict[Context, dict[int, list[tuple[float, float]]]],
    rows: dict[Key, tuple[int, dict[str, object]]],
    content: Content,
) -> list[str]:
    """Hold the means of the rows against stats.json."""
    data = content.beside("stats.json")
    if data is None:
        return ["helm: no stats.json beside it, so the rows were not held against its means"]
    listed = objects_of(
        parse_document(data, _beside(content, "stats.json"), allow_nan=True),
        "stats.json",
        content=content,
    )
    for stat in listed:
        context, mean = _context_of(stat), _float(stat.get("mean"))
        if context is None or mean is None:
            continue
        if context[0] == "num_instances":
            own = _instances_per_trial(rows, context)
        elif context in stats:
            own = sum(map(_mean, stats[context].values())) / len(stats[context])
        else:
            continue  # derived from the others
        if not math.isclose(own, mean, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE):
            raise ArtifactError(
                f"{context[0]} of split {shown(context[1])} is {shown(own)} by the rows but "
                f"{shown(mean)} by stats.json beside it",
                at=content.at(),
                hint="are both files of one run, and whole?",
            )
    return []


def _beside(content: Content, name: str) -> str:
    """Return the path of a file beside, for messages."""
    return "/".join(part for part in (content.path.rpartition("/")[0], name) if part)


def _mean(pairs: Sequence[tuple[float, float]]) -> float:
    return sum(total for total, _ in pairs) / sum(count for _, count in pairs)


def _instances_per_trial(rows: dict[Key, tuple[int, dict[str, object]]], context: Context) -> float:
    own = [
        trial
        for (_, trial), (_, row) in rows.items()
        if (row.get("split"), row.get("sub_split")) == context[1:]
    ]
    return len(own) / max(len(set(own)), 1)


def _metadata_of(content: Content) -> dict[str, object]:
    data = content.beside("run_spec.json")
    if data is None:
        return {}
    spec = object_of(parse_document(data, _beside(content, "run_spec.json"), allow_nan=True))
    adapter = object_of(spec.get("adapter_spec"))
    prompt = {key: cell for key, cell in adapter.items() if key not in _NOT_THE_PROMPT}
    return {
        "model": text_or_none(adapter.get("model")),
        "task": _task_of(spec.get("name")),
        "dataset": _dataset_of(content),
        "harness": "helm",
        "prompt_hash": content_hash(prompt) if adapter else None,
    }


def _task_of(name: object) -> str | None:
    """Return the name of a run without its model, so that it is the same in both arms."""
    if not isinstance(name, str):
        return None
    scenario, _, arguments = name.partition(":")
    kept = [one for one in arguments.split(",") if one and not one.startswith(_OF_A_MODEL)]
    return f"{scenario}:{','.join(kept)}" if kept else scenario


def _dataset_of(content: Content) -> str | None:
    data = content.beside("scenario.json")
    if data is None:
        return None
    scenario = parse_document(data, _beside(content, "scenario.json"), allow_nan=True)
    return text_or_none(object_of(scenario).get("name"))
