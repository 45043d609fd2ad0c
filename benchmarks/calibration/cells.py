"""One setting of a simulation, and how often the engine's own methods promote falsely in it.

Every replicate goes through the functions that the gate itself calls: the pseudo-values, the
method, and the check of its domain. Nothing is re-implemented.
"""

import math
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from scipy.special import betaincinv

from pytest_evalgate.errors import Location, UndefinedTestError
from pytest_evalgate.evidence import Bounds
from pytest_evalgate.gate.ask import Ask
from pytest_evalgate.gate.choose import Family, Method, Unit
from pytest_evalgate.gate.data import Data
from pytest_evalgate.gate.domain_question import DomainQuestion
from pytest_evalgate.gate.domain_table import _table, domain
from pytest_evalgate.gate.domains import check_domain
from pytest_evalgate.gate.domains_grouped import check_df
from pytest_evalgate.gate.infer import infer
from pytest_evalgate.gate.transform import linearised
from pytest_evalgate.spec.model import Better, Kind, Metric, Over, Where
from pytest_evalgate.stats.result import Inference


ALPHA: Final = 0.05
CLOSED: Final = 4_000  # replicates of closed forms; `--times 2` for twice as many
TABLES: Final = 2_500  # tables of runs and of tasks, and judges: the larger ones to draw
PERMUTED: Final = 4_000
RESAMPLED: Final = 2_500
SLOW: Final = 500  # fits and swaps that take tens of milliseconds each
INTERVALS: Final = 3  # replicates on which test and interval are held against each other

Draw = Callable[[np.random.Generator], Data]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A null hypothesis at its boundary, drawn and judged many times.

    Args:
        group: File of results that it belongs to.
        method: Of the gate.
        estimates: What the metric estimates.
        design: In words, such as "paired".
        law: Of the data, in words.
        n: Sizes, in words, such as "5 v 5".
        draw: Gives one data set, as read.
        limit: The true effect: the limit of the claim.
        promise: "exact", "approximate" or "conservative".
        axis: Domain that the cell measures, and ``at`` where on its axis it lies; where the place
            depends on the data, ``thresholds`` are tried instead.
    """

    group: str
    method: Method
    estimates: Family
    design: str
    law: str
    n: str
    draw: Draw
    limit: float
    promise: str = "approximate"
    replicates: int = CLOSED
    unit: Unit = Unit.ITEM
    kind: Kind = Kind.CONTINUOUS
    has_margin: bool = True
    axis: str | None = None
    at: float | None = None
    thresholds: tuple[float, ...] = ()
    statistic: str = "mean"
    quantile: float | None = None
    width: float | None = None
    is_relative: bool = False
    are_runs_paired: bool = False
    draws: int | None = None

    @property
    def name(self) -> str:
        """Name that no other cell has."""
        words = (self.method.value, self.estimates.value, self.design, self.law, self.n)
        extra = f"{self.axis or ''} {self.quantile or ''} limit {self.limit:.4g}"
        return " | ".join((*words, extra))

    @property
    def seed(self) -> int:
        """Seed that follows from the setting, not from its place in the grid."""
        return zlib.crc32(self.name.encode())


@dataclass(slots=True)
class Tally:
    """Counts over replicates; upwards is a promotion where higher is better."""

    up: int = 0  # by the method alone
    down: int = 0
    gate_up: int = 0  # by the method where the gate judges
    gate_down: int = 0
    refused: int = 0
    warned: int = 0
    undefined: int = 0
    probes: dict[float, list[int]] = field(default_factory=dict)


def metric_of(cell: Cell) -> Metric:
    """Return the metric that a gate file would declare."""
    return Metric(
        name="m", artifact="a", value=("v", "v"), label=None, prediction=None, score=None,
        per=None, k=None, covariate=None, task=None, over=Over.FIXED, normalize=None,
        is_judged=False, gold=None, statistic=cell.statistic, quantile=cell.quantile,
        better=Better.HIGHER, kind=cell.kind, range=None, scale=1.0, na=(), map=None, unit=None,
        where=_NOWHERE, assume=None, location=Location(path="gate.yaml", line=1, column=1),
    )  # fmt: skip


_NOWHERE: Where = ()


def question_of(cell: Cell) -> DomainQuestion:
    """Return what the domain of a cell's method depends on."""
    return DomainQuestion(
        method=cell.method,
        family=cell.estimates,
        unit=cell.unit,
        has_margin=cell.has_margin,
        kind=cell.kind,
        margin_share=None,
        ratio=1.0,
        limits=(cell.limit,),
        quantile=cell.quantile,
        statistic=cell.statistic,
    )


def ask_of(cell: Cell, data: Data, raw: Data, replicate: int) -> Ask:
    """Return the question to the method; its stream follows from cell and replicate."""
    is_precision = cell.statistic == "precision" and raw.baseline is not None
    ask = Ask(
        method=cell.method,
        data=data,
        family=cell.estimates,
        rule_id=f"{replicate}",
        bounds=Bounds(low=cell.limit, high=None),
        are_runs_paired=cell.are_runs_paired,
        is_relative=cell.is_relative,
        quantile=cell.quantile,
        width=cell.width,
        is_binary=cell.kind is Kind.BINARY,
        statistic=cell.statistic,
        predicted_positive=(
            (float(raw.candidate.sum()), float(raw.baseline.sum()))
            if is_precision and raw.baseline is not None
            else (0.0, 0.0)
        ),
        seed=cell.seed,
    )
    return ask if cell.draws is None else replace(ask, draws=cell.draws)


@contextmanager
def moved(name: str, to: float | None) -> Iterator[None]:
    """Refuse only beyond ``to`` on one axis; nowhere where it is None."""
    table, known = _table(), domain(name)
    if to is None:
        to = -math.inf if known.is_floor else math.inf
    table[name] = replace(known, refused=to, warned=to)
    try:
        yield
    finally:
        table[name] = known


def simulate(cell: Cell, *, replicates: int | None = None) -> Tally:
    """Draw and judge a cell's data sets; a cell's random stream is its own."""
    rng = np.random.Generator(np.random.Philox(cell.seed))
    tally = Tally(probes={value: [0, 0] for value in places(cell)})
    metric, question = metric_of(cell), question_of(cell)
    for replicate in range(replicates or cell.replicates):
        raw = cell.draw(rng)
        try:
            data = linearised(metric, cell.estimates, cell.method, raw)
            inference = infer(ask_of(cell, data, raw, replicate))
            up = inference.p_greater(cell.limit) < ALPHA
            down = inference.p_less(cell.limit) < ALPHA
        except UndefinedTestError:
            tally.undefined += 1
            continue
        if replicate < INTERVALS:
            _agree(cell, inference, up=up, down=down)
        _count(tally, cell, _Judged(question, data, raw, inference.df), up=up, down=down)
    return tally


@dataclass(frozen=True, slots=True)
class _Judged:
    """What the check of a domain looks at."""

    question: DomainQuestion
    data: Data
    raw: Data
    df: float | None

    def warnings(self) -> tuple[str, ...] | None:
        """Return what the gate warns of; None where it refuses."""
        try:
            found = check_domain(self.question, self.data, self.raw)
            return (*found, *check_df(self.question.method, self.df))
        except UndefinedTestError:
            return None


def places(cell: Cell) -> tuple[float, ...]:
    """Return the places of its axis that a cell measures."""
    return cell.thresholds or (() if cell.at is None else (cell.at,))


def _count(tally: Tally, cell: Cell, judged: _Judged, *, up: bool, down: bool) -> None:
    warnings = judged.warnings()
    tally.up += up
    tally.down += down
    tally.refused += warnings is None
    tally.warned += bool(warnings)
    if warnings is not None:
        tally.gate_up += up
        tally.gate_down += down
    if cell.axis is None or not (up or down):
        return
    for value in places(cell):
        with moved(cell.axis, value if cell.thresholds else None):
            if judged.warnings() is not None:
                tally.probes[value][0] += up
                tally.probes[value][1] += down


def _agree(cell: Cell, inference: Inference, *, up: bool, down: bool) -> None:
    """Check that test and interval are one procedure: coverage is then the complement.

    Raises:
        ValueError: they are not.
    """
    low, high = inference.interval(ALPHA)
    is_above = low is not None and low > cell.limit
    is_below = high is not None and high < cell.limit
    if (is_above, is_below) != (up, down):
        raise ValueError(f"{cell.name}: interval ({low}, {high}) and test disagree")


def clopper_pearson(count: int, n: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of a rate."""
    tail = (1.0 - level) / 2.0
    low = 0.0 if count == 0 else float(betaincinv(count, n - count + 1, tail))
    high = 1.0 if count == n else float(betaincinv(count + 1, n - count, 1.0 - tail))
    return low, high


def record(cell: Cell, tally: Tally, replicates: int) -> dict[str, object]:
    """Return what is kept of a cell: rates of the worse direction, rounded."""
    worse = max(tally.up, tally.down)
    low, high = clopper_pearson(worse, replicates)
    found: dict[str, object] = {
        "method": cell.method.value,
        "estimates": cell.estimates.value,
        "design": cell.design,
        "law": cell.law,
        "n": cell.n,
        "limit": round(cell.limit, 6),
        "promise": cell.promise,
        "rate": round(worse / replicates, 5),
        "low": round(low, 5),
        "high": round(high, 5),
        "up": round(tally.up / replicates, 5),
        "down": round(tally.down / replicates, 5),
        "gate": round(max(tally.gate_up, tally.gate_down) / replicates, 5),
        "refused": round((tally.refused + tally.undefined) / replicates, 4),
        "warned": round(tally.warned / replicates, 4),
        "R": replicates,
        "seed": cell.seed,
    }
    if cell.axis is not None:
        found["axis"] = cell.axis
        found["probes"] = [
            [value, round(max(counts) / replicates, 5)] for value, counts in tally.probes.items()
        ]
    return found
