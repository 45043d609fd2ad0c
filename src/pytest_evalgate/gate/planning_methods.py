"""How the power of each method is reckoned; a test holds it against ``Method``."""

from collections.abc import Callable, Mapping

from pytest_evalgate.gate.choose import Method
from pytest_evalgate.gate.data import Data
from pytest_evalgate.gate.planning_counts import (
    events,
    jaccard,
    one_share,
    order_statistic,
    paired_shares,
    rounded,
    two_quantiles,
    unpaired_shares,
)
from pytest_evalgate.gate.planning_curve import Curve
from pytest_evalgate.gate.planning_flips import cluster_flips, sign_flips, swaps
from pytest_evalgate.gate.planning_means import by_error, crossed, permutation, spread, welch
from pytest_evalgate.gate.planning_question import PlanQuestion
from pytest_evalgate.stats.result import Inference


Planner = Callable[[PlanQuestion, Inference, Data], Curve | None]

PLANNERS: Mapping[Method, Planner] = {
    Method.ORDER_STATISTIC: order_statistic,
    Method.QUANTILE_DIFFERENCE: two_quantiles,
    Method.PRICE_BONETT: by_error,
    Method.EXACT_BINOMIAL: one_share,
    Method.MCNEMAR_TANGO: paired_shares,
    Method.MCNEMAR_MIDP: paired_shares,
    Method.BONETT_PRICE: paired_shares,
    Method.BOSCHLOO_MIETTINEN_NURMINEN: unpaired_shares,
    Method.POISSON_RATES: events,
    Method.CLUSTER_ROBUST: by_error,
    Method.CLUSTER_SIGN_FLIP: cluster_flips,
    Method.CROSSED: crossed,
    Method.MIXED_MODEL: crossed,
    Method.FIXED_TASKS: by_error,
    Method.RANDOM_TASKS: by_error,
    Method.SIGN_FLIP: sign_flips,
    Method.PERMUTATION: permutation,
    Method.ROUNDED_TANGO: rounded,
    Method.ONE_SAMPLE_T: by_error,
    Method.PAIRED_T: by_error,
    Method.WELCH_T: welch,
    Method.ANCOVA: by_error,
    Method.BCA_BOOTSTRAP: by_error,
    Method.BOOTSTRAP_T: by_error,
    Method.MANN_WHITNEY: by_error,
    Method.SIGNED_RANK: by_error,
    Method.BRUNNER_MUNZEL: by_error,
    Method.BROWN_FORSYTHE: spread,
    Method.DELONG: by_error,
    Method.TILTED_SCORE: by_error,
    Method.SWAP: swaps,
    Method.JACCARD_BINOMIAL: jaccard,
    Method.PPI: by_error,
    Method.ROGAN_GLADEN: by_error,
}


def curve_of(question: PlanQuestion, inference: Inference, data: Data) -> Curve | None:
    """Return the power curve of one rule; None where nothing can be reckoned."""
    return PLANNERS[question.method](question, inference, data)
