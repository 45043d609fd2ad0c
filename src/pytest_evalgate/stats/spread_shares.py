"""Where the spread comes from: seeds, examples or repeats; and what more of each would buy."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import open_level, whole_number
from pytest_evalgate.stats.moments import centred, finite_cells, magnitude, unit_of
from pytest_evalgate.stats.power import z_sum


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossedShares:
    """The squared standard error of a mean over runs and units, by what it comes from.

    Each share is of var_run / runs + var_unit / units + var_residual / (runs units), so they sum
    to 1. ``gain_*``: the factor on the standard error if that number alone were doubled, in
    [1 / sqrt 2, 1]; the smaller one says what to buy.
    """

    run: float
    unit: float
    residual: float
    standard_error: float
    gain_runs: float
    gain_units: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochShares:
    """Repeated answers to the same questions: the mean, and where its spread comes from.

    Args:
        estimate: Mean of all answers.
        standard_error: Of the mean, sd of the question means / sqrt(questions).
        var_within: Mean variance of the answers to one question.
        var_between: Variance of the questions' true means, 0.0 where the estimate is negative.
        share_within: Part of the squared standard error that more epochs would take away.
    """

    estimate: float
    standard_error: float
    var_within: float
    var_between: float
    share_within: float

    @property
    def icc(self) -> float:
        """Correlation of two answers to one question: var_between over all variance."""
        total = self.var_within + self.var_between
        return self.var_between / total if total > 0.0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSpread:
    """Variances that Miller's planning formulas need, of the difference of two models.

    Args:
        between: Variance of the paired question-level differences (omega^2).
        within_candidate: Variance of the candidate's answers to one question.
        within_baseline: The same of the baseline.
        epochs_candidate: Answers a question, >= 1.
        epochs_baseline: The same of the baseline.
    """

    between: float
    within_candidate: float
    within_baseline: float
    epochs_candidate: float = 1.0
    epochs_baseline: float = 1.0

    def __post_init__(self) -> None:
        variances = (self.between, self.within_candidate, self.within_baseline)
        if not all(0.0 <= variance < math.inf for variance in variances):
            raise UndefinedTestError(f"variances must be finite and at least 0, got {variances}")
        if not min(self.epochs_candidate, self.epochs_baseline) >= 1.0:
            raise UndefinedTestError("a question needs at least 1 answer of each model")

    @property
    def variance(self) -> float:
        """Variance of one question's observed difference."""
        return (
            self.between
            + self.within_candidate / self.epochs_candidate
            + self.within_baseline / self.epochs_baseline
        )


def crossed_shares(
    var_run: float, var_unit: float, var_residual: float, *, runs: int, units: int
) -> CrossedShares:
    """Split the standard error of a crossed design; variances as in ``crossed.Crossed``.

    Raises:
        UndefinedTestError: A variance is negative or not finite, all are 0, or no run or unit.

    Source:
        Cornfield and Tukey (1956), Ann Math Stat 27(4), 907-949.
    """
    variances = (var_run, var_unit, var_residual)
    if not all(0.0 <= variance < math.inf for variance in variances) or not any(variances):
        raise UndefinedTestError(
            f"variances must be finite, at least 0 and not all 0, got {variances}"
        )
    r = whole_number(runs, "the number of runs", low=1)
    u = whole_number(units, "the number of units", low=1)
    size = max(variances)
    run, unit, rest = var_run / size / r, var_unit / size / u, var_residual / size / r / u
    total = run + unit + rest
    return CrossedShares(
        run=run / total,
        unit=unit / total,
        residual=rest / total,
        standard_error=math.sqrt(total) * math.sqrt(size),
        gain_runs=math.sqrt((run / 2.0 + unit + rest / 2.0) / total),
        gain_units=math.sqrt((run + unit / 2.0 + rest / 2.0) / total),
    )


def epoch_shares(scores: ArrayLike) -> EpochShares:
    """Judge where the spread of repeated answers comes from: questions, or repeats.

    Args:
        scores: Shape (questions, epochs), at least 2 questions and 1 epoch; with one epoch the
            spread within questions is not seen and counts as 0.

    Raises:
        UndefinedTestError: Fewer than 2 questions, or values not finite or above 1e150.

    Source:
        Miller (2024), arXiv 2411.00640, section 3.
    """
    cells = finite_cells(scores, what="scores")
    questions, epochs = cells.shape
    if questions < 2 or epochs < 1:
        raise UndefinedTestError(
            f"shares of the spread need at least 2 questions, got {questions} of {epochs} epochs"
        )
    unit = unit_of(magnitude(cells))
    parts = centred(cells, unit=unit)
    residuals = parts.residuals.reshape(cells.shape)
    of_means = float(residuals.mean(axis=1).var(ddof=1))
    within = float(residuals.var(axis=1, ddof=1).mean()) if epochs > 1 else 0.0
    noise = within / epochs
    return EpochShares(
        estimate=(parts.first + parts.offset) * unit,
        standard_error=math.sqrt(of_means / questions) * unit,
        var_within=within * unit**2,
        var_between=max(0.0, of_means - noise) * unit**2,
        share_within=min(1.0, noise / of_means) if of_means > 0.0 else 0.0,
    )


def questions_needed(
    distance: float, spread: QuestionSpread, *, alpha: float, power: float
) -> float:
    """Questions at which a one-sided test shows an effect ``distance`` from its limit.

    n = (z_{1-alpha} + z_power)^2 variance / distance^2, not rounded. Give alpha / 2 for a
    two-sided test.

    Raises:
        UndefinedTestError: ``distance`` is 0 or not finite, or a level outside (0, 1).

    Source:
        Miller (2024), section 5.
    """
    if not 0.0 < abs(distance) < math.inf:
        raise UndefinedTestError(f"a distance from the limit must not be 0, got {distance:g}")
    root = _z(alpha, power) / abs(distance)
    return float(np.float64(root) * root * spread.variance)


def questions_mde(n: float, spread: QuestionSpread, *, alpha: float, power: float) -> float:
    """Effect that n questions show with the power asked for, one-sided at ``alpha``.

    Raises:
        UndefinedTestError: n is not above 0, or a level outside (0, 1).

    Source:
        Miller (2024), section 5.
    """
    if not 0.0 < n < math.inf:
        raise UndefinedTestError(f"the number of questions must be above 0, got {n:g}")
    return _z(alpha, power) * math.sqrt(spread.variance / n)


def _z(alpha: float, power: float) -> float:
    return z_sum(open_level(alpha), open_level(power))
