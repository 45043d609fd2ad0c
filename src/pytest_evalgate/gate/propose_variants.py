"""The ways in which a column of numbers could be judged, each with a margin to start from."""

from dataclasses import dataclass

from pytest_evalgate.gate.propose_names import Sense


_SCALES = ((0.0, 1.0), (1.0, 5.0), (0.0, 5.0), (1.0, 10.0), (0.0, 10.0), (0.0, 100.0))
_SHARE = 0.02  # of a range: 2pp of [0, 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way to judge a metric."""

    statistic: str  # mean, geomean or accuracy
    margin: str  # as a gate file writes it
    why: str  # the margin, in words
    range: tuple[float, float] | None = None


def binary(*, has_repeats: bool, statistic: str = "mean") -> tuple[Variant, ...]:
    """Judge right and wrong by their share."""
    why = "the largest loss you accept: 2 percentage points"
    # Averages of repeats are shares: with their range they can be judged even if most are equal.
    spread = (0.0, 1.0) if has_repeats else None
    return (Variant(statistic=statistic, margin="2pp", why=why, range=spread),)


def scored(low: float, high: float) -> tuple[Variant, ...]:
    """Judge scores by their mean, on the smallest known scale that holds them."""
    for scale in _SCALES:
        if scale[0] <= low and high <= scale[1]:
            width = scale[1] - scale[0]
            is_share = scale in {(0.0, 1.0), (0.0, 100.0)}
            margin = f"{_SHARE * 100:g}pp" if is_share else f"{_SHARE * width:g}"
            why = f"the largest loss you accept: 2 % of the range {scale[0]:g} to {scale[1]:g}"
            return (Variant(statistic="mean", margin=margin, why=why, range=scale),)
    return ()


def relative(kind: Sense, *, is_positive: bool) -> tuple[Variant, ...]:
    """Judge costs and losses in percent of the baseline's."""
    why = "the largest increase you accept: 10 % of the baseline's"
    mean = Variant(statistic="mean", margin="10%", why=f"{why} mean")
    geomean = Variant(statistic="geomean", margin="10%", why=f"{why} geometric mean")
    if not is_positive:
        return (mean,)
    return (geomean, mean) if kind is Sense.COST else (mean, geomean)
