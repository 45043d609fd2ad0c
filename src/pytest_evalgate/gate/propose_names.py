"""What the names of columns usually mean. Only names are known here, no values.

A name is read as its words: ``latencyMs`` and ``latency_ms`` are (latency, ms). A wrong reading
costs a comment in the written gate file: nothing that is guessed here is left unsaid.
"""

from enum import StrEnum

from pytest_evalgate.gate.propose_columns import Column


class Sense(StrEnum):
    """What a measured column is by its name."""

    HIGHER = "higher"  # right answers, scores
    LOSS = "loss"  # wrong answers, losses
    COST = "cost"  # times and costs: positive and skewed
    UNKNOWN = "unknown"


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ID_FIRST = ("id", "example_id", "question_id", "doc_id", "sample_id", "task_id")
_ID_LAST_WORDS = _set("id index idx uuid guid hash key qid")
_RUN_FIRST = ("seed", "run", "run_id", "split")
_NUMBERS = _set("id idx index no number name")
_REPEATS = _set("epoch repeat attempt trial")
_GROUPS = _set(
    "task dataset subset subject category language lang domain benchmark suite config repo group "
    "topic section split file"
)
_CLUSTERS = _set(
    "document doc user conversation session repo source passage patient author article thread "
    "story context template group topic"
)
_WEAK = _set("score scores rating")  # of what, another word may say: toxicity_score
_HIGHER = _set(
    "correct correctness accuracy acc pass passed success successful succeeded match matches "
    "matched em solved resolved win won hit f1 bleu chrf meteor rouge rouge1 rouge2 rougel recall "
    "precision similarity reward quality helpful helpfulness relevance relevancy faithful "
    "faithfulness groundedness auc auroc ndcg mrr iou dice"
)
_LOSS = _set(
    "loss error errors err perplexity ppl nll wer cer mae mse rmse brier toxic toxicity "
    "hallucination hallucinated violation violations failure failures failed fail incorrect wrong"
)
_COST = _set(
    "latency duration elapsed runtime walltime time ms millis milliseconds sec secs seconds cost "
    "price usd tokens ttft"
)
# Words that turn a name round, or make it something else than a measurement of the arm.
_UNSURE = _set(
    "stderr std se var variance threshold weight max min limit budget target gold human reference "
    "ref expected label truth true y per neg negative inverse inv non not no free start started "
    "end ended created updated at date timestamp tstamp stamp risk anomaly confidence uncertainty "
    "prob probability logprob likelihood rank baseline candidate delta diff"
)
# Words of columns that hold what was answered or asked, not how good that was.
_TEXTS = _set(
    "answer answers text option choice letter response output completion explanation reason "
    "rationale comment feedback prompt question context"
)
_ORDERS = _set("rank order position")
_OUTCOMES = _set(
    "grade verdict result outcome judgment judgement judge status label rating score correct "
    "pass passed success winner preference"
)
# Columns in which tools say that an answer failed, not how good it was.
_STATUSES = _set("has_error is_error failureReason error_type")
_LABELS = _set("label target gold expected truth y_true")
_PREDICTIONS = _set("prediction predicted pred y_pred")
_UNITS = {"ms": "ms", "s": "s", "sec": "s", "seconds": "s", "usd": "USD", "tokens": "tokens"}
_ARMS = _set(
    "model arm variant system version side checkpoint engine method experiment branch policy "
    "release config candidate bot agent"
)
_RIGHT = _set("is correct correctness acc accuracy")

Words = tuple[str, ...]


def is_run_name(words: Words) -> bool:
    """Whether a column by this name marks runs."""
    is_numbered = len(words) == 2 and words[0] == "run" and words[1] in _NUMBERS
    return is_numbered or "_".join(words) in _RUN_FIRST or words[-1:] in {("seed",), ("fold",)}


def is_repeat_name(words: Words) -> bool:
    """Whether a column by this name counts repeats."""
    return bool(words) and words[-1] in _REPEATS


def is_id_name(words: Words) -> bool:
    """Whether a column by this name names rows."""
    return bool(words) and words[-1] in _ID_LAST_WORDS and not is_run_name(words)


def is_group_name(words: Words) -> bool:
    """Whether ids usually start anew under a column by this name, as under a task."""
    return any(word in _GROUPS for word in words)


def is_cluster_name(words: Words) -> bool:
    """Whether units that share a value of a column by this name may be alike."""
    return any(word in _CLUSTERS for word in words)


def is_measured_name(words: Words) -> bool:
    """Whether a column by this name is no key: measured, answered, or an order by either."""
    has_unit = bool(set(words) & (_ORDERS | _OUTCOMES | _LABELS | _PREDICTIONS))
    return not is_id_name(words) and (has_unit or sense(words) is not Sense.UNKNOWN)


def is_key_name(words: Words) -> bool:
    """Whether a column by this name says what a row is, or what was asked and answered."""
    has_label = "_".join(words) in _LABELS | _PREDICTIONS
    return has_label or is_id_name(words) or is_run_name(words) or is_repeat_name(words)


def is_quality_name(words: Words) -> bool:
    """Whether texts of a column by this name are grades that lack a map, whatever they say."""
    return bool(words) and set(words) <= _HIGHER | _WEAK | _RIGHT and not set(words) & _TEXTS


def is_free_text_name(words: Words) -> bool:
    """Whether a column by this name holds what was asked or answered."""
    return bool(set(words) & _TEXTS)


def is_arm_name(words: Words) -> bool:
    """Whether the values of a column by this name are likely to be the arms."""
    return bool(set(words) & _ARMS)


def is_outcome_name(words: Words) -> bool:
    """Whether texts of a column by this name are likely to be grades."""
    return bool(set(words) & _OUTCOMES)


def key_rank(column: Column) -> tuple[int, int, str]:
    """Order columns by how likely they are keys."""
    words = column.words
    name = "_".join(words)
    for tier, first in enumerate((_ID_FIRST, _RUN_FIRST)):
        if name in first:
            return tier, first.index(name), column.name
    if is_id_name(words):
        return 2, words[-1] != "id", column.name
    return 3 + (not column.is_text) + (not is_group_name(words)), 0, column.name


def sense(words: Words) -> Sense:
    """Say what a column by this name measures; in doubt, unknown."""
    present = set(words)
    if present & _UNSURE:
        return Sense.UNKNOWN
    costs = _COST | {"s"} if words[-1:] == ("s",) and len(words) > 1 else _COST
    by_sense = ((Sense.HIGHER, _HIGHER), (Sense.LOSS, _LOSS), (Sense.COST, costs))
    found = [one for one, known in by_sense if present & known]
    if not found and present & _WEAK:
        return Sense.HIGHER
    return found[0] if len(found) == 1 else Sense.UNKNOWN


def is_status_name(name: str) -> bool:
    """Whether a tool counts its own failures in a column by this name."""
    return name.rpartition(".")[2] in _STATUSES


def generality(name: str, words: Words) -> tuple[int, bool, str]:
    """Order names of columns that say the same: the plainest first, and `success` before `score`.

    A name in an object is one of a tool's own details.
    """
    return name.count("."), set(words) <= _WEAK, name


def may_be_scorer_name(words: Words) -> bool:
    """Whether a column by this name could be a scorer's: nothing says that it is something else."""
    return not (set(words) & (_UNSURE | _TEXTS | _ORDERS) or is_key_name(words))


def unit_of(words: Words) -> str | None:
    """Return the unit that a name ends in."""
    return _UNITS.get(words[-1]) if words else None


def base_name(name: str, words: Words) -> str:
    """Return what a metric of a column is called: without its unit; accuracy for right answers."""
    if words and set(words) <= _RIGHT:
        return "accuracy"
    if len(words) > 1 and words[-1] in {"ms", "s", "sec", "seconds", "usd"}:
        return "-".join(words[:-1])
    return name


def labels_of(columns: list[Column]) -> tuple[Column, Column] | None:
    """Return the columns of labels and predictions, where there is one of each."""
    labels = [one for one in columns if one.name.lower() in _LABELS]
    predictions = [one for one in columns if one.name.lower() in _PREDICTIONS]
    if len(labels) == 1 and len(predictions) == 1:
        return labels[0], predictions[0]
    return None
