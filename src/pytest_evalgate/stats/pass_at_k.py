"""pass@k and pass^k of each problem from n tries of which c succeed; unbiased."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import whole_number
from pytest_evalgate.stats.moments import finite_values, same_length


def pass_at_k(tries: ArrayLike, successes: ArrayLike, k: int) -> NDArray[np.float64]:
    """Probability that at least one of k tries succeeds, one value a problem.

    1 - C(n - c, k) / C(n, k) as a product: the mean over the problems is unbiased, and they
    are what a t test may average. The tries of a problem are not units of their own.

    Args:
        tries: n of each problem, shape (p,), n >= k.
        successes: c of each problem, shape (p,), 0 <= c <= n.
        k: Tries allowed, at least 1.

    Raises:
        UndefinedTestError: A count is not whole or not in its range, or k > n.

    Source:
        Chen et al. (2021), arXiv:2107.03374.
    """
    return 1.0 - _by_kind(tries, successes, k, chance=_none_of)


def pass_all_k(tries: ArrayLike, successes: ArrayLike, k: int) -> NDArray[np.float64]:
    """Probability that all of k tries succeed, C(c, k) / C(n, k), one value a problem.

    Args:
        tries: n of each problem, shape (p,), n >= k.
        successes: c of each problem, shape (p,), 0 <= c <= n.
        k: Tries made, at least 1.

    Raises:
        UndefinedTestError: As for ``pass_at_k``.

    Source:
        Yao et al. (2024), arXiv:2406.12045 (pass^k).
    """
    return _by_kind(tries, successes, k, chance=lambda n, c, k: _none_of(n, n - c, k))


def _none_of(n: int, c: int, k: int) -> float:
    """C(n - c, k) / C(n, k), the chance that k of n hold none of c, by the shorter product."""
    few, many = sorted((c, k))
    if few + many > n:
        return 0.0
    return float(np.prod(1.0 - many / np.arange(n - few + 1, n + 1)))


def _by_kind(
    tries: ArrayLike, successes: ArrayLike, k: int, *, chance: Callable[[int, int, int], float]
) -> NDArray[np.float64]:
    """Compute each distinct (n, c) once."""
    k = whole_number(k, "k", low=1)
    n = _counts(tries, what="numbers of tries")
    c = _counts(successes, what="numbers of successes")
    same_length(n, c.size, what="tries and successes")
    _require(c <= n, "at most as many successes as tries, got {c} of {n}", n, c)
    _require(n >= k, f"at least k = {k} tries, got {{n}}", n, c)
    kinds, which = np.unique(np.stack([n, c], axis=1), axis=0, return_inverse=True)
    values = np.array([chance(int(one), int(other), k) for one, other in kinds])
    found: NDArray[np.float64] = values[which.ravel()]
    return found


def _counts(values: ArrayLike, *, what: str) -> NDArray[np.float64]:
    array = finite_values(values, what=what)
    wrong = np.flatnonzero((array < 0.0) | (np.floor(array) != array))
    if wrong.size:
        position = int(wrong[0])
        raise UndefinedTestError(
            f"{what} must be whole and at least 0, number {position + 1} is {array[position]:g}"
        )
    return array


def _require(
    holds: NDArray[np.bool_], needed: str, n: NDArray[np.float64], c: NDArray[np.float64]
) -> None:
    wrong = np.flatnonzero(~holds)
    if wrong.size:
        position = int(wrong[0])
        told = needed.format(n=int(n[position]), c=int(c[position]))
        raise UndefinedTestError(
            f"problem number {position + 1} needs {told}",
            hint="sample more tries of each problem, or choose a smaller k",
        )
