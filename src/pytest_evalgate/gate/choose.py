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
    case: Case


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the decision table: a design that fits all of its cells."""

    method: Method
    families: frozenset[Family]
    binary: bool | None  # None: either
    units: frozenset[Unit]
    arms: frozenset[Arms]
    clustered: bool
    cases: frozenset[Case] = frozenset(Case)

    def fits(self, design: Design) -> bool:
        """Say whether this row is for this design."""
        return (
            design.family in self.families
            and self.binary in {None, design.is_binary}
            and design.unit in self.units
            and design.arms in self.arms
            and self.clustered == design.is_clustered
            and design.case in self.cases
        )


MEANS = frozenset({Family.MEAN, Family.GEOMEAN})
MEAN = frozenset({Family.MEAN})
QUANTILE = frozenset({Family.QUANTILE})
FLAT = frozenset({Unit.ITEM, Unit.RUN})
ITEM = frozenset({Unit.ITEM})
BOTH = frozenset({Unit.CROSSED})
ONE, PAIRED, UNPAIRED = (frozenset({arms}) for arms in Arms)
ANY = frozenset(Arms)
FEW = frozenset({Case.FEW_AT_ZERO})
DISCRETE = frozenset({Case.DISCRETE})

# method, what is estimated, binary, units, arms, clustered, and the case where there are several
TABLE: tuple[Row, ...] = (
    Row(Method.ORDER_STATISTIC, QUANTILE, None, ITEM, ONE, False),  # noqa: FBT003
    Row(Method.CROSSED, MEANS, None, BOTH, ANY, False),  # noqa: FBT003
    Row(Method.CLUSTER_ROBUST, MEANS, None, FLAT, ANY, True),  # noqa: FBT003
    Row(Method.EXACT_BINOMIAL, MEAN, True, FLAT, ONE, False),  # noqa: FBT003
    Row(Method.MCNEMAR_TANGO, MEAN, True, FLAT, PAIRED, False),  # noqa: FBT003
    Row(Method.BOSCHLOO_MIETTINEN_NURMINEN, MEAN, True, FLAT, UNPAIRED, False),  # noqa: FBT003
    Row(Method.SIGN_FLIP, MEANS, False, ITEM, PAIRED, False, FEW),  # noqa: FBT003
    Row(Method.ROUNDED_TANGO, MEAN, False, ITEM, PAIRED, False, DISCRETE),  # noqa: FBT003
    Row(Method.ONE_SAMPLE_T, MEANS, False, FLAT, ONE, False),  # noqa: FBT003
    Row(Method.PAIRED_T, MEANS, False, FLAT, PAIRED, False),  # noqa: FBT003
    Row(Method.WELCH_T, MEANS, False, FLAT, UNPAIRED, False),  # noqa: FBT003
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
