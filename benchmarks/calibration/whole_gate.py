"""Whole gates on files: what is judged, warned of and refused where false promotion is likely.

Tables are written to a folder and judged from the gate file on, at the boundary of the null.
"""

import json
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from benchmarks.calibration.cells import clopper_pearson
from benchmarks.calibration.laws import LAWS, Generator
from numpy.typing import NDArray
from scipy.special import ndtri

from pytest_evalgate.evidence import RuleEvidence, Verdict
from pytest_evalgate.gate.engine import evaluate
from pytest_evalgate.spec.build import read_gate
from pytest_evalgate.surroundings import Surroundings


REPLICATES: Final = 200
Row: TypeAlias = Mapping[str, object]
Tables: TypeAlias = tuple[list[Row], list[Row] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Data at the boundary of a rule, and the gate file that judges them."""

    words: str
    n: str
    draw: Callable[[Generator], Tables]
    rule: str
    metric: str = "value: v, better: higher"
    artifact: str = "id: id"


def situations() -> Iterator[Situation]:
    yield from of_runs()
    yield from of_items()
    yield from of_groups()
    yield from of_sets()


def of_runs() -> Iterator[Situation]:
    for n, m, law in ((5, 5, "normal"), (3, 3, "normal"), (2, 2, "normal"), (3, 5, "normal"),
                      (30, 3, "lognormal(1)"), (5, 5, "lognormal(1)")):  # fmt: skip
        yield Situation(words=f"{law} runs, candidate lower", n=f"{n} v {m} runs",
                        draw=partial(_two_runs, law, n, m),
                        rule="claim: superiority", metric="value: v, better: lower",
                        artifact="run: seed")  # fmt: skip


def of_items() -> Iterator[Situation]:
    for n in (10, 20, 50, 100, 200):
        yield Situation(words="paired 0/1, .02 better, .07 worse, margin .05", n=f"{n} pairs",
                        draw=partial(_pairs, n, 0.02, 0.07),
                        rule="claim: non_inferiority, margin: 0.05")  # fmt: skip
        yield Situation(words="paired 0/1, .05 better, .05 worse", n=f"{n} pairs",
                        draw=partial(_pairs, n, 0.05, 0.05),
                        rule="claim: superiority")  # fmt: skip
    yield Situation(words="paired 0/1, no discordance at all", n="100 pairs",
                    draw=partial(_pairs, 100, 0.0, 0.0),
                    rule="claim: superiority")  # fmt: skip
    for rate in (0.98, 0.99):
        yield Situation(words=f"share {rate:g} against {rate:g}", n="200",
                        draw=partial(_share, rate),
                        rule=f"claim: threshold, min: {rate:g}")  # fmt: skip
    for law, n in (("normal", 20), ("normal", 50), ("lognormal(1)", 50), ("lognormal(.5)", 100)):
        mean = LAWS[law].mean
        yield Situation(words=f"{law} items, mean against its limit", n=str(n),
                        draw=partial(_items, law, n),
                        rule=f"claim: threshold, max: {mean!r}",
                        metric="value: v, better: lower")  # fmt: skip
    for n in (100, 500):
        yield Situation(words="p99 against its limit, normal", n=f"{n} requests",
                        draw=partial(_items, "normal", n),
                        rule=f"claim: threshold, max: {float(ndtri(0.99))!r}",
                        metric="value: v, statistic: p99, better: lower")  # fmt: skip


def of_groups() -> Iterator[Situation]:
    for count in (4, 5, 8, 20):
        yield Situation(words="clusters of unequal size, ICC .3", n=f"{count} clusters",
                        draw=partial(_clusters, count),
                        rule="claim: threshold, min: 0", artifact="id: id, cluster: c")  # fmt: skip
    for runs, units in ((2, 100), (3, 100), (3, 500), (5, 100)):
        yield Situation(words="runs x items, seed-heavy", n=f"{runs} x {units}",
                        draw=partial(_crossed, runs, units),
                        rule="claim: non_inferiority, margin: 0.5",
                        artifact="id: id, run: seed")  # fmt: skip


def of_sets() -> Iterator[Situation]:
    for positives in (5, 10, 30):
        yield Situation(words="AUROC .85 in both arms", n=f"{positives} positives of 200",
                        draw=partial(_areas, positives),
                        rule="claim: superiority",
                        metric="label: truth, score: s, statistic: auroc, better: higher",
                        )  # fmt: skip


def _values(values: NDArray[Any]) -> list[Row]:
    return [{"id": f"q{i:04d}", "v": float(value)} for i, value in enumerate(values)]


def _share(rate: float, rng: Generator) -> Tables:
    return _values(rng.random(200) < rate), None


def _items(law: str, n: int, rng: Generator) -> Tables:
    return _values(LAWS[law].draw(rng, n)), None


def _two_runs(law: str, n: int, m: int, rng: Generator) -> Tables:
    return _runs(rng, law, n), _runs(rng, law, m)


def _runs(rng: Generator, law: str, n: int) -> list[Row]:
    return [{"seed": i, "v": float(value)} for i, value in enumerate(LAWS[law].draw(rng, n))]


def _pairs(n: int, better: float, worse: float, rng: Generator) -> Tables:
    found = rng.random(n)
    is_better, is_worse = found < better, found > 1.0 - worse
    same = rng.random(n) < 0.8
    return _values(np.where(is_better, True, np.where(is_worse, False, same))), _values(  # noqa: FBT003
        np.where(is_better, False, np.where(is_worse, True, same))  # noqa: FBT003
    )


def _clusters(count: int, rng: Generator) -> Tables:
    sizes = np.maximum(1, 40 // np.arange(1, count + 1))
    rows: list[Row] = []
    for name, size in enumerate(sizes):
        effect = np.sqrt(0.3) * rng.standard_normal()
        values = effect + np.sqrt(0.7) * rng.standard_normal(size)
        rows += [{"id": f"{name}-{i}", "c": f"c{name}", "v": float(v)}
                 for i, v in enumerate(values)]  # fmt: skip
    return rows, None


def _crossed(runs: int, units: int, rng: Generator) -> Tables:
    tables: list[list[Row]] = []
    difficulty = rng.standard_normal(units)
    for shift in (-0.5, 0.0):
        cells = difficulty + 0.7 * rng.standard_normal((runs, units)) + shift
        cells += 0.7 * rng.standard_normal((runs, 1))
        tables.append([{"id": f"q{i:03d}", "seed": s, "v": float(cells[s, i])}
                       for s in range(runs) for i in range(units)])  # fmt: skip
    return tables[0], tables[1]


def _areas(positives: int, rng: Generator) -> Tables:
    label = np.r_[np.ones(positives), np.zeros(200 - positives)]
    shared = rng.standard_normal(200)
    arms = [1.466 * label + np.sqrt(0.5) * (shared + rng.standard_normal(200)) for _ in range(2)]
    tables: list[list[Row]] = [
        [{"id": f"q{i:03d}", "truth": int(label[i]), "s": float(arm[i])} for i in range(200)]
        for arm in arms
    ]
    return tables[0], tables[1]


def _judge(folder: Path, situation: Situation, tables: Tables) -> RuleEvidence:
    candidate, baseline = tables
    for name, rows in (("candidate", candidate), ("baseline", baseline or candidate)):
        # The arm's name beside: the same bytes twice would be refused as a copied file.
        text = "".join(json.dumps({**row, "arm": name}) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    arms = "candidate: candidate.jsonl"
    arms += ", baseline: baseline.jsonl" if baseline is not None else ""
    text = (
        f"version: 1\ngate: g\nartifacts: {{a: {{{arms}, {situation.artifact}}}}}\n"
        f"metrics: {{m: {{{situation.metric}}}}}\nrules: {{r: {{metric: m, {situation.rule}}}}}\n"
    )
    around = Surroundings(base=folder, root=folder, working_directory=folder)
    return evaluate(read_gate(text.encode(), "gate.yaml"), around).rules[0]


def record(situation: Situation, *, replicates: int) -> dict[str, object]:
    """Judge one situation many times."""
    seed = zlib.crc32(repr((situation.words, situation.n)).encode())
    rng = np.random.Generator(np.random.Philox(seed))
    verdicts: Counter[Verdict] = Counter()
    methods: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    warned = 0
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(replicates):
            rule = _judge(Path(folder), situation, situation.draw(rng))
            verdicts[rule.verdict] += 1
            methods[rule.method or "none"] += 1
            warned += bool(rule.warnings)
            if rule.verdict is Verdict.INVALID:
                reasons[rule.reason] += 1
    low, high = clopper_pearson(verdicts[Verdict.PASS], replicates)
    known = [name for name, _ in methods.most_common() if name != "none"]
    return {
        "situation": situation.words, "n": situation.n, "rule": situation.rule,
        "method": known[0] if known else None,
        "rate": verdicts[Verdict.PASS] / replicates, "low": round(low, 5), "high": round(high, 5),
        "invalid": verdicts[Verdict.INVALID] / replicates, "warned": warned / replicates,
        "reason": reasons.most_common(1)[0][0] if reasons else None, "R": replicates,
        "seed": seed,
    }  # fmt: skip


def records(*, small: bool) -> list[dict[str, object]]:
    """Judge every situation."""
    return [record(one, replicates=5 if small else REPLICATES) for one in situations()]
