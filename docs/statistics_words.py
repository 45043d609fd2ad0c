# ruff: noqa: INP001
"""The words of docs/statistics.md that the code does not hold: explanations, and domains."""

INTRODUCTION = """\
# Statistics: what a gate claims, and how it knows

<!-- Written by docs/make_statistics.py: change the code or the script, not this page. -->

You do not need this page to use a gate: `method: auto` chooses. It is for the day somebody asks
"why did it say that?".

Five words are enough:

- The **effect** is candidate minus baseline (or candidate / baseline, or the candidate's own
  value).
- The **interval** holds every effect that the data do not rule out.
- The **limit** is where the claim begins to hold. A rule passes exactly when the whole interval
  lies inside it, on the side claimed. A value exactly on its limit is not a pass.
- **p** is how often data at least this convincing would turn up if the truth lay just on the limit.
  Small p: hard to explain by luck.
- **alpha** is how often you accept to be fooled, 0.05 unless the gate file says otherwise. p below
  alpha and the interval inside the limit are one and the same statement; the two can never
  disagree.

Every claim is one-sided: what counts is being fooled in the direction of the claim. The interval
printed is at 1 - 2 x alpha (90 % for 0.05), because each of its ends is a one-sided bound at alpha.
"""

AUTO = """\
## What `method: auto` chooses

By what is measured, how the arms were sampled, and whether there is a margin. A method that is
named in a rule must be honest for the same design. "Runs" are new trainings (`run:` in the
artifact), "clusters" are rows that hang together (`cluster:`), "a margin" is any limit other than
no difference. *By name* marks methods that `auto` never chooses.
"""

NOTES = """\
### What is worth knowing about them

- **Comparisons of 0 and 1** use two methods, an exact one at no difference and a score test
  elsewhere. The p-value of a limit is the largest over all differences on the null's side of it,
  and the interval is the hull of all differences not rejected. A stricter limit can therefore never
  pass where a weaker one does not.
- **`5%` of the baseline** is tested by the contrast candidate - (1 - 0.05) x baseline, never by
  dividing; its interval is Fieller's (1954). The baseline mean must be clearly above 0.
- **`statistic: geomean`** is judged on logs; effects are ratios of geometric means.
- **A share of 0 and 1 against a limit** takes its variance at the limit, with the design effect of
  its clusters or runs (Wilson's interval with an effective sample size; Korn and Graubard 1998).
  With the variance at the estimate up to 26 % false promotions were simulated.
- **`sign_flip` is never used with a margin**, and a mean is never silently judged on logs.
- **Runs independent between the arms** (`id` and `run`): units are paired, runs are nested in their
  arm. `benchmarks/calibration/` has the simulated error rates.
- **F1, AUROC and other statistics of a set** are judged through one pseudo-value a unit: their mean
  is the statistic, and they are independent where the units are. So clusters and runs work for them
  as for any mean.
"""

CLAIMS = """\
## The five claims, each with one example

Each is judged by the engine as it stands here; you can copy it. Artifacts are left out:
`new.jsonl` holds the candidate's answers, `old.jsonl` the baseline's, and `id: question` pairs
them.
"""

DOMAINS = """\
## Where a rule is invalid rather than judged

Statistics that are stretched too far do not say so by themselves. Each method was simulated at its
limit, with data that are awkward on purpose. Where it promoted falsely more than {invalid:g} times
as often as alpha says, a rule is **invalid** there, and says what it needs. Between {warned:g} and
{invalid:g} times alpha it warns.
"""

# What the data are, and what is asked of them; in braces the numbers of a domain, by its name.
DOMAIN_ROWS: tuple[tuple[str, str], ...] = (
    (
        "means of items with a margin or a threshold",
        "{units.refused:g} units",
    ),
    (
        (
            "skewed means (items; runs from {units.refused:g} on, or with more than "
            "{skewed_run_ratio.refused:g} times as many in one arm; clusters)"
        ),
        (
            "n >= {skewness_factor.refused:g} g1^2, g1 the larger sample skewness; more at a "
            "level that a correction makes small"
        ),
    ),
    (
        "a margin on paired differences",
        "{informative_units.refused:g} units whose difference is not the most common one",
    ),
    (
        "means of runs",
        (
            "{runs.refused:g} runs (a warning under {runs.warned:g}, and for "
            "{domains.UNITS_TO_SEE_SKEWNESS} or more visibly skewed ones)"
        ),
    ),
    (
        "clusters",
        (
            "{clusters.refused:g} clusters and {cluster_df.refused:g} degrees of freedom "
            "(warnings under {clusters.warned:g} and {cluster_df.warned:g}); bounded values of "
            "one arm {clusters_of_shares.refused:g}; for 0 and 1, {discordant_clusters.refused:g}"
            " clusters with a discordance"
        ),
    ),
    (
        "runs x items",
        (
            "{runs.refused:g} runs, {crossed_units.refused:g} items ({units.refused:g} with a "
            "margin), every cell filled, runs of the arms at most {crossed_run_ratio.refused:.2f}"
            " to 1"
        ),
    ),
    (
        "runs x items by `mixed_model`",
        "{filled_cells.refused:.0%} of all cells (a warning under {filled_cells.warned:.0%})",
    ),
    (
        "0 and 1 of runs x items against a limit",
        "runs that differ by at most {run_spread.refused:g} logits (standard deviation)",
    ),
    (
        "other means of runs x items against a limit",
        "skewness of the items at most {skewness_one_arm.refused:g}",
    ),
    (
        "shares compared by a score test",
        (
            "its exact size, computed for these sample sizes (to {sizes.MAX_PAIRS} pairs, or "
            "{sizes.MAX_TABLES:,} tables), at most {sizes.INVALID:g} alpha (a warning above "
            "{sizes.WARNED:g}); beyond, arms at most {sizes.MAX_RATIO:g} to 1"
        ),
    ),
    (
        "shares by `mcnemar_midp` or `bonett_price`",
        ("{midp_discordant.refused:g} pairs that differ, or {bonett_price_discordant.refused:g}"),
    ),
    (
        "AUROC",
        (
            "{auroc_class.refused:g} units of the rarer class (a warning under "
            "{auroc_class.warned:g}); these times 1 - limit at least "
            "{auroc_beyond_limit.refused:g}; with a margin times 1 - area at least "
            "{auroc_missed.refused:g}"
        ),
    ),
    (
        "average precision",
        (
            "{ap_positives.refused:g} positive units, {ap_positives_margin.refused:g} with a "
            "margin; {set_units.refused:g} units"
        ),
    ),
    (
        "precision, recall, macro F1 by pseudo-values",
        "{set_units.refused:g} units",
    ),
    (
        "ratios of sums",
        (
            "{ratio_units.refused:g} units (a warning under {ratio_units.warned:g}), and a "
            "denominator whose standard error is at most {ratio_denominator_spread.refused:.0%} "
            "of it"
        ),
    ),
    (
        "judges with gold labels",
        (
            "{gold_labels.refused:g} gold labels (a warning under {gold_labels.warned:g}; other "
            "than 0 and 1 under {gold_labels_graded.warned:g}, from "
            "{gold_labels_graded.refused:g} on); by `rogan_gladen` {calibration_labels.refused:g}"
            " of the rarer kind"
        ),
    ),
    (
        "win rates of arms without pairs",
        (
            "{ranked_units.refused:g} units in an arm, {ranked_units_margin.refused:g} with a "
            "margin; under {ranked_units.warned:g} arms at most {ranked_ratio.refused:g} to 1"
        ),
    ),
    (
        "spread of runs",
        "{spread_units.refused:g} in an arm, arms at most {spread_ratio.refused:g} to 1",
    ),
    (
        "tasks",
        (
            "over these tasks {task_units.refused:g} runs in each and {task_total.refused:g} in "
            "all, runs of a task in the arms at most {task_run_ratio.refused:g} to 1, "
            "{iqm_tasks.refused:g} tasks for an interquartile mean; over tasks like these "
            "{random_tasks.refused:g} tasks"
        ),
    ),
    (
        "means adjusted for a covariate",
        (
            "{adjusted_units.refused:g} units in an arm; skewness counts from arms of "
            "{adjusted_ratio.refused:g} to 1 on"
        ),
    ),
    (
        "bootstraps",
        "{bootstrap_units.refused:g} units (a warning under {bootstrap_units.warned:g})",
    ),
    (
        "permutations",
        "arms at most {permutation_ratio.refused:g} to 1",
    ),
    (
        "medians by `price_bonett`",
        "{median_units.refused:g} units in an arm",
    ),
    (
        (
            "pairs that all differ by exactly the same, or by rounding noise (a spread of "
            "{noise:.0e} of the values)"
        ),
        "never: copies or a shift, not evidence",
    ),
    (
        "a limit that no values of this metric could miss, or clear",
        "never",
    ),
    (
        "zero variance",
        "never, where no exact method applies",
    ),
    (
        "any exact method",
        "a smallest attainable p below the level",
    ),
)

CORRECTION_WORDS = """\
## Corrections

All rules of a gate must pass, so a promotion with one false claim has probability at most alpha
without any correction (Berger 1982): `correction: auto` corrects nothing. A correction that is
named makes every single claim of the report hold as well, and costs power.
"""

GROUP_WORDS = """\
Inside an `any_of` group one member is enough, so luck gets several tries: there a correction is
always made. Its name stands in the group.
"""

SLICE_WORDS = """\
Slices: under `require: all` every slice is judged at the level of its rule, and all must pass;
under `require: gap` so is every two of them. What this controls:
{conjunction}.

`alpha_judged` in the evidence is the level at which the procedure rejects exactly when p is below
it; intervals are at 1 - 2 x `alpha_judged`. An invalid rule counts with p = 1.
"""

BLIND = """\
## What no check on the data can see

- A **rare large loss** that the sample does not hold: with a margin of 2 points on a metric from 0
  to 1, a total loss on 2 % of all units goes unseen in 40 units with probability {missed:.2f}. The
  report warns where that probability exceeds {unseen:g} and a `range` is declared; more units, or
  0/1 values, are the remedy.
- **Skewed runs**, three to seven of them: that scores of runs are near normal is an assumption.
- **Asymmetric differences** of few pairs: sign flips take differences to be as likely up as down.
- **Rows taken as independent** that are not: declare `cluster`.
- **Gold labels that were picked** rather than drawn at random.
- **A test set that was used before**: candidates chosen by it look better on it than they are.

## How the numbers are checked

`tests/reference/*.json` holds reference cases from R, mpmath and exact arithmetic, each with its
source. Beside them: exact enumeration of error rates on small samples, comparisons with SciPy and
statsmodels, and laws that every method obeys on random data (shift, scale, swapped arms, order of
rows, agreement of test and interval, stricter limits). `pytest -m slow` runs the long calibrations
and fuzzers.
"""
