"""Statistics of sets of units: areas, average precision, F1, ratios; judges with gold labels."""

from collections.abc import Iterator
from functools import cache, partial
from typing import Final

import numpy as np
from benchmarks.calibration.cells import RESAMPLED, TABLES, Cell
from benchmarks.calibration.laws import Floats, Generator, data
from scipy.special import ndtr, ndtri

from pytest_evalgate.gate.choose import Family, Method
from pytest_evalgate.gate.data import Data
from pytest_evalgate.spec.model import Kind
from pytest_evalgate.stats.ranking import average_precision


area = partial(Cell, group="areas", estimates=Family.AUROC, statistic="auroc", replicates=TABLES)
precision = partial(Cell, group="areas", estimates=Family.AP, statistic="ap")
confusion = partial(Cell, group="sets", method=Method.TILTED_SCORE)
judge = partial(Cell, group="judges", estimates=Family.RECTIFIED)

MISSED: Final = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0)
DENOMINATORS: Final = (99.0, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1)
LARGE: Final = 400_000  # units that a true average precision is computed from


def sets() -> Iterator[Cell]:
    yield from areas()
    yield from average_precisions()
    yield from confusions()
    yield from ratios()
    yield from judges()


def _shift(auc: float) -> float:
    return float(np.sqrt(2.0) * ndtri(auc))


def areas() -> Iterator[Cell]:
    for auc in (0.6, 0.85, 0.97):
        for positives in (5, 8, 10, 20, 30, 50, 100):
            draw = partial(_scores, "paired", positives, 200, auc, auc)
            words, n = f"binormal, AUROC {auc:g}", f"{positives} and 200"
            of_class = partial(area, axis="auroc_class", at=positives)
            yield of_class(method=Method.DELONG, design="paired", law=words, n=n, draw=draw,
                       limit=0.0, has_margin=False)  # fmt: skip
            yield of_class(method=Method.DELONG, design="unpaired", law=words, n=n, limit=0.0,
                       draw=partial(_scores, "unpaired", positives, 200, auc, auc),
                       has_margin=False)  # fmt: skip
            yield area(method=Method.DELONG, design="one arm", law=words, n=n, limit=auc,
                       draw=partial(_scores, "one arm", positives, 200, auc, auc),
                       axis="auroc_beyond_limit", at=round(positives * (1 - auc), 3))  # fmt: skip
            worse = auc - min(0.05, (1 - auc) * 0.67)
            yield area(method=Method.TILTED_SCORE, design="paired, margin", law=words, n=n,
                       draw=partial(_scores, "paired", positives, 200, worse, auc),
                       limit=worse - auc, axis="auroc_class", at=positives)  # fmt: skip
            if auc > 0.9:
                yield area(method=Method.TILTED_SCORE, design="paired, margin, near 1", law=words,
                           n=n, draw=partial(_scores, "paired", positives, 200, worse, auc),
                           limit=worse - auc, axis="auroc_missed",
                           thresholds=MISSED)  # fmt: skip


def _scores(
    design: str, positives: int, negatives: int, auc: float, other: float, rng: Generator
) -> Data:
    label = np.r_[np.ones(positives), np.zeros(negatives)]
    shared = rng.standard_normal(label.size) if design == "paired" else np.zeros(label.size)
    root = np.sqrt(0.5) if design == "paired" else 1.0

    def arm(area_under: float) -> Floats:
        own = rng.standard_normal(label.size)
        return np.asarray(_shift(area_under) * label + root * (shared + own))

    extras = {"label": label}
    if design == "one arm":
        return data(arm(auc), candidate_extras=extras)
    return data(arm(auc), arm(other), paired=design == "paired", candidate_extras=extras,
                baseline_extras=extras)  # fmt: skip


def average_precisions() -> Iterator[Cell]:
    for shift in (1.0, 2.0):
        for positives in (5, 10, 20, 30, 50, 100):
            n = f"{positives} and {4 * positives + 50}"
            words = f"binormal, shift {shift:g}"
            yield precision(method=Method.PAIRED_T, design="paired, no margin", law=words, n=n,
                            draw=partial(_ranked, positives, shift, shift), limit=0.0,
                            has_margin=False, axis="ap_positives", at=positives,
                            replicates=TABLES)  # fmt: skip
            share = positives / (5 * positives + 50)
            lost = _population(shift - 0.3, share) - _population(shift, share)
            yield precision(method=Method.TILTED_SCORE, design="paired, margin", law=words, n=n,
                            draw=partial(_ranked, positives, shift - 0.3, shift), limit=lost,
                            axis="ap_positives_margin", at=positives,
                            replicates=TABLES)  # fmt: skip


@cache
def _population(shift: float, share: float) -> float:
    """Average precision of the whole population, from evenly spaced scores of both classes."""
    positives = int(share * LARGE)
    middle = [(np.arange(n) + 0.5) / n for n in (positives, LARGE - positives)]
    scores = np.r_[shift + ndtri(middle[0]), ndtri(middle[1])]
    label = np.r_[np.ones(positives), np.zeros(LARGE - positives)]
    return average_precision(label, scores)


def _ranked(positives: int, shift: float, other: float, rng: Generator) -> Data:
    """Draw labels too: their number is as random as in real samples."""
    n = 5 * positives + 50
    label = np.zeros(n)
    label[rng.random(n) < positives / n] = 1.0
    shared = rng.standard_normal(n)
    arms = [
        effect * label + np.sqrt(0.5) * (shared + rng.standard_normal(n))
        for effect in (shift, other)
    ]
    extras = {"label": label}
    return data(arms[0], arms[1], paired=True, candidate_extras=extras, baseline_extras=extras)


def confusions() -> Iterator[Cell]:
    for statistic, family in (("f1", Family.F1), ("precision", Family.SHARE_OF_CLASS),
                              ("recall", Family.SHARE_OF_CLASS)):  # fmt: skip
        for share in (0.1, 0.3):
            for n in (30, 50, 100, 200, 500):
                for hit, false, words in ((0.8, 0.1, "equal arms"), (0.7, 0.15, "margin")):
                    limit = _truth(statistic, share, hit, false)
                    limit -= _truth(statistic, share, 0.8, 0.1)
                    yield confusion(estimates=family, statistic=statistic,
                                    design=f"paired, {statistic}, {words}",
                                    law=f"share {share:g}", n=str(n),
                                    draw=partial(_predicted, n, share, hit, false), limit=limit,
                                    has_margin=words == "margin", kind=Kind.BINARY, width=1.0,
                                    axis="set_units", at=n, replicates=TABLES)  # fmt: skip
    for n in (30, 50, 100, 200):
        for share in (0.3, 0.5):
            yield confusion(estimates=Family.MACRO_F1, statistic="macro_f1",
                            design="paired, macro_f1, equal arms", law=f"share {share:g}",
                            n=str(n), draw=partial(_predicted, n, share, 0.8, 0.1), limit=0.0,
                            has_margin=False, axis="set_units", at=n,
                            replicates=TABLES)  # fmt: skip
    for n, share in ((100, 0.1), (200, 0.05), (500, 0.1)):
        yield Cell(group="sets", method=Method.JACCARD_BINOMIAL, estimates=Family.F1,
                   statistic="f1", design="one arm, f1", law=f"share {share:g}", n=str(n),
                   draw=partial(_one_predicted, n, share), kind=Kind.BINARY,
                   limit=_truth("f1", share, 0.8, 0.1), promise="exact")  # fmt: skip
    yield from resampled_confusions()


def resampled_confusions() -> Iterator[Cell]:
    for n, share in ((50, 0.3), (50, 0.5), (150, 0.3)):
        yield Cell(group="sets", method=Method.SWAP, estimates=Family.F1, statistic="f1",
                   design="paired, f1, equal arms", law=f"share {share:g}", n=str(n),
                   draw=partial(_predicted, n, share, 0.8, 0.1), limit=0.0, has_margin=False,
                   kind=Kind.BINARY, promise="conservative", replicates=600,
                   draws=499)  # fmt: skip
    for n, share in ((50, 0.3), (50, 0.5), (200, 0.3)):
        yield Cell(group="sets", method=Method.BCA_BOOTSTRAP, estimates=Family.F1,
                   statistic="f1", design="one arm, f1", law=f"share {share:g}", n=str(n),
                   draw=partial(_one_predicted, n, share), limit=_truth("f1", share, 0.8, 0.1),
                   axis="bootstrap_units", at=n, replicates=RESAMPLED, draws=999)  # fmt: skip


def _truth(statistic: str, share: float, hit: float, false: float) -> float:
    """Return the population's value, for a hit rate and a false-positive rate."""
    tp, fp, fn = share * hit, (1 - share) * false, share * (1 - hit)
    return {"f1": 2 * tp / (2 * tp + fp + fn), "precision": tp / (tp + fp), "recall": hit}[
        statistic
    ]


def _predicted(n: int, share: float, hit: float, false: float, rng: Generator) -> Data:
    """Draw two correlated predictions of the same labels; the baseline is right at .8 and .9."""
    label = (rng.random(n) < share).astype(float)
    shared = rng.standard_normal(n)
    arms = []
    for rates in ((hit, false), (0.8, 0.1)):
        latent = np.sqrt(0.5) * (shared + rng.standard_normal(n))
        cut = np.where(label == 1, ndtri(rates[0]), ndtri(rates[1]))
        arms.append((latent < cut).astype(float))
    extras = {"label": label}
    return data(arms[0], arms[1], paired=True, candidate_extras=extras, baseline_extras=extras)


def _one_predicted(n: int, share: float, rng: Generator) -> Data:
    found = _predicted(n, share, 0.8, 0.1, rng)
    return data(found.candidate, candidate_extras=found.candidate_extras)


def ratios() -> Iterator[Cell]:
    ratio = partial(Cell, group="sets", estimates=Family.RATIO, statistic="mean")
    for law in ("successes of Poisson tries", "gamma over gamma"):
        for n in (10, 15, 20, 30, 50, 100):
            few = partial(ratio, axis="ratio_units", at=n)
            yield few(method=Method.ONE_SAMPLE_T, design="one arm, ratio of sums", law=law,
                        n=str(n), draw=partial(_ratio, law, n, 1), limit=0.3)  # fmt: skip
            yield few(method=Method.WELCH_T, design="unpaired, ratio of sums", law=law,
                        n=f"{n} v {n}", draw=partial(_ratio, law, n, 2), limit=0.0)  # fmt: skip
    for law in ("gamma over lognormal(1)", "gamma over gamma(.5)"):
        for n in (20, 30, 60, 200):
            yield ratio(method=Method.ONE_SAMPLE_T, design="one arm, ratio of sums", law=law,
                        n=str(n), draw=partial(_ratio, law, n, 1), limit=0.3,
                        axis="ratio_denominator_spread", thresholds=DENOMINATORS)  # fmt: skip


def _ratio(law: str, n: int, arms: int, rng: Generator) -> Data:
    values, per = [], []
    for _ in range(arms):
        if law.startswith("gamma over"):
            per.append(_denominators(law, n, rng))
            values.append(0.3 * per[-1] * rng.gamma(8.0, 0.125, n))
        else:
            tries = 1 + rng.poisson(5.0, n)
            per.append(tries.astype(float))
            values.append(rng.binomial(tries, 0.3).astype(float))
    if arms == 1:
        return data(values[0], candidate_extras={"per": per[0]})
    return data(values[0], values[1], candidate_extras={"per": per[0]},
                baseline_extras={"per": per[1]})  # fmt: skip


def _denominators(law: str, n: int, rng: Generator) -> Floats:
    if law == "gamma over lognormal(1)":
        return rng.lognormal(0.0, 1.0, n)
    return rng.gamma(0.5 if law == "gamma over gamma(.5)" else 4.0, 1.0, n)


def judges() -> Iterator[Cell]:
    for rate in (0.5, 0.8, 0.95):
        for right in (0.7, 0.9):
            for n in (10, 20, 30, 50, 100):
                words = f"rate {rate:g}, judge right {right:g}"
                few = partial(judge, axis="gold_labels", at=n, kind=Kind.BINARY)
                yield few(method=Method.PPI, design="one arm, 0/1", law=words,
                            n=f"{n} of 500", draw=partial(_judged, n, rate, right),
                            limit=rate, replicates=TABLES)  # fmt: skip
                yield few(method=Method.PPI, design="paired, 0/1", law=words, n=f"{n} of 500",
                            draw=partial(_judged_pairs, n, rate, right), limit=0.0,
                            has_margin=False, replicates=TABLES)  # fmt: skip
    for law in ("normal", "lognormal(.5)"):
        for n in (10, 20, 30, 50, 100, 200, 300):
            yield judge(method=Method.PPI, design="one arm, graded", law=law, n=f"{n} of 500",
                        draw=partial(_graded, law, n), limit=0.0 if law == "normal" else
                        float(np.exp(0.125)), axis="gold_labels_graded", at=n)  # fmt: skip
    for rate in (0.5, 0.8):
        for each in (10, 20, 50, 100, 200):
            yield judge(method=Method.ROGAN_GLADEN, design="one arm, 0/1",
                        law=f"rate {rate:g}, judge right .9", n=f"{each} + {each} of 500",
                        draw=partial(_calibrated, each, rate), limit=rate, kind=Kind.BINARY,
                        axis="calibration_labels", at=each)  # fmt: skip


def _judged(n: int, rate: float, right: float, rng: Generator) -> Data:
    truth = (rng.random(500) < rate).astype(float)
    judged = np.where(rng.random(500) < right, truth, 1.0 - truth)
    gold = np.where(np.arange(500) < n, truth, np.nan)
    return data(judged, candidate_extras={"gold": gold})


def _judged_pairs(n: int, rate: float, right: float, rng: Generator) -> Data:
    shared = rng.standard_normal(500)
    arms = []
    for _ in range(2):
        latent = ndtr(np.sqrt(0.5) * (shared + rng.standard_normal(500)))
        truth = (latent < rate).astype(float)
        judged = np.where(rng.random(500) < right, truth, 1.0 - truth)
        arms.append((judged, {"gold": np.where(np.arange(500) < n, truth, np.nan)}))
    (candidate, one), (baseline, other) = arms
    return data(candidate, baseline, paired=True, candidate_extras=one, baseline_extras=other)


def _graded(law: str, n: int, rng: Generator) -> Data:
    latent = rng.standard_normal(500)
    truth = latent if law == "normal" else np.exp(0.5 * latent)
    judged = truth + 0.5 * rng.standard_normal(500)
    return data(judged, candidate_extras={"gold": np.where(np.arange(500) < n, truth, np.nan)})


def _calibrated(each: int, rate: float, rng: Generator) -> Data:
    """Draw a calibration set of as many of both kinds, and 500 units that only the judge saw."""
    known = np.r_[np.ones(each), np.zeros(each)]
    truth = np.r_[known, (rng.random(500) < rate).astype(float)]
    judged = np.where(rng.random(truth.size) < 0.9, truth, 1.0 - truth)
    gold = np.r_[known, np.full(500, np.nan)]
    return data(judged, candidate_extras={"gold": gold})
