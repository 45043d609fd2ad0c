"""Which columns name the rows of two arms: id, run and repeat, found by name and by what fits."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from pytest_evalgate.artifacts.cells import short
from pytest_evalgate.artifacts.keys import near_matches
from pytest_evalgate.errors import SampleError
from pytest_evalgate.gate.propose_columns import Column, listed, plain
from pytest_evalgate.gate.propose_names import (
    is_cluster_name,
    is_group_name,
    is_id_name,
    is_measured_name,
    is_repeat_name,
    is_run_name,
    key_rank,
)


_MOST_COLUMNS = 10  # tried together
_MOST_IN_ID = 3
_SHARED_BY = 2  # a cluster holds at least this many units on average
_HINT = "evaluate both arms on the same examples and write an id for each row; see `id:`"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedKeys:
    """The keys of an artifact, and why each was chosen."""

    id: tuple[str, ...] = ()
    run: str | None = None
    repeat: str | None = None
    cluster: str | None = None
    maybe_clusters: tuple[str, ...] = ()
    units: int = 0  # ids, or rows of the smaller arm
    words: dict[str, str] = field(default_factory=dict)  # key -> comment
    remarks: tuple[str, ...] = ()
    is_brought: bool = False  # by the format: no line of a gate file is needed

    @property
    def is_unpaired(self) -> bool:
        """Whether nothing names the rows."""
        return not self.id and self.run is None

    @property
    def columns(self) -> frozenset[str]:
        """The columns that are keys."""
        return frozenset({*self.id, *(name for name in (self.run, self.repeat) if name)})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    ids: tuple[Column, ...]
    run: Column | None = None
    repeat: Column | None = None


def propose_keys(columns: Sequence[Column]) -> ProposedKeys:
    """Find the keys of two arms.

    Raises:
        SampleError: columns that ought to name the rows do not, or differ between the arms.
    """
    usable = sorted((one for one in columns if _is_keyable(one)), key=key_rank)
    runs = [one for one in usable if is_run_name(one.words) and _varies(one)]
    repeats = [one for one in usable if is_repeat_name(one.words) and _varies(one)]
    others = [
        one
        for one in usable
        if one not in runs
        and one not in repeats
        and _varies(one)
        and _is_same(one)
        and not is_measured_name(one.words)
    ]
    named = [one for one in others if is_id_name(one.words)]
    found = _search(named, others, runs, repeats)
    if found is None:
        _refuse_other_ids(columns)
        found = _search(others, others, runs, repeats)
    if found is not None:
        return _described(found, usable, runs)
    return _without_id(columns, runs, repeats)


def are_keys(
    columns: Sequence[Column], ids: Sequence[str], *, run: str | None, repeat: str | None
) -> bool:
    """Whether columns by these names tell all rows apart, the same units in both arms."""
    named = {one.name: one for one in columns if _is_keyable(one)}
    if not {*ids, *(name for name in (run, repeat) if name)} <= named.keys():
        return False
    found = _Found(ids=tuple(named[name] for name in ids), run=named[run] if run else None)
    if _fits(found):  # a repeat that counts to one is none
        return True
    return repeat is not None and _fits(replace(found, repeat=named[repeat]))


def _keys(column: Column) -> tuple[list[str], list[str]]:
    if isinstance(column.keys, str):
        raise SampleError(column.keys)
    return column.keys


def _is_keyable(column: Column) -> bool:
    return not isinstance(column.keys, str)


def _varies(column: Column) -> bool:
    return any(len(set(keys)) > 1 for keys in _keys(column))


def _is_same(column: Column) -> bool:
    candidate, baseline = _keys(column)
    return set(candidate) == set(baseline)


def _search(
    heads: list[Column], pool: list[Column], runs: list[Column], repeats: list[Column]
) -> _Found | None:
    """Return the smallest id that holds one of the heads and fits both arms."""
    rest = [one for one in pool if one not in heads]
    tried = [*heads, *rest][:_MOST_COLUMNS]
    # The richer design first: a mere number of rows never hides that rows belong together.
    for run in [*runs, None]:
        for repeat in [*repeats, None]:
            for ids in _combinations(tried, heads):
                found = _Found(ids=ids, run=run, repeat=repeat)
                if _is_enough(found) and _fits(found):
                    return found
    return None


def _combinations(tried: list[Column], heads: list[Column]) -> Iterator[tuple[Column, ...]]:
    for size in range(1, _MOST_IN_ID + 1):
        for ids in combinations(tried, size):
            if any(one in heads for one in ids):
                yield ids


def _is_enough(found: _Found) -> bool:
    """Whether so many keys could name so many rows; spares a closer look at long tables."""
    parts = [one for one in (*found.ids, found.run, found.repeat) if one is not None]
    return math.prod(one.distinct for one in parts) >= max(len(k) for k in _keys(found.ids[0]))


def _fits(found: _Found) -> bool:
    """Whether every row has a key of its own, each run has all ids, both arms the same ids."""
    arms = [_arm_fits(found, arm) for arm in (0, 1)]
    if not all(arms):
        return False
    candidate, baseline = (set(_ids(found, arm)) for arm in (0, 1))
    return candidate == baseline


def _ids(found: _Found, arm: int) -> list[tuple[str, ...]]:
    return list(zip(*(_keys(one)[arm] for one in found.ids), strict=True))


def _arm_fits(found: _Found, arm: int) -> bool:
    ids = _ids(found, arm)
    runs = _keys(found.run)[arm] if found.run else [""] * len(ids)
    repeats = _keys(found.repeat)[arm] if found.repeat else [""] * len(ids)
    if len(set(zip(ids, runs, repeats, strict=True))) != len(ids):
        return False
    cells = len(set(zip(ids, runs, strict=True)))
    # A run that does not hold every id, or a repeat of nothing, is some other kind of column.
    is_crossed = cells == len(set(ids)) * len(set(runs))
    is_repeated = found.repeat is None or cells < len(ids)
    return (found.run is None or is_crossed) and is_repeated


def _refuse_other_ids(columns: Sequence[Column]) -> None:
    """Refuse ids that name every row but are only partly the same in both arms."""
    for column in columns:
        if not is_id_name(column.words) or isinstance(column.keys, str):
            continue
        candidate, baseline = (set(keys) for keys in column.keys)
        is_unique = all(len(set(keys)) == len(keys) for keys in column.keys)
        if is_unique and candidate != baseline and candidate & baseline:
            raise _different(column.name, candidate, baseline)


def _different(name: str, candidate: set[str], baseline: set[str]) -> SampleError:
    only = [sorted(candidate - baseline), sorted(baseline - candidate)]
    sides = [
        f"{len(names)} only in the {arm}"
        + (f" ({listed(list(map(short, names)))})" if names else "")
        for arm, names in zip(("candidate", "baseline"), only, strict=True)
    ]
    near = near_matches(*only)
    alike = f"; {near}: write ids the same way in both arms" if near else ""
    overlap = "`contract: {overlap: 0.99}` in the gate file lets a few be missing"
    return SampleError(
        f"the arms hold different examples: {len(candidate & baseline)} values of {plain(name)} "
        f"are in both, {sides[0]}, {sides[1]}{alike}",
        hint=f"{_HINT}; {overlap}; `pair: none` is for arms that never were to share examples",
    )


def _without_id(
    columns: Sequence[Column], runs: list[Column], repeats: list[Column]
) -> ProposedKeys:
    """Take rows for runs, or for samples that nothing pairs, where that is honest."""
    problems = [words for one in columns if (words := _why_no_id(one))]
    if problems:
        raise SampleError("; ".join(problems[:3]), hint=_HINT)
    for run in runs:
        if all(len(set(keys)) == len(keys) for keys in _keys(run)):
            rows = min(len(keys) for keys in _keys(run))
            words = f"guess: a row is a new draw of the recipe; {rows} per arm"
            return ProposedKeys(run=run.name, units=rows, words={"run": words})
    if runs or repeats:
        name = plain((runs or repeats)[0].name)
        raise SampleError(
            f"rows with the same {name} belong together, and no column says which example a row is",
            hint=_HINT,
        )
    rows = min(table.n for table in columns[0].tables) if columns else 0
    return ProposedKeys(units=rows)


def _why_no_id(column: Column) -> str | None:
    if not is_id_name(column.words):
        return None
    name = plain(column.name)
    if isinstance(column.keys, str):
        return f"{name} cannot be the id: {column.keys}"
    if not _varies(column):
        return None
    candidate, baseline = (set(keys) for keys in column.keys)
    if candidate != baseline:
        return _different(column.name, candidate, baseline).message
    double = max(sum(count > 1 for count in Counter(keys).values()) for keys in column.keys)
    return (
        f"{name} cannot be the id: {double} of its {column.distinct} values stand in more than one "
        "row, and no other column tells these rows apart"
    )


def _described(found: _Found, usable: list[Column], runs: list[Column]) -> ProposedKeys:
    names = tuple(one.name for one in found.ids)
    ids = _ids(found, 0)
    units = len(set(ids))
    words = {"id": _id_words(found, units)}
    if found.run:
        counts = " and ".join(str(len(set(keys))) for keys in _keys(found.run))
        words["run"] = f"guess: a new draw of the recipe; {counts}, each with all ids"
    if found.repeat:
        most = max(Counter(ids).values())
        words["repeat"] = f"guess: the same model asked again, up to {most} rows a unit: averaged"
    keys = ProposedKeys(
        id=names,
        run=found.run.name if found.run else None,
        repeat=found.repeat.name if found.repeat else None,
        units=units,
        words=words,
    )
    return _with_clusters(keys, found, usable, runs)


def _id_words(found: _Found, units: int) -> str:
    how = "" if any(is_id_name(one.words) for one in found.ids) else " by values"
    where = " in a run" if found.run else ""
    return f"guess{how}: names the example{where}; the same {units} in both arms"


def _with_clusters(
    keys: ProposedKeys, found: _Found, usable: list[Column], runs: list[Column]
) -> ProposedKeys:
    """Add what could make units depend on one another."""
    odd = [one for one in found.ids if not is_id_name(one.words) and not is_group_name(one.words)]
    shared = [one.name for one in found.ids if is_id_name(one.words)] if odd else []
    if shared and found.run is None:
        # [question_id, turn]: two turns of one question are no two questions.
        keys.words["cluster"] = (
            f"guess: rows of one {plain(shared[0])} are not independent; "
            "take this line out where they are"
        )
        keys = replace(keys, cluster=shared[0])
    maybe = [one.name for one in usable if _may_be_cluster(one, keys, found)]
    unused = [one.name for one in runs if one.name != keys.run and not found.run]
    remarks = tuple(
        f"{plain(name)} is not used: if it marks runs, rows of one run are not independent"
        for name in unused
        if name not in keys.columns
    )
    return replace(keys, maybe_clusters=tuple(maybe[:3]), remarks=remarks)


def _may_be_cluster(column: Column, keys: ProposedKeys, found: _Found) -> bool:
    if column.name in keys.columns or not (
        is_cluster_name(column.words) or is_id_name(column.words)
    ):
        return False
    of_arm = _keys(column)[0]
    clusters = len(set(of_arm))
    constant_in_unit = len(set(zip(_ids(found, 0), of_arm, strict=True))) == keys.units
    return constant_in_unit and 1 < clusters <= keys.units // _SHARED_BY
