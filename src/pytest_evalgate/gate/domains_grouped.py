"""Where clustered and crossed designs are honest."""

import math

import numpy as np

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.gate.choose import Method
from pytest_evalgate.gate.data import Array, Data
from pytest_evalgate.gate.domain_question import (
    DomainQuestion,
    check_informative,
    check_skewness,
    few,
    require,
)
from pytest_evalgate.gate.domain_table import domain
from pytest_evalgate.spec.model import Kind
from pytest_evalgate.stats.crossed import crossed_mean
from pytest_evalgate.stats.shape import informative_units, skewness


MORE_CLUSTERS = "gather more clusters: more rows of the same ones do not help"


def clusters(question: DomainQuestion, data: Data, arrays: list[Array]) -> tuple[str, ...]:
    """Check means over clusters."""
    labels = [data.candidate_clusters]
    if len(arrays) > 1:
        labels.append(data.baseline_clusters)
    means = [
        cluster_means(array, names)
        for array, names in zip(arrays, labels, strict=True)
        if names is not None
    ]
    smallest = min(mean.size for mean in means)
    least = domain("clusters").refused
    if smallest < least:
        raise UndefinedTestError(
            f"{smallest} clusters; clustered data are judged from {least:g} clusters on",
            hint=MORE_CLUSTERS,
        )
    least = domain("clusters_of_shares").refused
    if question.kind is Kind.BOUNDED and data.baseline is None and smallest < least:
        raise UndefinedTestError(
            f"{smallest} clusters; bounded values of one arm are judged from {least:g} clusters on"
        )
    discordant = min(informative_units(mean) for mean in means)
    least = domain("discordant_clusters").refused
    if question.kind is Kind.BINARY and discordant < least:
        raise UndefinedTestError(
            f"only {discordant} clusters hold a discordance; {least:g} are needed for binary "
            "values",
            hint=MORE_CLUSTERS,
        )
    many = int(domain("units").refused)
    if smallest >= many:
        check_informative(question, data, means[0])
    check_skewness(question, means, smallest, "clusters", at_least=many)
    return few(smallest, "clusters", "clusters")


def cluster_means(values: Array, names: tuple[str, ...]) -> Array:
    """Return the mean of each cluster, shape (clusters,)."""
    _, index = np.unique(np.asarray(names), return_inverse=True)
    return np.asarray(np.bincount(index, weights=values) / np.bincount(index), dtype=np.float64)


def crossed(question: DomainQuestion, data: Data, arrays: list[Array]) -> tuple[str, ...]:
    """Check runs crossed with items."""
    cells = [one for one in (data.candidate_cells, data.baseline_cells) if one is not None]
    runs = [one.shape[0] for one in cells]
    least = domain("runs").refused
    if min(runs) < least:
        raise UndefinedTestError(
            f"{min(runs)} runs; a claim about the recipe is judged from {least:g} runs on",
            hint="train more seeds, or leave `run` out and judge this one model",
        )
    n = arrays[0].size
    needed = domain("units").refused if question.has_margin else domain("crossed_units").refused
    if n < needed:
        raise UndefinedTestError(f"{n} units in every run; {needed:g} are needed")
    warnings = few(min(runs), "runs", "runs")
    check_run_ratio(runs)
    if data.baseline is None:
        warnings += _one_crossed_arm(question, cells[0], arrays[0])
    check_skewness(question, arrays, n, "units")
    check_informative(question, data, arrays[0])
    return warnings


def with_holes(data: Data) -> tuple[str, ...]:
    """Check a mixed model of runs and items of which some cells are missing."""
    arms = [at for at in (data.candidate_at, data.baseline_at) if at is not None]
    runs = [len(set(at[0])) for at in arms]
    least = domain("runs").refused
    if min(runs) < least:
        raise UndefinedTestError(
            f"{min(runs)} runs; a claim about the recipe is judged from {least:g} runs on",
            hint="train more seeds",
        )
    check_run_ratio(runs)
    units = min(len(set(at[1])) for at in arms)
    warnings = require("crossed_units", units, "units", hint="evaluate more units in every run")
    filled = min(len(at[0]) / (len(set(at[0])) * len(set(at[1]))) for at in arms)
    warnings += require(
        "filled_cells", filled, "of the cells are there", hint="evaluate the missing ones"
    )
    return (*warnings, *few(min(runs), "runs", "runs"))


def check_run_ratio(runs: list[int]) -> None:
    """Refuse arms with very unequal numbers of runs: skewness no longer cancels."""
    if domain("crossed_run_ratio").is_refused(max(runs) / min(runs)):
        raise UndefinedTestError(
            f"{max(runs)} runs against {min(runs)}: at most 5 to 3 can be judged",
            hint="add runs to the smaller arm",
        )


def _one_crossed_arm(question: DomainQuestion, cells: Array, units: Array) -> tuple[str, ...]:
    """Refuse one arm against a fixed limit where its skewness would promote it."""
    if question.kind is not Kind.BINARY:
        largest, most = abs(skewness(units)), domain("skewness_one_arm").refused
        if largest > most:
            raise UndefinedTestError(
                f"skewness {largest:.2g} of the units: a mean over runs is held against a fixed "
                f"limit only up to {most:g}",
                hint="compare with a baseline, or judge one model without `run`",
            )
        return ()
    share = float(units.mean())
    if not 0.0 < share < 1.0:
        return ()  # undefined anyway, and said so there
    spread = math.sqrt(crossed_mean(cells).var_run) / (share * (1.0 - share))
    known = domain("run_spread")
    if known.is_refused(spread):
        raise UndefinedTestError(
            f"runs differ too much for a share against a fixed limit: their standard deviation "
            f"is {spread:.2g} logits, at most {known.refused:g} can be judged",
            hint="compare with a baseline, or steady the recipe",
        )
    if known.is_warned(spread):
        words = "the share differs a lot from run to run"
        return (f"{words} (standard deviation {spread:.2g} logits)",)
    return ()


def check_df(method: Method, df: float | None) -> tuple[str, ...]:
    """Check that no single cluster decides; return warnings where few do.

    Raises:
        UndefinedTestError: the degrees of freedom are those of a handful of clusters.
    """
    known = domain("cluster_df")
    if method is not Method.CLUSTER_ROBUST or df is None or not known.is_warned(df):
        return ()
    if known.is_refused(df):
        raise UndefinedTestError(
            f"{df:.1f} degrees of freedom: a few large clusters decide, {known.refused:g} are "
            "needed",
            hint="gather more clusters of like size",
        )
    return (f"a few large clusters carry most of the weight ({df:.1f} degrees of freedom)",)
