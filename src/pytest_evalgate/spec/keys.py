"""Which keys a gate file may hold, where, and which of them this version cannot check yet."""

from dataclasses import dataclass, field

from pytest_evalgate.formats import AUTO, BUILT_IN
from pytest_evalgate.spec.model import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys of one kind of mapping."""

    known: tuple[str, ...]
    later: tuple[str, ...] = ()
    required: dict[str, str] = field(default_factory=dict)  # key -> an example of it
    misnomers: dict[str, str] = field(default_factory=dict)  # what people write -> the key
    elsewhere: dict[str, str] = field(default_factory=dict)  # key of another mapping -> a hint


TOP = Keys(
    known=(
        "version",
        "gate",
        "alpha",
        "power",
        "correction",
        "min_runs",
        "min_samples",
        "seed",
        "on_inconclusive",
        "defaults",
        "artifacts",
        "contract",
        "metrics",
        "rules",
    ),
    later=("waivers",),
    required={
        "version": "version: 1",
        "gate": "gate: my-model",
        "artifacts": "artifacts: {evals: {candidate: new.jsonl, baseline: old.jsonl, id: id}}",
        "metrics": "metrics: {accuracy: {value: correct, better: higher}}",
        "rules": "rules: {holds: {metric: accuracy, claim: non_inferiority, margin: 2pp}}",
    },
)
_READING = ("path", "reader", "id", "run", "repeat", "cluster", "where", "columns", "join")
ARTIFACT = Keys(known=("candidate", "baseline", "baselines", *_READING, "sha256", "contract"))
ARM = Keys(known=(*_READING, "sha256"))
JOIN = Keys(
    known=("path", "by", "match", "reader"),
    required={"path": "path: gold.csv", "by": "by: example_id"},
)
CONTRACT = Keys(
    known=(
        "same",
        "present",
        "equal",
        "overlap",
        "missing",
        "max_missing",
        "max_age",
        "expect_files",
        "expect_split",
        "machine",
    ),
)
METRIC = Keys(
    known=(
        "artifact",
        "value",
        "label",
        "prediction",
        "score",
        "statistic",
        "k",
        "per",
        "covariate",
        "task",
        "macro",
        "over",
        "normalize",
        "judge",
        "gold",
        "better",
        "kind",
        "range",
        "scale",
        "na",
        "map",
        "unit",
        "where",
        "assume",
    ),
    required={"better": "better: higher"},
)
NORMALIZE = Keys(
    known=("zero", "one"), required={"zero": "zero: refs.random", "one": "one: refs.human"}
)
ASSUME = Keys(known=("sd", "correlation", "sd_run", "rate", "discordance"))
WIDE_VALUE = Keys(
    known=("candidate", "baseline"),
    required={"candidate": "candidate: col_a", "baseline": "baseline: col_b"},
)
_POLICY = ("severity", "slices", "owner", "why", "action", "weight")
_CLAIM = ("metric", "claim", "min_effect", "margin", "min", "max")
_DESIGN = ("method", "pair", "against", "min_runs", "min_samples")
_MISNOMERS = {"baseline": "against", "threshold": "min", "effect": "min_effect"}
_REQUIRED = {"metric": "metric: accuracy", "claim": f"claim: {' | '.join(Claim)}"}
_IN_MEMBERS = "write it in each member, under `any_of`"
_IN_GROUP = "write it on the group, beside `any_of`"
_GROUP_ONLY = {
    "any_of": "a group is a rule that has `any_of`, written under `rules`",
    "correction": "it belongs to a group, beside `any_of`, or to the top of the gate file",
}
RULE = Keys(
    known=(
        *_CLAIM,
        "tolerance",
        *_DESIGN,
        "severity",
        "slices",
        "expect",
        "owner",
        "why",
        "action",
        "weight",
    ),
    required=_REQUIRED,
    misnomers=_MISNOMERS | dict.fromkeys(("anyof", "any-of", "any", "one_of"), "any_of"),
    elsewhere=_GROUP_ONLY,
)
DEFAULTS = Keys(
    known=tuple(key for key in RULE.known if key != "weight"),
    misnomers=_MISNOMERS,
    elsewhere=_GROUP_ONLY | {"weight": "write a weight on each rule"},
)
GROUP = Keys(
    known=("any_of", "correction", *_POLICY),
    misnomers={"members": "any_of"},
    elsewhere=dict.fromkeys((*_CLAIM, *_DESIGN, "expect"), _IN_MEMBERS)
    | {"tolerance": "an alarm is a rule of its own, never a member"},
)
MEMBER = Keys(
    known=(*_CLAIM, *_DESIGN, "expect"),
    required=_REQUIRED,
    misnomers=_MISNOMERS,
    elsewhere=dict.fromkeys((*_POLICY, "correction"), _IN_GROUP)
    | {
        "any_of": "a group has no groups in it: write another rule",
        "tolerance": "an alarm is a rule of its own, never a member",
    },
)
CORRECTION = Keys(
    known=("method", "weights", "transitions"), required={"method": "method: graphical"}
)
SLICES = Keys(
    known=("by", "values", "others", "on_small", "min_samples", "require"),
    later=("small",),
    required={"by": "by: [language]", "values": "values: [de, en]"},
)

# The keys that can hold a claim's limit.
LIMITS = {
    Claim.SUPERIORITY: ("min_effect",),
    Claim.NON_INFERIORITY: ("margin",),
    Claim.EQUIVALENCE: ("margin",),
    Claim.THRESHOLD: ("min", "max"),
    Claim.DETERIORATION: ("tolerance",),
}
LIMIT_KEYS = ("min_effect", "margin", "min", "max", "tolerance")
# The rule keys that the gate file may also give for all rules at its top.
GATE_COUNTS: tuple[str, ...] = ("min_runs", "min_samples")
# What a threshold cannot use: it reads no baseline.
COMPARISON_KEYS = ("pair", "against")

CORRECTIONS = (
    "auto",
    "none",
    "bonferroni",
    "sidak",
    "holm",
    "hochberg",
    "hommel",
    "bh",
    "by",
    "fixed_sequence",
    "fallback",
)
# What a mapping under `correction` can name, and what takes a weight of each rule.
WEIGHTED = ("graphical", "fallback", "holm")
GROUP_CORRECTIONS = ("holm", "bonferroni", "sidak", "hochberg", "hommel", "max_t")
READERS = (AUTO, *BUILT_IN)
MATCHES = ("rows", "some", "both")
METHODS = (
    "auto",
    "exact_binomial",
    "mcnemar_tango",
    "boschloo_miettinen_nurminen",
    "paired_t",
    "welch_t",
    "one_sample_t",
    "sign_flip",
    "cluster_robust",
    "crossed",
    "order_statistic",
    "rounded_tango",
    "permutation",
    "mann_whitney",
    "brunner_munzel",
    "signed_rank",
    "bonett_price",
    "mcnemar_midp",
    "poisson_rates",
    "quantile_difference",
    "price_bonett",
    "brown_forsythe",
    "delong",
    "tilted_score",
    "swap",
    "bca_bootstrap",
    "bootstrap_t",
    "jaccard_binomial",
    "ppi",
    "rogan_gladen",
    "ancova",
    "mixed_model",
    "fixed_tasks",
    "random_tasks",
    "cluster_sign_flip",
)
# Statistics by the columns they read beside or instead of `value`.
BINARY_STATISTICS = ("accuracy", "precision", "recall")  # a share of rows, each right or wrong
LABEL_STATISTICS = (*BINARY_STATISTICS, "f1", "macro_f1")  # label and prediction
SCORE_STATISTICS = ("auroc", "ap", "log_loss", "brier")  # label and score
REPEAT_STATISTICS = ("pass_at_k", "pass_all_k")  # several values 0 or 1 of a unit
TASK_STATISTICS = ("mean", "iqm")  # those that can weigh each task the same
GAINS = ("auroc", "ap", "f1", "macro_f1", "precision", "recall", "pass_at_k", "pass_all_k")
LOSSES = ("log_loss", "brier")
# Statistics in [0, 1] whatever the values are.
SHARES = (*LABEL_STATISTICS, "auroc", "ap", "brier", *REPEAT_STATISTICS, "win_rate")
STATISTICS = (
    "mean",
    "geomean",
    "median",
    "iqm",
    "sd",
    "win_rate",
    *LABEL_STATISTICS,
    *SCORE_STATISTICS,
    *REPEAT_STATISTICS,
)
