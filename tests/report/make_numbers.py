"""Compute the numbers that the reports of these tests show, and write them to numbers.json.

Every interval is a textbook one from scipy, and every number of a rule (estimate, ends, p-value,
power) comes from the same sample, so that a reader of a golden file sees what a real gate shows.

Run from anywhere: ``python tests/report/make_numbers.py``.
"""

import json
import math
import platform
from pathlib import Path

import numpy as np
import scipy
from scipy import stats


HERE = Path(__file__).parent
SEED = 20_240_501


def paired(
    n: int, mean: float, sd: float, *, limit: float, level: float, greater: bool
) -> dict[str, float]:
    """Paired t from the mean and the standard deviation of n differences."""
    error = sd / math.sqrt(n)
    half = float(stats.t.ppf(1 - level, n - 1)) * error
    statistic = (mean - limit) / error
    tail = stats.t.sf if greater else stats.t.cdf
    z = float(stats.norm.ppf(1 - level) + stats.norm.ppf(0.8))
    distance = z * error
    return {
        "n": n,
        "estimate": mean,
        "low": mean - half,
        "high": mean + half,
        "level": level,
        "limit": limit,
        "statistic": statistic,
        "df": n - 1,
        "pvalue": float(tail(statistic, n - 1)),
        "mde": limit + distance if greater else limit - distance,
        "needed": math.ceil((z * sd / limit) ** 2) if limit else 0,
    }


def ratio(
    mean_log: float, sd_log: float, n: int, *, limit: float, level: float
) -> dict[str, float]:
    """Welch t on logs, equal spread in both arms: ratio of geometric means, lower is better."""
    error = sd_log * math.sqrt(2 / n)
    df = 2 * n - 2
    half = float(stats.t.ppf(1 - level, df)) * error
    statistic = (mean_log - math.log(limit)) / error
    z = float(stats.norm.ppf(1 - level) + stats.norm.ppf(0.8))
    return {
        "n": n,
        "estimate": math.exp(mean_log),
        "low": math.exp(mean_log - half),
        "high": math.exp(mean_log + half),
        "level": level,
        "limit": limit,
        "statistic": statistic,
        "df": df,
        "pvalue": float(stats.t.cdf(statistic, df)),
        "mde": math.exp(math.log(limit) - z * error),
        "needed": math.ceil(2 * (z * sd_log / math.log(limit)) ** 2),
    }


def binomial(k: int, n: int, *, limit: float, level: float, greater: bool) -> dict[str, float]:
    """Clopper-Pearson interval and the exact binomial p-value against ``limit``."""
    test = stats.binomtest(k, n, limit, alternative="greater" if greater else "less")
    interval = stats.binomtest(k, n, limit).proportion_ci(1 - 2 * level, method="exact")
    return {
        "n": n,
        "estimate": k / n,
        "low": float(interval.low),
        "high": float(interval.high),
        "level": level,
        "limit": limit,
        "pvalue": float(test.pvalue),
    }


def many(count: int) -> list[dict[str, float]]:
    """Draw differences of ``count`` metrics for a gate with many rules."""
    rng = np.random.default_rng(SEED)
    rows = []
    for _ in range(count):
        differences = rng.normal(0.002, 0.25, size=800)
        mean, sd = float(differences.mean()), float(differences.std(ddof=1))
        rows.append(paired(800, mean, sd, limit=-0.02, level=0.05, greater=True))
    return rows


def release(level: float) -> dict[str, object]:
    """Return the numbers of the rules of one gate, judged at ``level``."""
    name = "" if level == 0.05 else "_holm"
    return {
        f"accuracy{name}": paired(2000, -0.0025, 0.262, limit=-0.02, level=level, greater=True),
        f"recall{name}": paired(412, -0.0485, 0.256, limit=-0.02, level=level, greater=True),
        f"ece{name}": paired(2000, -0.0026, 0.169, limit=0.01, level=level, greater=False),
        f"judge{name}": binomial(561, 1000, limit=0.5, level=level, greater=True),
        f"toxicity{name}": binomial(9, 5000, limit=0.005, level=level, greater=False),
        f"latency{name}": ratio(math.log(1.017), 0.109, 60, limit=1.05, level=level),
        f"latency_good{name}": ratio(math.log(0.981), 0.109, 120, limit=1.05, level=level),
    }


def numbers() -> dict[str, object]:
    """Return the numbers of every rule, by name."""
    return {
        "source": f"scipy {scipy.__version__}, numpy {np.__version__}, "
        f"Python {platform.python_version()}; tests/report/make_numbers.py",
        **release(0.05),
        **release(0.025),  # where Holm stops: alpha over the two rules that are left
        "same": paired(900, 0.0012, 0.21, limit=-0.02, level=0.05, greater=True),
        "alarm_quiet": paired(400, -0.003, 0.15, limit=-0.01, level=0.05, greater=False),
        "alarm_loud": paired(400, -0.0485, 0.256, limit=-0.01, level=0.05, greater=False),
        "slice_de": paired(620, 0.0081, 0.21, limit=-0.03, level=0.05, greater=True),
        "slice_en": paired(1180, -0.0042, 0.19, limit=-0.03, level=0.05, greater=True),
        "slice_fi": paired(88, -0.0114, 0.22, limit=-0.03, level=0.05, greater=True),
        "tokens": paired(500, 7.25, 61.0, limit=20.0, level=0.05, greater=False),
        "loss": paired(300, -3.1e-7, 1.9e-6, limit=2e-7, level=0.05, greater=False),
        "many": many(50),
    }


if __name__ == "__main__":
    (HERE / "numbers.json").write_text(json.dumps(numbers(), indent=1) + "\n", encoding="utf-8")
