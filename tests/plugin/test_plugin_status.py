"""How exit statuses combine: one order, and no way to 0 but zeros."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_evalgate.plugin.status import combine


ORDER = (3, 4, 2, 22, 21, 23, 20, 1, 6)
statuses = st.one_of(st.sampled_from((0, *ORDER)), st.integers(-300, 300))


@pytest.mark.parametrize("second", range(1, len(ORDER)))
def test_the_first_that_applies_counts(second: int) -> None:
    first = ORDER[second - 1]
    assert combine(first, ORDER[second]) == first
    assert combine(ORDER[second], first) == first


@given(st.lists(statuses, min_size=1))
def test_0_comes_from_zeros_alone(found: list[int]) -> None:
    assert (combine(*found) == 0) == (set(found) == {0})


@given(st.lists(statuses, min_size=1), st.randoms())
def test_the_order_of_statuses_is_of_no_account(found: list[int], draw: object) -> None:
    assert combine(*found) == combine(*reversed(found)) == combine(*found, *found)


@pytest.mark.parametrize("found", [None, "0", 0.0, object()])
def test_what_is_no_whole_number_is_an_internal_error(found: object) -> None:
    assert combine(found, 0) == 3


def test_no_tests_is_never_5() -> None:
    assert combine(5, 0) == 20
    assert combine(5) == 20


def test_a_status_of_another_plugin_is_kept_behind_the_gate() -> None:
    assert combine(77, 0) == 77
    assert combine(77, 1) == 1
