"""Every method asked for by name, from a gate file to its evidence, against independent sources.

The numbers come from SciPy, statsmodels, or from R by the reference cases; nothing is taken from
the code under test.
"""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pytest
from gated import assert_laws, ends, estimate, near, reference, rows_of, rule_of
from numpy.typing import NDArray
from scipy import optimize, special, stats

from pytest_evalgate.evidence import GateEvidence, RuleEvidence, Verdict, exit_status
from pytest_evalgate.gate.choose import Method


if TYPE_CHECKING:
    from tests.gate.conftest import Bench

Row = Mapping[str, object]
Rows = Sequence[Row]
Array = NDArray[np.float64]
FLIP = {"higher": "lower", "lower": "higher"}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A gate whose rule passes, a limit that it fails, and the numbers from elsewhere."""

    candidate: Rows
    baseline: Rows | None = None
    passing: str  # the rule that passes
    failing: str | None  # one that fails on the same data; None: the arms are exchanged instead
    metric: str = "value: v"
    artifact: str = "id: id"
    alpha: float = 0.05
    estimate: float
    pvalue: float | None = None
    low: float | None = None
    rel: float = 1e-9
    loose: float = 0.0  # relative, of numbers that are drawn at random or by another procedure
    mirror: str = "negate"  # how `better: lower` is made of it: negate | exchange | none
    names: tuple[str, ...] = field(default=("v",))  # columns that are negated

    def judge(
        self, bench: "Bench", rule: str, *, better: str = "higher", exchanged: bool = False
    ) -> GateEvidence:
        candidate, baseline = self.candidate, self.baseline
        if exchanged:
            if baseline is None:
                raise ValueError("one arm cannot be exchanged")
            candidate, baseline = baseline, candidate
        if better == "lower" and self.mirror == "negate":
            candidate = negated(candidate, self.names)
            baseline = None if baseline is None else negated(baseline, self.names)
        return judge(
            bench,
            candidate,
            baseline,
            rule,
            metric=f"{self.metric}, better: {better}",
            artifact=self.artifact,
            alpha=self.alpha,
        )


def negated(rows: Rows, names: Sequence[str]) -> Rows:
    return [{**row, **{name: -float(str(row[name])) for name in names}} for row in rows]


def judge(
    bench: "Bench",
    candidate: Rows,
    baseline: Rows | None,
    rule: str,
    *,
    metric: str = "value: v, better: higher",
    artifact: str = "id: id",
    alpha: float = 0.05,
) -> GateEvidence:
    bench.write("candidate.jsonl", candidate)
    bench.write("baseline.jsonl", baseline or [])
    arms = "candidate: candidate.jsonl"
    if baseline is not None:
        arms += ", baseline: baseline.jsonl"
    return bench.judge_text(
        f"version: 1\ngate: g\nalpha: {alpha}\n"
        f"artifacts: {{a: {{{arms}, {artifact}}}}}\n"
        f"metrics: {{m: {{{metric}}}}}\n"
        f"rules: {{r: {{metric: m, {rule}}}}}\n"
    )


# --- data


def normal(seed: int, n: int, mean: float, sd: float) -> list[float]:
    found: list[float] = np.random.default_rng(seed).normal(mean, sd, n).round(3).tolist()
    return found


def shifted(values: Sequence[float], seed: int, by: float, sd: float) -> list[float]:
    rng = np.random.default_rng(seed)
    found: list[float] = (np.asarray(values) + rng.normal(by, sd, len(values))).round(3).tolist()
    return found


X = normal(1, 40, 10.0, 1.0)
Y = shifted(X, 2, -0.5, 0.9)
OTHER = normal(3, 36, 9.2, 1.3)
DIFFERENCES = np.asarray(X) - np.asarray(Y)


def pairs(better: int, worse: int, both: int, neither: int) -> tuple[Rows, Rows]:
    candidate = [1] * better + [0] * worse + [1] * both + [0] * neither
    baseline = [0] * better + [1] * worse + [1] * both + [0] * neither
    return rows_of(v=candidate), rows_of(v=baseline)


# --- methods from textbooks, written down a second time


def tango_z(b: int, c: int, n: int, limit: float) -> float:
    """Tango (1998): score statistic with the restricted maximum likelihood estimate."""
    big_b = -b - c + (2 * n - b + c) * limit
    big_c = -c * limit * (1 - limit)
    q = (math.sqrt(big_b**2 - 8 * n * big_c) - big_b) / (4 * n)
    return (b - c - n * limit) / math.sqrt(n * (2 * q + limit * (1 - limit)))


def tango_low(b: int, c: int, n: int, alpha: float) -> float:
    z = float(stats.norm.isf(alpha))
    root = optimize.brentq(lambda d: tango_z(b, c, n, d) - z, -0.999, (b - c) / n - 1e-9)
    return float(root)


def t_low(estimate_: float, error: float, df: float, alpha: float = 0.05) -> float:
    return estimate_ - error * float(stats.t.isf(alpha, df))


def welch(a: Sequence[float], b: Sequence[float]) -> tuple[float, float, float]:
    """Return p of greater, standard error and df."""
    parts = [np.var(one, ddof=1) / len(one) for one in (a, b)]
    error = math.sqrt(sum(parts))
    df = sum(parts) ** 2 / sum(
        part**2 / (len(one) - 1) for part, one in zip(parts, (a, b), strict=True)
    )
    return float(stats.t.sf((np.mean(a) - np.mean(b)) / error, df)), error, float(df)


# --- one case a method


def order_statistic() -> Case:
    case = reference("q50_p")
    x = case["input"]["x"]
    below = sum(value < 10.9 for value in x)
    return Case(
        candidate=rows_of(v=x),
        passing="claim: threshold, min: 10.9",
        failing="claim: threshold, min: 50",
        metric="value: v, statistic: median",
        alpha=0.025,
        estimate=case["expected"]["quantile_type7"],
        pvalue=float(stats.binom.cdf(below, len(x), 0.5)),
        low=case["expected"]["lower"],
        mirror="none",
    )


def quantile_difference() -> Case:
    # No textbook gives this p; the bounds must lie near a percentile bootstrap's.
    rng = np.random.default_rng(11)
    draws = np.asarray(OTHER)[rng.integers(0, len(OTHER), (4000, len(OTHER)))]
    other = np.asarray(X)[rng.integers(0, len(X), (4000, len(X)))]
    differences = np.median(other, axis=1) - np.median(draws, axis=1)
    return Case(
        candidate=rows_of(v=X),
        baseline=rows_of(v=OTHER),
        passing="claim: superiority, pair: none",
        failing="claim: superiority, pair: none, min_effect: 3",
        metric="value: v, statistic: median",
        estimate=float(np.median(X) - np.median(OTHER)),
        low=float(np.quantile(differences, 0.05)),
        loose=0.5,
        mirror="negate",
    )


def price_bonett() -> Case:
    case = reference("medianpb_p")
    a, b = case["input"]["a"], case["input"]["b"]
    error, found = case["expected"]["se"], case["expected"]["estimate"]
    return Case(
        candidate=rows_of(v=a),
        baseline=rows_of(v=b),
        passing="claim: non_inferiority, margin: 20, pair: none",
        failing="claim: superiority, min_effect: 50, pair: none",
        metric="value: v, statistic: median",
        alpha=0.025,
        estimate=found,
        pvalue=float(stats.norm.sf((found + 20) / error)),
        low=case["expected"]["ci"][0],
    )


def exact_binomial() -> Case:
    values = [1] * 85 + [0] * 15
    return Case(
        candidate=rows_of(v=values),
        passing="claim: threshold, min: 0.77",
        failing="claim: threshold, min: 0.95",
        estimate=0.85,
        pvalue=float(stats.binomtest(85, 100, 0.77, alternative="greater").pvalue),
        low=float(stats.beta.ppf(0.05, 85, 16)),
        mirror="none",
    )


def mcnemar_tango() -> Case:
    candidate, baseline = pairs(30, 8, 100, 62)
    return Case(
        candidate=candidate,
        baseline=baseline,
        passing="claim: superiority",
        failing="claim: superiority, min_effect: 0.3",
        estimate=0.11,
        pvalue=float(stats.binom.sf(29, 38, 0.5)),
        low=tango_low(30, 8, 200, 0.05),
        mirror="exchange",
    )


def mcnemar_midp() -> Case:
    candidate, baseline = pairs(30, 8, 100, 62)
    return Case(
        candidate=candidate,
        baseline=baseline,
        passing="claim: superiority",
        failing="claim: superiority, min_effect: 0.3",
        estimate=0.11,
        # The largest p of all differences up to 0: Tango's just below 0 is above the mid-p at 0.
        pvalue=max(
            float(stats.binom.sf(30, 38, 0.5) + 0.5 * stats.binom.pmf(30, 38, 0.5)),
            float(stats.norm.sf(22 / math.sqrt(38))),
        ),
        low=tango_low(30, 8, 200, 0.05),
        mirror="exchange",
    )


def bonett_price() -> Case:
    case = reference("paired_agresti_p")
    candidate, baseline = pairs(150, 86, 700, 664)
    n, low = 1602, case["expected"]["bonett_price"][0]
    centre = 64 / n
    error = math.sqrt(((150 + 86 + 2) / n - centre**2) / n)
    return Case(
        candidate=candidate,
        baseline=baseline,
        passing="claim: superiority",
        failing="claim: superiority, min_effect: 0.1",
        alpha=0.05,
        estimate=0.04,
        pvalue=float(stats.norm.sf(centre / error)),
        low=low,
        mirror="exchange",
        rel=1e-8,
    )


def boschloo_miettinen_nurminen() -> Case:
    case = reference("twoprop_newcombe_a")
    table = [[56, 48], [14, 32]]
    exact = stats.boschloo_exact(table, alternative="greater", n=2048)
    return Case(
        candidate=rows_of(v=[1] * 56 + [0] * 14),
        baseline=rows_of(v=[1] * 48 + [0] * 32),
        passing="claim: superiority, pair: none",
        failing="claim: superiority, pair: none, min_effect: 0.5",
        alpha=0.025,
        estimate=0.2,
        pvalue=float(exact.pvalue),
        low=case["expected"]["miettinen_nurminen"][0],
        rel=1e-6,
        mirror="exchange",
    )


def poisson_rates() -> Case:
    case = reference("poisson_p")
    (x, y), (s, t) = case["input"]["events"], case["input"]["exposure"]
    share = 0.8 * s / (0.8 * s + t)  # of events in the candidate at ratio 0.8
    return Case(
        candidate=spread_events(x, s, 16),
        baseline=spread_events(y, t, 30),
        passing="claim: non_inferiority, margin: 20%, pair: none",
        failing="claim: superiority, min_effect: 400%, pair: none",
        metric="value: v, per: w, kind: count",
        alpha=0.025,
        estimate=case["expected"]["estimate"],
        pvalue=float(stats.binom.sf(x - 1, x + y, share)),
        low=case["expected"]["ci"][0],
        rel=1e-8,
        mirror="none",
    )


def spread_events(events: int, exposure: float, units: int) -> Rows:
    """Return units of equal exposure that hold these events, as evenly as can be."""
    counts = [events * (i + 1) // units - events * i // units for i in range(units)]
    return rows_of(v=counts, w=[exposure / units] * units)


def cluster_robust() -> Case:
    case = reference("cluster_mean_p")
    y, clusters = case["input"]["y"], case["input"]["cluster"]
    error, df = case["expected"]["se_cr2"], case["expected"]["df_satt"]
    found = case["expected"]["estimate"]
    base = [round(0.5 + 0.01 * i, 2) for i in range(len(y))]
    names = [f"c{one}" for one in clusters]
    return Case(
        candidate=rows_of(v=[a + b for a, b in zip(y, base, strict=True)], c=names),
        baseline=rows_of(v=base, c=names),
        passing="claim: non_inferiority, margin: 0.1",
        failing="claim: superiority, min_effect: 0.3",
        artifact="id: id, cluster: c",
        alpha=0.025,
        estimate=found,
        pvalue=float(stats.t.sf((found + 0.1) / error, df)),
        low=case["expected"]["ci_cr2"][0],
        rel=1e-8,
    )


def cluster_sign_flip() -> Case:
    rng = np.random.default_rng(21)
    clusters = [f"c{i}" for i in range(12) for _ in range(3)]
    differences = np.repeat(rng.normal(0.3, 0.4, 12), 3) + rng.normal(0, 0.2, 36)
    base = rng.normal(5, 1, 36)
    sums = differences.reshape(12, 3).sum(axis=1)
    flips = np.asarray(list(itertools.product((-1, 1), repeat=12))) @ sums
    return Case(
        candidate=rows_of(v=(base + differences).tolist(), c=clusters),
        baseline=rows_of(v=base.tolist(), c=clusters),
        passing="claim: superiority",
        failing=None,
        artifact="id: id, cluster: c",
        estimate=float(differences.mean()),
        pvalue=float(np.mean(flips >= sums.sum() - 1e-9)),
    )


def grid(table: Sequence[Sequence[float]], *, prefix: str = "s") -> Rows:
    """Return rows of runs by items."""
    return [
        {"id": f"q{i:02d}", "seed": f"{prefix}{r}", "v": value}
        for r, row in enumerate(table)
        for i, value in enumerate(row)
    ]


def crossed_data() -> tuple[Array, Array]:
    rng = np.random.default_rng(31)
    runs, items = 5, 40
    hard = rng.normal(0, 1, items)
    candidate = 3 + hard + rng.normal(0.6, 0.2, (runs, 1)) + rng.normal(0, 0.8, (runs, items))
    baseline = 3 + hard + rng.normal(0.0, 0.2, (runs, 1)) + rng.normal(0, 0.8, (runs, items))
    return candidate.round(3), baseline.round(3)


def crossed_numbers(differences: Array) -> tuple[float, float, float]:
    """Cornfield and Tukey (1956): mean, standard error and Satterthwaite's df."""
    r, c = differences.shape
    mean = differences.mean()
    rows, columns = differences.mean(axis=1), differences.mean(axis=0)
    ms_r = c * rows.var(ddof=1)
    ms_c = r * columns.var(ddof=1)
    rest = differences - rows[:, None] - columns + mean
    ms_e = (rest**2).sum() / ((r - 1) * (c - 1))
    variance = ms_r + ms_c - ms_e
    df = variance**2 / (ms_r**2 / (r - 1) + ms_c**2 / (c - 1) + ms_e**2 / ((r - 1) * (c - 1)))
    return float(mean), math.sqrt(variance / (r * c)), float(df)


def crossed() -> Case:
    candidate, baseline = crossed_data()
    mean, error, df = crossed_numbers(candidate - baseline)
    return Case(
        candidate=grid(candidate.tolist()),
        baseline=grid(baseline.tolist()),
        passing="claim: superiority, pair: run",
        failing="claim: superiority, pair: run, min_effect: 3",
        artifact="id: id, run: seed",
        estimate=mean,
        pvalue=float(stats.t.sf(mean / error, df)),
        low=t_low(mean, error, df),
        loose=0.03,  # the engine takes the more cautious of two standard errors
    )


def mixed_model() -> Case:
    # Of a balanced table REML's components are those of the analysis of variance.
    candidate, baseline = crossed_data()
    mean, error, df = crossed_numbers(candidate - baseline)
    return Case(
        candidate=grid(candidate.tolist()),
        baseline=grid(baseline.tolist()),
        passing="claim: superiority, pair: run",
        failing="claim: superiority, pair: run, min_effect: 3",
        artifact="id: id, run: seed",
        estimate=mean,
        pvalue=float(stats.t.sf(mean / error, df)),
        low=t_low(mean, error, df),
        loose=0.03,
    )


def task_rows(tasks: Sequence[Sequence[float]]) -> Rows:
    return [
        {"task": f"t{t}", "seed": r, "v": value}
        for t, values in enumerate(tasks)
        for r, value in enumerate(values)
    ]


def fixed_tasks() -> Case:
    case = reference("agg_p")["input"]
    expected = reference("agg_p")["expected"]
    error, df = expected["se_fixed_tasks"], expected["df_fixed_tasks"]
    return Case(
        candidate=task_rows(case["candidate"]),
        baseline=task_rows(case["baseline"]),
        passing="claim: superiority, pair: none",
        failing="claim: superiority, pair: none, min_effect: 0.2",
        metric="value: v, macro: task",
        artifact="id: task, run: seed",
        estimate=expected["macro_diff"],
        pvalue=float(stats.t.sf(expected["macro_diff"] / error, df)),
        low=t_low(expected["macro_diff"], error, df),
    )


def random_tasks() -> Case:
    rng = np.random.default_rng(41)
    base = rng.normal(0.5, 0.1, (8, 3)).round(3)
    better = (base + rng.normal(0.08, 0.04, (8, 1)) + rng.normal(0, 0.02, (8, 3))).round(3)
    differences = better.mean(axis=1) - base.mean(axis=1)
    test = stats.ttest_1samp(differences, 0.0, alternative="greater")
    error = float(differences.std(ddof=1) / math.sqrt(8))
    return Case(
        candidate=task_rows(better.tolist()),
        baseline=task_rows(base.tolist()),
        passing="claim: superiority, pair: none",
        failing="claim: superiority, pair: none, min_effect: 0.3",
        metric="value: v, macro: task, over: random",
        artifact="id: task, run: seed",
        estimate=float(differences.mean()),
        pvalue=float(test.pvalue),
        low=t_low(float(differences.mean()), error, 7),
    )


def sign_flip() -> Case:
    case = reference("signflip_darwin")
    base = [float(i) for i in range(15)]
    differences = case["input"]["diff"]
    return Case(
        candidate=rows_of(v=[a + b for a, b in zip(differences, base, strict=True)]),
        baseline=rows_of(v=base),
        passing="claim: superiority",
        failing=None,
        estimate=case["expected"]["estimate"],
        pvalue=case["expected"]["p_greater"],
    )


def permutation() -> Case:
    # Equal sizes: the studentised statistic orders the splits nearly as the mean does, here just
    # as it does; all 924 splits are counted.
    a = [5.1, 6.3, 7.2, 5.9, 6.8, 7.7]
    b = [4.2, 5.0, 5.6, 4.9, 6.1, 5.3]
    pooled = np.asarray(a + b)

    def t(chosen: Sequence[int]) -> float:
        mask = np.zeros(12, dtype=bool)
        mask[list(chosen)] = True
        one, two = pooled[mask], pooled[~mask]
        return float(
            (one.mean() - two.mean()) / math.sqrt(one.var(ddof=1) / 6 + two.var(ddof=1) / 6)
        )

    every = [t(chosen) for chosen in itertools.combinations(range(12), 6)]
    seen = t(range(6))
    return Case(
        candidate=rows_of(v=a),
        baseline=rows_of(v=b),
        passing="claim: superiority, pair: none",
        failing="claim: superiority, pair: none, min_effect: 4",
        estimate=float(np.mean(a) - np.mean(b)),
        pvalue=sum(one >= seen - 1e-9 for one in every) / len(every),
    )


def rounded_tango() -> Case:
    # 40 pairs, of which 6 differ by a part of the range: rounded against the candidate they are
    # -1, 0 and +1, and Tango's interval judges them.
    differences = [0.5] * 3 + [-0.25] * 3 + [0.0] * 54
    base = [0.25, 0.5] * 30
    candidate = [a + b for a, b in zip(base, differences, strict=True)]
    return Case(
        candidate=rows_of(v=candidate),
        baseline=rows_of(v=base),
        passing="claim: non_inferiority, margin: 0.2",
        failing="claim: superiority, min_effect: 0.5",
        metric="value: v, range: [0, 1]",
        estimate=float(np.mean(differences)),
        pvalue=float(stats.norm.sf(tango_z(0, 3, 60, -0.2))),
        low=tango_low(0, 3, 60, 0.05),
        mirror="none",
    )


def one_sample_t() -> Case:
    test = stats.ttest_1samp(X, 9.5, alternative="greater")
    return Case(
        candidate=rows_of(v=X),
        passing="claim: threshold, min: 9.5",
        failing="claim: threshold, min: 12",
        estimate=float(np.mean(X)),
        pvalue=float(test.pvalue),
        low=float(test.confidence_interval(0.95).low),
        mirror="none",
    )


def paired_t() -> Case:
    test = stats.ttest_rel(X, Y, alternative="greater")
    return Case(
        candidate=rows_of(v=X),
        baseline=rows_of(v=Y),
        passing="claim: superiority",
        failing="claim: superiority, min_effect: 2",
        estimate=float(DIFFERENCES.mean()),
        pvalue=float(test.pvalue),
        low=float(test.confidence_interval(0.95).low),
    )


def welch_t() -> Case:
    test = stats.ttest_ind(X, OTHER, equal_var=False, alternative="greater")
    return Case(
        candidate=rows_of(v=X),
        baseline=rows_of(v=OTHER),
        passing="claim: superiority, pair: none",
        failing="claim: superiority, pair: none, min_effect: 3",
        estimate=float(np.mean(X) - np.mean(OTHER)),
        pvalue=float(test.pvalue),
        low=float(test.confidence_interval(0.95).low),
    )


def ancova() -> Case:
    case = reference("cuped_p")
    ya, xa, yb, xb = (np.asarray(case["input"][name]) for name in ("ya", "xa", "yb", "xb"))
    # A common slope within the arms, and White's HC2 variance of the arm's coefficient, both from
    # the design matrix; R's lm gives the same estimate.
    design = np.column_stack([
        np.ones(22), np.r_[np.ones(12), np.zeros(10)], np.r_[xa, xb],
    ])  # fmt: skip
    y = np.r_[ya, yb]
    inverse = np.linalg.inv(design.T @ design)
    found = float((inverse @ design.T @ y)[1])
    assert near(found, case["expected"]["ancova_estimate"])
    rest = y - design @ (inverse @ design.T @ y)
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    meat = (design * (rest**2 / (1 - leverage))[:, None]).T @ design
    error = math.sqrt(float((inverse @ meat @ inverse)[1, 1]))
    return Case(
        candidate=rows_of(v=ya.tolist(), x=xa.tolist()),
        baseline=rows_of(v=yb.tolist(), x=xb.tolist()),
        passing="claim: superiority, pair: none",
        failing="claim: superiority, pair: none, min_effect: 12",
        metric="value: v, covariate: x",
        estimate=found,
        low=t_low(found, error, 19.0),
        loose=0.03,  # the df are Welch's, near 19
    )


def bca_bootstrap() -> Case:
    found = stats.bootstrap(
        (DIFFERENCES,), np.mean, confidence_level=0.9, method="BCa", n_resamples=40_000, rng=5
    ).confidence_interval
    return Case(
        candidate=rows_of(v=X),
        baseline=rows_of(v=Y),
        passing="claim: superiority",
        failing="claim: superiority, min_effect: 2",
        estimate=float(DIFFERENCES.mean()),
        low=float(found.low),
        loose=0.02,
    )


def bootstrap_t() -> Case:
    rng = np.random.default_rng(5)
    draws = DIFFERENCES[rng.integers(0, 40, (40_000, 40))]
    t = (draws.mean(axis=1) - DIFFERENCES.mean()) / (draws.std(axis=1, ddof=1) / math.sqrt(40))
    error = float(DIFFERENCES.std(ddof=1) / math.sqrt(40))
    return Case(
        candidate=rows_of(v=X),
        baseline=rows_of(v=Y),
        passing="claim: superiority",
        failing="claim: superiority, min_effect: 2",
        estimate=float(DIFFERENCES.mean()),
        low=float(DIFFERENCES.mean() - np.quantile(t, 0.95) * error),
        loose=0.03,
    )


def mann_whitney() -> Case:
    a, b = normal(91, 12, 6.0, 1.0), normal(92, 9, 4.7, 1.0)
    differences = np.subtract.outer(a, b)
    return Case(
        candidate=rows_of(v=a),
        baseline=rows_of(v=b),
        passing="claim: superiority, pair: none",
        failing=None,
        metric="value: v, statistic: median",
        estimate=float(np.median(differences)),
        pvalue=float(stats.mannwhitneyu(a, b, alternative="greater", method="exact").pvalue),
    )


def signed_rank() -> Case:
    case = reference("wsr_p")
    differences = case["input"]["diff"]
    base = [float(i) for i in range(9)]
    return Case(
        candidate=rows_of(v=[a + b for a, b in zip(differences, base, strict=True)]),
        baseline=rows_of(v=base),
        passing="claim: superiority",
        failing=None,
        metric="value: v, statistic: median",
        estimate=case["expected"]["hodges_lehmann"],
        pvalue=case["expected"]["exact_p_wilcoxon"],
    )


def brunner_munzel() -> Case:
    case = reference("bm_pain")
    x, y, expected = case["input"]["x"], case["input"]["y"], case["expected"]
    # Away from one half by t on the logit scale, which stays within 0 and 1.
    share = expected["p_hat"]
    away = expected["se"] / (share * (1 - share)) * stats.t.isf(0.025, expected["df"])
    return Case(
        candidate=rows_of(v=y),
        baseline=rows_of(v=x),
        passing="claim: superiority, pair: none",
        failing=None,
        metric="value: v, statistic: win_rate",
        alpha=0.025,
        estimate=expected["p_hat"],
        pvalue=expected["p_greater"],
        low=float(special.expit(special.logit(share) - away)),
    )


def brown_forsythe() -> Case:
    a, b = normal(51, 20, 5.0, 1.0), normal(52, 20, 5.0, 2.5)
    # F is t squared where the arms are of one size; two df go for the medians.
    levene = stats.levene(a, b, center="median")
    spreads = [np.abs(np.asarray(one) - np.median(one)).mean() for one in (b, a)]
    return Case(
        candidate=rows_of(v=b),
        baseline=rows_of(v=a),
        passing="claim: superiority, pair: none, min_effect: 0%",
        failing="claim: superiority, pair: none, min_effect: 900%",
        metric="value: v, statistic: sd",
        estimate=float(spreads[0] / spreads[1]),
        pvalue=float(stats.t.sf(math.sqrt(levene.statistic), 36)),
        mirror="none",
    )


def delong() -> Case:
    case = reference("delong_asah")
    y, one, two = (case["input"][name] for name in ("y", "score1", "score2"))
    expected = case["expected"]
    return Case(
        candidate=rows_of(v=one, truth=y),
        baseline=rows_of(v=two, truth=y),
        passing="claim: superiority",
        failing="claim: superiority, min_effect: 0.3, method: delong",
        metric="label: truth, score: v, statistic: auroc",
        alpha=0.025,
        estimate=expected["estimate"],
        pvalue=expected["p_value"] / 2,
        low=expected["ci_diff"][0],
        loose=0.03,  # by t where pROC takes the normal law
        mirror="none",
    )


def tilted_score() -> Case:
    # Single predictions right or wrong make the score statistic Tango's; recall's pseudo-values
    # are such differences over the positives, so the estimate is recall's.
    rng = np.random.default_rng(61)
    label = (rng.random(300) < 0.5).astype(int)
    candidate = np.where(rng.random(300) < 0.92, label, 1 - label)
    baseline = np.where(rng.random(300) < 0.75, label, 1 - label)
    recalls = [float(one[label == 1].mean()) for one in (candidate, baseline)]
    return Case(
        candidate=rows_of(v=candidate.tolist(), truth=label.tolist()),
        baseline=rows_of(v=baseline.tolist(), truth=label.tolist()),
        passing="claim: superiority",
        failing="claim: superiority, min_effect: 0.6",
        metric="label: truth, prediction: v, statistic: recall",
        estimate=recalls[0] - recalls[1],
        low=tango_low(
            int(((candidate > baseline) & (label == 1)).sum()),
            int(((candidate < baseline) & (label == 1)).sum()),
            int(label.sum()),
            0.05,
        ),
        loose=0.05,
        mirror="none",
    )


def swap() -> Case:
    rng = np.random.default_rng(71)
    n = 60
    den = rng.integers(5, 15, n)
    b = np.minimum(den, rng.binomial(den, 0.6))
    a = np.minimum(den, b + rng.binomial(2, 0.5, n))
    take = rng.random((40_000, n)) < 0.5
    swapped = (np.where(take, b, a).sum(axis=1) - np.where(take, a, b).sum(axis=1)) / den.sum()
    seen = (a.sum() - b.sum()) / den.sum()
    assert not (swapped >= seen).any()
    return Case(
        candidate=rows_of(v=a.tolist(), w=den.tolist()),
        baseline=rows_of(v=b.tolist(), w=den.tolist()),
        passing="claim: superiority",
        failing=None,
        metric="value: v, per: w",
        estimate=float(seen),
    )


def jaccard_binomial() -> Case:
    counts = reference("f1_p")["input"]
    tp, fp, fn, tn = (counts[name] for name in ("tp", "fp", "fn", "tn"))
    label = [1] * tp + [0] * fp + [1] * fn + [0] * tn
    prediction = [1] * tp + [1] * fp + [0] * fn + [0] * tn
    m = tp + fp + fn
    jaccard = 0.8 / (2 - 0.8)  # F1 = 2 J / (1 + J)
    low = float(stats.beta.ppf(0.05, tp, m - tp + 1))
    return Case(
        candidate=rows_of(v=prediction, truth=label),
        passing="claim: threshold, min: 0.8",
        failing="claim: threshold, min: 0.97",
        metric="label: truth, prediction: v, statistic: f1",
        estimate=reference("f1_p")["expected"]["f1"],
        pvalue=float(stats.binom.sf(tp - 1, m, jaccard)),
        low=2 * low / (1 + low),
        mirror="none",
    )


def gold_data() -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return gold values (NaN where there is none) and a graded judge's, of 200 units."""
    rng = np.random.default_rng(81)
    truth = rng.normal(3.0, 0.5, 200).round(3)
    judged = (truth + rng.normal(0.2, 0.3, 200)).round(3)
    known = np.arange(200) < 60
    return truth, judged, known


def ppi() -> Case:
    truth, judged, known = gold_data()
    n, rest = int(known.sum()), int((~known).sum())
    y, on_gold, on_rest = truth[known], judged[known], judged[~known]
    covariance = float(np.mean((y - y.mean()) * (on_gold - on_gold.mean())))
    weight = covariance / ((1 + n / rest) * judged.var(ddof=1))
    weight = min(1.0, max(0.0, weight))
    found = float((y - weight * on_gold).mean() + weight * on_rest.mean())
    error = math.sqrt(
        np.var(y - weight * on_gold, ddof=1) / n + np.var(weight * on_rest, ddof=1) / rest
    )
    return Case(
        candidate=[
            {"id": f"q{i:04d}", "v": float(judged[i]), "g": float(truth[i]) if known[i] else None}
            for i in range(200)
        ],
        passing="claim: threshold, min: 2.8",
        failing="claim: threshold, min: 3.4",
        metric="value: v, gold: g, judge: true",
        estimate=found,
        pvalue=float(stats.t.sf((found - 2.8) / error, n - 1)),
        low=t_low(found, error, n - 1),
        mirror="none",
    )


def rogan_gladen() -> Case:
    case = reference("rg_p")["input"]
    judge_gold = [1] * 92 + [0] * 8 + [0] * 81 + [1] * 9
    gold: list[object] = [*[1] * 100, *[0] * 90]
    values = [*judge_gold, *([1] * 640), *([0] * 360)]
    assert case["judge_positive"] == 640
    return Case(
        candidate=rows_of(v=values, g=gold + [None] * 1000),
        passing="claim: threshold, min: 0.58",
        failing="claim: threshold, min: 0.8",
        metric="value: v, gold: g, judge: true",
        alpha=0.025,
        estimate=reference("rg_p")["expected"]["estimate"],
        low=reference("rg_p")["expected"]["ci_lang_reiczigel"][0],
        rel=1e-6,
        mirror="none",
    )


CASES: Mapping[Method, Callable[[], Case]] = {
    Method.ORDER_STATISTIC: order_statistic,
    Method.QUANTILE_DIFFERENCE: quantile_difference,
    Method.PRICE_BONETT: price_bonett,
    Method.EXACT_BINOMIAL: exact_binomial,
    Method.MCNEMAR_TANGO: mcnemar_tango,
    Method.MCNEMAR_MIDP: mcnemar_midp,
    Method.BONETT_PRICE: bonett_price,
    Method.BOSCHLOO_MIETTINEN_NURMINEN: boschloo_miettinen_nurminen,
    Method.POISSON_RATES: poisson_rates,
    Method.CLUSTER_ROBUST: cluster_robust,
    Method.CLUSTER_SIGN_FLIP: cluster_sign_flip,
    Method.CROSSED: crossed,
    Method.MIXED_MODEL: mixed_model,
    Method.FIXED_TASKS: fixed_tasks,
    Method.RANDOM_TASKS: random_tasks,
    Method.SIGN_FLIP: sign_flip,
    Method.PERMUTATION: permutation,
    Method.ROUNDED_TANGO: rounded_tango,
    Method.ONE_SAMPLE_T: one_sample_t,
    Method.PAIRED_T: paired_t,
    Method.WELCH_T: welch_t,
    Method.ANCOVA: ancova,
    Method.BCA_BOOTSTRAP: bca_bootstrap,
    Method.BOOTSTRAP_T: bootstrap_t,
    Method.MANN_WHITNEY: mann_whitney,
    Method.SIGNED_RANK: signed_rank,
    Method.BRUNNER_MUNZEL: brunner_munzel,
    Method.BROWN_FORSYTHE: brown_forsythe,
    Method.DELONG: delong,
    Method.TILTED_SCORE: tilted_score,
    Method.SWAP: swap,
    Method.JACCARD_BINOMIAL: jaccard_binomial,
    Method.PPI: ppi,
    Method.ROGAN_GLADEN: rogan_gladen,
}
each_method = pytest.mark.parametrize("method", list(Method))


def named(rule: str, method: Method) -> str:
    return rule if "method:" in rule else f"{rule}, method: {method.value}"


def judged(
    bench: "Bench", case: Case, rule: str, *, better: str = "higher", exchanged: bool = False
) -> RuleEvidence:
    return rule_of(case.judge(bench, rule, better=better, exchanged=exchanged))


@each_method
def test_a_method_asked_for_by_name_gives_the_numbers_of_another_source(
    bench: "Bench", method: Method
) -> None:
    case = CASES[method]()
    rule = judged(bench, case, named(case.passing, method))
    assert rule.verdict is Verdict.PASS, rule.reason
    assert rule.method == method.value
    assert_laws(rule)
    assert near(estimate(rule), case.estimate, rel=1e-9), estimate(rule)
    if case.pvalue is not None:
        rel = max(case.rel, 5 * case.loose)  # far out in a tail p moves more than the bound does
        assert near(rule.pvalue, case.pvalue, rel=rel), (rule.pvalue, case.pvalue)
    if case.low is not None:
        room = case.loose * abs(case.estimate - case.low)
        assert near(ends(rule)[0], case.low, rel=case.rel, abs_tol=room), (ends(rule), case.low)


@each_method
def test_a_method_shows_the_opposite_of_a_claim_too(bench: "Bench", method: Method) -> None:
    case = CASES[method]()
    rule = (
        judged(bench, case, named(case.passing, method), exchanged=True)
        if case.failing is None
        else judged(bench, case, named(case.failing, method))
    )
    assert rule.verdict is Verdict.FAIL, rule.reason
    assert rule.method == method.value
    assert_laws(rule)


MIRRORED = [method for method in Method if CASES[method]().mirror != "none"]


@pytest.mark.parametrize("method", MIRRORED)
def test_a_method_judges_better_lower_as_the_mirror_image(bench: "Bench", method: Method) -> None:
    case = CASES[method]()
    rule = named(case.passing, method)
    plain = judged(bench, case, rule)
    mirror = judged(bench, case, rule, better="lower", exchanged=case.mirror == "exchange")
    assert mirror.verdict is plain.verdict
    assert near(mirror.pvalue, plain.pvalue or 0.0, rel=1e-6)
    if "win_rate" in case.metric:  # of wins, whichever way is good
        assert near(estimate(mirror), estimate(plain))
        return
    assert near(estimate(mirror), -estimate(plain))
    low, _ = ends(plain)
    _, high = ends(mirror)
    assert (low is None) == (high is None)
    assert low is None or near(high, -low, rel=1e-6, abs_tol=1e-9)


# At these the limit is moved to either side of the bound that the evidence gives.
AT_ANY_LIMIT = [
    method for method in Method if CASES[method]().failing is not None
    and method not in {
        Method.BRUNNER_MUNZEL,  # a win rate has 1/2 for its limit
        Method.BOSCHLOO_MIETTINEN_NURMINEN,  # at the bound its size is refused for these arms
    }
]  # fmt: skip
NO_MARGIN = {Method.DELONG, Method.MANN_WHITNEY, Method.SIGNED_RANK}
DRAWN = {Method.BOOTSTRAP_T}  # p near its level stays unsettled


@pytest.mark.parametrize("method", AT_ANY_LIMIT)
def test_the_bound_is_where_the_verdict_turns(bench: "Bench", method: Method) -> None:
    case = CASES[method]()
    low, _ = ends(judged(bench, case, named(case.passing, method)))
    assert low is not None
    step = 0.1 * (case.estimate - low) if method in DRAWN else 1e-6 * max(1.0, abs(low))
    under, over = (judged(bench, case, at_limit(case, method, low + by)) for by in (-step, step))
    if method in NO_MARGIN and under.verdict is Verdict.INVALID:
        return  # it tests one limit: with a margin another method judges
    assert under.verdict is Verdict.PASS, under.reason
    assert over.verdict is Verdict.INCONCLUSIVE, over.reason


def at_limit(case: Case, method: Method, limit: float) -> str:
    """Return the rule whose limit is this effect."""
    tail = ", pair: none" if "pair: none" in case.passing else ""
    tail += ", pair: run" if "pair: run" in case.passing else ""
    if "threshold" in case.passing:
        rule = f"claim: threshold, min: {limit:.12f}"
    elif "%" in case.passing:
        away = 100 * (limit - 1)
        key = "superiority, min_effect" if away >= 0 else "non_inferiority, margin"
        rule = f"claim: {key}: {abs(away):.10f}%"
    else:
        key = "superiority, min_effect" if limit >= 0 else "non_inferiority, margin"
        rule = f"claim: {key}: {abs(limit):.12f}"
    return named(rule + tail, method)


@each_method
def test_a_method_named_for_data_that_it_does_not_fit_is_invalid(
    bench: "Bench", method: Method
) -> None:
    # One arm of continuous values in clusters and runs by items: only the crossed methods fit.
    candidate, _ = crossed_data()
    fits = {Method.CROSSED, Method.MIXED_MODEL}
    wrong = method not in fits
    artifact = "id: id, run: seed" if wrong else "id: [id, seed]"
    evidence = judge(
        bench,
        grid(candidate.tolist()),
        None,
        f"claim: threshold, min: 1, method: {method.value}",
        artifact=artifact,
    )
    rule = rule_of(evidence)
    assert rule.verdict is Verdict.INVALID
    assert f"method '{method.value}' is not for" in rule.reason
    assert exit_status(evidence) == 21


def test_every_method_has_a_case() -> None:
    assert set(CASES) == set(Method)
