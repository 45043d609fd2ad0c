"""What a rule estimates: the statistic of its metric, and the columns that it takes."""

from pytest_evalgate.gate.choose import Family
from pytest_evalgate.spec.model import Claim, Kind, Metric, Over, Rule


# What these estimate lies between 0 and 1, whatever their columns hold.
SHARES = frozenset(
    {"accuracy", "precision", "recall", "f1", "macro_f1", "auroc", "ap", "brier",
     "pass_at_k", "pass_all_k", "win_rate"}
)  # fmt: skip
CONFUSED = frozenset({"precision", "recall", "f1"})  # from the four cells of a confusion matrix
SCORED = frozenset({"auroc", "ap", "log_loss", "brier"})  # from a label and a score
LABELLED = CONFUSED | SCORED | {"macro_f1"}
_FAMILIES = {
    "geomean": Family.GEOMEAN,
    "iqm": Family.IQM,
    "sd": Family.SPREAD,
    "auroc": Family.AUROC,
    "ap": Family.AP,
    "f1": Family.F1,
    "macro_f1": Family.MACRO_F1,
}


def is_single_arm_share(rule: Rule, metric: Metric) -> bool:
    """Say whether precision or recall is a plain share of some rows: against a limit it is."""
    return metric.statistic in {"precision", "recall"} and rule.claim is Claim.THRESHOLD


def family_of(rule: Rule, metric: Metric) -> Family:
    """Return what a rule estimates."""
    if metric.quantile is not None:
        return Family.QUANTILE
    if metric.statistic == "win_rate":
        return Family.WIN_RATE
    if metric.statistic in {"precision", "recall"} and not is_single_arm_share(rule, metric):
        return Family.SHARE_OF_CLASS
    if metric.statistic == "iqm" and metric.task is not None:
        return Family.IQM_TASKS
    if metric.statistic in _FAMILIES:
        return _FAMILIES[metric.statistic]
    return _family_by_keys(metric)


def _family_by_keys(metric: Metric) -> Family:
    """Return what the mean of a metric is a mean of, by the further columns it takes."""
    if metric.per is not None:
        return Family.RATE if metric.kind is Kind.COUNT else Family.RATIO
    if metric.gold is not None:
        return Family.RECTIFIED
    if metric.covariate is not None:
        return Family.ADJUSTED
    if metric.task is not None:
        return Family.FIXED_TASKS if metric.over is Over.FIXED else Family.RANDOM_TASKS
    return Family.MEAN


def statistic_to_read(rule: Rule, metric: Metric) -> str:
    """Return how the rows are read: as one number, as right or wrong, or as two labels."""
    if metric.statistic == "macro_f1":
        return "macro_f1"
    if metric.statistic in CONFUSED and not is_single_arm_share(rule, metric):
        return "confusion"
    return metric.statistic


def value_is_score(metric: Metric) -> bool:
    """Say whether the value of a row is its score, and the label stands beside it."""
    return metric.statistic in SCORED


def extras_of(metric: Metric) -> dict[str, str]:
    """Return the further columns of a metric, by what they mean."""
    found = {
        "label": metric.label if value_is_score(metric) else None,
        "per": metric.per,
        "covariate": metric.covariate,
        "gold": metric.gold,
        "zero": metric.normalize[0] if metric.normalize else None,
        "one": metric.normalize[1] if metric.normalize else None,
    }
    return {name: column for name, column in found.items() if column is not None}
