"""Limits: how a margin, an effect or a tolerance is written, and what it is in the metric."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pytest_evalgate.spec.fields import Fields
from pytest_evalgate.spec.keys import LIMIT_KEYS, LIMITS, SHARES
from pytest_evalgate.spec.model import Better, Claim, Kind, Limit, LimitUnit, Metric
from pytest_evalgate.spec.nodes import Node
from pytest_evalgate.spec.numerals import number
from pytest_evalgate.spec.problems import refusal, shown
from pytest_evalgate.spec.scalars import scalar_of


_DIGITS = r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
LIMIT_TEXT = rf"{_DIGITS}(?:%|pp)"  # of a margin, an effect or a tolerance
_WITH_UNIT = re.compile(rf"({_DIGITS})(%|pp)")
_ALMOST = re.compile(
    rf"[-+]?({_DIGITS})\s*(%|pp|percent|points?|percentage points?)", re.IGNORECASE
)
_SIGNED_POINTS = re.compile(rf"([-+]?)({_DIGITS})pp")
_MAX_LENGTH = 30
_DEFAULTED = (Claim.SUPERIORITY, Claim.DETERIORATION)
_EXAMPLES = {
    "margin": "margin: 2pp`, the largest loss you accept",
    "min": "min: 0.9`, which the candidate must exceed",
    "max": "max: 250`, below which the candidate must stay",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A limit before it is known what it is a limit of."""

    number: float  # of the digits as written
    unit: LimitUnit
    text: str


def limit_key(fields: Fields, claim: Claim, better: Better | None) -> str | None:
    """Say which key holds the claim's limit; None when it is missing or the wrong one."""
    wanted = LIMITS[claim]
    wrong = [key for key in LIMIT_KEYS if key in fields.entries and key not in wanted]
    for key in wrong:
        say = "min or max" if claim is Claim.THRESHOLD else wanted[0]
        fields.problems.add(
            f"{key!r} is not a limit of claim {claim.value!r}",
            at=fields.entries[key].key,
            hint=f"say {say}",
        )
    if claim is Claim.THRESHOLD:
        return _threshold_key(fields, better, is_missing=not wrong) if better else None
    key = wanted[0]
    if fields.has(key) or claim in _DEFAULTED:
        return None if wrong else key
    if not wrong:
        fields.add(f"{fields.what} has no {key!r}", hint=f"add `{_EXAMPLES[key]}")
    return None


def _threshold_key(fields: Fields, better: Better, *, is_missing: bool) -> str | None:
    wanted, other = ("min", "max") if better is Better.HIGHER else ("max", "min")
    if other in fields.entries:
        fields.problems.add(
            f"{other!r} is a limit against 'better: {better}'",
            at=fields.entries[other].key,
            hint=f"say `{wanted}:`, or turn `better` round",
        )
        return None
    if fields.has(wanted):
        return wanted
    if is_missing:
        fields.add(f"{fields.what} has no {wanted!r}", hint=f"add `{_EXAMPLES[wanted]}")
    return None


def written_limit(node: Node) -> Written:
    """Read a margin, an effect or a tolerance: a number, or digits with % or pp."""
    scalar = scalar_of(node, "a number, or digits with % or pp")
    match = _WITH_UNIT.fullmatch(scalar.text)
    if match and len(scalar.text) <= _MAX_LENGTH:
        digits, sign = match.groups()
        unit = LimitUnit.PERCENT if sign == "%" else LimitUnit.POINTS
        return Written(number=float(digits), unit=unit, text=scalar.text)
    almost = _ALMOST.fullmatch(scalar.text)
    if almost and len(scalar.text) <= _MAX_LENGTH:
        sign = "%" if almost[2].lower() in {"%", "percent"} else "pp"
        message = f"must be digits followed at once by % or pp, found {shown(scalar.text)}"
        raise refusal(node, message, f"write {almost[1]}{sign}")
    value = number(node)
    if value < 0:
        message = f"must not be negative, found {shown(scalar.text)}"
        hint = f"write {-value:g}: limits are sizes, `better` says which way they point"
        raise refusal(node, message, hint)
    return Written(number=value, unit=LimitUnit.ABSOLUTE, text=scalar.text)


def above_zero(node: Node) -> Written:
    """Read a margin, which cannot be 0."""
    written = written_limit(node)
    if written.number == 0:
        hint = "a margin of 0 is `claim: superiority`"
        raise refusal(node, f"must be above 0, found {shown(written.text)}", hint)
    return written


def plain_limit(node: Node) -> Written:
    """Read the ``min`` or ``max`` of a threshold: a plain number in the metric's unit."""
    text = scalar_of(node, "a number").text
    return Written(number=number(node), unit=LimitUnit.ABSOLUTE, text=text)


def read_limit(fields: Fields, key: str) -> Written | None:
    """Read a limit as it is written, and report it when that cannot be done."""
    reader = {"min": plain_limit, "max": plain_limit, "margin": above_zero}.get(key, written_limit)
    return fields.read(key, reader, None)


def no_limit(fields: Fields) -> Limit:
    """Make the default limit of superiority and deterioration."""
    return Limit(number=0.0, unit=LimitUnit.ABSOLUTE, text="0", location=fields.location)


def build_limit(fields: Fields, key: str, metric: Metric) -> Limit | None:
    """Read a limit and resolve it to the metric's unit; None when it cannot be read."""
    if not fields.has(key):
        return no_limit(fields)
    written = read_limit(fields, key)
    if written is None:
        return None
    resolved = _resolve(written, metric, fields, key)
    if resolved is None:
        return None
    return Limit(
        number=resolved,
        unit=written.unit,
        text=written.text,
        location=fields.problems.location(fields.place(key)),
    )


def expected_effect(metric: Metric | None) -> Callable[[Node], float]:
    """Make a reader of a true effect for planning: a number, or points where they mean one."""

    def read(node: Node) -> float:
        match = _SIGNED_POINTS.fullmatch(scalar_of(node, "a number").text)
        if match is None or len(match[0]) > _MAX_LENGTH:
            return number(node)
        resolved = points(match[2], metric) if metric else 0.0
        if resolved is None:
            message = f"is in pp, which metric {shown(metric.name if metric else '')} has not"
            raise refusal(node, message, "write the effect in the metric's unit")
        return -resolved if match[1] == "-" else resolved

    return read


def points(digits: str, metric: Metric) -> float | None:
    """Turn percentage points into the metric's unit; None where they mean nothing."""
    is_own_scale = metric.per is not None or metric.normalize is not None
    if metric.statistic == "log_loss" or is_own_scale:  # whatever the range of the values is
        return None
    is_share = metric.statistic in SHARES
    if metric.range == (0.0, 100.0) and not is_share:
        return float(digits)
    is_share |= metric.kind is Kind.BINARY or metric.range == (0.0, 1.0)
    is_open = metric.kind in (None, Kind.BOUNDED) and metric.range is None
    if is_share or is_open:  # the values decide; bounded without a range was refused
        return float(digits + "e-2")  # one rounding, where digits / 100 has two
    return None


def _resolve(written: Written, metric: Metric, fields: Fields, key: str) -> float | None:
    match written.unit:
        case LimitUnit.ABSOLUTE:
            return written.number
        case LimitUnit.PERCENT:
            _check_percent(written, metric, fields, key)
            return float(written.text[:-1] + "e-2")
        case LimitUnit.POINTS:
            resolved = points(written.text[:-2], metric)
            if resolved is None:
                _refuse_points(metric, fields, key)
            return resolved


def _refuse_points(metric: Metric, fields: Fields, key: str) -> None:
    own = next((name for name in ("per", "normalize") if getattr(metric, name)), None)
    if own is None and metric.statistic != "log_loss":
        fields.add(
            f"{key!r} is in pp, and metric {metric.name!r} is neither binary nor of "
            "range [0, 1] or [0, 100]",
            key=key,
            hint="write the limit in the metric's unit, or declare `range`",
        )
        return
    with_what = repr(own) if own else f"statistic {metric.statistic!r}"
    fields.add(
        f"{key!r} is in pp, and metric {metric.name!r} with {with_what} is no share",
        key=key,
        hint="write the limit in the metric's unit, or as a share of the baseline such as 5%",
    )


def _check_percent(written: Written, metric: Metric, fields: Fields, key: str) -> None:
    if is_ratio(metric) or metric.per is not None or metric.normalize is not None:
        return
    is_share = metric.kind in (Kind.BINARY, Kind.BOUNDED) or metric.statistic in SHARES
    is_bounded = metric.range is not None and (
        metric.kind is None or metric.range in {(0.0, 1.0), (0.0, 100.0)}
    )
    if metric.statistic == "sd":  # a spread is no share, even of bounded values
        return
    if is_share or is_bounded:
        fields.add(
            f"{key!r} is {shown(written.text)}, which is read both ways for the binary or "
            f"bounded metric {metric.name!r}: as points and as a share of the baseline",
            key=key,
            hint=f"write {written.text[:-1]}pp, or a number in the metric's unit",
        )


def is_ratio(metric: Metric) -> bool:
    """Whether arms are compared by their ratio, so that limits are percents."""
    return metric.statistic == "geomean"
