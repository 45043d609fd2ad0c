"""What a rule must have before it is judged: enough units, a limit that can be missed."""

import numpy as np

from pytest_evalgate.errors import TooFewError, UndefinedTestError
from pytest_evalgate.evidence import Scale
from pytest_evalgate.gate.choose import Family, Method, Unit
from pytest_evalgate.gate.data import Data
from pytest_evalgate.gate.limits import ClaimTest
from pytest_evalgate.gate.question import Question
from pytest_evalgate.gate.samples import RuleSamples
from pytest_evalgate.spec.model import Claim, Rule


def check_margin(question: Question, raw: Data, baseline: float | None) -> None:
    """Refuse a margin that even a candidate of nothing but zeros would keep.

    Where no value of either arm is negative, 0 is taken for the worst there is, unless the file
    declares a range that says otherwise.

    Args:
        question: What is asked.
        raw: The values as read.
        baseline: The baseline's own estimate.

    Raises:
        UndefinedTestError: the margin is as large as what it is taken from.
    """
    low = question.bounds.low
    if (
        question.rule.claim is not Claim.NON_INFERIORITY
        or question.scale is not Scale.DIFFERENCE
        or question.samples.ends is not None
        or raw.baseline is None
        or baseline is None
        or low is None
    ):
        return
    if _smallest(raw) >= 0 and -low >= baseline:
        raise UndefinedTestError(
            f"margin is {question.rule.limit.text}, and the baseline's {_named(question)} is "
            f"{baseline:g}: even a candidate of nothing but zeros would keep it",
            hint="write a smaller margin, or declare the `range:` of a metric that can be negative",
        )


def _smallest(data: Data) -> float:
    if data.reduced is not None:
        return min(arm.moments.low for arm in data.reduced.arms)
    return min(float(arm.min()) for arm in (data.candidate, data.baseline) if arm is not None)


def _named(question: Question) -> str:
    return "mean" if question.family is Family.MEAN else question.family.value


def check_quantile(question: Question) -> None:
    """Refuse a quantile of averages: it is no quantile of single answers."""
    if question.family is Family.QUANTILE and question.samples.candidate.repeats > 1:
        raise UndefinedTestError(
            "a quantile of averaged repeats is no quantile of single answers",
            hint="leave `repeat` out, or gate one repeat by `where`",
        )


def check_counts(rule: Rule, samples: RuleSamples, data: Data, min_samples: int) -> None:
    """Hold the counts against the minimum that the gate file asks for."""
    sizes = [arm.size for arm in (data.candidate, data.baseline) if arm is not None]
    n = min(sizes)
    if samples.unit is not Unit.RUN and n < min_samples:
        units = "pair" if data.is_paired else "unit"
        raise TooFewError(
            f"{n} {units if n == 1 else units + 's'}, min_samples is {min_samples}",
            hint=_more_units(n, min_samples),
        )
    runs = {
        name: len(set(arm.runs))
        for name, arm in (("candidate", samples.candidate), ("baseline", samples.baseline))
        if arm is not None and arm.runs is not None
    }
    if runs and min(runs.values()) < rule.min_runs:
        found = ", ".join(f"{name} {n} {'run' if n == 1 else 'runs'}" for name, n in runs.items())
        raise TooFewError(
            f"{found}; min_runs is {rule.min_runs}",
            hint=f"train at least {rule.min_runs} runs of both arms",
        )


def _more_units(n: int, min_samples: int) -> str:
    """Say how to have enough units; one alone is an average or a total, whatever it is called."""
    if n > 1:
        return f"evaluate at least {min_samples} units, or lower `min_samples`"
    return (
        "one value an arm is an average, of which no honest test can be made: give the rows it "
        "was made of, or several runs and `run:`"
    )


def check_feasible(rule: Rule, method: Method, data: Data, test: ClaimTest, alpha: float) -> None:
    """Refuse a rule that could not have passed (or rung) on data of this size."""
    if test.min_pvalue < alpha:
        return
    can = "ring" if rule.claim == "deterioration" else "pass"
    n = data.candidate.size
    raise UndefinedTestError(
        f"the rule cannot {can}: {n} {'pairs' if data.is_paired else 'units'} give "
        f"p >= {test.min_pvalue:.3g} at best by {method.value.replace('_', ' ')}, "
        f"the level is {alpha:.3g}",
        hint=_enough(test, n, alpha),
    )


def _enough(test: ClaimTest, n: int, alpha: float) -> str:
    """Say how many units would be enough for p to be able to fall below the level."""
    if 0 < test.min_pvalue < 1:
        # All the methods with a floor have one of the form q**n.
        needed = int(np.floor(np.log(alpha) / np.log(test.min_pvalue) * n)) + 1
        return f"{max(needed, n + 1)} are needed at the least"
    return "mend the limit: no number of units can clear it"
