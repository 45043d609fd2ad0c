"""Whether a rule can be judged from aggregates, and whether its tables offer them."""

from pytest_evalgate.artifacts.reduced import ReducedColumn, Reducible
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.gate.choose import Family
from pytest_evalgate.gate.estimand import family_of
from pytest_evalgate.gate.reduced import Reduced
from pytest_evalgate.spec.model import Arm, Metric, Rule


REDUCED_FROM = 5_000_000  # rows of an arm: reading fewer costs little memory
_STATISTICS = frozenset({"mean", "accuracy"})


def needs_rows(rule: Rule, metric: Metric, arm: Arm) -> bool:
    """Tell whether a rule is about more than the means of one number a row."""
    is_plain = metric.statistic in _STATISTICS and metric.normalize is None
    is_grouped = arm.run is not None or arm.repeat is not None or bool(arm.cluster)
    return is_grouped or not is_plain or family_of(rule, metric) is not Family.MEAN


def offered(table: object, request: SampleRequest) -> Reduced | None:
    """Return the aggregates of one arm, where its table offers them."""
    column = table.reduce(request) if isinstance(table, Reducible) else None
    if column is None:
        return None
    return _usable(Reduced(candidate=column), (request,))


def offered_both(
    tables: tuple[object, object],
    requests: tuple[SampleRequest, SampleRequest],
    *,
    is_paired: bool,
) -> Reduced | None:
    """Return the aggregates of candidate and baseline, where both tables offer them."""
    candidate, baseline = tables
    if not (isinstance(candidate, Reducible) and isinstance(baseline, Reducible)):
        return None
    if is_paired:
        pair = candidate.reduce_pairs(requests[0], baseline, requests[1])
        if pair is None:
            return None
        return _usable(
            Reduced(candidate=pair.candidate, baseline=pair.baseline, pair=pair), requests
        )
    first, second = candidate.reduce(requests[0]), baseline.reduce(requests[1])
    if first is None or second is None:
        return None
    return _usable(Reduced(candidate=first, baseline=second), requests)


def _usable(reduced: Reduced, requests: tuple[SampleRequest, ...]) -> Reduced | None:
    """Return the aggregates, but where the rows have something to say about them."""
    is_inside = all(
        _is_inside(arm, request) for arm, request in zip(reduced.arms, requests, strict=True)
    )
    return reduced if reduced.is_usable() and is_inside else None


def _is_inside(column: ReducedColumn, request: SampleRequest) -> bool:
    if request.range is None:
        return True
    low, high = request.range
    return low <= column.moments.low and column.moments.high <= high
