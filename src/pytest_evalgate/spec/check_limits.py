"""Limits that make passing or failing certain, and limits of the wrong kind for a statistic."""

from pytest_evalgate.spec.build_limits import is_ratio
from pytest_evalgate.spec.check_metrics import bounds
from pytest_evalgate.spec.fields import Fields
from pytest_evalgate.spec.model import Better, Claim, Limit, LimitUnit, Metric, Rule
from pytest_evalgate.spec.problems import shown


_EVEN = 0.5  # the win rate of two equal models


def check_limit(rule: Rule, metric: Metric, fields: Fields) -> None:
    """Report a limit that no data could miss, or none could meet."""
    claim, limit, key = rule.claim, rule.limit, rule.limit_key
    if claim is Claim.THRESHOLD:
        _check_threshold(limit, key, metric, fields)
        return
    if is_ratio(metric) and limit.unit is not LimitUnit.PERCENT and limit.number != 0:
        fields.add(
            f"{key!r} is {shown(limit.text)}, and statistic 'geomean' compares ratios",
            key=key,
            hint="write a share of the baseline such as 5%",
        )
    elif metric.statistic == "win_rate":
        _check_win_rate(limit, key, metric, fields)
    elif limit.unit is LimitUnit.PERCENT:
        _check_whole_baseline(claim, limit, key, metric, fields)
    else:
        _check_width(limit, key, metric, fields)


def _check_threshold(limit: Limit, key: str, metric: Metric, fields: Fields) -> None:
    low, high = bounds(metric)
    found = f"{key!r} is {shown(limit.text)}, and metric {metric.name!r}"
    number = limit.number
    is_higher = metric.better is Better.HIGHER
    easy, hard = (low, high) if is_higher else (high, low)
    if easy is not None and (number <= easy if is_higher else number >= easy):
        fields.add(
            f"{found} cannot be {'below' if is_higher else 'above'} {easy:g}: {fields.what} "
            "cannot fail",
            key=key,
            hint="write a limit inside the metric's range",
        )
    elif hard is not None and (number >= hard if is_higher else number <= hard):
        fields.add(
            f"{found} cannot be {'above' if is_higher else 'below'} {hard:g}: {fields.what} "
            "can never pass",
            key=key,
            hint="a sample shows a bound, not certainty: 0 failures of n show a rate below "
            "about 3/n; write such a limit",
        )


def _check_width(limit: Limit, key: str, metric: Metric, fields: Fields) -> None:
    low, high = bounds(metric)
    if metric.statistic == "sd":  # of values in a range: at most half of it, up to n / (n - 1)
        low, high = metric.range or (low, high)
    if limit.unit is LimitUnit.POINTS and metric.range is None:
        low, high = 0.0, 1.0  # points speak of shares
    if low is None or high is None or limit.number < high - low:
        return
    fields.add(
        f"{key!r} is {shown(limit.text)}, as wide as metric {metric.name!r} from {low:g} "
        f"to {high:g}",
        key=key,
        hint="write a smaller limit, in the metric's unit",
    )


def _check_win_rate(limit: Limit, key: str, metric: Metric, fields: Fields) -> None:
    if limit.unit is LimitUnit.PERCENT or limit.number < _EVEN:
        return
    fields.add(
        f"{key!r} is {shown(limit.text)}, and a win rate lies at most {_EVEN:g} from one half: "
        f"metric {metric.name!r} decides nothing",
        key=key,
        hint="limits of a win rate are distances from one half: write 5pp for 0.45 or 0.55",
    )


def _check_whole_baseline(
    claim: Claim, limit: Limit, key: str, metric: Metric, fields: Fields
) -> None:
    low, _ = bounds(metric)
    if limit.number < 1 or low is None or low < 0:
        return
    is_loss = claim in (Claim.NON_INFERIORITY, Claim.DETERIORATION)
    # A metric that is never negative cannot fall by more than all of the baseline.
    if is_loss is (metric.better is Better.HIGHER) and claim is not Claim.EQUIVALENCE:
        outcome = "cannot fail" if is_loss else "can never pass"
        fields.add(
            f"{key!r} is {shown(limit.text)} of the baseline, and metric {metric.name!r} "
            f"cannot fall below 0: {fields.what} {outcome}",
            key=key,
            hint="write a smaller share",
        )
