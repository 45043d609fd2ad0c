"""How often resampling methods claim an effect that is not there, at the boundary."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from pytest_evalgate.stats import permutations
from pytest_evalgate.stats.bootstrap import bootstrap_mean
from pytest_evalgate.stats.bootstrap_t import bootstrap_t
from pytest_evalgate.stats.permutations import permutation
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.streams import stream


ALPHA = 0.05


def tails(one: Callable[[], Inference], truth: float, replicates: int) -> NDArray[np.float64]:
    """Share of false "greater" and of false "less"."""
    tests = [one() for _ in range(replicates)]
    found = [(t.p_greater(truth) < ALPHA, t.p_less(truth) < ALPHA) for t in tests]
    return np.asarray(np.mean(found, axis=0))


def error(rate: float, replicates: int) -> float:
    return 3.0 * math.sqrt(rate * (1.0 - rate) / replicates)


def bca_of_normal(replicates: int) -> None:
    rng = stream(1, "bca")
    found = tails(lambda: bootstrap_mean(rng.normal(size=50)), 0.0, replicates)
    assert (found <= 1.2 * ALPHA + error(ALPHA, replicates)).all()


def bca_of_lognormal(replicates: int) -> None:
    """Skewed: the claim against the long tail stays honest, the one along it does not."""
    rng = stream(1, "skew")
    found = tails(lambda: bootstrap_mean(rng.lognormal(size=30)), math.exp(0.5), replicates)
    assert found[0] <= 1.2 * ALPHA + error(ALPHA, replicates)
    assert 0.09 - error(0.1, replicates) < found[1] < 0.14 + error(0.1, replicates)


def bootstrap_t_of_lognormal(replicates: int) -> None:
    rng = stream(1, "t")
    truth = math.exp(0.125)
    found = tails(
        lambda: bootstrap_t(rng.lognormal(0.0, 0.5, 50), generator=rng, draws=499),
        truth,
        replicates,
    )
    assert (found <= 1.2 * ALPHA + error(ALPHA, replicates)).all()


def studentised_of_unequal_spread(replicates: int) -> None:
    """sd 4 (n = 5) against sd 1 (n = 20): too often even when studentised, Welch is better."""
    rng = stream(1, "perm")

    def arms() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return rng.normal(0.0, 4.0, 5), rng.normal(0.0, 1.0, 20)

    honest = tails(lambda: permutation(*arms(), generator=rng, draws=299), 0.0, replicates)
    plain = tails(
        lambda: permutation(*arms(), generator=rng, draws=299, is_studentised=False),
        0.0,
        replicates,
    )
    assert (honest <= 0.11 + error(0.11, replicates)).all()
    assert (plain > 0.17 - error(0.17, replicates)).all()
    assert (plain > honest).all()


def permutation_of_equal_laws(replicates: int) -> None:
    rng = stream(1, "exact")
    found = tails(
        lambda: permutation(rng.lognormal(size=4), rng.lognormal(size=6), generator=rng),
        0.0,
        replicates,
    )
    assert (found <= ALPHA + error(ALPHA, replicates)).all()


CALIBRATIONS = [
    pytest.param(bca_of_normal, id="bca normal"),
    pytest.param(bca_of_lognormal, id="bca lognormal"),
    pytest.param(bootstrap_t_of_lognormal, id="bootstrap-t"),
    pytest.param(studentised_of_unequal_spread, id="studentised"),
    pytest.param(permutation_of_equal_laws, id="exact permutation"),
]


@pytest.fixture(autouse=True)
def few_splits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw the 53,130 splits of 5 against 20 instead of taking all."""
    monkeypatch.setattr(permutations, "MOST_SPLITS", 1_000)


@pytest.mark.parametrize("calibrate", CALIBRATIONS)
def test_false_claims_stay_within_the_measured_bounds(calibrate: Callable[[int], None]) -> None:
    calibrate(500)


@pytest.mark.slow
@pytest.mark.parametrize("calibrate", CALIBRATIONS)
def test_false_claims_in_full(calibrate: Callable[[int], None]) -> None:
    calibrate(10_000)
