"""Gate files on real artifacts written by other tools, judged end to end.

The artifacts lie in the folder named by EVALGATE_SAMPLES. Counts, means and discordant counts
were counted with independent code; the bounds of Tango's interval come from a second
implementation. Where the variable is not set there is nothing to read, and the tests say so.
"""

import math
import os
from pathlib import Path

import pytest

from pytest_evalgate.evidence import Action, GateEvidence, RuleEvidence
from pytest_evalgate.gate.engine import evaluate
from pytest_evalgate.spec.build import read_gate
from pytest_evalgate.surroundings import Surroundings


SAMPLES = os.environ.get("EVALGATE_SAMPLES")
pytestmark = pytest.mark.skipif(
    SAMPLES is None, reason="EVALGATE_SAMPLES does not name a folder of artifacts"
)

SETFIT = "seeds_setfit/{arm}/{{dataset}}/train-64-{{split}}/results.json"
MPNET, ROBERTA = "paraphrase-mpnet-base-v2-epochs_20", "roberta-large"
TRUTHFUL = "lm_eval/v0.4.0_json_array/Llama-2-{size}-chat-hf_truthfulqa/*_truthfulqa_gen.jsonl"
NEGOTIATION = "lm_eval/v0.4.13_jsonl/Qwen__Qwen3-8B/samples_negotiationtom_belief_2026-07-08T"
MT_BENCH = "judge_scores/mt_bench/Mistral-7B-Instruct-v0.3_gpt-4_single.jsonl"
ARENA = "pairwise/arena_hard/arena_hard_battles.jsonl"
PANDALM = "judge_gold/pandalm/gpt-3.5-turbo-testset-v1.json"


def judge(artifact: str, metrics: str, rules: str, top: str = "") -> GateEvidence:
    text = (
        f"version: 1\ngate: g\n{top}\nartifacts:\n  a: {{{artifact}}}\n"
        f"metrics: {{{metrics}}}\nrules: {{{rules}}}\n"
    )
    folder = Path(str(SAMPLES)).resolve()
    spec = read_gate(text.encode(), "gate.yaml")
    return evaluate(spec, Surroundings(base=folder, root=folder, working_directory=folder))


def only(evidence: GateEvidence) -> RuleEvidence:
    [rule] = [rule for rule in evidence.rules if rule.parent is None]
    return rule


def figures(rule: RuleEvidence) -> tuple[object, ...]:
    """Return verdict, method, units, candidate and baseline to four places."""
    return (
        rule.verdict.value,
        rule.method,
        rule.n.candidate,
        None if rule.candidate is None else round(rule.candidate, 4),
        None if rule.baseline is None else round(rule.baseline, 4),
    )


def low_of(rule: RuleEvidence) -> float:
    if rule.effect is None or rule.effect.low is None:
        pytest.fail(f"{rule.id} has no lower bound: {rule.reason}")
    return rule.effect.low


def test_truthfulqa_two_sizes_is_inconclusive() -> None:
    rule = only(
        judge(
            f"reader: json, id: doc_id, candidate: '{TRUTHFUL.format(size='13b')}', "
            f"baseline: '{TRUTHFUL.format(size='7b')}'",
            "bleu: {value: bleu_acc, better: higher}",
            "r: {metric: bleu, claim: non_inferiority, margin: 5pp, min_samples: 200}",
        )
    )
    assert figures(rule) == ("inconclusive", "mcnemar_tango", 250, 0.4, 0.42)
    assert math.isclose(low_of(rule), -0.0780915, abs_tol=5e-8)


@pytest.mark.parametrize(
    ("kept", "verdict", "candidate", "low"),
    [
        ("strict-match", "fail", 0.375, -0.264744),
        ("flexible-extract", "inconclusive", 0.525, -0.0633534),
    ],
)
def test_filters_are_told_apart_by_where(
    kept: str, verdict: str, candidate: float, low: float
) -> None:
    rule = only(
        judge(
            "reader: jsonl, id: doc_hash, candidate: made/filters/candidate/samples_*.jsonl, "
            "baseline: made/filters/baseline/samples_*.jsonl",
            f"m: {{value: exact_match, where: {{filter: {kept}}}, better: higher}}",
            "r: {metric: m, claim: non_inferiority, margin: 3pp, min_samples: 30}",
        )
    )
    assert figures(rule) == (verdict, "mcnemar_tango", 40, candidate, 0.525)
    assert math.isclose(low_of(rule), low, abs_tol=5e-7)


def test_four_clusters_are_too_few() -> None:
    rule = only(
        judge(
            f"reader: jsonl, id: doc_hash, cluster: doc.dialogue_id, "
            f"candidate: '{NEGOTIATION}18-15-33.115417.jsonl', "
            f"baseline: '{NEGOTIATION}16-04-34.219874.jsonl'",
            "m: {value: acc, better: higher}",
            "r: {metric: m, claim: non_inferiority, margin: 3pp, min_samples: 20}",
        )
    )
    assert rule.verdict.value == "invalid"
    assert rule.reason.startswith("4 clusters; ")


def test_labels_by_map_give_eleven_of_sixteen() -> None:
    rule = only(
        judge(
            "reader: json, candidate: made/model_graded_samples.json, id: id, repeat: epoch",
            "m: {value: scores.model_graded_fact.value, map: {C: 1, P: 0.5, I: 0, N: 0}, "
            "better: higher}",
            "r: {metric: m, claim: threshold, min: 0.5, min_samples: 10}",
        )
    )
    assert figures(rule) == ("inconclusive", "exact_binomial", 16, 0.6875, None)
    # P(Bin(16, 1/2) >= 11) = 6885 / 65536
    assert math.isclose(rule.pvalue or 0, 6885 / 65536, rel_tol=1e-12)


def setfit(sizes: tuple[str, str], rule: str) -> GateEvidence:
    arms = [
        SETFIT.format(arm=arm).replace("train-64", f"train-{size}")
        for arm, size in zip((MPNET, ROBERTA), sizes, strict=True)
    ]
    return judge(
        f"reader: json, candidate: '{arms[0]}', baseline: '{arms[1]}', run: split, "
        "where: {measure: accuracy}",
        "m: {value: score, scale: 0.01, range: [0, 1], better: higher}",
        rule,
    )


def test_few_shot_runs_are_paired_by_the_split_in_their_path() -> None:
    evidence = setfit(
        ("64", "64"),
        "r: {metric: m, claim: superiority, min_effect: 1pp, pair: run, min_runs: 10, "
        "slices: {by: [dataset], values: [emotion, sst5, SentEval-CR]}}",
    )
    parent, *slices = evidence.rules
    assert parent.verdict.value == "inconclusive"
    assert [figures(one) for one in slices] == [
        ("inconclusive", "paired_t", 10, 0.762, 0.6498),
        ("pass", "paired_t", 10, 0.5188, 0.4592),
        ("inconclusive", "paired_t", 10, 0.9044, 0.8891),
    ]
    lows = [0.0062837, 0.018674, 0.00394503]
    assert all(
        math.isclose(low_of(one), low, rel_tol=1e-5) for one, low in zip(slices, lows, strict=True)
    )


@pytest.mark.parametrize(
    ("size", "effect_asked", "baseline", "low"),
    [("64", "0", 0.6498, 0.0062837), ("8", "20pp", 0.2871, 0.43515)],
)
def test_two_baselines_of_one_candidate(
    size: str, effect_asked: str, baseline: float, low: float
) -> None:
    rule = next(
        one
        for one in setfit(
            ("64", size),
            f"r: {{metric: m, claim: superiority, min_effect: {effect_asked}, pair: run, "
            "min_runs: 10, slices: {by: [dataset], values: [emotion]}}",
        ).rules
        if one.slice == {"dataset": "emotion"}
    )
    assert figures(rule) == ("pass", "paired_t", 10, 0.762, baseline)
    assert math.isclose(low_of(rule), low, rel_tol=1e-5)


LIVEBENCH = (
    "reader: jsonl, id: question_id, "
    "candidate: 'judge_scores/livebench/data/{group}/{subject}/ground_truth_judgment.jsonl', "
    "baseline: 'judge_scores/livebench/data_old/{group}/{subject}/ground_truth_judgment.jsonl'"
)


def test_livebench_is_better_overall() -> None:
    rule = only(
        judge(
            LIVEBENCH,
            "m: {value: score, range: [0, 1], better: higher}",
            "r: {metric: m, claim: superiority, min_samples: 200}",
        )
    )
    assert figures(rule) == ("pass", "paired_t", 296, 0.239, 0.1439)
    assert math.isclose(low_of(rule), 0.0698062, rel_tol=1e-5)


def test_livebench_holds_in_each_task() -> None:
    parent, *slices = judge(
        LIVEBENCH,
        "m: {value: score, range: [0, 1], better: higher}",
        "r: {metric: m, claim: non_inferiority, margin: 5pp, slices: {by: [subject], "
        "values: [paraphrase, AMPS_Hard, math_comp, spatial], min_samples: 50}}",
    ).rules
    assert parent.verdict.value == "pass"
    assert [figures(one) for one in slices] == [
        ("pass", "paired_t", 50, 0.4547, 0.092),
        ("pass", "mcnemar_tango", 100, 0.2, 0.15),
        ("pass", "mcnemar_tango", 96, 0.2083, 0.1979),
        ("pass", "mcnemar_tango", 50, 0.16, 0.08),
    ]
    # The last: Tango's bound is +0.0246, but McNemar's exact p at 0 is 1/16: the hull holds 0.
    lows = [0.276128, 0.0223401, -0.0172791, 0.0]
    assert all(
        math.isclose(low_of(one), low, rel_tol=1e-5) for one, low in zip(slices, lows, strict=True)
    )


def test_judge_against_people_is_clustered_by_question() -> None:
    rule = only(
        judge(
            f"reader: json, candidate: {PANDALM}, id: idx, "
            "cluster: [items.instruction, items.input], "
            "join: {items: {path: judge_gold/pandalm/testset-v1.json, reader: json, by: idx}}",
            "m: {label: items.annotator1, prediction: gpt_result, "
            'map: {"1": 1, "2": 2, Tie: 0, "0": 0, garbage: -1}, '
            "statistic: accuracy, better: higher}",
            "r: {metric: m, claim: threshold, min: 0.6, min_samples: 500}",
        )
    )
    assert figures(rule) == ("pass", "cluster_robust", 999, 0.6917, None)
    assert rule.n.clusters == 170


def test_missing_labels_are_dropped_and_counted() -> None:
    rule = only(
        judge(
            f"reader: json, candidate: {PANDALM}, id: idx, "
            "join: {items: {path: judge_gold/pandalm/testset-v1.json, reader: json, by: idx}}",
            'm: {value: gpt_result, map: {"1": 0, "2": 1, Tie: 0.5, "0": 0.5}, na: [garbage], '
            "where: {items.cmp_key: bloom-7b_llama-7b}, better: higher}",
            "r: {metric: m, claim: threshold, min: 0.5, min_samples: 100}",
            top="contract: {missing: drop, max_missing: 0.05}",
        )
    )
    assert figures(rule) == ("pass", "one_sample_t", 107, 0.6729, None)
    assert rule.n.dropped == 4
    assert math.isclose(low_of(rule), 0.600, abs_tol=5e-4)


def test_judge_scores_are_clustered_by_question() -> None:
    rule = only(
        judge(
            f"reader: jsonl, candidate: {MT_BENCH}, id: [question_id, turn], cluster: question_id",
            "m: {value: score, na: [-1], range: [1, 10], better: higher}",
            "r: {metric: m, claim: threshold, min: 6, min_samples: 100}",
        )
    )
    assert figures(rule) == ("inconclusive", "cluster_robust", 160, 6.4188, None)
    assert rule.n.clusters == 80
    assert math.isclose(low_of(rule), 5.981, abs_tol=5e-4)


def test_votes_of_a_question_are_one_unit() -> None:
    rule = only(
        judge(
            f"reader: jsonl, candidate: {ARENA}, id: question_id, repeat: _row, "
            "where: {model_a: gpt-4-0314, model_b: gpt-3.5-turbo-0125}",
            "m: {value: winner, map: {model_b: 1, model_a: 0, tie: 0.5}, better: higher}",
            "r: {metric: m, claim: threshold, min: 0.35, min_samples: 30}",
        )
    )
    assert figures(rule) == ("inconclusive", "one_sample_t", 32, 0.3281, None)
    assert rule.n.repeats == 6


SLICES = {
    "Conspiracies": (17, -0.258441),
    "Fiction": (26, -0.233149),
    "Misconceptions": (31, -0.236573),
    "Myths and Fairytales": (15, -0.319667),
    "Paranormal": (15, -0.274104),
    "Stereotypes": (17, -0.173455),
}


def test_slices_by_category() -> None:
    parent, *slices = judge(
        f"reader: json, id: doc_id, candidate: '{TRUTHFUL.format(size='13b')}', "
        f"baseline: '{TRUTHFUL.format(size='7b')}'",
        "m: {value: bleu_acc, better: higher}",
        "r: {metric: m, claim: non_inferiority, margin: 20pp, slices: {by: [doc.category], "
        f"values: [{', '.join(SLICES)}], min_samples: 15}}}}",
    ).rules
    assert parent.verdict.value == "inconclusive"
    listed = [one for one in slices if (one.slice or {})["doc.category"] in SLICES]
    assert len(listed) == len(SLICES)
    for one in listed:
        n, low = SLICES[(one.slice or {})["doc.category"]]
        assert one.n.candidate == n
        assert math.isclose(low_of(one), low, abs_tol=5e-7)
    # The other sixteen categories are too small; they are shown, and do not act.
    assert {one.severity for one in slices if one not in listed} == {"observe"}


def test_predictions_without_a_baseline() -> None:
    accurate, finds = judge(
        "reader: csv, candidate: judge_gold/ppi_forest/forest_badmodel.csv, id: id",
        "accuracy: {label: y_true, prediction: y_pred, statistic: accuracy, better: higher}, "
        "recall: {label: y_true, prediction: y_pred, statistic: recall, better: higher}",
        "accurate: {metric: accuracy, claim: threshold, min: 0.8, min_samples: 500}, "
        "finds: {metric: recall, claim: threshold, min: 0.5, min_samples: 100}",
    ).rules
    assert figures(accurate) == ("pass", "exact_binomial", 1596, 0.8246, None)
    assert math.isclose(low_of(accurate), 0.808, abs_tol=5e-4)
    assert figures(finds) == ("fail", "exact_binomial", 249, 0.004, None)


RERUNS = "lm_eval/results_only/rwkv7-1.5B-world_reruns/results_2025-02-24T"


def test_one_run_is_one_run() -> None:
    evidence = judge(
        f"reader: json, run: _path, candidate: '{RERUNS}22-45-*.json', "
        f"baseline: ['{RERUNS}21-*.json', '{RERUNS}22-03-*.json', '{RERUNS}23-*.json']",
        'm: {value: "results.lambada_openai.acc,none", better: higher}',
        "r: {metric: m, claim: non_inferiority, margin: 0.02, min_runs: 3}",
    )
    assert only(evidence).reason.startswith("candidate 1 run, baseline 4 runs; min_runs is 3")
    assert evidence.decision.action is Action.BLOCK


@pytest.mark.parametrize(
    ("artifact", "metric", "rule", "words"),
    [
        pytest.param(
            f"reader: jsonl, id: doc_hash, candidate: '{NEGOTIATION}*.jsonl', "
            f"baseline: '{NEGOTIATION}16*.jsonl'",
            "m: {value: acc, better: higher}",
            "r: {metric: m, claim: superiority}",
            ["20 duplicate keys of doc_hash", "these rows differ in _path"],
            id="two-timestamps",
        ),
        pytest.param(
            "reader: jsonl, id: doc_hash, candidate: made/filters/candidate/*.jsonl, "
            "baseline: made/filters/baseline/*.jsonl",
            "m: {value: exact_match, better: higher}",
            "r: {metric: m, claim: superiority}",
            ["40 duplicate keys of doc_hash", "these rows differ in exact_match, filter"],
            id="filters-forgotten",
        ),
        pytest.param(
            f"reader: jsonl, id: question_id, candidate: {MT_BENCH}",
            "m: {value: score, better: higher}",
            "r: {metric: m, claim: threshold, min: 6}",
            ["80 duplicate keys of question_id", "turn"],
            id="turns-forgotten",
        ),
        pytest.param(
            f"reader: json, run: split, candidate: '{SETFIT.format(arm=MPNET)}', "
            f"baseline: '{SETFIT.format(arm=ROBERTA)}'",
            "m: {value: score, better: higher}",
            "r: {metric: m, claim: superiority}",
            ["duplicate keys of split", "dataset"],
            id="datasets-mixed",
        ),
        pytest.param(
            f"reader: json, id: idx, candidate: {PANDALM}",
            "m: {value: gpt_result, better: higher}",
            "r: {metric: m, claim: threshold, min: 0.5}",
            ['gpt_result is text: "Tie"', "write a map"],
            id="labels-unmapped",
        ),
        pytest.param(
            f"reader: json, id: idx, candidate: {PANDALM}",
            'm: {value: gpt_result, map: {"1": 0, "2": 1, Tie: 0.5}, better: higher}',
            "r: {metric: m, claim: threshold, min: 0.5}",
            ['"garbage"', "not in map"],
            id="map-misses-a-label",
        ),
        pytest.param(
            "reader: jsonl, id: doc_id, "
            "candidate: 'lm_eval/v0.4.8_jsonl/gpt-4o-mini_tgpred_infinity/samples_*.jsonl'",
            "m: {value: mae, better: lower}",
            "r: {metric: m, claim: threshold, max: 150}",
            ["Infinity is not JSON"],
            id="infinity",
        ),
        pytest.param(
            f"reader: jsonl, id: question_id, candidate: {ARENA}",
            "m: {value: winner, map: {model_b: 1, model_a: 0}, better: higher}",
            "r: {metric: m, claim: threshold, min: 0.3}",
            ["78 duplicate keys of question_id", "differ in winner", "69 rows are copies"],
            id="weights-as-rows",
        ),
        pytest.param(
            "reader: jsonl, id: [question_id, turn], repeat: _row, "
            "candidate: made/mt_bench/gemma_with_minus1.jsonl",
            "m: {value: score, range: [1, 10], better: higher}",
            "r: {metric: m, claim: threshold, min: 6}",
            ["value -1 outside range [1, 10]"],
            id="sentinel-out-of-range",
        ),
        pytest.param(
            "reader: jsonl, id: [question_id, turn], cluster: question_id, "
            f"candidate: made/mt_bench/gemma_with_minus1.jsonl, baseline: {MT_BENCH}",
            "m: {value: score, na: [-1], range: [1, 10], better: higher}",
            "r: {metric: m, claim: non_inferiority, margin: 0.3, min_samples: 100}",
            ["20 duplicate keys of question_id", "score"],
            id="keys-twice",
        ),
        pytest.param(
            "reader: jsonl, id: doc_hash, "
            "candidate: 'lm_eval/v0.4.9_jsonl/gemma-2b_masakhaner_luo/prompt_3_5shot/*.jsonl', "
            "baseline: 'lm_eval/v0.4.9_jsonl/gemma-2b_masakhaner_luo/prompt_3_0shot/*.jsonl'",
            "m: {value: f1, better: higher}",
            "r: {metric: m, claim: superiority}",
            ["f1", "a corpus metric has no value for one row"],
            id="corpus-metric",
        ),
    ],
)
def test_wrong_gate_files_say_what_is_wrong(
    artifact: str, metric: str, rule: str, words: list[str]
) -> None:
    evidence = judge(artifact, metric, rule)
    assert only(evidence).verdict.value == "invalid"
    assert [word for word in words if word not in only(evidence).reason] == []
    assert evidence.decision.action is Action.BLOCK
