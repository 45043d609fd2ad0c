"""Which keys a gate file may hold, where, and which of them this version cannot check yet."""

from dataclasses import dataclass, field

from pytest_evalgate.spec.model import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys of one kind of mapping."""

    known: tuple[str, ...]
    later: tuple[str, ...] = ()
    required: dict[str, str] = field(default_factory=dict)  # key -> an example of it
    misnomers: dict[str, str] = field(default_factory=dict)  # what people write -> the key


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
ARTIFACT = Keys(
    known=("candidate", "baseline", "baselines", *_READING, "contract"), later=("sha256",)
)
ARM = Keys(known=_READING, later=("sha256",))
JOIN = Keys(
    known=("path", "by", "match", "reader"),
    required={"path": "path: gold.csv", "by": "by: example_id"},
)
CONTRACT = Keys(
    known=("same", "present", "overlap", "missing", "max_missing"),
    later=("max_age", "equal", "expect_files"),
)
METRIC = Keys(
    known=(
        "artifact",
        "value",
        "label",
        "prediction",
        "statistic",
        "better",
        "kind",
        "range",
        "scale",
        "na",
        "map",
        "unit",
        "where",
    ),
    later=(
        "per",
        "k",
        "covariate",
        "macro",
        "normalize",
        "task",
        "over",
        "judge",
        "gold",
        "score",
    ),
    required={"better": "better: higher"},
)
WIDE_VALUE = Keys(
    known=("candidate", "baseline"),
    required={"candidate": "candidate: col_a", "baseline": "baseline: col_b"},
)
RULE = Keys(
    known=(
        "metric",
        "claim",
        "min_effect",
        "margin",
        "min",
        "max",
        "tolerance",
        "method",
        "pair",
        "against",
        "min_runs",
        "min_samples",
        "severity",
        "slices",
        "expect",
        "owner",
        "why",
        "action",
    ),
    later=("any_of", "weight", "correction"),  # a correction belongs to an any_of group
    required={"metric": "metric: accuracy", "claim": f"claim: {' | '.join(Claim)}"},
    misnomers={"baseline": "against", "threshold": "min", "effect": "min_effect"},
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
)
READERS = ("auto", "jsonl", "json", "csv", "tsv")
LATER_READERS = (
    "parquet",
    "arrow",
    "npz",
    "npy",
    "lm-eval",
    "inspect",
    "promptfoo",
    "deepeval",
    "helm",
    "mlflow",
    "pytest-benchmark",
    "google-benchmark",
    "asv",
    "swe-bench",
    "alpaca-eval",
    "arena-hard",
    "livebench",
    "mt-bench",
    "hf-trainer",
    "dvc",
    "wandb",
    "openai-evals",
)
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
)
LABEL_STATISTICS = ("accuracy", "precision", "recall")
STATISTICS = ("mean", "geomean", "median", *LABEL_STATISTICS)
LATER_STATISTICS = (
    "iqm",
    "sd",
    "auroc",
    "ap",
    "f1",
    "macro_f1",
    "log_loss",
    "brier",
    "pass_at_k",
    "pass_all_k",
    "win_rate",
)
