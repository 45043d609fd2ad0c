"""What the values of a metric are, and which limits that allows."""

from pytest_evalgate.artifacts.sample import Sample
from pytest_evalgate.errors import SampleError
from pytest_evalgate.gate.estimand import SHARES, is_single_arm_share
from pytest_evalgate.spec.model import Kind, LimitUnit, Metric, Rule


def decide_kind(rule: Rule, metric: Metric, candidate: Sample, baseline: Sample | None) -> Kind:
    """Decide what the values are: as declared, else binary, bounded or continuous by the values.

    Raises:
        SampleError: the values are not what was declared, or the arms differ.
    """
    samples = [candidate] if baseline is None else [candidate, baseline]
    if metric.statistic in SHARES and not _is_plain_share(rule, metric):
        return Kind.BOUNDED
    if metric.statistic in {"log_loss", "sd"} or metric.normalize is not None:
        return Kind.CONTINUOUS
    are_binary = [sample.is_binary for sample in samples]
    if metric.kind is not None:
        _check_kind(metric, samples)
        kind = metric.kind
    elif all(are_binary):
        kind = Kind.BINARY
    elif metric.range is not None:
        kind = Kind.BOUNDED
    elif any(are_binary):
        which = "candidate" if are_binary[0] else "baseline"
        raise SampleError(
            f"metric {metric.name!r}: the {which} holds only 0 and 1, the other arm does not: "
            "are the arms on different scales?",
            at=metric.location,
            hint="mend the scale of one arm (`scale:` in it), or declare `kind:` or `range:`",
        )
    else:
        kind = Kind.CONTINUOUS
    _check_range(metric, samples)
    are_averaged = any(sample.repeats > 1 for sample in samples)
    is_mean = metric.statistic == "mean"
    if kind is Kind.BINARY and are_averaged and not (is_mean and all(map(_agree, samples))):
        return Kind.BOUNDED  # a mean of repeated 0s and 1s is a share, no longer 0 or 1
    return kind


def _agree(sample: Sample) -> bool:
    """Say whether the repeats of every unit agree: then its mean is still 0 or 1."""
    return bool(((sample.values == 0) | (sample.values == 1)).all())


def _is_plain_share(rule: Rule, metric: Metric) -> bool:
    """Say whether single rows are right or wrong, so that exact binomial laws apply."""
    return metric.statistic == "accuracy" or is_single_arm_share(rule, metric)


def _check_range(metric: Metric, samples: list[Sample]) -> None:
    """Refuse fractions under a range of percents: every limit in `pp` would be 100 times off."""
    if metric.range is None or metric.range[0] < 0 or metric.range[1] <= 1:
        return
    low = min(float(sample.values.min()) for sample in samples)
    high = max(float(sample.values.max()) for sample in samples)
    if low >= 0 and high <= 1:
        raise SampleError(
            f"metric {metric.name!r}: range is [{metric.range[0]:g}, {metric.range[1]:g}], but all "
            f"values lie between {low:g} and {high:g}: are they fractions?",
            at=metric.location,
            hint="write `range: [0, 1]`, or `scale:` the values to the range",
        )


def _check_kind(metric: Metric, samples: list[Sample]) -> None:
    for sample, arm in zip(samples, ("candidate", "baseline"), strict=False):
        values = sample.values
        is_right = {
            Kind.BINARY: sample.is_binary,
            Kind.POSITIVE: bool((values > 0).all()),
            Kind.COUNT: bool((values >= 0).all()),
        }.get(metric.kind or Kind.CONTINUOUS, True)
        if not is_right:
            raise SampleError(
                f"metric {metric.name!r}: kind is {metric.kind}, but the {arm} holds "
                f"values from {values.min():g} to {values.max():g}",
                at=metric.location,
                hint="mend the values, or the `kind:`",
            )


def check_limit_unit(rule: Rule, metric: Metric, kind: Kind) -> None:
    """Refuse `pp` where points mean nothing, and `%` where it can be read both ways."""
    is_share = kind in {Kind.BINARY, Kind.BOUNDED}
    if rule.limit.unit is LimitUnit.POINTS and not (is_share or metric.range is not None):
        raise SampleError(
            f"rule {rule.id!r}: {rule.limit_key} is {rule.limit.text}, but the values of metric "
            f"{metric.name!r} are neither 0 and 1 nor in a declared range",
            at=rule.limit.location,
            hint="give the metric a `range:`, or write the limit as a plain number in its unit",
        )
    if rule.limit.unit is LimitUnit.PERCENT and is_share:
        raise SampleError(
            f"rule {rule.id!r}: {rule.limit_key} is {rule.limit.text}, which can be read both "
            f"ways for the {kind} metric {metric.name!r}",
            at=rule.limit.location,
            hint=f"write {rule.limit.text.rstrip('%')}pp for percentage points",
        )
