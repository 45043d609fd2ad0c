"""What is asked of a method: the data, the estimand, and the random stream where one is needed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.evidence import Bounds
from pytest_evalgate.gate.choose import Family, Method
from pytest_evalgate.gate.data import Array, Data
from pytest_evalgate.stats.judges import Rectified, rectify, rectify_pairs
from pytest_evalgate.stats.streams import DRAWS, stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One rule's question to one method.

    ``draws`` and ``seed`` matter only to methods that draw; their stream depends on the seed of
    the gate file and the rule's id, so that no rule moves another's numbers.
    """

    method: Method
    data: Data
    family: Family
    rule_id: str
    bounds: Bounds
    are_runs_paired: bool = False
    is_relative: bool = False
    quantile: float | None = None
    width: float | None = None
    is_binary: bool = False
    statistic: str = "mean"
    predicted_positive: tuple[float, float] = (0.0, 0.0)  # of each arm, for precision
    seed: int = 0
    draws: int = DRAWS

    def generator(self) -> np.random.Generator:
        """Return the rule's own random stream, from its start."""
        return stream(self.seed, self.rule_id)

    def is_judged_binary(self) -> bool:
        """Say whether gold labels and judge are 0 or 1 throughout, in every arm."""
        data = self.data
        arrays = [data.candidate, data.candidate_extras["gold"]]
        if data.baseline is not None:
            arrays += [data.baseline, data.baseline_extras["gold"]]
        return all(bool(((one == 0) | (one == 1) | np.isnan(one)).all()) for one in arrays)

    def rectified_candidate(self) -> tuple[Rectified, NDArray[np.bool_]]:
        """Join gold labels and the judge's values, of the candidate or of paired differences.

        Returns:
            What they join to, and which units have gold, shape (n,).
        """
        data = self.data
        if data.baseline is None or not data.is_paired:
            return _rectified(data.candidate, data.candidate_extras["gold"])
        golds = data.candidate_extras["gold"], data.baseline_extras["gold"]
        is_gold = ~(np.isnan(golds[0]) | np.isnan(golds[1]))
        require_both(is_gold)
        joined = rectify_pairs(
            (golds[0][is_gold], golds[1][is_gold]),
            (data.candidate[is_gold], data.baseline[is_gold]),
            (data.candidate[~is_gold], data.baseline[~is_gold]),
        )
        return joined, is_gold

    def rectified_baseline(self) -> Rectified:
        """Join gold labels and the judge's values of the baseline."""
        if self.data.baseline is None:
            raise ValueError("there is no baseline")
        return _rectified(self.data.baseline, self.data.baseline_extras["gold"])[0]


def _rectified(judge: Array, gold: Array) -> tuple[Rectified, NDArray[np.bool_]]:
    is_gold = ~np.isnan(gold)
    require_both(is_gold)
    return rectify(gold[is_gold], judge[is_gold], judge[~is_gold]), is_gold


def require_both(is_gold: NDArray[np.bool_]) -> None:
    """Refuse gold labels on every unit: there is nothing left to rectify.

    Raises:
        UndefinedTestError: all units have one.
    """
    if is_gold.all():
        raise UndefinedTestError(
            "every unit has a gold label: the judge is not needed",
            hint="make the gold column the `value:` of the metric",
        )
