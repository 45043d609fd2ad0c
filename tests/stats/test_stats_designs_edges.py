"""Designs where an arm, a class, a fold or a variance is missing."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.auroc import area_parts, placements
from pytest_evalgate.stats.bradley_terry import bradley_terry
from pytest_evalgate.stats.clusters import cluster_mean
from pytest_evalgate.stats.covariates import (
    Adjustment,
    ArmSums,
    adjusted_difference,
    ancova_from_joint,
    ancova_from_sums,
    covariate_slope,
)
from pytest_evalgate.stats.dunnett import dunnett
from pytest_evalgate.stats.flips import flip_law
from pytest_evalgate.stats.folds import correlated_t_from_moments
from pytest_evalgate.stats.holdout import parameter_free_ladder
from pytest_evalgate.stats.judges import ppi_clusters, ppi_from_moments, rectify
from pytest_evalgate.stats.labels import coded_classes
from pytest_evalgate.stats.lattice import common_step
from pytest_evalgate.stats.logits import Logit
from pytest_evalgate.stats.manyt import ManyT
from pytest_evalgate.stats.mixed import Cells, mixed_independent, mixed_mean
from pytest_evalgate.stats.moments import Moments
from pytest_evalgate.stats.reducers import reduce_joint
from pytest_evalgate.stats.reml import fit_at, layout
from pytest_evalgate.stats.reml_maximum import restricted_maximum
from pytest_evalgate.stats.spending import Spending, alpha_spent, group_sequential
from pytest_evalgate.stats.subsets import halves_of
from pytest_evalgate.stats.task_scores import median_of_means, probability_of_improvement


def test_an_area_with_one_unit_of_a_class_has_no_variance() -> None:
    with pytest.raises(UndefinedTestError, match="at least 2 units of each class"):
        area_parts(placements([1, 0, 0], [0.3, 0.1, 0.4]))


def test_true_and_false_are_classes_as_1_and_0_are() -> None:
    truth, predicted = [True, False, True], [True, True, False]
    coded = coded_classes(truth, predicted)
    numbers = coded_classes([1, 0, 1], [1, 1, 0])
    assert coded.truth.tolist() == numbers.truth.tolist()
    assert coded.predicted.tolist() == numbers.predicted.tolist()


@pytest.mark.parametrize("estimate", [0.0, 1.0])
def test_a_value_of_0_or_1_has_no_logit(estimate: float) -> None:
    with pytest.raises(UndefinedTestError, match=f"a value of {estimate:g} shows no spread"):
        Logit(estimate=estimate, standard_error=0.1, df=10.0)


@pytest.mark.parametrize("sizes", [(2, 1), (3, 0), (0, 9)])
def test_an_adjusted_difference_of_too_few_units_is_refused(sizes: tuple[int, int]) -> None:
    arms = [ArmSums(n=n, mean_x=0.0, mean_y=0.0, sxx=1.0, sxy=0.5, syy=1.0) for n in sizes]
    with pytest.raises(UndefinedTestError, match=f"got {sizes[0]} and {sizes[1]}"):
        ancova_from_sums(*arms)


def test_a_covariate_that_is_constant_within_the_arms_is_refused_with_a_way_out() -> None:
    y, other = [1.0, 2.0, 4.0], [2.0, 3.0, 3.0, 5.0]
    low, high = [1.0] * 3, [2.0] * 4
    sums = [
        ArmSums(n=n, mean_x=mean, mean_y=2.0, sxx=0.0, sxy=0.0, syy=1.0)
        for n, mean in ((3, 1.0), (4, 2.0))
    ]
    for judge in (
        lambda: ancova_from_sums(*sums),
        lambda: ancova_from_joint(reduce_joint(low, y), reduce_joint(high, other)),
        lambda: adjusted_difference(y, low, other, high),
        lambda: covariate_slope(y, low, other, high),
    ):
        with pytest.raises(UndefinedTestError, match="does not vary within the arms") as caught:
            judge()
        assert caught.value.hint == "drop the covariate"


@pytest.mark.parametrize("adjustment", Adjustment)
def test_a_covariate_that_is_the_metric_itself_is_refused(adjustment: Adjustment) -> None:
    x, z = np.array([1.0, 2.0, 3.0, 4.5]), np.array([2.0, 3.0, 5.0, 6.0])
    with pytest.raises(UndefinedTestError, match=r"determines every value|zero variance"):
        adjusted_difference(2 * x + 1, x, 2 * z + 1, z, adjustment=adjustment)


def test_members_of_dunnetts_family_have_no_floor() -> None:
    [member] = dunnett([1.0, 2.0, 4.0], [[2.0, 3.0, 7.0]])
    far = member.p_greater(-1e6)
    assert member.min_pvalue(0.0, greater=True) == 0.0 <= far < 1e-12


def test_one_fold_is_refused() -> None:
    with pytest.raises(UndefinedTestError, match="at least 2 folds, got 1"):
        correlated_t_from_moments(1, 0.5, 1.0, test_fraction=0.1)


def test_a_ladder_over_one_row_is_refused() -> None:
    with pytest.raises(UndefinedTestError, match="at least 2 rows, got 1"):
        parameter_free_ladder([[0.5], [0.4]])


@pytest.mark.parametrize(("gold", "rest"), [(1, 9), (9, 1)])
def test_a_judge_without_2_units_on_either_side_is_refused(gold: int, rest: int) -> None:
    with pytest.raises(UndefinedTestError, match=f"are needed, got {gold} and {rest}"):
        ppi_from_moments(Moments(gold, 0.0, 1.0), Moments(rest, 0.0, 1.0))


@pytest.mark.parametrize(("gold", "rest"), [(0.0, 1.0), (math.nan, 1.0), (1.0, -1.0)])
def test_a_judge_without_a_variance_on_gold_units_is_refused(gold: float, rest: float) -> None:
    with pytest.raises(UndefinedTestError, match="the variances must be finite, and above 0"):
        ppi_from_moments(Moments(9, 0.0, gold), Moments(9, 0.0, rest))


def test_a_judge_of_no_weight_leaves_the_clusters_of_the_gold_labels_alone() -> None:
    gold = np.array([1.0, 3.0, 2.0, 5.0, 4.0, 7.0])
    clusters = ["a", "a", "b", "b", "c", "c"]
    values = rectify(gold, gold[::-1], [2.0, 8.0, 3.0], weight=0.0)
    found = ppi_clusters(values, clusters, ["a", "d", "e"])
    known = cluster_mean(gold, clusters)
    assert found.estimate == pytest.approx(known.estimate, rel=1e-12)
    assert found.standard_error == pytest.approx(known.standard_error, rel=1e-12)


@pytest.mark.parametrize(
    "judge", [lambda: probability_of_improvement([], []), lambda: median_of_means([])]
)
def test_no_task_at_all_is_refused(judge: object) -> None:
    assert callable(judge)
    with pytest.raises(UndefinedTestError, match="needs at least 1 task, got 0"):
        judge()


def test_a_critical_value_far_below_0_is_found() -> None:
    # One t of 1 degree of freedom: P(t > c) = 0.98 at c = -15.9.
    found = ManyT(loadings=(0.0,), df=1.0).critical(0.98)
    assert found == pytest.approx(stats.t.isf(0.98, 1), rel=1e-9)


def test_a_value_off_the_lattice_is_found_behind_a_thousand_that_lie_on_it() -> None:
    on = np.arange(1100.0) % 2
    assert common_step([on], finest=1e-3) == 1.0
    assert common_step([np.append(on, math.sqrt(0.5))], finest=1e-3) is None


def test_forty_distinct_differences_in_thousands_of_copies_are_too_many_to_enumerate() -> None:
    with pytest.raises(UndefinedTestError, match="got 200000, 40 of them distinct") as caught:
        halves_of(np.arange(1.0, 41.0), np.full(40, 5000))
    assert caught.value.hint == "use a paired t test"


def test_two_flips_are_all_kept_and_what_lies_before_them_is_certain() -> None:
    law = flip_law(np.array([[1.0]]), np.array([1.0]), 0.5, rng=None, draws=1)
    assert law.raw.tolist() == [0.5]
    # Flips give -1 and 1: one of two lies above 0, none above 1, both above -2.
    assert law.pvalues_around(0, 0.0, tie=1e-9) == (0.5, 1.0)
    assert law.pvalues_around(0, 1.0, tie=1e-9) == (0.0, 0.5)
    assert law.pvalues_around(0, -2.0, tie=1e-9) == (1.0, 1.0)


def test_wins_that_differ_by_more_than_a_float_tells_do_not_settle() -> None:
    with pytest.raises(UndefinedTestError, match="did not settle: wins are too one-sided"):
        bradley_terry([[0.0, 1.0], [1e-300, 0.0]])


def _cells() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    runs, units = np.array(list(itertools.product(range(3), range(4)))).T
    return np.sin(np.arange(12.0)), runs, units


@pytest.mark.parametrize(
    "variances",
    [
        [1.0, 0.1, -5.0, -5.0, 0.1],  # runs that vary by less than nothing
        [1.0, -0.9, 0.1, 0.1, 0.1],  # cells of an arm
        [1.0, 0.1, 0.1, 0.1, -5.0],  # units
        [-1.0, 0.1, 0.1, 0.1, 0.1],
    ],
)
def test_variances_that_no_cells_can_have_are_no_fit(variances: list[float]) -> None:
    values, runs, units = _cells()
    arms = np.minimum(runs, 1)
    cells = layout(values, arms=arms, runs=runs, units=units)
    assert fit_at(cells, np.array(variances)) is None


def test_variances_that_leave_a_mean_less_than_no_information_are_no_fit() -> None:
    runs, units = np.array(list(itertools.product(range(4), range(4)))).T
    cells = layout(np.sin(np.arange(16.0)), arms=np.zeros(16, int), runs=runs, units=units)
    assert fit_at(cells, np.array([1.0, 1.26, -1.99])) is None


def test_cells_that_are_all_alike_have_no_likeliest_variances() -> None:
    _, runs, units = _cells()
    cells = layout(np.zeros(12), arms=np.zeros(12, dtype=np.intp), runs=runs, units=units)
    with pytest.raises(UndefinedTestError, match="runs and units do not differ"):
        restricted_maximum(cells)


def test_cells_that_add_up_but_for_their_last_digits_are_refused() -> None:
    noise = 1e-9 * np.random.default_rng(3).normal(size=12)
    _, runs, units = _cells()
    cells = Cells(runs + units + noise, [f"r{i}" for i in runs], [f"u{j}" for j in units])
    with pytest.raises(UndefinedTestError, match=r"residual variance vanishes|cannot tell"):
        mixed_mean(cells)


def test_a_look_too_early_to_cross_anything_has_no_boundary() -> None:
    early = next(t / 1e5 for t in range(200, 800) if alpha_spent(t / 1e5, 0.05, Spending.OBF) > 0.0)
    assert alpha_spent(early, 0.05, Spending.OBF) < 1e-300
    first, last = group_sequential([early, 1.0], 0.05, Spending.OBF)
    assert first.boundary is None
    assert last.boundary == pytest.approx(stats.norm.isf(0.05), rel=1e-6)


def _of(values: list[float], runs: str, units: str) -> Cells:
    return Cells(values, list(runs), list(units))


def test_a_variance_that_is_none_at_the_maximum_leaves_the_others_the_likeliest() -> None:
    values = [0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0]
    runs, units = (np.array(codes) for codes in ([0, 1, 2, 3], [0, 1, 2]))
    cells = layout(
        np.array(values),
        arms=np.zeros(12, dtype=np.intp),
        runs=np.repeat(runs, 3),
        units=np.tile(units, 4),
    )
    found = restricted_maximum(cells)
    best = fit_at(cells, found)
    assert found.min() == 0.0
    assert best is not None
    for place, step in itertools.product(range(found.size), (1e-3, -1e-3)):
        moved = found.copy()
        moved[place] = max(moved[place] + step, 0.0)
        beside = fit_at(cells, moved)
        assert beside is not None
        assert beside.deviance >= best.deviance - 1e-9


@pytest.mark.parametrize(
    ("values", "runs", "units", "words"),
    [
        (
            [0.0, 1.0, 0.0, 0.0, 0.0],
            "01233",
            "01001",
            "the residual variance vanishes",
        ),
        (
            [
                *(2.000053642852769, 1.9999779694142894, 3.0000000001838822),
                *(4.000011927420073, 4.999997670976306),
            ],
            "12333",
            "10012",
            "cannot tell the variances of runs, units and residual apart",
        ),
        (
            [
                *(-0.0003293428296982201, 0.9999999998374638, 1.9999999829327002),
                *(2.000000012214739, 3.0000014550380816, 3.000000000000109),
                *(4.000000000243185, 2.99999999992254, 5.000000021591697),
            ],
            "000112233",
            "012121202",
            "the mixed model did not converge",
        ),
    ],
)
def test_cells_too_few_for_a_mixed_model_are_refused(
    values: list[float], runs: str, units: str, words: str
) -> None:
    with pytest.raises(UndefinedTestError, match=words) as caught:
        mixed_mean(_of(values, runs, units))
    assert caught.value.hint is not None or words.startswith("the residual")


def test_two_arms_whose_few_cells_never_settle_are_refused_with_a_way_out() -> None:
    candidate = _of([-1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], "0001112", "1240134")
    baseline = _of([1.0, 0.0, 0.0, 0.0, 0.0], "00011", "01201")
    with pytest.raises(UndefinedTestError, match="did not converge") as caught:
        mixed_independent(candidate, baseline)
    assert "complete the missing cells" in (caught.value.hint or "")
