"""Largest probability over an unknown rate: a grid of angles, and zooms on its highest peaks."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln


_PEAKS = 4  # local maxima that are refined
_ZOOMS = 5  # each narrows the step of the grid twelvefold
_TINY = 1e-300  # stands for a rate of 0 in a logarithm


def supremum(
    probability: Callable[[NDArray[np.float64]], NDArray[np.float64]], *, points: int
) -> float:
    """Largest probability over angles in [0, pi / 2].

    A rate of sin(angle)**2 gives a binomial the same width everywhere, about 1 / sqrt(n): the
    grid of rates is dense near 0 and 1, where it must be.

    Args:
        probability: Takes angles, shape (m,), and gives probabilities, shape (m,).
        points: Angles of the first grid.
    """
    angles = np.linspace(0.0, np.pi / 2, points)
    height = probability(angles)
    padded = np.concatenate(([-np.inf], height, [-np.inf]))
    is_peak = (height >= padded[:-2]) & (height >= padded[2:])
    peaks = angles[is_peak][np.argsort(height[is_peak])[-_PEAKS:]]
    best = float(height.max())
    step = angles[1]
    for _ in range(_ZOOMS):
        near = peaks[:, None] + np.linspace(-step, step, 25)[None, :]
        near = np.clip(near, 0.0, np.pi / 2)
        height = probability(near.ravel()).reshape(near.shape)
        best = max(best, float(height.max()))
        peaks = np.take_along_axis(near, height.argmax(axis=1)[:, None], axis=1)[:, 0]
        step /= 12.0
    return min(1.0, best)


def binomial_law(
    rate: NDArray[np.float64], rest: NDArray[np.float64], n: int
) -> NDArray[np.float64]:
    """Binomial probabilities of 0..n successes, shape (rates, n + 1); ``rest`` is 1 - rate."""
    k = np.arange(n + 1)
    log_rate, log_rest = safe_log(rate)[:, None], safe_log(rest)[:, None]
    return np.asarray(np.exp(log_choose(n) + k * log_rate + (n - k) * log_rest), dtype=np.float64)


def safe_log(rate: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithm of a rate, finite at 0: no successes at rate 0 have probability 1."""
    return np.asarray(np.log(np.maximum(rate, _TINY)), dtype=np.float64)


def log_choose(n: int) -> NDArray[np.float64]:
    """Logarithm of n over k for k in 0..n, shape (n + 1,)."""
    k = np.arange(n + 1)
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1), dtype=np.float64)
