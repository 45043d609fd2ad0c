"""Sums handed over in place of values, where they do not fit together."""

import numpy as np
import pytest

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.quantiles import CountedQuantile
from pytest_evalgate.stats.reducers import (
    reduce_clusters,
    reduce_events,
    reduce_limits,
    reduce_order_statistics,
)
from pytest_evalgate.stats.sufficient_counts import LimitCounts
from pytest_evalgate.stats.sufficient_groups import ClusterSums


@pytest.mark.parametrize("counts", [[1.0, -1.0], [1.0, 0.5]])
def test_counts_that_are_no_counts_are_refused(counts: list[float]) -> None:
    with pytest.raises(UndefinedTestError, match="counts must be whole and not negative"):
        reduce_events(counts, [1.0, 1.0])


def test_a_limit_with_one_of_its_counts_is_refused() -> None:
    with pytest.raises(UndefinedTestError, match="every limit needs both of its counts"):
        LimitCounts(n=3, limits=(1.0, 2.0), below=(1, 2), at_or_below=(1,))


def test_a_cluster_without_its_sum_is_refused() -> None:
    whole = reduce_clusters([1.0, 2.0, 4.0], ["a", "a", "b"])
    with pytest.raises(UndefinedTestError, match="every cluster needs a sum and a size"):
        ClusterSums(names=whole.names, sizes=whole.sizes, sums=whole.sums[:1], extent=whole.extent)


def test_counts_and_order_statistics_of_different_values_are_refused() -> None:
    values = np.arange(10.0)
    with pytest.raises(UndefinedTestError, match="of the same values, got 10 and 9"):
        CountedQuantile(
            p=0.5,
            counts=reduce_limits(values, [4.0]),
            ranked=reduce_order_statistics(values[1:], [5]),
        )
