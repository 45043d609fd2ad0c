"""One sentence on each key of a gate file, which editors show beside it."""

from typing import Final


TOP_KEYS: Final = {
    "version": "Version of the language of gate files: 1.",
    "gate": "Name of the gate: letters, digits, dots, dashes and underscores.",
    "alpha": "One-sided error of one claim, above 0 and below 0.5; 0.05 by default.",
    "power": "Chance to prove a true claim that plans ask for; 0.8 by default.",
    "correction": "How the levels of several rules are corrected; `auto` by default; a mapping "
    "gives weights.",
    "min_runs": "Least number of different runs in each arm, where `run` is declared; default 3.",
    "min_samples": "Least number of units in each arm, pairs where the arms are paired; default 2.",
    "seed": "Seed of the random numbers that a few methods draw; 0 by default.",
    "on_inconclusive": "What an inconclusive rule leads to: `block` (default) or `escalate`.",
    "defaults": "Keys that hold for all rules which do not say otherwise.",
    "artifacts": "Evaluation files by name: what was measured of the candidate and the baseline.",
    "contract": "Conditions on the files of all artifacts, checked before any number is compared.",
    "metrics": "Numbers by name: the column that holds each, and which way is better.",
    "rules": "Claims by name: all of them must hold before the candidate is promoted.",
}
ARM_KEYS: Final = {
    "path": "File or glob, or a list of them, relative to the folder of the gate file; `{name}` "
    "captures a part of the path as a column.",
    "reader": "Format of the files; `auto` looks at their content.",
    "id": "Column, or list of columns, that names the example of a row and pairs the arms.",
    "run": "Column that names the run: a new draw of the recipe, such as another training seed.",
    "repeat": "Column that counts repeats: the same model asked again for the same example; they "
    "are averaged.",
    "cluster": "Column whose values group units that are not independent of one another.",
    "where": "Keeps the rows whose columns equal these values.",
    "columns": "Other names for columns: new name to column.",
    "join": "Further files by name, whose columns are added to the rows as `name.column`.",
    "sha256": "Pin: digest of the one file that is read, or of the list that sha256sum prints of "
    "them.",
}
ARTIFACT_KEYS: Final = {
    "candidate": "Files of the model that asks for promotion: a path, a list, or a mapping.",
    "baseline": "Files of the model that is to be replaced: a path, a list, or a mapping.",
    "baselines": "Further baselines by name, which rules compare with by `against`.",
    **ARM_KEYS,
    "contract": "Conditions on the files of this artifact; its keys replace those of the gate.",
}
JOIN_KEYS: Final = {
    "path": "File or glob to join, relative to the folder of the gate file.",
    "by": "Column, or list of columns, that both files have; unique in the joined file.",
    "match": "Which rows need a partner: `rows` (every row, the default), `some` or `both`.",
    "reader": "Format of the joined file; `auto` looks at its content.",
}
CONTRACT_KEYS: Final = {
    "same": "Columns that must be the same in both arms, example by example where there are ids.",
    "present": "Columns that must have a value in every row of every arm.",
    "equal": "Columns and the value each must have in every row: a text, or `{env: NAME}`; for "
    "every arm, or by arm.",
    "overlap": "Least share of ids that both arms must have in common; 1 by default.",
    "missing": "What a missing value does: `error` (default), `drop` its unit, or count as the "
    "`worst` value.",
    "max_missing": "Largest share of units of an arm that may have a missing value, such as 0.02.",
    "max_age": "How old the rows may be, by their `created`, such as 14d: every arm's, or by arm.",
    "expect_files": "How many data files every arm must have, or each by name.",
    "expect_split": "Share of the units of two arms that the candidate was to get, such as 0.5.",
    "machine": "Where the times of two arms were measured: on the `same` machine (default) or "
    "`any`.",
}
EXPECTED_KEYS: Final = {
    "env": "Environment variable that holds the value; a report shows it, so never a secret.",
}
METRIC_KEYS: Final = {
    "artifact": "Artifact that the metric is read from; not needed where there is only one.",
    "value": "Column that holds the number, or one column for each arm of a wide table.",
    "label": "Column of the right answers, beside `prediction` or `score`.",
    "prediction": "Column of the model's answers, for accuracy, precision, recall, f1, macro_f1.",
    "score": "Column of the model's probability or ranking score, for auroc, ap, log_loss, brier.",
    "statistic": "What the units are summarised by: `mean` (default), `geomean`, `median`, `p95`, "
    "`accuracy` and others.",
    "k": "Number of attempts that pass_at_k and pass_all_k count.",
    "per": "Column that the values are counted against: sum of values by sum of this column.",
    "covariate": "Column known before the candidate existed, which sharpens an unpaired "
    "comparison.",
    "task": "Column of tasks, each of which weighs the same in the mean.",
    "macro": "Column of tasks, short for `task` with `over: fixed`.",
    "over": "What a mean over tasks is about: these tasks (`fixed`, default) or ones like them "
    "(`random`).",
    "normalize": "Columns of the values that become 0 and 1 before the mean over tasks.",
    "judge": "Whether another model measured the values; then rules need `gold` to be required.",
    "gold": "Column of the same measurement by people, on a random subset of the units.",
    "better": "Which way is better: `higher` or `lower`.",
    "kind": "What the numbers are; by default binary if both arms hold only 0 and 1.",
    "range": "Lowest and highest value there can be; a value outside makes the metric invalid.",
    "scale": "Factor that each value is multiplied by, such as 0.01 for percents.",
    "na": "Texts or numbers that stand for a missing value, such as NA.",
    "map": "The number that each text stands for, such as 1 for right and 0 for wrong.",
    "unit": "Label that reports write behind the numbers; it never converts anything.",
    "where": "Keeps the rows whose columns equal these values, for this metric only.",
    "assume": "What plans take for granted before there are files; never used to judge.",
}
NORMALIZE_KEYS: Final = {
    "zero": "Column of the value that becomes 0, such as that of a random player.",
    "one": "Column of the value that becomes 1, such as that of a person.",
}
ASSUME_KEYS: Final = {
    "sd": "Standard deviation of the value of one unit within an arm.",
    "correlation": "Correlation of the two arms over the same units; 0 by default.",
    "sd_run": "Standard deviation that a new run adds to a whole arm; 0 by default.",
    "rate": "Share of 1 among binary values of the baseline.",
    "discordance": "Share of the pairs of binary values on which the arms differ.",
}
CORRECTION_KEYS: Final = {
    "method": "Which correction the weights are of: `graphical`, `fallback` or `holm`.",
    "weights": "Share of alpha that each rule starts with, by its name.",
    "transitions": "Share that each rule hands on to others when it passes, for `graphical`.",
}
WIDE_VALUE_KEYS: Final = {
    "candidate": "Column of the candidate's numbers in the wide table.",
    "baseline": "Column of the baseline's numbers in the wide table.",
}
RULE_KEYS: Final = {
    "metric": "Metric that the rule judges; a list makes one rule of each.",
    "claim": "What must be shown: `superiority`, `non_inferiority`, `equivalence`, `threshold`, "
    "or `deterioration` for an alarm.",
    "min_effect": "Least improvement that superiority must exceed; 0 by default.",
    "margin": "Largest loss (or difference) that you accept: `2pp`, `5%` or a number.",
    "min": "Number that the candidate's own value must exceed, for a threshold.",
    "max": "Number that the candidate's own value must stay below, for a threshold.",
    "tolerance": "Loss beyond which an alarm of deterioration sounds; 0 by default.",
    "method": "Statistical method; `auto` chooses by the metric, the design and the sizes.",
    "pair": "How the arms are paired: `auto` (by id where there is one), `run` or `none`.",
    "against": "Which of `baselines` the candidate is compared with.",
    "min_runs": "Least number of different runs in each arm, for this rule.",
    "min_samples": "Least number of units in each arm, or of pairs, for this rule.",
    "severity": "What a rule that does not pass leads to: `block` (default), `escalate`, `warn` "
    "or `observe`.",
    "slices": "Judges the rule in each part of the data by itself.",
    "expect": "True effect that plans reckon with.",
    "owner": "Who answers for the rule; shown in reports.",
    "why": "Why the rule is there; shown in reports.",
    "action": "What to do when the rule does not pass; shown in reports.",
    "weight": "Weight of the rule in a weighted correction, `holm` or `fallback`.",
}
MEMBER_KEYS: Final = {
    "metric": "Metric that the member judges.",
    "claim": "What must be shown: `superiority`, `non_inferiority`, `equivalence` or `threshold`.",
}
GROUP_KEYS: Final = {
    "any_of": "Claims by name, two or more, of which one is enough.",
    "correction": "How the levels of the members are corrected; `holm` by default.",
    **{key: RULE_KEYS[key] for key in ("severity", "slices", "owner", "why", "action", "weight")},
}
SLICES_KEYS: Final = {
    "by": "Column, or list of columns, whose values make the slices.",
    "values": "Slices that must be there and pass: a list, or for several columns a mapping.",
    "others": "What slices that are not listed do: `observe` (default) or `invalid`.",
    "on_small": "What a slice below `min_samples` is: `invalid` (default) or `observe`.",
    "min_samples": "Least number of units of a slice in each arm.",
    "require": "What slices must show: the claim in each (`all`, default), or that no two differ "
    "by the margin (`gap`).",
}
