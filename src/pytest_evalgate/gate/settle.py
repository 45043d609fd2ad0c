"""Where Monte Carlo remains: a p near its level is drawn again, and may stay unsettled."""

from dataclasses import replace

from pytest_evalgate.gate.ask import Ask
from pytest_evalgate.gate.infer import infer
from pytest_evalgate.gate.limits import claim_test
from pytest_evalgate.spec.model import Claim
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.streams import monte_carlo_error


TIMES = 10  # as many draws on the second look
NEAR = 3.0  # standard errors of a p from draws


def settled(ask: Ask, claim: Claim, alpha: float) -> tuple[Inference, tuple[str, ...]]:
    """Return the inference, drawn again with ten times the draws where p is near its level.

    Returns:
        The inference, and what to say of its draws.
    """
    inference = infer(ask)
    if drawn(inference) is None:
        return inference, ()
    pvalue = claim_test(inference, ask.bounds, claim).pvalue
    if is_near(pvalue, alpha, ask.draws):
        ask = replace(ask, draws=TIMES * ask.draws)
        inference = infer(ask)
    return inference, (f"p from {ask.draws:,} random draws, seed {ask.seed}",)


def drawn(inference: Inference) -> int | None:
    """Return from how many random draws a p comes; None where it is exact or has a formula."""
    draws = getattr(inference, "random_draws", None)
    return draws if isinstance(draws, int) else None


def is_near(pvalue: float, level: float, draws: int) -> bool:
    """Say whether other draws could have put p on the other side of its level."""
    return abs(pvalue - level) <= NEAR * monte_carlo_error(max(pvalue, 1 / draws), draws)
