"""Random data for every method: one entry of ``VARIANTS`` a method, each a design or more."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.evidence import Bounds, Counts
from pytest_evalgate.gate.ask import Ask
from pytest_evalgate.gate.choose import Family, Method
from pytest_evalgate.gate.data import Data
from pytest_evalgate.stats.auroc import auroc_pseudo_values
from pytest_evalgate.stats.confusion import f1_pseudo_values


Array = NDArray[np.float64]
Rng = np.random.Generator


class Mirror(Enum):
    """What turns "greater" into "less"."""

    SWAP = auto()  # the arms change places: the limit is negated
    SWAP_RATIO = auto()  # the arms change places: the limit is inverted
    SWAP_CHANCE = auto()  # the arms change places: the limit is taken from 1
    NEGATE = auto()  # one arm is negated, and so is the limit
    COMPLEMENT = auto()  # 0 and 1 change places: the limit is taken from 1
    REVERSE = auto()  # scores are negated: the limit is taken from 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One design of a method, and which laws its effect obeys."""

    name: str
    make: Callable[[Rng, int], dict[str, object]]
    family: Family = Family.MEAN
    reach: tuple[float, float] = (-np.inf, np.inf)  # between which its limits lie
    mirror: Mirror | None = None
    is_shiftable: bool = False  # adding to the candidate adds to the effect
    is_scalable: bool = False  # multiplying all values multiplies the effect
    is_discrete: bool = False  # what was seen, or a guard, counts in both p-values
    smallest: int = 4
    options: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One data set."""

    ask: Ask
    variant: Variant


DRAWS = 199
_NONE = Counts()


def make_case(method: Method, rng: Rng, size: int) -> Case:
    """Return random data of about ``size`` units for one of a method's designs."""
    variants = VARIANTS[method]
    variant = variants[int(rng.integers(len(variants)))]
    fields = variant.make(rng, max(size, variant.smallest))
    own = {name: fields.pop(name) for name in list(fields) if name in _OF_ASK}
    data = Data(**{"baseline": None, "is_paired": False, "counts": _NONE, **fields})  # type: ignore[arg-type]
    ask = Ask(
        method=method,
        data=data,
        family=variant.family,
        rule_id="r",
        bounds=Bounds(low=0.0),
        seed=int(rng.integers(1000)),
        draws=DRAWS,
        **{**(variant.options or {}), **own},  # type: ignore[arg-type]
    )
    return Case(ask=ask, variant=variant)


_OF_ASK = frozenset({"quantile", "width", "predicted_positive", "are_runs_paired"})


# --- values


def numbers(rng: Rng, n: int) -> Array:
    """Return values on a grid of 1/1024, so that shifts and scales by powers of 2 are exact."""
    kind = int(rng.integers(5))
    if kind == 0:
        values = rng.normal(size=n)
    elif kind == 1:
        values = rng.lognormal(size=n)
    elif kind == 2:
        values = rng.integers(0, 6, n).astype(np.float64)
    elif kind == 3:
        values = rng.normal(size=n)
        values[int(rng.integers(n))] += 8.0
    else:
        values = rng.random(n)
    return np.round(values * 1024) / 1024


def positive(rng: Rng, n: int) -> Array:
    return np.abs(numbers(rng, n)) + 1.0


def firm(rng: Rng, n: int) -> Array:
    """Return values so far above 0 that dividing by their mean is no question."""
    return positive(rng, n) + 32.0


def few(make: Callable[[Rng, int], dict[str, object]]) -> Callable[[Rng, int], dict[str, object]]:
    """Return so few units that every split of them is taken."""
    return lambda rng, n: make(rng, min(n, 6))


def bits(rng: Rng, n: int) -> Array:
    share = float(rng.choice([0.0, 0.1, 0.5, 0.9, 1.0], p=[0.05, 0.25, 0.4, 0.25, 0.05]))
    return (rng.random(n) < share).astype(np.float64)


def both(rng: Rng, n: int) -> Array:
    """Return labels of both classes, at least a quarter each."""
    label = np.zeros(n)
    label[: int(rng.integers(n // 4 + 1, n - n // 4))] = 1.0
    return rng.permutation(label)


def one(values: Callable[[Rng, int], Array]) -> Callable[[Rng, int], dict[str, object]]:
    return lambda rng, n: {"candidate": values(rng, n)}


def paired(values: Callable[[Rng, int], Array]) -> Callable[[Rng, int], dict[str, object]]:
    def make(rng: Rng, n: int) -> dict[str, object]:
        first, second = values(rng, n), values(rng, n)
        same = rng.random(n) < rng.choice([0.0, 0.3])
        second[same] = first[same]
        return {"candidate": first, "baseline": second, "is_paired": True}

    return make


def unpaired(values: Callable[[Rng, int], Array]) -> Callable[[Rng, int], dict[str, object]]:
    def make(rng: Rng, n: int) -> dict[str, object]:
        other = max(3, int(n * rng.choice([0.6, 1.0, 1.4])))
        return {"candidate": values(rng, n), "baseline": values(rng, other)}

    return make


def _names(rng: Rng, n: int, groups: int) -> tuple[str, ...]:
    return tuple(f"c{i}" for i in rng.permutation(np.arange(n) % groups).tolist())


def clustered(
    make: Callable[[Rng, int], dict[str, object]],
) -> Callable[[Rng, int], dict[str, object]]:
    def more(rng: Rng, n: int) -> dict[str, object]:
        fields = make(rng, 3 * n)
        groups = max(n // 2, 3)
        fields["candidate_clusters"] = _names(rng, len(fields["candidate"]), groups)  # type: ignore[arg-type]
        if fields.get("is_paired"):
            fields["baseline_clusters"] = fields["candidate_clusters"]
        elif "baseline" in fields:
            fields["baseline_clusters"] = _names(rng, len(fields["baseline"]), groups)  # type: ignore[arg-type]
        return fields

    return more


def tasks(
    make: Callable[[Rng, int], dict[str, object]],
) -> Callable[[Rng, int], dict[str, object]]:
    def more(rng: Rng, n: int) -> dict[str, object]:
        fields = make(rng, 4 * n)
        k = int(rng.integers(5, 8))
        fields["candidate_tasks"] = _names(rng, len(fields["candidate"]), k)  # type: ignore[arg-type]
        if "baseline" in fields:
            same = fields["candidate_tasks"] if fields.get("is_paired") else None
            fields["baseline_tasks"] = same or _names(rng, len(fields["baseline"]), k)  # type: ignore[arg-type]
        return fields

    return more


def _grid(rng: Rng, runs: int, n: int) -> Array:
    grid = rng.normal(size=(runs, n)) + rng.normal(size=n) + 0.3 * rng.normal(size=(runs, 1))
    return np.round(grid * 1024) / 1024


def crossed(*, arms: int, is_paired: bool = False) -> Callable[[Rng, int], dict[str, object]]:
    def make(rng: Rng, n: int) -> dict[str, object]:
        runs = int(rng.integers(3, 7))
        cells = _grid(rng, runs, n)
        fields: dict[str, object] = {"candidate": cells.mean(axis=0), "candidate_cells": cells}
        if arms == 2:
            other = _grid(rng, runs if is_paired else int(rng.integers(3, 7)), n)
            fields |= {
                "baseline": other.mean(axis=0), "baseline_cells": other, "is_paired": True,
                "are_runs_paired": is_paired,
            }  # fmt: skip
        return fields

    return make


def with_holes(*, arms: int, is_paired: bool = False) -> Callable[[Rng, int], dict[str, object]]:
    def arm(rng: Rng, runs: int, n: int) -> tuple[Array, tuple[tuple[str, ...], tuple[str, ...]]]:
        cells = _grid(rng, runs, n)
        kept = np.argwhere(rng.random(cells.shape) < 0.9)
        at = (
            tuple(f"r{run}" for run in kept[:, 0].tolist()),
            tuple(f"u{unit}" for unit in kept[:, 1].tolist()),
        )
        return cells[kept[:, 0], kept[:, 1]], at

    def make(rng: Rng, n: int) -> dict[str, object]:
        runs = int(rng.integers(3, 6))
        values, at = arm(rng, runs, n)
        fields: dict[str, object] = {"candidate": values, "candidate_at": at}
        if arms == 2:
            values, at = arm(rng, runs, n)
            fields |= {"baseline": values, "baseline_at": at, "are_runs_paired": is_paired}
        return fields

    return make


def with_extra(
    make: Callable[[Rng, int], dict[str, object]],
    name: str,
    column: Callable[[Rng, Array], Array],
    *,
    is_shared: bool = False,
) -> Callable[[Rng, int], dict[str, object]]:
    """Add a further column to the arms: one for both where it is about the unit."""

    def more(rng: Rng, n: int) -> dict[str, object]:
        fields = make(rng, n)
        candidate, baseline = fields["candidate"], fields.get("baseline")
        extra = column(rng, candidate)  # type: ignore[arg-type]
        fields["candidate_extras"] = {name: extra}
        if baseline is not None:
            other = extra if is_shared else column(rng, baseline)  # type: ignore[arg-type]
            fields["baseline_extras"] = {name: other}
        return fields

    return more


def _labels(rng: Rng, values: Array) -> Array:
    return both(rng, values.size)


def _exposure(rng: Rng, values: Array) -> Array:
    return rng.integers(1, 9, values.size).astype(np.float64)


def _covariate(rng: Rng, values: Array) -> Array:
    return np.round((0.5 * values + rng.normal(size=values.size)) * 1024) / 1024


def _gold(of_bits: bool) -> Callable[[Rng, Array], Array]:  # noqa: FBT001
    def column(rng: Rng, judge: Array) -> Array:
        n = judge.size
        if of_bits:
            gold = np.where(rng.random(n) < 0.85, judge, 1.0 - judge)
        else:
            gold = judge + np.round(rng.normal(size=n) * 1024) / 1024
        gold[n // 2 :] = np.nan
        return gold

    return column


def _pseudo(rng: Rng, n: int) -> dict[str, object]:
    """Return pseudo-values of paired areas, or of paired F1."""
    label = both(rng, 4 * n)
    if rng.random() < 0.5:
        scores = [np.round((label + rng.normal(size=label.size)) * 64) / 64 for _ in range(2)]
        arms = [auroc_pseudo_values(label, one) for one in scores]
    else:
        guesses = [np.where(rng.random(label.size) < 0.7, label, 1 - label) for _ in range(2)]
        arms = [f1_pseudo_values(label, one) for one in guesses]
    return {"candidate": arms[0], "baseline": arms[1], "is_paired": True}


def _quantile(
    make: Callable[[Rng, int], dict[str, object]], choices: tuple[float, ...]
) -> Callable[[Rng, int], dict[str, object]]:
    def more(rng: Rng, n: int) -> dict[str, object]:
        return {**make(rng, n), "quantile": float(rng.choice(choices))}

    return more


def _smooth(rng: Rng, n: int) -> Array:
    return np.round((rng.normal(size=n) + 10.0) * 1024) / 1024


def _counts(rng: Rng, n: int) -> Array:
    return rng.poisson(float(rng.choice([0.2, 3.0])), n).astype(np.float64)


def _halves(rng: Rng, n: int) -> Array:
    return rng.integers(0, 3, n) / 2.0


def _rare(rng: Rng, n: int) -> Array:
    return np.where(rng.random(n) < 0.1, rng.integers(0, 5, n) / 4.0, 0.5)


def _judged(rng: Rng, n: int) -> Array:
    return both(rng, n)


ITEMS = {"is_shiftable": True, "is_scalable": True}
UNIT = (0.0, 1.0)
RATIO = (0.0, np.inf)
M, V = Method, Variant


def _t(method_make: Callable[[Rng, int], dict[str, object]], name: str, **more: object) -> Variant:
    return Variant(name=name, make=method_make, **{**ITEMS, **more})  # type: ignore[arg-type]


VARIANTS: Mapping[Method, tuple[Variant, ...]] = {
    M.ONE_SAMPLE_T: (_t(one(numbers), "one", mirror=Mirror.NEGATE),),
    M.PAIRED_T: (
        _t(paired(numbers), "paired", mirror=Mirror.SWAP),
        V(
            name="percent", make=paired(firm), reach=RATIO, mirror=Mirror.SWAP_RATIO,
            options={"is_relative": True}, smallest=12, is_discrete=True,
        ),
        V(
            name="geomean", make=paired(positive), family=Family.GEOMEAN, reach=RATIO,
            mirror=Mirror.SWAP_RATIO,
        ),
    ),
    M.WELCH_T: (
        _t(unpaired(numbers), "unpaired", mirror=Mirror.SWAP),
        V(
            name="percent", make=unpaired(firm), reach=RATIO, mirror=Mirror.SWAP_RATIO,
            options={"is_relative": True}, smallest=12, is_discrete=True,
        ),
    ),
    M.SIGN_FLIP: (_t(paired(numbers), "paired", mirror=Mirror.SWAP, is_discrete=True),),
    M.PERMUTATION: (
        _t(few(unpaired(numbers)), "all splits", mirror=Mirror.SWAP, is_discrete=True),
        _t(unpaired(numbers), "drawn splits", mirror=Mirror.SWAP, is_discrete=True, smallest=14),
    ),
    M.ROUNDED_TANGO: (
        V(
            name="paired", make=paired(_rare), reach=(-1.0, 1.0), mirror=Mirror.SWAP,
            is_discrete=True, options={"width": 1.0}, smallest=8,
        ),
    ),
    M.ANCOVA: (
        _t(with_extra(unpaired(numbers), "covariate", _covariate), "unpaired",
           mirror=Mirror.SWAP, smallest=8),
    ),
    M.BOOTSTRAP_T: (
        _t(one(numbers), "one", mirror=Mirror.NEGATE, smallest=20, is_discrete=True),
        _t(paired(numbers), "paired", mirror=Mirror.SWAP, smallest=20, is_discrete=True),
    ),
    M.BCA_BOOTSTRAP: (
        _t(one(numbers), "one", mirror=Mirror.NEGATE, smallest=20, is_discrete=True),
        _t(paired(numbers), "paired", mirror=Mirror.SWAP, smallest=20, is_discrete=True),
        _t(unpaired(numbers), "unpaired", mirror=Mirror.SWAP, smallest=20, is_discrete=True),
        V(
            name="ratio", make=with_extra(paired(positive), "per", _exposure),
            family=Family.RATIO, mirror=Mirror.SWAP, is_scalable=True, smallest=20, is_discrete=True,
        ),
    ),
    M.MANN_WHITNEY: (_t(unpaired(numbers), "unpaired", mirror=Mirror.SWAP, is_discrete=True),),
    M.SIGNED_RANK: (_t(paired(numbers), "paired", mirror=Mirror.SWAP, is_discrete=True),),
    M.EXACT_BINOMIAL: (
        V(
            name="one", make=one(bits), reach=UNIT, mirror=Mirror.COMPLEMENT, is_discrete=True,
            smallest=1,
        ),
    ),
    M.MCNEMAR_TANGO: (
        V(
            name="paired", make=paired(bits), reach=(-1.0, 1.0), mirror=Mirror.SWAP,
            is_discrete=True, smallest=1,
        ),
        V(
            name="wins", make=one(_halves), family=Family.WIN_RATE, reach=UNIT,
            mirror=Mirror.COMPLEMENT, is_discrete=True,
        ),
    ),
    M.MCNEMAR_MIDP: (
        V(
            name="paired", make=paired(bits), reach=(-1.0, 1.0), mirror=Mirror.SWAP,
            is_discrete=True, smallest=1,
        ),
    ),
    M.BONETT_PRICE: (
        V(
            name="paired", make=paired(bits), reach=(-1.0, 1.0), mirror=Mirror.SWAP,
            is_discrete=True, smallest=1,
        ),
    ),
    M.BOSCHLOO_MIETTINEN_NURMINEN: (
        V(
            name="unpaired", make=unpaired(bits), reach=(-1.0, 1.0), mirror=Mirror.SWAP,
            is_discrete=True,
        ),
    ),
    M.POISSON_RATES: (
        V(
            name="one", make=with_extra(one(_counts), "per", _exposure), family=Family.RATE,
            reach=RATIO, is_discrete=True,
        ),
        V(
            name="ratio", make=with_extra(unpaired(_counts), "per", _exposure),
            family=Family.RATE, reach=RATIO, mirror=Mirror.SWAP_RATIO, is_discrete=True,
            options={"is_relative": True},
        ),
    ),
    M.ORDER_STATISTIC: (
        V(
            name="one", make=_quantile(one(numbers), (0.25, 0.5, 0.75, 0.9375)),
            family=Family.QUANTILE, mirror=Mirror.NEGATE, is_discrete=True, **ITEMS,
        ),
    ),
    M.QUANTILE_DIFFERENCE: (
        V(
            name="unpaired", make=_quantile(unpaired(_smooth), (0.25, 0.5, 0.75)),
            family=Family.QUANTILE, mirror=Mirror.SWAP, smallest=60, is_discrete=True, **ITEMS,
        ),
        V(
            name="paired", make=_quantile(paired(_smooth), (0.25, 0.5, 0.75)),
            family=Family.QUANTILE, mirror=Mirror.SWAP, smallest=60, is_discrete=True, **ITEMS,
        ),
        V(
            name="ratio", make=_quantile(unpaired(_smooth), (0.25, 0.5, 0.75)),
            family=Family.QUANTILE, mirror=Mirror.SWAP_RATIO, reach=RATIO, smallest=60, is_discrete=True,
            options={"is_relative": True},
        ),
    ),
    M.PRICE_BONETT: (
        V(
            name="unpaired", make=_quantile(unpaired(_smooth), (0.5,)), family=Family.QUANTILE,
            mirror=Mirror.SWAP, smallest=12, **ITEMS,
        ),
    ),
    M.CLUSTER_ROBUST: (
        _t(clustered(one(numbers)), "one", mirror=Mirror.NEGATE, smallest=8),
        _t(clustered(paired(numbers)), "paired", mirror=Mirror.SWAP, smallest=8),
        _t(clustered(unpaired(numbers)), "unpaired", mirror=Mirror.SWAP, smallest=8),
        V(
            name="share", make=clustered(one(bits)), reach=UNIT, mirror=Mirror.COMPLEMENT,
            smallest=8, options={"is_binary": True},
        ),
        V(
            name="gold", make=clustered(with_extra(one(numbers), "gold", _gold(of_bits=False))),
            family=Family.RECTIFIED, is_scalable=True, smallest=20, mirror=Mirror.NEGATE,
        ),
        V(
            name="percent", make=clustered(paired(firm)), reach=RATIO, smallest=12,
            mirror=Mirror.SWAP_RATIO, options={"is_relative": True}, is_discrete=True,
        ),
    ),
    M.CLUSTER_SIGN_FLIP: (
        _t(clustered(paired(numbers)), "paired", mirror=Mirror.SWAP, is_discrete=True),
    ),
    M.CROSSED: (
        _t(crossed(arms=1), "one", mirror=Mirror.NEGATE),
        _t(crossed(arms=2), "independent runs", mirror=Mirror.SWAP),
        _t(crossed(arms=2, is_paired=True), "paired runs", mirror=Mirror.SWAP),
    ),
    M.MIXED_MODEL: (
        _t(with_holes(arms=1), "one", mirror=Mirror.NEGATE, smallest=6),
        _t(with_holes(arms=2), "independent runs", mirror=Mirror.SWAP, smallest=6),
        _t(with_holes(arms=2, is_paired=True), "paired runs", mirror=Mirror.SWAP, smallest=6),
    ),
    M.FIXED_TASKS: (
        _t(tasks(one(numbers)), "one", family=Family.FIXED_TASKS, mirror=Mirror.NEGATE),
        _t(tasks(paired(numbers)), "paired", family=Family.FIXED_TASKS, mirror=Mirror.SWAP),
        _t(tasks(unpaired(numbers)), "unpaired", family=Family.FIXED_TASKS, mirror=Mirror.SWAP,
           smallest=8),
        _t(tasks(one(numbers)), "iqm", family=Family.IQM_TASKS, mirror=Mirror.NEGATE),
    ),
    M.RANDOM_TASKS: (
        _t(tasks(one(numbers)), "one", family=Family.RANDOM_TASKS, mirror=Mirror.NEGATE),
        _t(tasks(unpaired(numbers)), "unpaired", family=Family.RANDOM_TASKS, mirror=Mirror.SWAP,
           smallest=8),
    ),
    M.DELONG: (
        V(
            name="one", make=with_extra(one(numbers), "label", _labels), family=Family.AUROC,
            reach=UNIT, mirror=Mirror.REVERSE, smallest=30,
        ),
        V(
            name="paired", make=with_extra(paired(numbers), "label", _labels, is_shared=True),
            family=Family.AUROC, reach=(-1.0, 1.0), mirror=Mirror.SWAP, smallest=30,
        ),
        V(
            name="unpaired", make=with_extra(unpaired(numbers), "label", _labels),
            family=Family.AUROC, reach=(-1.0, 1.0), mirror=Mirror.SWAP, smallest=30,
        ),
    ),
    M.TILTED_SCORE: (
        V(
            name="paired", make=_pseudo, family=Family.AUROC, reach=(-1.0, 1.0),
            mirror=Mirror.SWAP, smallest=12,
        ),
    ),
    M.SWAP: (
        V(
            name="f1", make=with_extra(paired(_judged), "label", _labels, is_shared=True),
            family=Family.F1, reach=(-1.0, 1.0), mirror=Mirror.SWAP, is_discrete=True,
            smallest=20, options={"statistic": "f1", "width": 1.0},
        ),
        V(
            name="ratio", make=with_extra(paired(positive), "per", _exposure),
            family=Family.RATIO, mirror=Mirror.SWAP, is_discrete=True, smallest=20,
        ),
    ),
    M.JACCARD_BINOMIAL: (
        V(
            name="one", make=with_extra(one(_judged), "label", _labels), family=Family.F1,
            reach=UNIT, is_discrete=True, smallest=6,
        ),
    ),
    M.PPI: (
        V(
            name="graded", make=with_extra(one(numbers), "gold", _gold(of_bits=False)),
            family=Family.RECTIFIED, is_scalable=True, mirror=Mirror.NEGATE, smallest=20,
        ),
        V(
            name="share", make=with_extra(one(_judged), "gold", _gold(of_bits=True)),
            family=Family.RECTIFIED, reach=UNIT, mirror=Mirror.COMPLEMENT, smallest=20,
        ),
        V(
            name="paired shares", make=with_extra(paired(_judged), "gold", _gold(of_bits=True)),
            family=Family.RECTIFIED, reach=(-1.0, 1.0), mirror=Mirror.SWAP, smallest=20,
        ),
        V(
            name="unpaired", make=with_extra(unpaired(numbers), "gold", _gold(of_bits=False)),
            family=Family.RECTIFIED, mirror=Mirror.SWAP, is_scalable=True, smallest=20,
        ),
    ),
    M.ROGAN_GLADEN: (
        V(
            name="one", make=with_extra(one(_judged), "gold", _gold(of_bits=True)),
            family=Family.RECTIFIED, reach=UNIT, mirror=Mirror.COMPLEMENT, smallest=60,
        ),
    ),
    M.BRUNNER_MUNZEL: (
        V(
            name="unpaired", make=unpaired(numbers), family=Family.WIN_RATE, reach=UNIT,
            mirror=Mirror.SWAP_CHANCE, smallest=8, is_discrete=True,
        ),
    ),
    M.BROWN_FORSYTHE: (
        V(
            name="difference", make=unpaired(numbers), family=Family.SPREAD,
            mirror=Mirror.SWAP, is_scalable=True, smallest=6,
        ),
        V(
            name="ratio", make=unpaired(numbers), family=Family.SPREAD, reach=RATIO,
            mirror=Mirror.SWAP_RATIO, smallest=6, options={"is_relative": True},
        ),
    ),
}  # fmt: skip
"""Designs of every method; a test asserts that none is missing."""


# --- transformations


def mirrored(case: Case) -> tuple[Ask, Callable[[float], float]]:
    """Return the data that turn "greater" into "less", and the limit that belongs to a limit."""
    data, mirror = case.ask.data, case.variant.mirror
    match mirror:
        case Mirror.SWAP:
            return replace(case.ask, data=swapped(data)), lambda x: -x
        case Mirror.SWAP_RATIO:
            return replace(case.ask, data=swapped(data)), lambda x: 1.0 / x
        case Mirror.SWAP_CHANCE:
            return replace(case.ask, data=swapped(data)), lambda x: 1.0 - x
        case Mirror.NEGATE:
            q = case.ask.quantile
            ask = replace(case.ask, data=mapped(data, lambda v: -v, gold=True))
            return replace(ask, quantile=None if q is None else 1.0 - q), lambda x: -x
        case Mirror.COMPLEMENT:
            ask = replace(case.ask, data=mapped(data, lambda v: 1.0 - v, gold=True))
            return ask, lambda x: 1.0 - x
        case Mirror.REVERSE:
            return replace(case.ask, data=mapped(data, lambda v: -v)), lambda x: 1.0 - x
        case None:
            raise ValueError(f"{case.variant.name} has no mirror")


def swapped(data: Data) -> Data:
    """Return the same data with the arms in each other's place."""
    if data.baseline is None:
        raise ValueError("one arm only")
    return replace(
        data,
        candidate=data.baseline,
        baseline=data.candidate,
        candidate_clusters=data.baseline_clusters,
        baseline_clusters=data.candidate_clusters,
        candidate_cells=data.baseline_cells,
        baseline_cells=data.candidate_cells,
        candidate_extras=data.baseline_extras,
        baseline_extras=data.candidate_extras,
        candidate_tasks=data.baseline_tasks,
        baseline_tasks=data.candidate_tasks,
        candidate_at=data.baseline_at,
        baseline_at=data.candidate_at,
    )


def mapped(
    data: Data,
    function: Callable[[Array], Array],
    *,
    gold: bool = False,
    arms: tuple[str, ...] = ("candidate", "baseline"),
) -> Data:
    """Return the same data with a function of all values, and of gold labels too if asked."""
    changes: dict[str, object] = {}
    for arm in arms:
        for name in (arm, f"{arm}_cells"):
            if getattr(data, name) is not None:
                changes[name] = function(getattr(data, name))
        extras = getattr(data, f"{arm}_extras")
        if gold and "gold" in extras:
            changes[f"{arm}_extras"] = {**extras, "gold": function(extras["gold"])}
    return replace(data, **changes)  # type: ignore[arg-type]


def reordered(data: Data, rng: Rng) -> Data:
    """Return the same rows in another order: of both arms alike where they are paired."""
    places = rng.permutation(data.candidate.size)
    changes = _taken(data, "candidate", places)
    if data.baseline is not None:
        if not data.is_paired:
            places = rng.permutation(data.baseline.size)
        changes |= _taken(data, "baseline", places)
    return replace(data, **changes)  # type: ignore[arg-type]


def first_rows(data: Data, n: int) -> Data:
    """Return the first rows of both arms alone."""
    places = np.arange(n)
    changes = _taken(data, "candidate", places)
    if data.baseline is not None:
        changes |= _taken(data, "baseline", places)
    return replace(data, **changes)  # type: ignore[arg-type]


def _taken(data: Data, arm: str, places: NDArray[np.intp]) -> dict[str, object]:
    found: dict[str, object] = {arm: getattr(data, arm)[places]}
    cells = getattr(data, f"{arm}_cells")
    if cells is not None:
        found[f"{arm}_cells"] = cells[:, places]
    for kind in ("clusters", "tasks"):
        names = getattr(data, f"{arm}_{kind}")
        if names is not None:
            found[f"{arm}_{kind}"] = tuple(names[i] for i in places.tolist())
    at = getattr(data, f"{arm}_at")
    if at is not None:
        found[f"{arm}_at"] = tuple(tuple(part[i] for i in places.tolist()) for part in at)
    found[f"{arm}_extras"] = {
        name: column[places] for name, column in getattr(data, f"{arm}_extras").items()
    }
    return found
