"""Random data for every method: one entry of ``VARIANTS`` a method, each a design or more."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from method_values import (
    Maker,
    Rng,
    at_quantile,
    bits,
    clustered,
    covariate,
    crossed,
    event_counts,
    exposure,
    few,
    firm,
    gold_of,
    halves,
    judged,
    labels_of,
    numbers,
    one,
    paired,
    positive,
    pseudo_values,
    rare,
    smooth,
    tasks,
    unpaired,
    with_extra,
    with_holes,
)

from pytest_evalgate.evidence import Bounds, Counts
from pytest_evalgate.gate.ask import Ask
from pytest_evalgate.gate.choose import Family, Method
from pytest_evalgate.gate.data import Data


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
    make: Maker
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


ITEMS = {"is_shiftable": True, "is_scalable": True}
UNIT = (0.0, 1.0)
RATIO = (0.0, np.inf)
M, V = Method, Variant


def _t(method_make: Maker, name: str, **more: object) -> Variant:
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
            name="paired", make=paired(rare), reach=(-1.0, 1.0), mirror=Mirror.SWAP,
            is_discrete=True, options={"width": 1.0}, smallest=8,
        ),
    ),
    M.ANCOVA: (
        _t(with_extra(unpaired(numbers), "covariate", covariate), "unpaired",
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
            name="ratio", make=with_extra(paired(positive), "per", exposure),
            family=Family.RATIO, mirror=Mirror.SWAP, is_scalable=True, smallest=20,
            is_discrete=True,
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
            name="wins", make=one(halves), family=Family.WIN_RATE, reach=UNIT,
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
            name="one", make=with_extra(one(event_counts), "per", exposure), family=Family.RATE,
            reach=RATIO, is_discrete=True,
        ),
        V(
            name="ratio", make=with_extra(unpaired(event_counts), "per", exposure),
            family=Family.RATE, reach=RATIO, mirror=Mirror.SWAP_RATIO, is_discrete=True,
            options={"is_relative": True},
        ),
    ),
    M.ORDER_STATISTIC: (
        V(
            name="one", make=at_quantile(one(numbers), (0.25, 0.5, 0.75, 0.9375)),
            family=Family.QUANTILE, mirror=Mirror.NEGATE, is_discrete=True,
            is_shiftable=True, is_scalable=True,
        ),
    ),
    M.QUANTILE_DIFFERENCE: (
        V(
            name="unpaired", make=at_quantile(unpaired(smooth), (0.25, 0.5, 0.75)),
            family=Family.QUANTILE, mirror=Mirror.SWAP, smallest=60, is_discrete=True,
            is_shiftable=True, is_scalable=True,
        ),
        V(
            name="paired", make=at_quantile(paired(smooth), (0.25, 0.5, 0.75)),
            family=Family.QUANTILE, mirror=Mirror.SWAP, smallest=60, is_discrete=True,
            is_shiftable=True, is_scalable=True,
        ),
        V(
            name="ratio", make=at_quantile(unpaired(smooth), (0.25, 0.5, 0.75)),
            family=Family.QUANTILE, mirror=Mirror.SWAP_RATIO, reach=RATIO, smallest=60,
            is_discrete=True,
            options={"is_relative": True},
        ),
    ),
    M.PRICE_BONETT: (
        V(
            name="unpaired", make=at_quantile(unpaired(smooth), (0.5,)), family=Family.QUANTILE,
            mirror=Mirror.SWAP, smallest=12, is_shiftable=True, is_scalable=True,
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
            name="gold", make=clustered(with_extra(one(numbers), "gold", gold_of(of_bits=False))),
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
            name="one", make=with_extra(one(numbers), "label", labels_of), family=Family.AUROC,
            reach=UNIT, mirror=Mirror.REVERSE, smallest=30,
        ),
        V(
            name="paired", make=with_extra(paired(numbers), "label", labels_of, is_shared=True),
            family=Family.AUROC, reach=(-1.0, 1.0), mirror=Mirror.SWAP, smallest=30,
        ),
        V(
            name="unpaired", make=with_extra(unpaired(numbers), "label", labels_of),
            family=Family.AUROC, reach=(-1.0, 1.0), mirror=Mirror.SWAP, smallest=30,
        ),
    ),
    M.TILTED_SCORE: (
        V(
            name="paired", make=pseudo_values, family=Family.AUROC, reach=(-1.0, 1.0),
            mirror=Mirror.SWAP, smallest=12,
        ),
    ),
    M.SWAP: (
        V(
            name="f1", make=with_extra(paired(judged), "label", labels_of, is_shared=True),
            family=Family.F1, reach=(-1.0, 1.0), mirror=Mirror.SWAP, is_discrete=True,
            smallest=20, options={"statistic": "f1", "width": 1.0},
        ),
        V(
            name="ratio", make=with_extra(paired(positive), "per", exposure),
            family=Family.RATIO, mirror=Mirror.SWAP, is_discrete=True, smallest=20,
        ),
    ),
    M.JACCARD_BINOMIAL: (
        V(
            name="one", make=with_extra(one(judged), "label", labels_of), family=Family.F1,
            reach=UNIT, is_discrete=True, smallest=6,
        ),
    ),
    M.PPI: (
        V(
            name="graded", make=with_extra(one(numbers), "gold", gold_of(of_bits=False)),
            family=Family.RECTIFIED, is_scalable=True, mirror=Mirror.NEGATE, smallest=20,
        ),
        V(
            name="share", make=with_extra(one(judged), "gold", gold_of(of_bits=True)),
            family=Family.RECTIFIED, reach=UNIT, mirror=Mirror.COMPLEMENT, smallest=20,
        ),
        V(
            name="paired shares", make=with_extra(paired(judged), "gold", gold_of(of_bits=True)),
            family=Family.RECTIFIED, reach=(-1.0, 1.0), mirror=Mirror.SWAP, smallest=20,
        ),
        V(
            name="unpaired", make=with_extra(unpaired(numbers), "gold", gold_of(of_bits=False)),
            family=Family.RECTIFIED, mirror=Mirror.SWAP, is_scalable=True, smallest=20,
        ),
    ),
    M.ROGAN_GLADEN: (
        V(
            name="one", make=with_extra(one(judged), "gold", gold_of(of_bits=True)),
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
