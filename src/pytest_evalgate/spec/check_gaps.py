"""What a rule must be whose slices are compared with one another: `require: gap`."""

from pytest_evalgate.spec.fields import Fields
from pytest_evalgate.spec.keys import COMPARISON_KEYS, SLICES
from pytest_evalgate.spec.model import Claim, LimitUnit, Metric, Rule


_UNSUPPORTED = ("geomean", "sd", "win_rate")
_LEAST = 2


def check_gap(rule: Rule, metric: Metric, fields: Fields) -> None:
    """Report what does not go with a gap: it is an equivalence within the candidate alone."""
    slices = fields.open("slices", SLICES) or fields
    if rule.claim is not Claim.EQUIVALENCE:
        slices.add(
            f"'require: gap' needs claim 'equivalence', found {rule.claim.value!r}",
            key="require",
            hint="write `claim: equivalence` with the largest gap as `margin`",
        )
    if rule.limit.unit is LimitUnit.PERCENT:
        fields.add(
            f"'require: gap' needs a margin in the metric's unit or in pp, found {rule.limit.text}",
            key=rule.limit_key,
            hint="slices have no baseline to take a share of: write 0.05 or 5pp",
        )
    for key in COMPARISON_KEYS:
        if key in fields.entries:
            fields.add(
                f"{key!r} has no meaning for 'require: gap', which reads no baseline",
                key=key,
                hint="take it out",
            )
    if rule.slices is not None and 0 < len(rule.slices.values) < _LEAST:
        slices.add(
            f"'require: gap' needs {_LEAST} slices or more, found {len(rule.slices.values)}",
            key="values",
            hint="list another value, or use `require: all`",
        )
    what = f"statistic {metric.statistic!r}" if metric.statistic in _UNSUPPORTED else None
    if metric.covariate is not None:
        what = "a 'covariate'"
    if what is not None:
        fields.add(
            f"'require: gap' on {what} is not yet supported",
            key="metric",
            hint="use another metric, such as a mean",
        )
