"""Counts of verdicts, with exact binomial intervals."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from benchmarks.peers.rows import Answer, Verdict
from scipy.special import betaincinv


def clopper_pearson(count: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of a rate (Clopper and Pearson 1934)."""
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else float(betaincinv(count, n - count + 1, tail))
    high = 1.0 if count == n else float(betaincinv(count + 1, n - count, 1 - tail))
    return low, high


def tally(answers: Iterable[Answer]) -> dict[str, Any]:
    """Return counts, the interval of the promoted share, and one reason for every verdict."""
    found = list(answers)
    counts = Counter(answer.verdict for answer in found)
    low, high = clopper_pearson(counts[Verdict.PROMOTED], len(found))
    reasons = {str(answer.verdict): answer.why for answer in reversed(found) if answer.why}
    return {
        "sets": len(found),
        "counts": {str(verdict): counts[verdict] for verdict in Verdict if counts[verdict]},
        "promoted_interval": [round(low, 4), round(high, 4)],
        "first_words": dict(sorted(reasons.items())),
    }
