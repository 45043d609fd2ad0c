"""The decision table, design by design: what `auto` takes, and what may be asked for by name."""

from itertools import product

import pytest

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.gate.choose import (
    TABLE,
    Arms,
    Case,
    Design,
    Family,
    Method,
    Unit,
    choose,
    describe,
)


DESIGNS = [
    Design(family=family, is_binary=binary, unit=unit, arms=arms, is_clustered=clustered, case=case)
    for family, binary, unit, arms, clustered, case in product(
        Family, (False, True), Unit, Arms, (False, True), Case
    )
]
AVERAGED = (
    "mean, geometric mean, ratio of sums, precision or recall, interquartile mean, AUROC, "
    "average precision, F1, macro F1"
)
RESAMPLED = "ratio of sums, precision or recall, average precision, F1, macro F1"
FEW = "few units or few that differ, and no margin"
DISCRETE = "a margin, few differences that differ, and a declared range"

# What is estimated; values; arms; units; case; method. The special stand before the general.
BY_ITSELF = [
    ("quantile", "any", "one", "item", "", "order_statistic"),
    ("quantile", "any", "paired or unpaired", "item", "", "quantile_difference"),
    ("mean over these tasks, interquartile mean over tasks", "any", "any", "item or run", "",
     "fixed_tasks"),
    ("mean over tasks like these", "any", "any", "item or run", "", "random_tasks"),
    (f"{AVERAGED}, mean over these tasks", "any", "any", "crossed", "", "crossed"),
    (f"{AVERAGED}, mean over these tasks, win rate, mean rectified by gold labels", "any", "any",
     "clusters of item or run", "", "cluster_robust"),
    ("mean rectified by gold labels", "any", "any", "item", "", "ppi"),
    ("mean adjusted for a covariate", "any", "unpaired", "item or run", "", "ancova"),
    ("rate of counts", "any", "one or unpaired", "item or run", "", "poisson_rates"),
    ("spread", "any", "unpaired", "item or run", "", "brown_forsythe"),
    ("AUROC, average precision", "any", "paired", "item", "a margin", "tilted_score"),
    ("precision or recall, F1, macro F1", "any", "paired", "item", "", "tilted_score"),
    ("AUROC", "any", "any", "item", "", "delong"),
    ("F1", "any", "one", "item", "", "jaccard_binomial"),
    ("win rate", "any", "one", "item or run", "", "mcnemar_tango"),
    ("win rate", "any", "unpaired", "item or run", "", "brunner_munzel"),
    ("mean", "binary", "one", "item or run", "", "exact_binomial"),
    ("mean", "binary", "paired", "item or run", "", "mcnemar_tango"),
    ("mean", "binary", "unpaired", "item or run", "", "boschloo_miettinen_nurminen"),
    ("mean, geometric mean", "others", "paired", "item", FEW, "sign_flip"),
    ("mean, geometric mean", "others", "unpaired", "item", FEW, "permutation"),
    ("mean", "others", "paired", "item", DISCRETE, "rounded_tango"),
    (AVERAGED, "others", "one", "item or run", "", "one_sample_t"),
    (AVERAGED, "others", "paired", "item or run", "", "paired_t"),
    (AVERAGED, "others", "unpaired", "item or run", "", "welch_t"),
]  # fmt: skip
BY_NAME = [
    ("quantile", "any", "unpaired", "item", "", "price_bonett"),
    ("mean", "binary", "paired", "item or run", "", "mcnemar_midp"),
    ("mean", "binary", "paired", "item or run", "", "bonett_price"),
    ("mean rectified by gold labels", "binary", "one or unpaired", "item", "", "rogan_gladen"),
    ("mean, geometric mean", "any", "paired", "clusters of item or run", "", "cluster_sign_flip"),
    ("mean, geometric mean", "any", "any", "crossed", "", "mixed_model"),
    ("mean, geometric mean", "others", "unpaired", "item or run", "", "permutation"),
    (RESAMPLED, "any", "paired", "item", "", "swap"),
    ("quantile", "others", "unpaired", "item", "", "mann_whitney"),
    ("quantile", "others", "paired", "item", "", "signed_rank"),
    ("mean", "others", "any", "item", "", "bootstrap_t"),
    (f"mean, {RESAMPLED}", "others", "any", "item", "", "bca_bootstrap"),
]  # fmt: skip


def is_for(row: tuple[str, str, str, str, str, str], design: Design) -> bool:
    families, values, arms, units, case, _ = row
    return (
        str(design.family) in families.split(", ")
        and values in {"any", "binary" if design.is_binary else "others"}
        and (arms == "any" or str(design.arms) in arms.split(" or "))
        and units.startswith("clusters of ") == design.is_clustered
        and str(design.unit) in units.removeprefix("clusters of ").split(" or ")
        and case in {"", str(design.case)}
    )


def expected(design: Design) -> list[str]:
    return [row[-1] for row in (*BY_ITSELF, *BY_NAME) if is_for(row, design)]


def words(design: Design) -> str:
    return f"{describe(design)}, {design.case}"


def test_a_design_is_given_the_methods_that_are_honest_for_it() -> None:
    for design in DESIGNS:
        given = {str(row.method) for row in TABLE if row.fits(design)}
        assert given == set(expected(design)), words(design)


def test_auto_takes_the_special_method_before_the_general_one() -> None:
    for design in DESIGNS:
        methods = [row[-1] for row in BY_ITSELF if is_for(row, design)]
        if methods:
            assert str(choose(design, "auto")) == methods[0], words(design)


def test_a_design_without_an_honest_method_is_refused_whatever_is_asked_for() -> None:
    refused = [design for design in DESIGNS if not expected(design)]
    assert refused
    for design in refused[::7]:
        for asked in ("auto", "paired_t"):
            with pytest.raises(UndefinedTestError, match="no method for "):
                choose(design, asked)


def test_a_method_is_given_by_name_where_it_is_honest_and_nowhere_else() -> None:
    for design in DESIGNS[::11]:
        allowed = expected(design)
        for method in Method if allowed else ():
            if str(method) in allowed:
                assert choose(design, str(method)) is method
            else:
                with pytest.raises(UndefinedTestError, match=f"'{method}' is not for"):
                    choose(design, str(method))


def test_methods_are_called_as_gate_files_call_them() -> None:
    named = {row[-1] for row in (*BY_ITSELF, *BY_NAME)}
    assert {str(method) for method in Method} == named
    for method in Method:
        assert str(method) == method.name.lower()


@pytest.mark.parametrize(
    ("family", "values", "unit", "arms", "rows", "text"),
    [
        (Family.MEAN, "binary", Unit.ITEM, Arms.PAIRED, "plain",
         "mean of binary values, paired arms, items"),
        (Family.GEOMEAN, "others", Unit.RUN, Arms.UNPAIRED, "plain",
         "geometric mean, unpaired arms, runs"),
        (Family.QUANTILE, "others", Unit.CROSSED, Arms.ONE, "clusters",
         "quantile, one arm, runs x items, clusters"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_design(
    family: Family,
    values: str,
    unit: Unit,
    arms: Arms,
    rows: str,
    text: str,
) -> None:
    design = Design(
        family=family,
        is_binary=values == "binary",
        unit=unit,
        arms=arms,
        is_clustered=rows == "clusters",
        case=Case.ANY,
    )
    assert describe(design) == text
