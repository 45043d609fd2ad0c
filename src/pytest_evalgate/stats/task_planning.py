"""Runs of every task that would decide an average over fixed tasks.

Random tasks are planned as a plain sample of task differences: ``power.t_needed``.
"""

import math
from collections.abc import Sequence

from pytest_evalgate.stats.power import MOST, t_power


def fixed_tasks_needed(
    distance: float, variances: Sequence[float], tasks: int, alpha: float, power: float
) -> int | None:
    """Smallest number of runs of each task (in each arm) with the power asked for.

    Args:
        distance: How far the true mean effect lies beyond its limit.
        variances: Variance of the runs of every sample: one a task for one arm or pairs, two a
            task for two arms.
        tasks: Number of tasks.
        alpha: One-sided level.
        power: Power asked for.

    Returns:
        The runs, or None where the question has no answer, as throughout ``power``.

    Source:
        Satterthwaite (1946), Biometrics Bulletin 2(6), 110-114.
    """
    if tasks < 1 or not all(0.0 <= variance < math.inf for variance in variances):
        return None
    total = math.fsum(variances)
    if not (0.0 < total < math.inf and 0.0 < distance < math.inf):
        return None
    per_run = 1.0 / math.fsum((variance / total) ** 2 for variance in variances)

    def is_enough(runs: int) -> bool:
        error = math.sqrt(total / runs) / tasks
        return (t_power(distance, error, per_run * (runs - 1), alpha) or 0.0) >= power

    low, high = 1, 2
    while not is_enough(high):
        if high == MOST:
            return None
        low, high = high, min(2 * high, MOST)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
