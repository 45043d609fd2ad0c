"""What a method takes for granted, in plain words, for the evidence."""

from pytest_evalgate.gate.choose import LINEAR, Family, Method, Unit
from pytest_evalgate.gate.samples import RuleSamples
from pytest_evalgate.gate.transform import AVERAGING
from pytest_evalgate.spec.model import Kind


_ASSUMES = {
    Method.ORDER_STATISTIC: "units are independent",
    Method.QUANTILE_DIFFERENCE: "units or pairs are independent; the quantile lies in no gap",
    Method.PRICE_BONETT: "units are independent, in and between the arms; medians in no gap",
    Method.EXACT_BINOMIAL: "units are independent",
    Method.MCNEMAR_TANGO: "pairs are independent of one another",
    Method.MCNEMAR_MIDP: "pairs are independent of one another; mid-p is not exact",
    Method.BONETT_PRICE: "pairs are independent of one another",
    Method.BOSCHLOO_MIETTINEN_NURMINEN: "units are independent, in and between the arms",
    Method.POISSON_RATES: "events come one by one, at a steady rate",
    Method.CLUSTER_ROBUST: "clusters are independent of one another",
    Method.CLUSTER_SIGN_FLIP: "without an effect, a cluster is as likely up as down",
    Method.CROSSED: "runs and units are independent draws; their means are near normal",
    Method.MIXED_MODEL: "runs and units are independent draws; cells are missing by chance",
    Method.FIXED_TASKS: "the claim is about these tasks; runs of a task are independent",
    Method.RANDOM_TASKS: "the claim is about tasks like these, drawn independently",
    Method.SIGN_FLIP: "without an effect, differences are as likely up as down",
    Method.PERMUTATION: "without an effect, units could change arms",
    Method.ROUNDED_TANGO: "pairs are independent; differences were rounded against the candidate",
    Method.ONE_SAMPLE_T: "units are independent; their mean is near normal",
    Method.PAIRED_T: "pairs are independent; their mean difference is near normal",
    Method.WELCH_T: "units are independent, in and between the arms; means are near normal",
    Method.ANCOVA: "units are independent; the covariate was known before the candidate existed",
    Method.BCA_BOOTSTRAP: "units are independent",
    Method.BOOTSTRAP_T: "units are independent",
    Method.MANN_WHITNEY: "the arms have one shape: the claim is about a shift",
    Method.SIGNED_RANK: "differences are symmetric: the claim is about their centre",
    Method.BRUNNER_MUNZEL: "units are independent, in and between the arms",
    Method.BROWN_FORSYTHE: "runs are independent; spread is the mean distance from the median",
    Method.DELONG: "units are independent",
    Method.TILTED_SCORE: "pairs are independent; the variance is taken at the limit",
    Method.SWAP: "without an effect, the outputs of a unit could change arms",
    Method.JACCARD_BINOMIAL: "units are independent",
    Method.PPI: "gold labels are a random subset, given without knowing the judge",
    Method.ROGAN_GLADEN: "gold labels are a random subset; the judge errs alike on the rest",
}


def assumptions(method: Method, samples: RuleSamples, family: Family) -> tuple[str, ...]:
    """Return what a method takes for granted about these samples, in plain words."""
    words = [_ASSUMES[method]]
    if family is Family.GEOMEAN:
        words.append("judged on logs: the claim is about the geometric mean")
    if family in LINEAR and method in AVERAGING:
        words.append(f"{family.value} is judged through one pseudo-value a unit")
    if samples.unit is Unit.CROSSED and samples.baseline is not None:
        how = "paired by run" if samples.are_runs_paired else "independent between the arms"
        words.append(f"units are paired by id, runs are {how}")
    is_share = samples.kind is Kind.BINARY and samples.baseline is None
    if is_share and method is not Method.EXACT_BINOMIAL:
        words.append("the variance of the share is taken at the limit")
    if samples.unit is Unit.ITEM and samples.candidate.clusters is None:
        words.append("no cluster is declared: rows are taken as independent")
    words.append(f"values are {samples.kind.value}")
    return (*words, *_notes(samples))


def _notes(samples: RuleSamples) -> tuple[str, ...]:
    arms = (("candidate", samples.candidate), ("baseline", samples.baseline))
    return tuple(f"{name}: {note}" for name, arm in arms if arm is not None for note in arm.notes)
