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
    QUANTILE_DIFFERENCE = "quantile_difference"
    PRICE_BONETT = "price_bonett"
    EXACT_BINOMIAL = "exact_binomial"
    MCNEMAR_TANGO = "mcnemar_tango"
    MCNEMAR_MIDP = "mcnemar_midp"
    BONETT_PRICE = "bonett_price"
    BOSCHLOO_MIETTINEN_NURMINEN = "boschloo_miettinen_nurminen"
    POISSON_RATES = "poisson_rates"
    CLUSTER_ROBUST = "cluster_robust"
    CLUSTER_SIGN_FLIP = "cluster_sign_flip"
    CROSSED = "crossed"
    MIXED_MODEL = "mixed_model"
    FIXED_TASKS = "fixed_tasks"
    RANDOM_TASKS = "random_tasks"
    SIGN_FLIP = "sign_flip"
    PERMUTATION = "permutation"
    ROUNDED_TANGO = "rounded_tango"
    ONE_SAMPLE_T = "one_sample_t"
    PAIRED_T = "paired_t"
    WELCH_T = "welch_t"
    ANCOVA = "ancova"
    BCA_BOOTSTRAP = "bca_bootstrap"
    BOOTSTRAP_T = "bootstrap_t"
    MANN_WHITNEY = "mann_whitney"
    SIGNED_RANK = "signed_rank"
    BRUNNER_MUNZEL = "brunner_munzel"
    BROWN_FORSYTHE = "brown_forsythe"
    DELONG = "delong"
    TILTED_SCORE = "tilted_score"
    SWAP = "swap"
    JACCARD_BINOMIAL = "jaccard_binomial"
    PPI = "ppi"
    ROGAN_GLADEN = "rogan_gladen"


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
    GEOMEAN = "geometric mean"
    QUANTILE = "quantile"
    RATIO = "ratio of sums"
    SHARE_OF_CLASS = "precision or recall"
    RATE = "rate of counts"
    ADJUSTED = "mean adjusted for a covariate"
    FIXED_TASKS = "mean over these tasks"
    RANDOM_TASKS = "mean over tasks like these"
    IQM = "interquartile mean"
    IQM_TASKS = "interquartile mean over tasks"
    SPREAD = "spread"
    WIN_RATE = "win rate"
    AUROC = "AUROC"
    AP = "average precision"
    F1 = "F1"
    MACRO_F1 = "macro F1"
    RECTIFIED = "mean rectified by gold labels"


class Case(StrEnum):
    """What the values look like where one design has several honest methods."""

    ANY = "any"
    FEW_AT_ZERO = "few units or few that differ, and no margin"
    MARGIN = "a margin"
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
# Statistics whose units have pseudo-values: their mean is the statistic, and they are independent
# where the units are. Every design that averages can then judge them.
LINEAR = frozenset({
    Family.RATIO, Family.SHARE_OF_CLASS, Family.IQM, Family.AUROC, Family.AP, Family.F1,
    Family.MACRO_F1,
})  # fmt: skip
CONFUSED = frozenset({Family.F1, Family.MACRO_F1, Family.SHARE_OF_CLASS})
RESAMPLED = CONFUSED | {Family.RATIO, Family.AP}
AVERAGED = MEANS | LINEAR
GROUPED = AVERAGED | {Family.FIXED_TASKS, Family.RECTIFIED, Family.WIN_RATE}
FLAT = frozenset({Unit.ITEM, Unit.RUN})
ITEM = frozenset({Unit.ITEM})
BOTH = frozenset({Unit.CROSSED})
ONE, PAIRED, UNPAIRED = (frozenset({arms}) for arms in Arms)
TWO = PAIRED | UNPAIRED
ANY = frozenset(Arms)
FEW = frozenset({Case.FEW_AT_ZERO})
MARGIN = frozenset({Case.MARGIN})
DISCRETE = frozenset({Case.DISCRETE})


def _only(*families: Family) -> frozenset[Family]:
    return frozenset(families)


# method, what is estimated, binary, units, arms, clustered, and the case where there are several
TABLE: tuple[Row, ...] = (
    Row(Method.ORDER_STATISTIC, QUANTILE, None, ITEM, ONE, False),
    Row(Method.QUANTILE_DIFFERENCE, QUANTILE, None, ITEM, TWO, False),
    Row(Method.FIXED_TASKS, _only(Family.FIXED_TASKS, Family.IQM_TASKS), None, FLAT, ANY, False),
    Row(Method.RANDOM_TASKS, _only(Family.RANDOM_TASKS), None, FLAT, ANY, False),
    Row(Method.CROSSED, AVERAGED | {Family.FIXED_TASKS}, None, BOTH, ANY, False),
    Row(Method.CLUSTER_ROBUST, GROUPED, None, FLAT, ANY, True),
    Row(Method.PPI, _only(Family.RECTIFIED), None, ITEM, ANY, False),
    Row(Method.ANCOVA, _only(Family.ADJUSTED), None, FLAT, UNPAIRED, False),
    Row(Method.POISSON_RATES, _only(Family.RATE), None, FLAT, ONE | UNPAIRED, False),
    Row(Method.BROWN_FORSYTHE, _only(Family.SPREAD), None, FLAT, UNPAIRED, False),
    Row(Method.TILTED_SCORE, _only(Family.AUROC, Family.AP), None, ITEM, PAIRED, False, MARGIN),
    Row(Method.TILTED_SCORE, CONFUSED, None, ITEM, PAIRED, False),
    Row(Method.DELONG, _only(Family.AUROC), None, ITEM, ANY, False),
    Row(Method.JACCARD_BINOMIAL, _only(Family.F1), None, ITEM, ONE, False),
    Row(Method.MCNEMAR_TANGO, _only(Family.WIN_RATE), None, FLAT, ONE, False),
    Row(Method.BRUNNER_MUNZEL, _only(Family.WIN_RATE), None, FLAT, UNPAIRED, False),
    Row(Method.EXACT_BINOMIAL, MEAN, True, FLAT, ONE, False),
    Row(Method.MCNEMAR_TANGO, MEAN, True, FLAT, PAIRED, False),
    Row(Method.BOSCHLOO_MIETTINEN_NURMINEN, MEAN, True, FLAT, UNPAIRED, False),
    Row(Method.SIGN_FLIP, MEANS, False, ITEM, PAIRED, False, FEW),
    Row(Method.PERMUTATION, MEANS, False, ITEM, UNPAIRED, False, FEW),
    Row(Method.ROUNDED_TANGO, MEAN, False, ITEM, PAIRED, False, DISCRETE),
    Row(Method.ONE_SAMPLE_T, AVERAGED, False, FLAT, ONE, False),
    Row(Method.PAIRED_T, AVERAGED, False, FLAT, PAIRED, False),
    Row(Method.WELCH_T, AVERAGED, False, FLAT, UNPAIRED, False),
    # By name only: another row comes first wherever these fit.
    Row(Method.PRICE_BONETT, QUANTILE, None, ITEM, UNPAIRED, False),
    Row(Method.MCNEMAR_MIDP, MEAN, True, FLAT, PAIRED, False),
    Row(Method.BONETT_PRICE, MEAN, True, FLAT, PAIRED, False),
    Row(Method.ROGAN_GLADEN, _only(Family.RECTIFIED), True, ITEM, ONE | UNPAIRED, False),
    Row(Method.CLUSTER_SIGN_FLIP, MEANS, None, FLAT, PAIRED, True),
    Row(Method.MIXED_MODEL, MEANS, None, BOTH, ANY, False),
    Row(Method.PERMUTATION, MEANS, False, FLAT, UNPAIRED, False),
    Row(Method.SWAP, RESAMPLED, None, ITEM, PAIRED, False),
    Row(Method.MANN_WHITNEY, QUANTILE, False, ITEM, UNPAIRED, False),
    Row(Method.SIGNED_RANK, QUANTILE, False, ITEM, PAIRED, False),
    Row(Method.BOOTSTRAP_T, MEAN, False, ITEM, ANY, False),
    Row(Method.BCA_BOOTSTRAP, MEAN | RESAMPLED, False, ITEM, ANY, False),
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
        f"{design.family} of binary values" if design.is_binary else str(design.family),
        {Arms.ONE: "one arm", Arms.PAIRED: "paired arms", Arms.UNPAIRED: "unpaired arms"}[
            design.arms
        ],
        {Unit.ITEM: "items", Unit.RUN: "runs", Unit.CROSSED: "runs x items"}[design.unit],
    ]
    if design.is_clustered:
        words.append("clusters")
    return ", ".join(words)
