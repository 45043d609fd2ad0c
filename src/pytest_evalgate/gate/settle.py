"""Where Monte Carlo remains: a p near its level is drawn again, and may stay unsettled."""

from dataclasses import replace
from math import comb

from pytest_evalgate.evidence import Bounds
from pytest_evalgate.gate.ask import Ask
from pytest_evalgate.gate.choose import Family, Method
from pytest_evalgate.gate.infer import infer
from pytest_evalgate.gate.limits import claim_test
from pytest_evalgate.gate.reduced_infer import infer_reduced
from pytest_evalgate.spec.model import Claim
from pytest_evalgate.stats.bca import Bca
from pytest_evalgate.stats.bootstrap_t import BootstrapT
from pytest_evalgate.stats.permutations import MOST_SPLITS, Permutation
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.sign_flips import SubsetMeans
from pytest_evalgate.stats.streams import monte_carlo_error
from pytest_evalgate.stats.swapped import SwapJoined


TIMES = 10  # as many draws on the second look
NEAR = 3.0  # standard errors of a p from draws


def settled(ask: Ask, claim: Claim, alpha: float) -> tuple[Inference, int | None, tuple[str, ...]]:
    """Return the inference, drawn again with ten times the draws where p is near its level.

    Returns:
        The inference, from how many random draws it is (None for none), and what to say of them.
    """
    if ask.data.reduced is not None:
        return infer_reduced(ask, ask.data.reduced), None, ()
    inference = infer(ask)
    if not is_drawn(ask, inference):
        return inference, None, ()
    pvalue = claim_test(inference, ask.bounds, claim).pvalue
    if is_near(pvalue, alpha, ask.draws):
        ask = replace(ask, draws=TIMES * ask.draws)
        inference = infer(ask)
    return inference, ask.draws, (f"p from {ask.draws:,} random draws, seed {ask.seed}",)


def is_drawn(ask: Ask, inference: Inference) -> bool:
    """Say whether a p comes from random draws; else it is exact or has a formula."""
    if isinstance(inference, SwapJoined):
        is_at_zero = ask.bounds in {Bounds(low=0.0), Bounds(high=0.0)}
        return not (inference.swaps.is_exact and is_at_zero)
    if isinstance(inference, SubsetMeans):
        return ask.method is Method.SIGN_FLIP or inference.flips == ask.draws + 1
    if isinstance(inference, Permutation):
        n, m = ask.data.candidate.size, 0 if ask.data.baseline is None else ask.data.baseline.size
        return comb(n + m, n) > MOST_SPLITS
    if isinstance(inference, Bca):
        return ask.family is not Family.MEAN
    return isinstance(inference, BootstrapT)


def is_near(pvalue: float, level: float, draws: int) -> bool:
    """Say whether other draws could have put p on the other side of its level."""
    return abs(pvalue - level) <= NEAR * monte_carlo_error(max(pvalue, 1 / draws), draws)
