"""Any bytes at all: a gate file is read or refused, never anything else, and soon."""

import random
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_evalgate.errors import SpecError, SpecErrors
from pytest_evalgate.spec import peek_name, read_gate


SMALL = """\
version: 1
gate: digits
artifacts:
  evals: {candidate: a/*.jsonl, baseline: b, id: i}
metrics:
  accuracy: {value: correct, better: higher}
rules:
  no-worse: {metric: accuracy, claim: non_inferiority, margin: 2pp}
"""
LARGE = """\
version: 1
gate: g
alpha: 1e-2
correction: bonferroni
min_samples: 900
defaults: {severity: escalate, pair: none}
artifacts:
  e:
    path: [a, '{x}.csv']
    candidate: {where: {m: [v7, null]}}
    baseline: {where: {m: v6}}
    join: {g: {path: g.csv, by: i, match: some}}
    contract: {same: [v], missing: worst, max_missing: 0.1}
metrics:
  t: {value: ms, statistic: p95, better: lower, range: [0, 9]}
  a: {value: {candidate: x, baseline: z}, better: lower, kind: binary}
rules:
  cap: {metric: [t, a], claim: threshold, max: 0.5, min_samples: 300}
  s:
    metric: a
    claim: superiority
    min_effect: 5pp
    expect: -1pp
    slices: {by: [l, k], values: {l: [de, en], k: [1]}, on_small: observe}
"""
FULL = """\
version: 1
gate: f
correction: {method: graphical, weights: {g: 0.5, h: 0.5}, transitions: {g: {h: 1}}}
artifacts:
  e: {candidate: c, baseline: o, id: i, repeat: r}
metrics:
  a: {label: t, score: s, statistic: auroc, better: higher}
  p: {value: v, statistic: pass_at_k, k: 3, better: higher}
  t: {value: v, macro: i, over: random, normalize: {zero: z, one: o}, better: higher}
  j: {value: v, judge: true, gold: w, better: higher, assume: {sd: 1, correlation: 0.5}}
rules:
  g:
    any_of:
      x: {metric: a, claim: superiority, min_effect: 1pp}
      z: {metric: p, claim: non_inferiority, margin: 2pp}
    correction: max_t
    slices: {by: l, values: [de]}
  h: {metric: j, claim: equivalence, margin: 0.1, slices: {by: l, values: [a, b], require: gap}}
"""
SEEDS = (
    SMALL,
    LARGE,
    FULL,
    "a: &x [1, *x]\n<<: {b: 1}\n? k\n: v\n",
    "x: !!timestamp 2001-12-14t21:59:43.10-05:00\ny: !!binary aGk=\nz: !!set {a}\n",
    "n: 0x1F\no: 017\ns: 190:20:30\nf: .inf\ng: 1_000.5e+10\nd: 2024-02-30\n",
    "'q': \"\\x41\\u00e9\\U0001F600\"\nlit: |2-\n   x\nfold: >+\n  y\n",
    "%YAML 1.1\n%TAG ! tag:x,2000:\n---\na: !b c\n...\n",
)
TOKENS = (
    *("&a ", "*a ", "!!", "<<", "? ", ": ", "- ", "[", "]", "{", "}", "|", ">", "'", '"', "%", "@"),
    *("`", "#", "\t", "\n", "  ", "---", "...", "\x00", "\ufeff", "é", "\ud800", "1e", "0x", "0b"),
    *("~", "!!int ", "!!float ", "!!timestamp ", "!!set ", "!!omap ", "!!null ", "\\x", "\\u"),
    *(
        "\\U",
        "9" * 30,
        "-",
        "+",
        ".",
        "_",
        ":",
        ",",
        "\r",
        "\x85",
        "\u2028",
        "\u202e",
        "no",
        "null",
    ),
    *("1e400", ".nan", "pp", "%", "{x}", "version", "rules: ", "metric", "decision", "0.5", "1"),
)
SLOWEST = 5.0  # seconds of one input


def mutated(rng: random.Random) -> bytes:
    """Change a gate file in one to eight places: insert a token, delete, repeat, splice."""
    text = list(rng.choice(SEEDS))
    for _ in range(rng.randint(1, 8)):
        at = rng.randint(0, len(text))
        draw = rng.random()
        if draw < 0.5:
            text[at:at] = list(rng.choice(TOKENS))
        elif draw < 0.7:
            del text[at : at + rng.randint(1, 8)]
        elif draw < 0.9:
            start = rng.randint(0, len(text))
            text[at:at] = text[start : start + rng.randint(1, 20)] * rng.choice((1, 1, 1, 50))
        else:
            other = rng.choice(SEEDS)
            text[at:at] = list(other[rng.randint(0, len(other)) :])
    data = bytearray("".join(text).encode("utf-8", "surrogatepass"))
    if data and rng.random() < 0.05:
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def problems_of(data: bytes) -> tuple[SpecError, ...]:
    try:
        read_gate(data, "gate.yaml")
    except SpecErrors as errors:
        return errors.problems or (SpecError("a refusal without a problem"),)
    return ()


def outcomes(count: int, *, seed: int) -> Counter[str]:
    rng = random.Random(seed)
    found: Counter[str] = Counter()
    for _ in range(count):
        data = mutated(rng)
        start = time.perf_counter()
        problems = problems_of(data)
        found["refused" if problems else "read"] += 1
        assert all(problem.hint and problem.at for problem in problems)
        "".join(map(str, problems)).encode()  # a lone surrogate would break every report
        peek_name(data)
        assert time.perf_counter() - start < SLOWEST, data
    return found


def test_mutated_gate_files_are_read_or_refused() -> None:
    found = outcomes(3_000, seed=1)
    assert found["read"] + found["refused"] == 3_000
    assert found["read"] > 0


@pytest.mark.slow
def test_very_many_mutated_gate_files_are_read_or_refused() -> None:
    assert outcomes(200_000, seed=20261122).total() == 200_000


@given(st.binary(max_size=200))
def test_random_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(SpecErrors):
        read_gate(data, "gate.yaml")
    peek_name(data)


def test_seeds_are_read() -> None:
    assert not problems_of(SMALL.encode())
    assert not problems_of(LARGE.encode())
    assert not problems_of(FULL.encode())


KIB_256 = 256 * 1024


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"[" * KIB_256, id="brackets"),
        pytest.param(b"?\n" * (KIB_256 // 2), id="null-keys"),
        pytest.param(b"- " * (KIB_256 // 2), id="dashes"),
        pytest.param(b'a: "' + b"\\n" * (KIB_256 // 2 - 8) + b'"', id="escapes"),
        pytest.param(b"a: x\n" + b"  y z\n" * (KIB_256 // 6 - 2), id="long-text"),
        pytest.param(b"".join(b"a%d: 1\n" % i for i in range(25_000)), id="keys"),
        pytest.param(
            SEEDS[0]
            .replace(
                "rules:\n",
                "rules:\n"
                + "".join(f"  r{i}: {{metric: acc, clam: x, margn: 2}}\n" for i in range(900)),
            )
            .encode(),
            id="typos",
        ),
        pytest.param(
            b"defaults: {metric: ["
            + b",".join(b"m%d" % i for i in range(900))
            + b"]}\nmetrics:\n"
            + b"".join(b" m%d: {value: x, better: higher}\n" % i for i in range(900))
            + b"rules:\n"
            + b"".join(b" r%d: {claim: superiority}\n" % i for i in range(900)),
            id="rules-times-metrics",
        ),
        pytest.param(
            b"rules: {r: {slices: {by: [a, b, c, d], values: {"
            + b",".join(
                b"%c: [%s]" % (column, b",".join(b"%d" % i for i in range(900)))
                for column in b"abcd"
            )
            + b"}}}}",
            id="slices-times-slices",
        ),
    ],
)
def test_largest_files_are_refused_soon(data: bytes) -> None:
    start = time.perf_counter()
    with pytest.raises(SpecErrors):
        read_gate(data[:KIB_256], "gate.yaml")
    assert time.perf_counter() - start < SLOWEST
