"""Every method obeys the same laws, on random data: found through the registry, none escapes."""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from method_cases import VARIANTS, Case, make_case
from method_changes import first_rows, mapped
from method_properties import EXEMPT, PROPERTIES, Drawn, applies, draw

from pytest_evalgate.errors import EvalGateError, UndefinedTestError
from pytest_evalgate.gate.choose import TABLE, Method, Unit
from pytest_evalgate.gate.data import Data
from pytest_evalgate.gate.domain_question import DomainQuestion
from pytest_evalgate.gate.domain_table import domain
from pytest_evalgate.gate.domains import check_domain
from pytest_evalgate.gate.infer import METHODS, infer
from pytest_evalgate.gate.methods import REGISTRY, smallest_sample, when
from pytest_evalgate.spec.model import Kind


# --- one list of methods


def test_every_method_has_a_record_a_row_an_inference_and_data() -> None:
    assert list(REGISTRY) == list(Method)
    assert {row.method for row in TABLE} == set(Method)
    assert set(METHODS) == set(Method)
    assert set(VARIANTS) == set(Method)


@pytest.mark.parametrize("method", Method)
def test_a_record_says_when_it_is_chosen_and_from_how_small_a_sample_on(method: Method) -> None:
    record = REGISTRY[method]
    assert all(domain(name).is_floor for name, _ in record.floors)
    assert smallest_sample(record)
    assert when(record).endswith(".")
    assert "{" not in when(record)
    # The years of a source are what a reader looks it up by.
    assert any(word.strip("(),;").isdigit() for word in record.source.split())


def test_exemptions_are_of_designs_that_exist() -> None:
    known = {(method, one.name) for method, found in VARIANTS.items() for one in found}
    assert {(method, name) for method, name, _ in EXEMPT} <= known


# --- the laws, on a few data sets each

MIXED = frozenset({Method.MIXED_MODEL, Method.SIGN_FLIP, Method.BRUNNER_MUNZEL, Method.SWAP})
FEW, MANY = 4, 12
SEED = 20_261


def drawn_case(method: Method, seed: int, size: int) -> Drawn | None:
    """Return one data set, judged; None where it leaves the method undefined."""
    rng = np.random.default_rng([SEED, seed])
    try:
        return draw(make_case(method, rng, size), rng)
    except UndefinedTestError:
        return None


def broken_laws(drawn: Drawn) -> list[str]:
    """Return what does not hold, in words."""
    found = []
    for law in PROPERTIES:
        if not applies(law, drawn.case):
            continue
        try:
            law(drawn)
        except (AssertionError, ArithmeticError, EvalGateError, ValueError, Warning) as error:
            found.append(f"{drawn.case.variant.name}: {law.__name__}: {str(error)[:200]}")
    return found


@pytest.mark.parametrize("method", Method)
def test_test_interval_and_data_agree(method: Method) -> None:
    @settings(
        max_examples=FEW if method in MIXED else MANY,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(seed=st.integers(0, 2**32), size=st.integers(3, 24))
    def check(seed: int, size: int) -> None:
        drawn = drawn_case(method, seed, size)
        if drawn is not None:
            assert not broken_laws(drawn)

    check()


@pytest.mark.parametrize("method", Method)
def test_most_data_made_for_a_method_can_be_judged(method: Method) -> None:
    found = [drawn_case(method, seed, 12) is not None for seed in range(8)]
    assert sum(found) >= 4


# Methods of which one judgement takes more than a millisecond.
LONG = MIXED | {
    Method.QUANTILE_DIFFERENCE, Method.BOSCHLOO_MIETTINEN_NURMINEN, Method.PERMUTATION,
    Method.WELCH_T, Method.PAIRED_T, Method.BCA_BOOTSTRAP, Method.MANN_WHITNEY,
    Method.SIGNED_RANK, Method.TILTED_SCORE, Method.CLUSTER_ROBUST,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("method", Method)
def test_no_law_is_broken_in_many_cases(method: Method) -> None:
    broken: Counter[str] = Counter()
    first: dict[str, str] = {}
    judged = 0
    for seed in range(2_000 if method in LONG else 100_000):
        drawn = drawn_case(method, seed, 3 + seed % 28)
        if drawn is None:
            continue
        judged += 1
        for words in broken_laws(drawn):
            name = ": ".join(words.split(": ")[:2])
            broken[name] += 1
            first.setdefault(name, f"seed {seed}: {words}")
    print(f"{method}: {judged} judged, {sum(broken.values())} broken")  # noqa: T201 - a slow run's count
    assert judged > 500
    assert not broken, f"{dict(broken)}; {first}"


# --- damaged data


def poisoned(data: Data, bad: float) -> Data:
    """Return the same data with one bad value in the candidate."""

    def replace_first(values: np.ndarray) -> np.ndarray:
        found = values.copy()
        found.flat[0] = bad
        return found

    return mapped(data, replace_first, arms=("candidate",))


def constant(data: Data) -> Data:
    """Return the same data with the same value in every unit of an arm."""
    lower = mapped(data, lambda values: np.where(np.isnan(values), values, 0.0), gold=True)
    return mapped(
        lower, lambda values: np.where(np.isnan(values), values, 1.0), gold=True,
        arms=("candidate",),
    )  # fmt: skip


_COUNTED = "values are counted as 0 and 1, and a file with another value never gets here"
_DEFINED = "one unit is judged exactly, and by itself reaches no usual level"
_SHARES = "the same answer everywhere is the strongest evidence of a share that there is"
_BEATEN = "where every value beats every other, the floor of p says how sure that is"
_FILES = "the column that the sum is divided by, or the label, still varies"
BINARY = (
    Method.EXACT_BINOMIAL, Method.MCNEMAR_TANGO, Method.MCNEMAR_MIDP, Method.BONETT_PRICE,
    Method.BOSCHLOO_MIETTINEN_NURMINEN, Method.POISSON_RATES, Method.JACCARD_BINOMIAL,
)  # fmt: skip
HARMLESS: dict[tuple[str, Method], str] = {
    **{("not a number", method): _COUNTED for method in (*BINARY, Method.ROGAN_GLADEN)},
    **{("infinite", method): _COUNTED for method in (*BINARY, Method.ROGAN_GLADEN)},
    **{("one unit", method): _DEFINED for method in BINARY},
    ("one unit", Method.ORDER_STATISTIC): _DEFINED,
    ("one unit", Method.SIGN_FLIP): _DEFINED,
    ("one unit", Method.CLUSTER_SIGN_FLIP): _DEFINED,
    ("one unit", Method.ROUNDED_TANGO): _DEFINED,
    **{("constant", method): _SHARES for method in BINARY},
    ("constant", Method.BRUNNER_MUNZEL): _BEATEN,
    ("constant", Method.BCA_BOOTSTRAP): _FILES,
    ("constant", Method.SWAP): _FILES,
}
DAMAGES: dict[str, Callable[[Data], Data]] = {
    "not a number": lambda data: poisoned(data, math.nan),
    "infinite": lambda data: poisoned(data, math.inf),
    "empty": lambda data: first_rows(data, 0),
    "one unit": lambda data: first_rows(data, 1),
    "constant": constant,
}


def question_of(case: Case) -> DomainQuestion:
    return DomainQuestion(
        method=case.ask.method,
        family=case.ask.family,
        unit=Unit.ITEM,
        has_margin=False,
        kind=Kind.BINARY if case.ask.is_binary else Kind.CONTINUOUS,
        margin_share=None,
        ratio=1.0,
        limits=(0.5,),
        quantile=case.ask.quantile,
        statistic=case.ask.statistic,
    )


@pytest.mark.filterwarnings("ignore")  # as the engine does, so that no filter changes a verdict
@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("method", Method)
def test_damaged_data_are_never_judged(method: Method, damage: str) -> None:
    if (damage, method) in HARMLESS:
        return
    for seed in range(6):
        case = make_case(method, np.random.default_rng([SEED, seed]), 20)
        data = DAMAGES[damage](case.ask.data)
        with pytest.raises(EvalGateError):
            judged(case, data)


def judged(case: Case, data: Data) -> float:
    """Judge as a gate does: an effect first, then its domain."""
    inference = infer(replace(case.ask, data=data))
    pvalue = min(inference.p_greater(inference.estimate), inference.p_less(inference.estimate))
    check_domain(question_of(case), data, data)
    return pvalue
