"""How a number, an interval, a limit and a p-value are written, once for all reports.

Each number is rounded on its own, never computed from rounded ones. The digits of a rule follow
from the width of its interval, and grow until a bound that differs from its limit also looks
different from it. Nothing is rounded anywhere else.
"""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from pytest_evalgate.evidence import RuleEvidence, Scale
from pytest_evalgate.report.escape import visible


_LARGEST_FIXED = 1e7  # from here on, and below the smallest, numbers are written like 1.2e-07
_SMALLEST_FIXED = 1e-4
_MOST_FIGURES = 7  # significant digits, unless a bound has to be told from its limit
_MOST_FIXED_DIGITS = 15  # behind the point; what needs more is written like 1.2e-07
_ALL_FIGURES = 17  # tell any two floats apart
_SMALLEST_P = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Notation:
    """How the numbers of one rule are written: all alike, so that they can be compared."""

    digits: int  # behind the decimal point
    is_scientific: bool = False
    is_signed: bool = False  # show `+`; an exact zero has no sign
    prefix: str = ""  # x for ratios
    unit: str = ""

    def write(self, number: float) -> str:
        """Write ``number`` without its unit."""
        if number == 0.0:  # -0.0 too; 0.00e+00 is hard to read
            return self.prefix + ("0" if self.is_scientific else f"{0.0:.{self.digits}f}")
        sign = "+" if self.is_signed else ""
        kind = "e" if self.is_scientific else "f"
        return self.prefix + f"{number:{sign}.{self.digits}{kind}}"

    def read(self, number: float) -> float:
        """Return what a reader of ``number``, as it is written, takes it for."""
        return float(f"{number:.{self.digits}{'e' if self.is_scientific else 'f'}}")

    def measure(self, number: float) -> str:
        """Write ``number`` with its unit: ``412 ms``."""
        return f"{self.write(number)} {self.unit}" if self.unit else self.write(number)


def effect_notation(rule: RuleEvidence) -> Notation:
    """Choose the notation of a rule's effect, interval and limit."""
    scale = rule.scale
    bounds = [bound for bound in _bounds(rule) if bound is not None]
    limits = [limit for limit in (rule.limit.low, rule.limit.high) if limit is not None]
    estimate = [rule.effect.estimate] if rule.effect else []
    numbers = [*estimate, *bounds, *limits]
    is_ratio = scale is Scale.RATIO
    notation = _choose(
        numbers,
        spread=_spread(rule),
        least=3 if is_ratio else _least_digits([*numbers, *_arms(rule)]),
    )
    notation = replace(
        notation,
        is_signed=scale is Scale.DIFFERENCE,
        prefix="x" if is_ratio else "",
        unit="" if is_ratio else _unit(rule),
    )
    notation = _faithful(notation, limits)
    seen_beside = [(bound, limit) for bound in bounds for limit in limits]
    no_change = 1.0 if is_ratio else 0.0
    return _told_apart(notation, [*seen_beside, *((limit, no_change) for limit in limits)])


def arm_notation(rule: RuleEvidence) -> Notation:
    """Choose the notation of the estimates of both arms."""
    arms = _arms(rule)
    if rule.scale is Scale.VALUE:
        return effect_notation(rule)
    if rule.scale is Scale.RATIO:  # the width of a ratio says nothing about the arms' unit
        smallest = min((abs(arm) for arm in arms if arm), default=0.0)
        notation = _choose(arms, spread=smallest / 10, least=0)
    else:
        notation = _choose(arms, spread=_spread(rule), least=_least_digits(arms))
    notation = replace(notation, unit=_unit(rule))
    return _told_apart(notation, [(arms[0], arms[-1])] if arms else [])


def effect_text(rule: RuleEvidence) -> str:
    """Write the effect with its unit; ``-`` where there is none."""
    return effect_notation(rule).measure(rule.effect.estimate) if rule.effect else "-"


def bound_texts(rule: RuleEvidence) -> tuple[str, str]:
    """Write both ends of the interval; an end that is open is written as infinite."""
    notation = effect_notation(rule)
    low, high = _bounds(rule)
    return (
        "-inf" if low is None else notation.write(low),
        "inf" if high is None else notation.write(high),
    )


def interval_text(rule: RuleEvidence) -> str:
    """Write the interval: ``[-0.0733, -0.0237]``."""
    return "[{}, {}]".format(*bound_texts(rule))


def limit_parts(rule: RuleEvidence) -> tuple[tuple[str, str], ...]:
    """Write each limit as the sign and the number that the interval is held against.

    For an alarm these say what would ring it, not what must hold.
    """
    notation = effect_notation(rule)
    above, below = ("<", ">") if rule.claim == "deterioration" else (">", "<")
    sides = ((above, rule.limit.low), (below, rule.limit.high))
    return tuple((sign, notation.write(limit)) for sign, limit in sides if limit is not None)


def limit_text(rule: RuleEvidence) -> str:
    """Write the limits in one phrase: ``> -0.0200 and < +0.0200``."""
    return " and ".join(f"{sign} {number}" for sign, number in limit_parts(rule))


def arm_text(rule: RuleEvidence, number: float | None) -> str:
    """Write the estimate of one arm with its unit; ``-`` where there is none."""
    return "-" if number is None else arm_notation(rule).measure(number)


def level_text(level: float) -> str:
    """Write a significance level or a share: ``0.025``."""
    return f"{level:.4g}"


def percent_text(level: float) -> str:
    """Write a level of confidence, the more digits the closer it is to 1: ``90 %``, ``98.33 %``."""
    for digits in range(8):
        shown = round(level, digits + 2)
        if abs(shown - level) <= 0.005 * (1.0 - level):
            break
    return f"{100.0 * level:.{digits}f} %"


def brief_text(number: float) -> str:
    """Write a number that is compared with nothing, such as the value of one unit."""
    return f"{number:.4g}"


def move_texts(baseline: float, candidate: float) -> tuple[str, str]:
    """Write both values of a unit, with the digits that tell them apart."""
    digits = 4
    while baseline != candidate and f"{baseline:.{digits}g}" == f"{candidate:.{digits}g}":
        digits += 1  # ends: 17 tell any two floats apart
    return f"{baseline:.{digits}g}", f"{candidate:.{digits}g}"


def pvalue_text(pvalue: float, *, level: float | None = None) -> str:
    """Write a p-value so that it lies on the same side of ``level`` as the number itself.

    Small ones are written ``<0.001``, or below a smaller power of ten where the level asks for
    it; never as zero, and never as one unless they are.
    """
    if pvalue == level:
        return level_text(level)
    smallest = _SMALLEST_P
    if level is not None and 0.0 < level < _SMALLEST_P:
        smallest = 10.0 ** _order(level)
    if pvalue < smallest:
        return f"<{smallest:g}"
    if 1.0 - _SMALLEST_P / 2 <= pvalue < 1.0:
        return f">{1.0 - _SMALLEST_P:g}"
    kind, first = ("f", 3) if pvalue >= _SMALLEST_P else ("g", 1)
    for digits in range(first, _MOST_FIXED_DIGITS):
        text = f"{pvalue:.{digits}{kind}}"
        if level is None or _is_same_side(float(text), pvalue, level=level):
            return text
    return repr(pvalue)


def _is_same_side(shown: float, pvalue: float, *, level: float) -> bool:
    return shown != level and (shown < level) == (pvalue < level)


def _bounds(rule: RuleEvidence) -> tuple[float | None, float | None]:
    return (rule.effect.low, rule.effect.high) if rule.effect else (None, None)


def _arms(rule: RuleEvidence) -> list[float]:
    return [arm for arm in (rule.baseline, rule.candidate) if arm is not None]


def _unit(rule: RuleEvidence) -> str:
    return visible(rule.effect.unit, limit=12) if rule.effect and rule.effect.unit else ""


def _least_digits(numbers: Iterable[float]) -> int:
    """Four digits for shares and the like, as one is used to; else only what is needed."""
    return 4 if all(abs(number) <= 1.0 for number in numbers) else 0


def _spread(rule: RuleEvidence) -> float:
    """Half the width of the interval, 0 where there is none."""
    low, high = _bounds(rule)
    if rule.effect is None:
        return 0.0
    estimate = rule.effect.estimate
    low = estimate if low is None else low
    high = estimate if high is None else high
    return high / 2 - low / 2  # (high - low) could overflow


def _choose(numbers: list[float], *, spread: float, least: int) -> Notation:
    """Choose digits that show two significant digits of ``spread``, and at least ``least``."""
    biggest = max(map(abs, numbers), default=0.0)
    if biggest == 0.0:
        return Notation(digits=least)
    order = _order(biggest)
    finest = _order(spread) if spread > 0.0 else order - 1
    if biggest >= _LARGEST_FIXED or biggest < _SMALLEST_FIXED:
        digits = order - finest + 1
        return Notation(digits=min(max(digits, 1), _MOST_FIGURES - 1), is_scientific=True)
    most = max(least, _MOST_FIGURES - 1 - order)
    return Notation(digits=min(max(least, 1 - finest, 0), most))


def _order(number: float) -> int:
    return math.floor(math.log10(number))


def _faithful(notation: Notation, limits: list[float]) -> Notation:
    """Add up to three digits where they write the limits as they were declared.

    More where a limit would be written as zero: one in a wrong unit must be seen.
    """
    is_hidden = any(limit and not notation.read(limit) for limit in limits)
    most = _MOST_FIXED_DIGITS if is_hidden else notation.digits + 3
    for digits in range(notation.digits, most + 1):
        attempt = replace(notation, digits=digits)
        if all(_is_close(attempt.read(limit), limit) for limit in limits):
            return attempt
    return notation


def _is_close(shown: float, limit: float) -> bool:
    return math.isclose(shown, limit, rel_tol=1e-9)


def _told_apart(notation: Notation, pairs: Collection[tuple[float, float]]) -> Notation:
    """Add digits until numbers that differ are also written differently, by more than a sign."""
    is_scientific = notation.is_scientific
    fixed = range(0) if is_scientific else range(notation.digits, _MOST_FIXED_DIGITS)
    scientific = range(notation.digits if is_scientific else 3, _ALL_FIGURES)
    attempts = [
        *(replace(notation, digits=digits) for digits in fixed),
        *(replace(notation, digits=digits, is_scientific=True) for digits in scientific),
    ]
    for attempt in attempts:
        if all(one == other or attempt.read(one) != attempt.read(other) for one, other in pairs):
            return attempt
    return notation  # not reached: 17 significant digits tell any two floats apart
