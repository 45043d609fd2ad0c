"""How many values lie below each of some edges."""

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from pytest_evalgate.artifacts.engine.relation import Relation, number


_FEW: Final = 4  # edges that are cheaper one by one
_TINY: Final = 1e-300  # steps that have no reciprocal
_MANY: Final = 100  # edges whose places fit in a byte


def counts_below(relation: Relation, value: str, edges: Sequence[float]) -> tuple[int, ...]:
    """Return how many values lie below each edge, by one pass.

    Args:
        relation: Where the rows stand.
        value: The expression of a value; every one is finite.
        edges: At least one, rising.
    """
    if _FEW < len(edges) <= _MANY and relation.weight is None:
        found = _by_buckets(relation, value, edges)
        if found is not None:
            return found
    cells = (relation.counted(f"{value} < {number(edge)}") for edge in edges)
    return tuple(int(count) for count in relation.one(*cells))


def _by_buckets(relation: Relation, value: str, edges: Sequence[float]) -> tuple[int, ...] | None:
    """Count between edges that are evenly spaced; None where they or the counts are not sure.

    A quotient gives a bucket that may be off by one for a value near an edge; comparing it with
    the edges, computed as they were here, puts that right. The ends of each bucket prove it.
    """
    step = _step(edges)
    if step is None:
        return None
    low, by, last = number(edges[0]), number(step), len(edges) - 1
    inner = (
        f"(SELECT v, greatest(least(floor((v - {low}) * {number(1.0 / step)}), {last}), -1) AS b "  # noqa: S608
        f"FROM (SELECT {value} AS v FROM {relation.source}))"
    )
    moved = (
        f"(v >= (b + 1) * {by} + {low} AND b < {last})::TINYINT "
        f"- (v < b * {by} + {low} AND b >= 0)::TINYINT"
    )
    found = Relation(relation.database, inner).ask(
        f"b::TINYINT + {moved} AS bucket", "count(*)", "min(v)", "max(v)", then="GROUP BY bucket"
    )
    bounds = (-math.inf, *edges, math.inf)
    counts = [0] * (len(edges) + 1)
    for bucket, count, smallest, largest in found:
        if not bounds[bucket + 1] <= smallest <= largest < bounds[bucket + 2]:
            return None
        counts[bucket + 1] = count
    return tuple(accumulate(counts))[:-1]


def _step(edges: Sequence[float]) -> float | None:
    """Return the step with which edge k is exactly k * step + the first edge."""
    count = len(edges) - 1
    about = (edges[-1] - edges[0]) / count
    tried = (
        about,
        edges[1] - edges[0],
        math.nextafter(about, 0.0),
        math.nextafter(about, math.inf),
    )
    for step in tried:
        if _TINY < step < math.inf and all(
            place * step + edges[0] == edge for place, edge in enumerate(edges)
        ):
            return step
    return None
