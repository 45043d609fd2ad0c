"""The law of the largest of several t that share one baseline, by a double integral."""

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, ndtr

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.stats.inversion import open_level
from pytest_evalgate.stats.means import require_finite


_DIGITS: Final = 42.0  # minus the logarithm of what counts as nothing beside the result
_ROWS: Final = 2**16  # numbers of one block of the integrand


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyT:
    """Joint law of t_1 .. t_k with correlations l_i * l_j and one shared variance.

    t_i = (sqrt(1 - l_i^2) e_i - l_i z) / s with z and e_i standard normal and s a chi variable
    over the root of its df. Deterministic: trapezoidal sums over z and log s, whose error falls
    faster than any power of the step, about 1e-12 of the result, in the tails too.

    Args:
        loadings: l_i = sqrt(n_i / (n_i + n_0)), each in [0, 1), shape (k,).
        df: Degrees of freedom of the pooled variance; None for known variances.

    Source:
        Dunnett (1955), Journal of the American Statistical Association 50, 1096-1121.
    """

    loadings: tuple[float, ...]
    df: float | None

    def __post_init__(self) -> None:
        if not self.loadings or not all(0.0 <= one < 1.0 for one in self.loadings):
            raise UndefinedTestError(f"loadings must lie in [0, 1), got {str(self.loadings)[:80]}")
        if self.df is not None and not 1.0 <= self.df < math.inf:
            raise UndefinedTestError(f"degrees of freedom must be at least 1, got {self.df:g}")

    def only(self, members: Sequence[int]) -> "ManyT":
        """Give the law of some of the t."""
        return ManyT(loadings=tuple(self.loadings[j] for j in members), df=self.df)

    def p_any_above(self, t: float) -> float:
        """P(max t_i > t)."""
        require_finite(t, what="statistic")
        return self._mixed(t, lambda a, b: ndtr(-(a + b)))

    def p_any_beyond(self, t: float) -> float:
        """P(max |t_i| > t), t >= 0."""
        require_finite(t, what="statistic")
        return self._mixed(t, lambda a, b: ndtr(-(a + b)) + ndtr(a - b)) if t > 0.0 else 1.0

    def critical(self, alpha: float) -> float:
        """Find the c with P(max t_i > c) = alpha."""
        return _root(self.p_any_above, alpha, low=-10.0)

    def critical_two_sided(self, alpha: float) -> float:
        """Find the c with P(max |t_i| > c) = alpha."""
        return _root(self.p_any_beyond, alpha, low=0.0)

    def _mixed(
        self,
        t: float,
        tail: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]],
    ) -> float:
        """Mean over s and z of 1 - prod(1 - tail(a_i z, b_i t s))."""
        s, share_s = _scales(self.df, t)
        loading = np.array(self.loadings)
        width = np.sqrt((1.0 - loading) * (1.0 + loading))
        z, share_z = _normals(t, narrowest=float(width.min()))
        total = 0.0
        rows = max(1, _ROWS // z.size)
        for start in range(0, s.size, rows):
            part = slice(start, start + rows)
            log_none = np.zeros((s[part].size, z.size))
            for one, w in zip(loading, width, strict=True):
                above = tail((one / w) * z, (t / w) * s[part, np.newaxis])
                with np.errstate(divide="ignore"):  # a certain one: log 0
                    log_none += np.log1p(-np.minimum(above, 1.0))
            total += float(share_s[part] @ (-np.expm1(log_none) @ share_z))
        return min(1.0, total)


def _normals(t: float, *, narrowest: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes and shares of a standard normal, fine enough for steps of that width."""
    reach = math.sqrt(2.0 * _DIGITS) + min(abs(t), 38.0)
    half = math.ceil(reach / (0.4 * min(1.0, narrowest)))
    z = np.linspace(-reach, reach, 2 * half + 1)
    share = np.exp(-0.5 * np.square(z))
    return z, share / share.sum()


def _scales(df: float | None, t: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes and shares of s = chi / sqrt(df), uniform in log s; wide enough for tails at t."""
    if df is None:
        return np.ones(1), np.ones(1)
    # Log density of y = log s is df * (y - exp(2 y) / 2) + constant. With a tail like
    # exp(-t^2 s^2 / 2) the mass lies where it is lower by this much.
    depth = _DIGITS + 0.5 * df * math.log1p(t * t / df) + math.log1p(abs(t))
    low = _edge(df, depth, -1.0)
    high = _edge(df, depth, 1.0)
    step = min(0.1, 0.35 / math.sqrt(2.0 * df))
    y = np.linspace(low, high, math.ceil((high - low) / step) + 1)
    log_share = df * (y - 0.5 * np.exp(2.0 * y)) + math.log(2.0)
    log_share += 0.5 * df * math.log(0.5 * df) - float(gammaln(0.5 * df))
    share = np.exp(log_share) * (y[1] - y[0])
    return np.exp(y), share / share.sum()


def _edge(df: float, depth: float, side: float) -> float:
    """Where df * (y - exp(2 y) / 2 + 1 / 2), 0 at y = 0, has fallen by ``depth`` on a side."""
    near, far = 0.0, side
    while df * (0.5 * math.expm1(2.0 * far) - far) < depth:
        far *= 2.0
    for _ in range(60):
        middle = 0.5 * (near + far)
        if df * (0.5 * math.expm1(2.0 * middle) - middle) < depth:
            near = middle
        else:
            far = middle
    return far


def _root(p_of: Callable[[float], float], alpha: float, *, low: float) -> float:
    """Where a falling p crosses alpha."""
    from scipy.optimize import brentq  # noqa: PLC0415  # slow to import

    open_level(alpha)
    high = 4.0
    while p_of(high) >= alpha:
        high *= 2.0
    while p_of(low) <= alpha:
        low = 2.0 * low
    target = math.log(alpha)

    def height(c: float) -> float:
        return math.log(max(p_of(c), sys.float_info.min)) - target

    return float(brentq(height, low, high, xtol=1e-13, rtol=1e-14))
