"""The decision table: metric kind x design x n -> method.

``method: auto`` is the first row that fits. A method asked for by name must be a row that fits
the same design: it cannot bring a test to data for which the test is not honest.
"""

from dataclasses import dataclass
from enum import StrEnum

from pytest_evalgate.errors import UndefinedTestError


class Method(StrEnum):
    """The methods, by the names that gate files and evidence use."""

    ORDER_STATISTIC = "order_statistic"
    EXACT_BINOMIAL = "exact_binomial"
    MCNEMAR_TANGO = "mcnemar_tango"
    BOSCHLOO_MIETTINEN_NURMINEN = "boschloo_miettinen_nurminen"
    CLUSTER_ROBUST = "cluster_robust"
    CROSSED = "crossed"
    SIGN_FLIP = "sign_flip"
    ROUNDED_TANGO = "rounded_tango"
    ONE_SAMPLE_T = "one_sample_t"
    PAIRED_T = "paired_t"
    WELCH_T = "welch_t"


class Unit(StrEnum):
    """What is independent of what."""

    ITEM = "item"  # examples, prompts, requests
    RUN = "run"  # new draws of the recipe
    CROSSED = "crossed"  # every run judged on the same items


class Arms(StrEnum):
    """How many arms a rule compares, and how."""

    ONE = "one"
    PAIRED = "paired"
    UNPAIRED = "unpaired"


class Family(StrEnum):
    """What is estimated."""

    MEAN = "mean"
    GEOMEAN = "geomean"
    QUANTILE = "quantile"


class Case(StrEnum):
    """What the values look like where one design has several honest methods."""

    ANY = "any"
    FEW_AT_ZERO = "few units or few that differ, and no margin"
    DISCRETE = "a margin, few differences that differ, and a declared range"


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What decides the method."""

    family: Family
    is_binary: bool
    unit: Unit
    arms: Arms
    is_clustered: bool
    is_relative: bool  # the limit is a percentage of the baseline
    case: Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the decision table; an empty field fits everything."""

    method: Method
    families: frozenset[Family] = frozenset(Family)
    binary: bool | None = None
    units: frozenset[Unit] = frozenset(Unit)
    arms: frozenset[Arms] = frozenset(Arms)
    clustered: bool | None = None
    cases: frozenset[Case] = frozenset(Case)

    def fits(self, design: Design) -> bool:
        """Say whether this row is for this design."""
        return (
            design.family in self.families
            and self.binary in {None, design.is_binary}
            and design.unit in self.units
            and design.arms in self.arms
            and self.clustered in {None, design.is_clustered}
            and design.case in self.cases
        )


_MEANS = frozenset({Family.MEAN, Family.GEOMEAN})
_PLAIN = frozenset({Family.MEAN})
_FLAT = frozenset({Unit.ITEM, Unit.RUN})


def _one(arm: Arms) -> frozenset[Arms]:
    return frozenset({arm})


TABLE: tuple[Row, ...] = (
    Row(
        method=Method.ORDER_STATISTIC,
        families=frozenset({Family.QUANTILE}),
        units=frozenset({Unit.ITEM}),
        arms=_one(Arms.ONE),
        clustered=False,
    ),
    Row(method=Method.CROSSED, families=_MEANS, units=frozenset({Unit.CROSSED}), clustered=False),
    Row(method=Method.CLUSTER_ROBUST, families=_MEANS, units=_FLAT, clustered=True),
    Row(
        method=Method.EXACT_BINOMIAL,
        families=_PLAIN,
        binary=True,
        units=_FLAT,
        arms=_one(Arms.ONE),
        clustered=False,
    ),
    Row(
        method=Method.MCNEMAR_TANGO,
        families=_PLAIN,
        binary=True,
        units=_FLAT,
        arms=_one(Arms.PAIRED),
        clustered=False,
    ),
    Row(
        method=Method.BOSCHLOO_MIETTINEN_NURMINEN,
        families=_PLAIN,
        binary=True,
        units=_FLAT,
        arms=_one(Arms.UNPAIRED),
        clustered=False,
    ),
    Row(
        method=Method.SIGN_FLIP,
        families=_MEANS,
        binary=False,
        units=frozenset({Unit.ITEM}),
        arms=_one(Arms.PAIRED),
        clustered=False,
        cases=frozenset({Case.FEW_AT_ZERO}),
    ),
    Row(
        method=Method.ROUNDED_TANGO,
        families=_PLAIN,
        binary=False,
        units=frozenset({Unit.ITEM}),
        arms=_one(Arms.PAIRED),
        clustered=False,
        cases=frozenset({Case.DISCRETE}),
    ),
    Row(
        method=Method.ONE_SAMPLE_T,
        families=_MEANS,
        binary=False,
        units=_FLAT,
        arms=_one(Arms.ONE),
        clustered=False,
    ),
    Row(
        method=Method.PAIRED_T,
        families=_MEANS,
        binary=False,
        units=_FLAT,
        arms=_one(Arms.PAIRED),
        clustered=False,
    ),
    Row(
        method=Method.WELCH_T,
        families=_MEANS,
        binary=False,
        units=_FLAT,
        arms=_one(Arms.UNPAIRED),
        clustered=False,
    ),
)


def choose(design: Design, asked: str) -> Method:
    """Choose the method for a design: the first row that fits, or the one asked for by name.

    Raises:
        UndefinedTestError: no method is honest for this design, or not the one asked for.
    """
    fitting = [row.method for row in TABLE if row.fits(design)]
    if not fitting:
        raise UndefinedTestError(f"no method for {describe(design)}")
    if asked == "auto":
        return fitting[0]
    if asked not in fitting:
        raise UndefinedTestError(
            f"method {asked!r} is not for {describe(design)}",
            hint=f"leave `method` out: {fitting[0]} is used",
        )
    return Method(asked)


def describe(design: Design) -> str:
    """Say in words what a design is, for messages."""
    words = [
        "binary values" if design.is_binary else f"a {design.family}",
        {Arms.ONE: "one arm", Arms.PAIRED: "paired arms", Arms.UNPAIRED: "unpaired arms"}[
            design.arms
        ],
        {Unit.ITEM: "items", Unit.RUN: "runs", Unit.CROSSED: "runs x items"}[design.unit],
    ]
    if design.is_clustered:
        words.append("clusters")
    return ", ".join(words)
