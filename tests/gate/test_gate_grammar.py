"""Thirty gate files on real artifacts, as a user would write them: each runs and gives its figures.

The files lie in ``grammar/``, their paths relative to the folder named by EVALGATE_SAMPLES. Counts,
means and differences were counted with independent code from the same artifacts; bounds of Tango's
interval come from a second implementation. Where the variable is not set there is nothing to read,
and the tests say so.
"""

import math
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from pytest_evalgate.errors import SpecErrors
from pytest_evalgate.evidence import GateEvidence
from pytest_evalgate.gate.engine import evaluate
from pytest_evalgate.spec.build import read_gate
from pytest_evalgate.surroundings import Surroundings


SAMPLES = os.environ.get("EVALGATE_SAMPLES")
pytestmark = pytest.mark.skipif(
    SAMPLES is None, reason="EVALGATE_SAMPLES does not name a folder of artifacts"
)
GATES = Path(__file__).parent / "grammar"


@cache
def judge(name: str) -> GateEvidence:
    [path] = GATES.rglob(f"{name}-*.gate.yaml")
    folder = Path(str(SAMPLES)).resolve()
    return evaluated(path.read_bytes(), folder)


def evaluated(gate: bytes, folder: Path) -> GateEvidence:
    spec = read_gate(gate, "gate.yaml")
    return evaluate(spec, Surroundings(base=folder, root=folder, working_directory=folder))


@dataclass(frozen=True)
class Told:
    """What a rule must say; None where it says nothing, or where nobody counted it."""

    verdict: str
    n: int | None = None
    candidate: float | None = None
    baseline: float | None = None
    effect: float | None = None
    low: float | None = None
    clusters: int | None = None
    words: str = ""  # in the reason
    tolerance: float = 5e-6


INVALID = "invalid"
EXPECTED: dict[str, dict[str, Told]] = {
    "01": {
        "no-worse": Told(
            "inconclusive", n=250, candidate=0.4, baseline=0.42, effect=-0.02, low=-0.0780915
        )
    },
    "02": {
        "strict-holds": Told("fail", n=40, candidate=0.375, baseline=0.525, low=-0.264744),
        "flexible-holds": Told(
            "inconclusive", n=40, candidate=0.525, baseline=0.525, low=-0.0633534
        ),
    },
    "03": {"five-shot-better": Told(INVALID, words="f1 is a list, not a number")},
    "03b": {"holds": Told(INVALID, words="4 clusters")},
    "04": {
        "better": Told("inconclusive", n=100, candidate=0.57, baseline=0.52, effect=0.05)
    },
    "05": {"better": Told("inconclusive", n=10, candidate=0.66, baseline=0.6, effect=0.06)},
    "05b": {"good-enough": Told("inconclusive", n=16, candidate=0.6875)},
    "06": {
        # Scores such as 0.75 are no shares until a `range:` says so: pp has no meaning.
        "quality": Told(INVALID, words="neither 0 and 1 nor in a declared range"),
        "passes": Told(INVALID, words="2 pairs"),
        "latency": Told(INVALID, words="2 units"),
        "cheaper": Told(INVALID, words="2 units"),
    },
    "07": {
        "no-slower[name=test_xfast_parametrized%5B0%5D]": Told(
            INVALID, words="2 runs, baseline 2 runs; min_runs is 5"
        )
    },
    "08": {
        "no-slower[name=BM_One]": Told(INVALID),
        "no-slower[name=BM_Two]": Told(INVALID, words="min_samples is 10"),
        "no-slower[name=short]": Told(INVALID),
        "no-slower[name=medium]": Told(INVALID, words="min_samples is 10"),
    },
    "09": {
        "better": Told(
            "pass", candidate=1.45902, baseline=1.28226, effect=0.176767, tolerance=1e-5
        )
    },
    "09b": {
        "better": Told(
            "pass", candidate=1.28226, baseline=0.0828617, effect=1.1994, tolerance=1e-4
        )
    },
    "10": {
        "better": Told("inconclusive"),
        "better[dataset=emotion]": Told(
            "inconclusive", n=10, candidate=0.762, baseline=0.6498, effect=0.1122, low=0.0062837
        ),
        "better[dataset=sst5]": Told(
            "pass", n=10, candidate=0.518824, baseline=0.459186, effect=0.059638, low=0.018674
        ),
        "better[dataset=SentEval-CR]": Told(
            "inconclusive", n=10, candidate=0.904382, baseline=0.88911, low=0.00394503
        ),
    },
    "11": {
        "better-overall": Told(
            "pass", n=296, candidate=0.238964, baseline=0.143919, effect=0.095045, low=0.0698062
        ),
        "each-task-holds": Told("pass"),
        "each-task-holds[subject=paraphrase]": Told("pass", n=50, low=0.276128),
        "each-task-holds[subject=AMPS_Hard]": Told("pass", n=100, low=0.0223401),
        "each-task-holds[subject=math_comp]": Told("pass", n=96, low=-0.0172791),
        # Tango's bound is +0.0246, but McNemar's exact p at 0 is 1/16: the interval holds 0.
        "each-task-holds[subject=spatial]": Told("pass", n=50, effect=0.08, low=0.0),
    },
    "12": {
        "judge-is-usable": Told("pass", n=999, clusters=170, candidate=0.691692),
        # With the gold labels, of which this model pair has 21, the judge's .673 becomes .631.
        "llama-preferred": Told("inconclusive", n=107),
    },
    "13": {"no-worse": Told(INVALID, words="20 duplicate keys of question_id+turn")},
    "13b": {
        "good-enough": Told(
            "inconclusive", n=160, clusters=80, candidate=6.41875, low=5.981, tolerance=5e-4
        )
    },
    "14": {"holds": Told(INVALID, words="candidate 1 run, baseline 1 run; min_runs is 5")},
    # 12 repositories of very unequal size: shares of so few clusters promote too often.
    "15": {"third": Told(INVALID, words="only 9 clusters")},
    "15v1": {"third": Told(INVALID, words="only 9 clusters")},
    "16": {"not-crushed": Told("inconclusive", n=32, candidate=0.328125)},
    "16v1": {"not-crushed": Told("inconclusive", n=32, candidate=0.328125)},
    "16b": {"not-crushed": Told("inconclusive", n=32, candidate=0.328125)},
    "17": {
        "em-floor": Told("inconclusive", n=10, candidate=0.3),
        "fast": Told(INVALID, words="10 units, min_samples is 29"),
    },
    "18": {
        "tail-cap": Told("pass", n=100, candidate=2.8679, tolerance=5e-5),
        "tail-holds": Told(INVALID),
        # 4 tokens against 292; a mean of values this skewed is judged from 120 units on.
        "cheaper": Told(INVALID, words="skewness 2.2 with 100 units"),
        "cheaper-per-right": Told("pass", n=100, candidate=7.01754, baseline=562.385,
                                  tolerance=5e-4),
    },
    "19": {
        "every-category": Told("inconclusive"),
        "every-category[doc.category=Conspiracies]": Told("inconclusive", n=17, low=-0.258441),
        "every-category[doc.category=Fiction]": Told("inconclusive", n=26, low=-0.233149),
        "every-category[doc.category=Misconceptions]": Told(
            "inconclusive", n=31, low=-0.236573
        ),
        "every-category[doc.category=Myths%20and%20Fairytales]": Told(
            "inconclusive", n=15, low=-0.319667
        ),
        "every-category[doc.category=Paranormal]": Told("inconclusive", n=15, low=-0.274104),
        "every-category[doc.category=Stereotypes]": Told("pass", n=17, low=-0.173455),
    },
    "20": {
        "accurate": Told("pass", n=1596, candidate=0.824561, low=0.808, tolerance=5e-4),
        "finds": Told("fail", n=249, candidate=0.00401606),
    },
    "21": {
        "beats-incumbent": Told("pass", effect=0.176767, tolerance=1e-5),
        "beats-trivial": Told("pass", effect=1.37616, tolerance=1e-5),
    },
    "21b": {
        "beats-incumbent": Told("pass", n=10, effect=0.1122, low=0.0062837),
        "beats-trivial": Told("pass", n=10, effect=0.47495, low=0.43515),
    },
    "22": {"holds": Told(INVALID, words="candidate 1 run, baseline 4 runs; min_runs is 3")},
}  # fmt: skip
CASES = [(gate, rule) for gate, rules in EXPECTED.items() for rule in rules]


@pytest.mark.parametrize(("gate", "rule"), CASES, ids=[f"{g}-{r}" for g, r in CASES])
def test_a_gate_file_gives_its_figures(gate: str, rule: str) -> None:
    told = EXPECTED[gate][rule]
    found = next(one for one in judge(gate).rules if one.id == rule)
    assert found.verdict.value == told.verdict, found.reason
    assert told.words in found.reason
    n = found.n.pairs if found.n.pairs is not None else found.n.candidate
    interval = found.effect
    effect, low = (None, None) if interval is None else (interval.estimate, interval.low)
    for name, expected, actual in (
        ("n", told.n, n),
        ("clusters", told.clusters, found.n.clusters),
        ("candidate", told.candidate, found.candidate),
        ("baseline", told.baseline, found.baseline),
        ("effect", told.effect, effect),
        ("low", told.low, low),
    ):
        if expected is not None:
            assert actual is not None, name
            assert math.isclose(actual, expected, rel_tol=told.tolerance, abs_tol=5e-8), name


def test_every_gate_file_is_in_the_table() -> None:
    names = {path.name.partition("-")[0] for path in GATES.glob("*.gate.yaml")}
    assert names == EXPECTED.keys()


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        ("n01", ["20 duplicate keys of doc_hash", "these rows differ in _path"]),
        ("n02", ["40 duplicate keys of doc_hash", "these rows differ in exact_match, filter"]),
        ("n03", ["80 duplicate keys of question_id", "turn"]),
        ("n04", ["50 duplicate keys of split", "dataset", "size"]),
        ("n07", ['gpt_result is text: "Tie"', "write a map"]),
        ("n08", ['label "garbage" of gpt_result is not in map ["1", "2", "Tie"]']),
        ("n09", ["mae", "Infinity"]),
        ("n10", ["78 duplicate keys of question_id", "differ in winner", "69 rows are copies"]),
        ("n11", ["value -1 outside range [1, 10]"]),
    ],
)
def test_a_wrong_gate_file_is_invalid_by_name(gate: str, words: list[str]) -> None:
    [rule] = judge(gate).rules
    assert rule.verdict.value == INVALID
    assert all(word in rule.reason for word in words), rule.reason


def test_names_that_the_path_and_the_rows_share_must_agree_and_do() -> None:
    [rule] = judge("n05").rules
    assert rule.n.pairs == 296
    assert rule.effect is not None
    assert math.isclose(rule.effect.estimate or 0, 0.095045, rel_tol=1e-5)


def test_both_arms_from_one_file_without_a_condition_are_refused() -> None:
    with pytest.raises(SpecErrors, match="candidate and baseline are the same rows"):
        judge("n06")


def test_the_denominator_comes_from_the_list_of_all_units() -> None:
    [path] = GATES.glob("15-*.gate.yaml")
    gate = path.read_bytes().replace(b"    cluster: verified.repo\n", b"")
    [rule] = evaluated(gate, Path(str(SAMPLES)).resolve()).rules
    assert (rule.n.candidate, rule.candidate) == (500, 0.336)  # 168 of 500, not of the 182 named
    assert rule.effect is not None
    # As if repositories did not matter, it would pass at 0.3.
    assert math.isclose(rule.effect.low or 0, 0.301, abs_tol=5e-4)
