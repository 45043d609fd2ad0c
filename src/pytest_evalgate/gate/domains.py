"""Where a method is honest: outside its measured domain a rule is invalid, never footnoted.

The numbers are those at which simulated false promotion at the limit exceeds 1.5 alpha
(invalid) or 1.2 alpha (a warning); see docs/statistics.md.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.gate.choose import Family, Method, Unit
from pytest_evalgate.gate.data import Data
from pytest_evalgate.spec.model import Kind
from pytest_evalgate.stats.crossed import crossed_mean
from pytest_evalgate.stats.shape import informative_units, skewness


MIN_ITEMS = 30  # per-item means: below, a t test with a margin promoted up to 76 % at the limit
MIN_ITEMS_CROSSED = 20
MIN_RUNS = 3
FEW_RUNS = 5
MIN_INFORMATIVE = 20  # units whose difference is not the most common one
SKEWNESS_FACTOR = 25.0  # n >= 25 * g1**2
SKEWED_RUN_RATIO = 2.0  # of unpaired arms: beyond, skewness is held to the rule of items
MAX_CROSSED_RUN_RATIO = 5 / 3  # beyond: 5 v 10 promotes skewed cells .078, 3 v 10 .121
MIN_RUNS_TO_SEE_SKEWNESS = 8
MAX_RUN_SPREAD = 0.4  # standard deviation between runs of one arm's 0/1 cells, in logits
MAX_SKEWNESS_ONE_ARM = 1.0
MIN_CLUSTERS = 5
FEW_CLUSTERS = 10
MIN_CLUSTERS_OF_SHARES = 10  # of one arm against a limit
MIN_DISCORDANT_CLUSTERS = 20
MIN_DF = 3.0  # of clusters: fewer, and one of them decides
FEW_DF = 5.0
NOISE = 1e-9  # of the largest value: less is rounding, not measurement
MAX_UNSEEN = 0.075  # probability at which a rare loss that would break a margin goes unseen


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainQuestion:
    """What a domain depends on besides the data."""

    method: Method
    family: Family
    unit: Unit
    has_margin: bool
    kind: Kind
    margin_share: float | None  # the margin over the width of the range, where both are known
    ratio: float  # candidate - ratio * baseline is what is tested: 1 for a difference
    is_joint: bool = False  # judged by flips of whole units, exactly, where there is no margin


def arrays_compared(data: Data, *, ratio: float) -> list[NDArray[np.float64]]:
    """Return what a t-type test averages: the differences of pairs, or each arm by itself."""
    if data.baseline is None:
        return [data.candidate]
    if data.is_paired:
        return [data.candidate - ratio * data.baseline]
    return [data.candidate, data.baseline]


def check_domain(question: DomainQuestion, data: Data, raw: Data) -> tuple[str, ...]:
    """Check that a method is honest for these data; return warnings for where it is nearly not.

    Raises:
        UndefinedTestError: it is not; says what was found and what is needed.
    """
    if question.family is Family.GEOMEAN:
        data = data.logs()
    if question.kind is not Kind.BINARY:
        _check_noise(data)
    arrays = arrays_compared(data, ratio=question.ratio)
    match question.method:
        case Method.CLUSTER_ROBUST:
            return _clusters(question, data, arrays)
        case Method.CROSSED:
            return _crossed(question, data, arrays)
        case Method.SIGN_FLIP | Method.ROUNDED_TANGO | Method.ORDER_STATISTIC:
            _check_spread(arrays[0])
            return ()
        case Method.ONE_SAMPLE_T | Method.PAIRED_T | Method.WELCH_T:
            return _t(question, data, arrays)
        case _:
            return ()


def _t(question: DomainQuestion, data: Data, arrays: list[NDArray[np.float64]]) -> tuple[str, ...]:
    if question.unit is Unit.RUN:
        return _runs(question, arrays)
    smallest = min(array.size for array in arrays)
    if smallest < MIN_ITEMS:
        raise UndefinedTestError(
            f"{smallest} units; a mean of single items is judged from {MIN_ITEMS} units on",
            hint=f"evaluate at least {MIN_ITEMS} units, or retrain and compare runs",
        )
    _check_skewness(question, arrays, smallest, "units")
    _check_informative(question, data, arrays[0])
    return _unseen_losses(question, smallest)


def _unseen_losses(question: DomainQuestion, n: int) -> tuple[str, ...]:
    """Warn where so few units could miss a rare loss of the whole range that breaks the margin."""
    share = question.margin_share
    if share is None or not 0 < share < 1 or (1 - share) ** n <= MAX_UNSEEN:
        return ()
    missed = (1 - share) ** n
    words = f"{n} units miss a total loss in {share:.1%} of all units with probability {missed:.2f}"
    return (words,)


def _check_spread(values: NDArray[np.float64]) -> None:
    """Refuse units that are all the same: copies or a shift, not evidence.

    The exact methods would give such data the smallest p there is.
    """
    if values.size > 1 and informative_units(values) == 0:
        raise UndefinedTestError(
            f"all {values.size} units give exactly {values[0]:g}: no spread to judge by",
            hint="look for copied or shifted values; measured scores vary",
        )


def _check_noise(data: Data) -> None:
    """Refuse pairs whose differences are rounding noise: one arm is a copy of the other."""
    if data.baseline is None or not data.is_paired:
        return
    differences = data.candidate - data.baseline
    size = max(float(np.abs(data.candidate).max()), float(np.abs(data.baseline).max()))
    spread = float(np.ptp(differences))
    if 0 < spread <= NOISE * size:
        raise UndefinedTestError(
            f"differences spread over {spread:.2g} around values of {size:.2g}: rounding noise",
            hint="look for copied values; measured scores vary",
        )


def _check_skewness(
    question: DomainQuestion, arrays: list[NDArray[np.float64]], n: int, units: str
) -> None:
    largest = max(abs(skewness(array)) for array in arrays)
    needed = SKEWNESS_FACTOR * largest**2
    if n < needed:
        hint = "declare `statistic: geomean`, or gate a quantile"
        if question.family is Family.GEOMEAN:
            hint = "gate a quantile, or gather more"
        raise UndefinedTestError(
            f"skewness {largest:.2g} with {n} {units}: the mean of values this skewed is judged "
            f"from {int(np.ceil(needed))} {units} on",
            hint=hint,
        )


def _check_informative(
    question: DomainQuestion, data: Data, differences: NDArray[np.float64]
) -> None:
    """Refuse a margin on paired differences of which nearly all are the same."""
    if not (question.has_margin and data.is_paired):
        return
    informative = informative_units(differences)
    if informative < MIN_INFORMATIVE:
        raise UndefinedTestError(
            f"only {informative} units have another difference than the most common one; a margin "
            f"on nearly discrete differences is judged from {MIN_INFORMATIVE} on",
            hint="declare the metric's `range:` so that an exact method can judge, or gather more",
        )


def _runs(question: DomainQuestion, arrays: list[NDArray[np.float64]]) -> tuple[str, ...]:
    sizes = [array.size for array in arrays]
    smallest = min(sizes)
    if smallest < MIN_RUNS:
        raise UndefinedTestError(
            f"{smallest} runs; a mean over runs is judged from {MIN_RUNS} runs on"
        )
    if smallest >= MIN_ITEMS or max(sizes) > SKEWED_RUN_RATIO * smallest:
        _check_skewness(question, arrays, smallest, "runs")
    skewed = [warning for array in arrays for warning in _skewed_runs(array)]
    return (*_few(smallest, "runs", FEW_RUNS), *skewed)


def _skewed_runs(runs: NDArray[np.float64]) -> tuple[str, ...]:
    """Warn of runs that are visibly not near normal: skewness beyond two of its standard errors."""
    found = abs(skewness(runs))
    if runs.size < MIN_RUNS_TO_SEE_SKEWNESS or found <= 2 * math.sqrt(6 / runs.size):
        return ()
    return (f"skewness {found:.2g} of {runs.size} runs: they are not near normal",)


def _clusters(
    question: DomainQuestion, data: Data, arrays: list[NDArray[np.float64]]
) -> tuple[str, ...]:
    labels = [data.candidate_clusters]
    if len(arrays) > 1:
        labels.append(data.baseline_clusters)
    means = [
        cluster_means(array, clusters)
        for array, clusters in zip(arrays, labels, strict=True)
        if clusters is not None
    ]
    smallest = min(mean.size for mean in means)
    if smallest < MIN_CLUSTERS:
        raise UndefinedTestError(
            f"{smallest} clusters; clustered data are judged from {MIN_CLUSTERS} clusters on",
            hint="gather more clusters: more rows of the same ones do not help",
        )
    is_share_alone = question.kind is Kind.BOUNDED and data.baseline is None
    if is_share_alone and smallest < MIN_CLUSTERS_OF_SHARES:
        raise UndefinedTestError(
            f"{smallest} clusters; bounded values of one arm are judged from "
            f"{MIN_CLUSTERS_OF_SHARES} clusters on"
        )
    discordant = min(informative_units(mean) for mean in means)
    if (question.kind is Kind.BINARY) and discordant < MIN_DISCORDANT_CLUSTERS:
        raise UndefinedTestError(
            f"only {discordant} clusters hold a discordance; "
            f"{MIN_DISCORDANT_CLUSTERS} are needed for binary values",
            hint="gather more clusters: more rows of the same ones do not help",
        )
    if smallest >= MIN_ITEMS:
        _check_informative(question, data, means[0])
    _check_skewness(question, means, max(smallest, MIN_ITEMS), "clusters")
    return _few(smallest, "clusters", FEW_CLUSTERS)


def cluster_means(values: NDArray[np.float64], clusters: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the mean of each cluster, shape (clusters,)."""
    _, index = np.unique(np.asarray(clusters), return_inverse=True)
    return np.asarray(np.bincount(index, weights=values) / np.bincount(index), dtype=np.float64)


def _crossed(
    question: DomainQuestion, data: Data, arrays: list[NDArray[np.float64]]
) -> tuple[str, ...]:
    cells = [one for one in (data.candidate_cells, data.baseline_cells) if one is not None]
    runs = [one.shape[0] for one in cells]
    if min(runs) < MIN_RUNS:
        raise UndefinedTestError(
            f"{min(runs)} runs; a claim about the recipe is judged from {MIN_RUNS} runs on",
            hint="train more seeds, or leave `run` out and judge this one model",
        )
    n = arrays[0].size
    needed = MIN_ITEMS if question.has_margin else MIN_ITEMS_CROSSED
    if n < needed:
        raise UndefinedTestError(f"{n} units in every run; {needed} are needed")
    warnings = _few(min(runs), "runs", FEW_RUNS)
    _check_run_ratio(runs)
    if data.baseline is None:
        warnings += _one_crossed_arm(question, cells[0], arrays[0])
    _check_skewness(question, arrays, n, "units")
    _check_informative(question, data, arrays[0])
    return warnings


def _few(n: int, what: str, enough: int) -> tuple[str, ...]:
    return (f"only {n} {what}: that they are near normal cannot be seen",) if n < enough else ()


def _check_run_ratio(runs: list[int]) -> None:
    """Refuse arms with very unequal numbers of runs: skewness no longer cancels."""
    if max(runs) > MAX_CROSSED_RUN_RATIO * min(runs):
        raise UndefinedTestError(
            f"{max(runs)} runs against {min(runs)}: at most 5 to 3 can be judged",
            hint="add runs to the smaller arm",
        )


def _one_crossed_arm(
    question: DomainQuestion, cells: NDArray[np.float64], units: NDArray[np.float64]
) -> tuple[str, ...]:
    """Refuse one arm against a fixed limit where its skewness would promote it."""
    if question.kind is not Kind.BINARY:
        largest = abs(skewness(units))
        if largest > MAX_SKEWNESS_ONE_ARM:
            raise UndefinedTestError(
                f"skewness {largest:.2g} of the units: a mean over runs is held against a fixed "
                f"limit only up to {MAX_SKEWNESS_ONE_ARM:g}",
                hint="compare with a baseline, or judge one model without `run`",
            )
        return ()
    share = float(units.mean())
    if not 0.0 < share < 1.0:
        return ()  # undefined anyway, and said so there
    spread = math.sqrt(crossed_mean(cells).var_run) / (share * (1.0 - share))
    if spread > MAX_RUN_SPREAD:
        raise UndefinedTestError(
            f"runs differ too much for a share against a fixed limit: their standard deviation "
            f"is {spread:.2g} logits, at most {MAX_RUN_SPREAD:g} can be judged",
            hint="compare with a baseline, or steady the recipe",
        )
    if spread > 0.7 * MAX_RUN_SPREAD:
        return (f"runs differ by a standard deviation of {spread:.2g} logits",)
    return ()


def check_df(method: Method, df: float | None) -> tuple[str, ...]:
    """Check that no single cluster decides; return warnings where few do.

    Raises:
        UndefinedTestError: the degrees of freedom are those of a handful of clusters.
    """
    if method is not Method.CLUSTER_ROBUST or df is None or df >= FEW_DF:
        return ()
    if df < MIN_DF:
        raise UndefinedTestError(
            f"{df:.1f} degrees of freedom: a few large clusters decide, {MIN_DF:g} are needed",
            hint="gather more clusters of like size",
        )
    return (f"only {df:.1f} degrees of freedom: a few large clusters weigh most",)
