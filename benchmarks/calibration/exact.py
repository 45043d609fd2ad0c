"""Binary methods and counts of events: false promotion computed over all tables, not simulated.

The engine's own p-value is taken for every table; the rate is the largest one over a grid of
nuisance rates that are at the boundary of the null.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

import numpy as np
from benchmarks.calibration.cells import ALPHA
from benchmarks.calibration.laws import Floats, data
from numpy.typing import NDArray
from scipy.special import gammaln

from pytest_evalgate.errors import UndefinedTestError
from pytest_evalgate.evidence import Bounds
from pytest_evalgate.gate.choose import Method
from pytest_evalgate.gate.data import Data
from pytest_evalgate.gate.sizes import check_size
from pytest_evalgate.stats.bonett_price import bonett_price
from pytest_evalgate.stats.midp import paired_midp
from pytest_evalgate.stats.pairs import paired_proportions
from pytest_evalgate.stats.proportions import one_proportion, two_proportions
from pytest_evalgate.stats.rates import poisson_rate, poisson_ratio
from pytest_evalgate.stats.result import Inference
from pytest_evalgate.stats.win_rates import win_rate


Flags: TypeAlias = NDArray[np.bool_]
Tables: TypeAlias = NDArray[Any]  # whole numbers
# Below 0 a margin (non-inferiority), above 0 an effect to show; claims the other way mirror them.
LIMITS: Final = (0.0, -0.02, -0.05, -0.10, 0.02, 0.05, 0.10)
DISCORDANT: Final = (0, 5, 10, 15, 20, 25, 30, 40, 50)
PAIRED: Final[Mapping[Method, tuple[Callable[[int, int, int], Inference], str | None, str]]] = {
    Method.MCNEMAR_TANGO: (paired_proportions, None, "approximate"),
    Method.MCNEMAR_MIDP: (paired_midp, "midp_discordant", "approximate"),
    Method.BONETT_PRICE: (bonett_price, "bonett_price_discordant", "approximate"),
}


@dataclass(frozen=True, slots=True)
class Exact:
    """One exactly computed setting."""

    method: Method
    design: str
    n: str
    limit: float
    promise: str
    compute: Callable[[], dict[str, object]]

    def record(self) -> dict[str, object]:
        """Return what is kept of it."""
        found = {
            "method": self.method.value, "estimates": "mean", "design": self.design,
            "law": "worst of all rates", "n": self.n, "limit": self.limit,
            "promise": self.promise, **self.compute(),
        }  # fmt: skip
        rate = found["rate"]
        return {**found, "low": rate, "high": rate, "R": "all tables", "seed": None}


def grid(*, small: bool = False) -> Iterator[Exact]:
    yield from one_arm()
    yield from paired((10, 20) if small else (10, 20, 30, 50, 100, 150, 200))
    yield from unpaired(
        ((10, 10),) if small else ((10, 10), (20, 20), (30, 30), (30, 90), (90, 30), (60, 60))
    )
    yield from win_rates((10,) if small else (10, 30, 60))
    yield from events()


def one_arm() -> Iterator[Exact]:
    for limit in (0.5, 0.9, 0.98, 0.99):
        for n in (5, 10, 50, 100, 200):
            yield Exact(Method.EXACT_BINOMIAL, "one arm", str(n), limit, "exact",
                        partial(_one_arm, n, limit))  # fmt: skip


def _one_arm(n: int, limit: float) -> dict[str, object]:
    x = np.arange(n + 1)
    found = [one_proportion(int(k), n) for k in x]
    chance = np.exp(_log_choose(n, x) + x * math.log(limit) + (n - x) * math.log1p(-limit))
    up = float(chance[[one.p_greater(limit) < ALPHA for one in found]].sum())
    down = float(chance[[one.p_less(limit) < ALPHA for one in found]].sum())
    return _rates(up, down, refused=0.0)


def _log_choose(n: int, k: Tables) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def _rates(
    up: float, down: float = 0.0, *, refused: float, warned: float = 0.0
) -> dict[str, object]:
    rate = max(up, down)
    return {"rate": round(rate, 5), "up": round(up, 5), "down": round(down, 5),
            "gate": 0.0 if refused == 1.0 else round(rate, 5), "refused": refused,
            "warned": warned}  # fmt: skip


def paired(sizes: tuple[int, ...]) -> Iterator[Exact]:
    for method, (_, _, promise) in PAIRED.items():
        for n in sizes:
            for limit in LIMITS:
                yield Exact(method, "paired", str(n), limit, promise,
                            partial(_paired, method, n, limit))  # fmt: skip


def _paired(method: Method, n: int, limit: float) -> dict[str, object]:
    function, axis, _ = PAIRED[method]
    b, c = (index.ravel() for index in np.indices((n + 1, n + 1)))
    b, c = b[b + c <= n], c[b + c <= n]
    up, _ = _rejected(lambda one, other: function(one, other, n), b, c, limit)
    chance = _trinomial(n, b, c, limit)
    if axis is None:
        candidate, baseline = np.zeros(n), np.zeros(n)
        status = _size_status(method, data(candidate, baseline, paired=True), limit)
        return _rates(_worst(chance, up), **status)
    probes = [[least, round(_worst(chance, up & (b + c >= least)), 5)] for least in DISCORDANT]
    rates = _rates(_worst(chance, up), refused=0.0)
    return {**rates, "gate": None, "axis": axis, "probes": probes}


def _rejected(
    function: Callable[[int, int], Inference], b: Tables, c: Tables, limit: float
) -> tuple[Flags, Flags]:
    up, down = np.zeros(b.size, dtype=bool), np.zeros(b.size, dtype=bool)
    for at, (one, other) in enumerate(zip(b.tolist(), c.tolist(), strict=True)):
        try:
            found = function(one, other)
            up[at] = found.p_greater(limit) < ALPHA
            down[at] = found.p_less(limit) < ALPHA
        except UndefinedTestError:
            continue
    return up, down


def _trinomial(n: int, b: Tables, c: Tables, limit: float) -> Floats:
    """Chances of every table, shape (shares of discordant pairs, tables)."""
    least = abs(limit)
    discordant = least + (1.0 - least) * np.linspace(0.0, 1.0, 161)[1:-1] ** 2
    won, lost = (discordant + limit) / 2.0, (discordant - limit) / 2.0
    rest = n - b - c
    ways = gammaln(n + 1) - gammaln(b + 1) - gammaln(c + 1) - gammaln(rest + 1)
    logs = ways + np.outer(np.log(won), b) + np.outer(np.log(lost), c)
    return np.asarray(np.exp(logs + np.outer(np.log1p(-discordant), rest)))


def _worst(chance: Floats, rejected: Flags) -> float:
    return float((chance @ rejected.astype(float)).max())


def _size_status(method: Method, arrays: Data, limit: float) -> dict[str, float]:
    """Say what the gate does with such sizes: it computes the error rate itself."""
    try:
        warned = check_size(method, arrays, Bounds(low=limit, high=None), ALPHA)
    except UndefinedTestError:
        return {"refused": 1.0}
    return {"refused": 0.0, "warned": float(bool(warned))}


def unpaired(sizes: tuple[tuple[int, int], ...]) -> Iterator[Exact]:
    for n1, n2 in sizes:
        for limit in (0.0, -0.05, -0.10, 0.05):
            yield Exact(Method.BOSCHLOO_MIETTINEN_NURMINEN, "unpaired", f"{n1} v {n2}", limit,
                        "exact" if limit == 0 else "approximate",
                        partial(_unpaired, n1, n2, limit))  # fmt: skip


def _unpaired(n1: int, n2: int, limit: float) -> dict[str, object]:
    x, y = (index.ravel() for index in np.indices((n1 + 1, n2 + 1)))
    up, _ = _rejected(lambda a, b: two_proportions(a, n1, b, n2), x, y, limit)
    low, high = max(0.0, -limit), min(1.0, 1.0 - limit)
    second = np.linspace(low, high, 203)[1:-1]  # the baseline's rate
    first = second + limit
    logs = _log_choose(n1, x) + _log_choose(n2, y)
    logs = logs + np.outer(np.log(first), x) + np.outer(np.log1p(-first), n1 - x)
    logs += np.outer(np.log(second), y) + np.outer(np.log1p(-second), n2 - y)
    chance = np.exp(logs)
    arrays = data(np.zeros(n1), np.zeros(n2))
    status = _size_status(Method.BOSCHLOO_MIETTINEN_NURMINEN, arrays, limit)
    return _rates(_worst(chance, up), **status)


def win_rates(sizes: tuple[int, ...]) -> Iterator[Exact]:
    for n in sizes:
        for limit in (0.5, 0.45, 0.55):
            yield Exact(Method.MCNEMAR_TANGO, "one arm, wins and ties", str(n), limit,
                        "approximate", partial(_wins, n, limit))  # fmt: skip


def _wins(n: int, limit: float) -> dict[str, object]:
    b, c = (index.ravel() for index in np.indices((n + 1, n + 1)))
    b, c = b[b + c <= n], c[b + c <= n]
    up, _ = _rejected(lambda won, lost: win_rate(won, lost, n - won - lost), b, c, limit)
    chance = _trinomial(n, b, c, 2.0 * limit - 1.0)
    status = _size_status(Method.MCNEMAR_TANGO, data(np.zeros(n)), limit)
    return _rates(_worst(chance, up), **status)


def events() -> Iterator[Exact]:
    for mean in (1.0, 5.0, 20.0, 100.0):
        yield Exact(Method.POISSON_RATES, "one arm", f"{mean:g} events expected", 1.0, "exact",
                    partial(_events, mean))  # fmt: skip
    for mean, ratio in ((5.0, 1.0), (20.0, 1.0), (20.0, 1.2), (60.0, 1.1)):
        yield Exact(Method.POISSON_RATES, "unpaired", f"{mean:g} events expected", ratio, "exact",
                    partial(_two_events, mean, ratio))  # fmt: skip


def _poisson(mean: float, k: Tables) -> Floats:
    return np.asarray(np.exp(k * math.log(mean) - mean - gammaln(k + 1)))


def _events(mean: float) -> dict[str, object]:
    k = np.arange(int(mean + 12 * math.sqrt(mean) + 20))
    up, down = _rejected(lambda one, _: poisson_rate(one, mean), k, k, 1.0)
    chance = _poisson(mean, k)[None, :]
    return _rates(_worst(chance, up), _worst(chance, down), refused=0.0)


def _two_events(mean: float, ratio: float) -> dict[str, object]:
    top = int(mean * ratio + 7 * math.sqrt(mean * ratio) + 15)
    x, y = (index.ravel() for index in np.indices((top, top)))
    up, down = _rejected(lambda one, other: poisson_ratio(one, 1.0, other, 1.0), x, y, ratio)
    chance = (_poisson(mean * ratio, x) * _poisson(mean, y))[None, :]
    return _rates(_worst(chance, up), _worst(chance, down), refused=0.0)
