"""What a family grants each of its hypotheses: an adjusted p, and a level to judge its own p at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.errors import UndefinedTestError


NEAR_LEVEL: Final = 1e-12
"""A p nearer to its level than this, relatively, lies on it: weights are sums that round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """One hypothesis in its family.

    Rejected exactly when p < ``alpha_judged``, exactly when ``pvalue_adjusted`` < alpha.
    ``alpha_judged`` is None where no level has reached the hypothesis: it is not tested and not
    rejected, whatever its p, and there is no level to draw an interval at.
    """

    pvalue_adjusted: float
    alpha_judged: float | None

    def is_rejected(self, pvalue: float) -> bool:
        """Say whether the hypothesis with this p is rejected."""
        return self.alpha_judged is not None and pvalue < self.alpha_judged


def family_pvalues(pvalues: Sequence[float]) -> NDArray[np.float64]:
    """Give the p-values of a family, shape (m,).

    Raises:
        UndefinedTestError: None at all, or one outside [0, 1].
    """
    p = np.asarray(pvalues, dtype=np.float64)
    if p.size < 1:
        raise UndefinedTestError("a family without p-values cannot be corrected")
    if p.ndim != 1 or not ((p >= 0.0) & (p <= 1.0)).all():  # refuses NaN too
        raise UndefinedTestError(f"p-values must lie in [0, 1], got {str(p.tolist())[:80]}")
    return p


def clears(p: float, weight: float, alpha: float) -> bool:
    """Say whether p lies below weight * alpha, and not just by rounding."""
    return p < weight * alpha * (1.0 - NEAR_LEVEL) and p / weight < alpha


def granted(p: float, alpha: float, *, adjusted: float, level: float, is_rejected: bool) -> Granted:
    """Write down one hypothesis so that its level and its adjusted p say the same."""
    if is_rejected and adjusted < alpha and p < level:
        return Granted(pvalue_adjusted=adjusted, alpha_judged=level)
    level = min(level, p)  # what rounding left open is no rejection
    return Granted(
        pvalue_adjusted=max(min(adjusted, 1.0), alpha),
        alpha_judged=level if level > 0.0 else None,
    )
