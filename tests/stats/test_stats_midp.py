"""McNemar's forms and the adjusted Wald interval of pairs, against R, statsmodels, enumeration."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle.compare import load
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar  # type: ignore[import-untyped]

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.bonett_price import BonettPrice, bonett_price
from pytest_evalgate.stats.midp import (
    PairedMidP,
    mcnemar_chi2,
    mcnemar_exact_two_sided,
    mcnemar_midp,
    mcnemar_midp_two_sided,
    paired_midp,
)
from pytest_evalgate.stats.pairs import paired_proportions


CASES = [case for case in load() if case["method"] == "paired_proportions"]
ALPHAS = st.sampled_from([0.001, 0.01, 0.025, 0.05, 0.1, 0.3])


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, int, int]:
    n = draw(st.integers(1, 300))
    b = draw(st.integers(0, n))
    return b, draw(st.integers(0, n - b)), n


@given(st.integers(0, 400), st.integers(0, 400))
def test_midp_is_the_exact_p_less_half_the_observed_table(b: int, c: int) -> None:
    law = stats.binom(b + c, 0.5)
    assert mcnemar_midp(b, c) == pytest.approx(law.sf(b - 1) - law.pmf(b) / 2, rel=1e-8)
    assert mcnemar_midp(b, c) + mcnemar_midp(b, c, greater=False) == pytest.approx(1.0)


@pytest.mark.parametrize("b", [0, 1, 7, 60])
def test_two_sided_midp_is_one_where_as_many_are_won_as_lost(b: int) -> None:
    assert mcnemar_midp_two_sided(b, b) == pytest.approx(1.0)
    assert mcnemar_exact_two_sided(b, b) == 1.0


@given(st.integers(0, 200), st.integers(0, 200))
@settings(deadline=None)
def test_two_sided_exact_p_is_scipy_s(b: int, c: int) -> None:
    if b + c:
        expected = stats.binomtest(b, b + c).pvalue
        assert mcnemar_exact_two_sided(b, c) == pytest.approx(expected, rel=1e-9)


@given(st.integers(0, 200), st.integers(0, 200))
def test_chi_square_is_statsmodels_where_it_is_right(b: int, c: int) -> None:
    if b == c:
        return
    for corrected in (False, True):
        expected = mcnemar([[5, b], [c, 5]], exact=False, correction=corrected)
        found = mcnemar_chi2(b, c, corrected=corrected)
        assert found.statistic == pytest.approx(expected.statistic)
        assert found.pvalue == pytest.approx(expected.pvalue, rel=1e-9, abs=1e-300)


def test_statsmodels_corrects_a_difference_of_nothing() -> None:
    """R's mcnemar.test leaves out the correction where b = c; statsmodels gives 1 / 2b."""
    assert mcnemar([[5, 2], [2, 5]], exact=False, correction=True).statistic == 0.25
    assert mcnemar_chi2(2, 2, corrected=True) == (0.0, 1.0)


def test_no_discordant_pair_has_no_chi_square() -> None:
    with pytest.raises(UndefinedTestError, match="discordant"):
        mcnemar_chi2(0, 0, corrected=False)


@given(tables(), st.floats(-1.0, 1.0), ALPHAS)
@settings(max_examples=300, deadline=None)
def test_midp_test_and_interval_are_one_procedure(
    table: tuple[int, int, int], limit: float, alpha: float
) -> None:
    paired: PairedMidP = paired_midp(*table)
    low, high = paired.interval(alpha)
    for bound in (limit, 0.0, low, high):
        for near in (bound - 1e-11, bound, bound + 1e-11):
            assert (paired.p_greater(near) < alpha) == (low > near)
            assert (paired.p_less(near) < alpha) == (high < near)


@given(tables(), st.floats(-1.0, 1.0))
def test_midp_is_never_above_the_exact_method(table: tuple[int, int, int], limit: float) -> None:
    exact, mid = paired_proportions(*table), paired_midp(*table)
    assert mid.p_greater(limit) <= exact.p_greater(limit) + 1e-12
    assert mid.p_greater(limit) >= mid.min_pvalue(limit, greater=True) - 1e-15
    assert mid.statistic(0.1) == exact.statistic(0.1)
    swapped = paired_midp(table[1], table[0], table[2])
    assert swapped.p_less(-limit) == pytest.approx(mid.p_greater(limit), rel=1e-9, abs=1e-300)


def size_of_midp(discordant: int) -> float:
    """Exact probability that mid-p rejects equal rates at .05, given the discordant pairs."""
    won = np.arange(discordant + 1)
    law = stats.binom(discordant, 0.5).pmf(won)
    rejects = np.array([mcnemar_midp(int(b), discordant - int(b)) < 0.05 for b in won])
    return float(law[rejects].sum())


def test_midp_given_ten_discordant_pairs_or_more_stays_within_one_and_a_half_levels() -> None:
    sizes_given = {discordant: size_of_midp(discordant) for discordant in range(10, 201)}
    assert max(sizes_given.values()) == pytest.approx(0.0730, abs=1e-4)
    assert max(sizes_given, key=lambda discordant: sizes_given[discordant]) == 12


@pytest.mark.parametrize("n", [50, 100, 200])
@pytest.mark.parametrize("share", [0.05, 0.1, 0.2, 0.4])
def test_midp_over_samples_of_pairs_hardly_exceeds_its_level(n: int, share: float) -> None:
    chance = stats.binom(n, share).pmf(np.arange(n + 1))
    used = range(10, n + 1)
    assert sum(chance[d] * size_of_midp(d) for d in used if chance[d] > 1e-9) <= 0.0525


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_adjusted_wald_is_the_reference_s(case: dict[str, Any]) -> None:
    alpha = (1 - case["params"]["conf_level"]) / 2
    pairs = bonett_price(*(case["input"][key] for key in ("b", "c", "n")))
    assert pairs.interval(alpha) == pytest.approx(case["expected"]["bonett_price"], rel=1e-9)
    assert pairs.estimate == pytest.approx(case["expected"]["estimate"], rel=1e-12)


def test_reference_cases_are_there() -> None:
    assert len(CASES) >= 2


@given(tables(), st.floats(-1.5, 1.5), ALPHAS)
@settings(max_examples=400)
def test_adjusted_wald_test_and_interval_are_one_procedure(
    table: tuple[int, int, int], limit: float, alpha: float
) -> None:
    pairs: BonettPrice = bonett_price(*table)
    low, high = pairs.interval(alpha)
    assert -1.0 <= low < high <= 1.0
    if abs(pairs.p_greater(limit) - alpha) > 1e-9:
        assert (pairs.p_greater(limit) < alpha) == (low > limit)
    if abs(pairs.p_less(limit) - alpha) > 1e-9:
        assert (pairs.p_less(limit) < alpha) == (high < limit)
    assert pairs.p_greater(limit) >= pairs.min_pvalue(limit, greater=True)
    swapped = bonett_price(table[1], table[0], table[2])
    assert swapped.p_less(-limit) == pairs.p_greater(limit)


def test_no_discordant_pair_still_leaves_a_width() -> None:
    low, high = bonett_price(0, 0, 200).interval(0.025)
    assert low == pytest.approx(-0.01372, abs=1e-4)
    assert high == -low


def sizes(n: int, won: float, lost: float) -> tuple[float, float]:
    """Exact probability that Bonett and Price, and Tango, promote at won - lost."""
    limit, both = won - lost, [0.0, 0.0]
    same = 1.0 - won - lost
    for b in range(n + 1):
        for c in range(n + 1 - b):
            weight = stats_law(n, b, c, (won, lost, same))
            if weight > 1e-12:
                both[0] += weight * (bonett_price(b, c, n).p_greater(limit) < 0.05)
                both[1] += weight * (paired_proportions(b, c, n).p_greater(limit) < 0.05)
    return both[0], both[1]


def stats_law(n: int, b: int, c: int, shares: tuple[float, float, float]) -> float:
    logs = math.lgamma(n + 1) - sum(math.lgamma(k + 1) for k in (b, c, n - b - c))
    for count, share in zip((b, c, n - b - c), shares, strict=True):
        if share <= 1e-15:
            if count:
                return 0.0
        else:
            logs += count * math.log(share)
    return math.exp(logs)


@pytest.mark.parametrize(("won", "lost"), [(0.05, 0.05), (0.10, 0.15), (0.2, 0.2)])
def test_adjusted_wald_at_the_limit_is_rarely_promoted(won: float, lost: float) -> None:
    assert sizes(50, won, lost)[0] <= 0.06


def test_adjusted_wald_promotes_where_tango_does_not_if_losses_are_all_there_is() -> None:
    adjusted, tango = sizes(50, 0.0, 0.05)
    assert adjusted > 0.07
    assert tango < 0.01
