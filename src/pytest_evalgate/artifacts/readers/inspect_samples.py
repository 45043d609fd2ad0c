"""A sample of an Inspect log as a row: a number a scorer beside what the sample itself holds."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pytest_evalgate.artifacts.cells import shown, shown_list
from pytest_evalgate.errors import ArtifactError, Location


# As Inspect's own accuracy reads them: correct, partial, incorrect, no answer.
LETTERS: Mapping[str, float] = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
_FOLDER = "samples/"
_WHOLE = re.compile(r"samples/.+_epoch_[0-9]+\.json", re.DOTALL)
_IN_PARTS = re.compile(r"(samples/.+_epoch_[0-9]+/)sample\.json", re.DOTALL)
_TOKENS = ("input_tokens", "output_tokens", "total_tokens", "total_cost")
_TIMES = ("total_time", "working_time")
_USAGE = ("model_usage", "role_usage")
_LARGEST = 2**63  # of a count of tokens; what is beyond it was not counted
# Objects of a sample: a scorer must not be called like a path into one of them.
_OBJECTS = frozenset({"scores", "score", "metadata", "output", "error", "store", *_USAGE})
# What the log says of all its samples; a scorer of such a name is read by its path only.
_OF_LOG = frozenset(
    {
        *("model", "task", "task_version", "dataset", "harness", "harness_version", "seed"),
        *("git_commit", "created", "status", "samples"),
    }
)


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a reviewer should know of the samples of one log, counted while they are read."""

    scorer: str  # name of the one scorer of an old log
    samples: int = 0
    errors: int = 0
    limited: int = 0  # samples that a limit of time, tokens or messages stopped
    unscored: int = 0  # samples without an error and without any score
    retried: int = 0
    edited: int = 0
    letters: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)  # by scorer
    hidden: set[str] = field(default_factory=set)  # scorers called like another column
    models: set[str] = field(default_factory=set)

    def notes(self) -> Iterator[str]:
        """Yield a sentence for each thing that is so."""
        letters = ", ".join(f"{self.letters[letter]} {letter}" for letter in LETTERS)
        scorers = shown_list(sorted(self.hidden))
        told = {
            f"C, P, I, N are read as 1, 0.5, 0, 0; there are {letters}": self.letters,
            f"{self._of(self.errors)} ended in an error: their scores, times and tokens are "
            "missing": self.errors,
            f"{self._of(self.limited)} were stopped by a limit: their times and tokens are "
            "missing": self.limited,
            f"{self._of(self.unscored)} have no score: it is missing": self.unscored,
            f"{self._of(self.retried)} were tried again after an error": self.retried,
            f"{self.edited} scores were edited after the run: what they became counts": self.edited,
            f"scorers {scorers} are called like another column: name them by a path such as "
            "scores.NAME.value": self.hidden,
            f"tokens are summed over {shown_list(sorted(self.models))}: those of a grader count "
            "too": len(self.models) > 1,
        }
        yield from (sentence for sentence, is_so in told.items() if is_so)
        for name, count in sorted(self.left_out.items()):
            yield f"{shown(name)} gives {self._of(count)} no score: it is missing"

    def _of(self, count: int) -> str:
        return f"{count} of {self.samples} samples"


def members(names: Iterable[str], *, at: Location) -> list[str]:
    """Return the members of an archive that are samples: whole ones, and shells of those in parts.

    Raises:
        ArtifactError: A member among the samples that is none.
    """
    names = [name for name in names if name.startswith(_FOLDER)]
    shells = {match[1]: name for name in names if (match := _IN_PARTS.fullmatch(name))}
    found = []
    for name in names:
        of = [shells[folder] for folder in _folders(name) if folder in shells]
        if name in of or (not of and _WHOLE.fullmatch(name)):
            found.append(name)
        elif not of:
            raise ArtifactError(
                f"member {shown(name)} is no sample, but lies among them",
                at=at,
                hint="is the log from a newer Inspect? convert it with `inspect log convert`",
            )
    return found


def _folders(name: str) -> Iterator[str]:
    """Yield the folders that a member lies in, below that of the samples."""
    parts = name.split("/")
    return ("/".join(parts[:count]) + "/" for count in range(2, len(parts)))


def row_of(sample: Mapping[str, object], tally: Tally, *, at: Location) -> dict[str, object]:
    """Return the row of a sample.

    Args:
        sample: As the log holds it; all its keys stay.
        tally: Counts what notes say.
        at: For messages.

    Raises:
        ArtifactError: No id or epoch, an invalidated sample, scores of another shape.
    """
    _check_sample(sample, at)
    row = dict(sample)
    has_error = sample.get("error") is not None
    tally.samples += 1
    tally.errors += has_error
    tally.retried += bool(sample.get("error_retries"))
    row["has_error"] = has_error
    usage = sample.get("model_usage")
    usage = usage if isinstance(usage, dict) else {}
    tally.models.update(usage)
    for name in _TOKENS:
        row.setdefault(name, _total(usage, name))
    scores = _scores_of(sample, tally, at)
    tally.unscored += not scores and not has_error
    columns = _columns(scores, tally, at)
    if has_error:
        row |= _unmeasured(row)
        columns = dict.fromkeys(columns)
    elif sample.get("limit") is not None:
        tally.limited += 1
        row |= _uncounted(row)
    for name, value in columns.items():
        if name in row or name in _OF_LOG or name.partition(".")[0] in _OBJECTS:
            tally.hidden.add(name)
        else:
            row[name] = value
    return row


def _unmeasured(row: Mapping[str, object]) -> dict[str, object]:
    """Return the columns that a sample with an error has no measurement in.

    What a scorer, a clock or a counter had written before the error is no result: a model that
    fails early would be the faster and cheaper one.
    """
    lost = _uncounted(row)
    scores, score = row.get("scores"), row.get("score")
    if isinstance(scores, dict):
        lost["scores"] = {name: {"value": None} for name in scores}
    if score is not None:
        lost["score"] = {"value": None}
    return lost


def _uncounted(row: Mapping[str, object]) -> dict[str, object]:
    """Return the times and counts of a sample that did not come to its own end.

    What it took until it was stopped is less than what it would have taken.
    """
    lost: dict[str, object] = dict.fromkeys(_TOKENS)
    lost |= {name: None for name in (*_TIMES, *_USAGE) if name in row}
    output = row.get("output")
    if isinstance(output, dict):
        lost["output"] = {**output, "time": None, "usage": None}
    return lost


def _check_sample(sample: Mapping[str, object], at: Location) -> None:
    name, epoch = sample.get("id"), sample.get("epoch")
    if type(name) not in {int, str} or type(epoch) is not int:
        raise ArtifactError(
            f"the sample has id {shown(name)} and epoch {shown(epoch)}, expected a text or whole "
            "number and a whole number",
            at=at,
            hint="is it a log of Inspect?",
        )
    if sample.get("invalidation") is not None:
        raise ArtifactError(
            f"sample {shown(name)} is marked as invalidated",
            at=at,
            hint="run the evaluation again",
        )


def _scores_of(
    sample: Mapping[str, object], tally: Tally, at: Location
) -> Mapping[str, Mapping[str, object]]:
    scores = sample.get("scores")
    if scores is None and sample.get("score") is not None:
        scores = {tally.scorer: sample["score"]}
    if scores is None:
        return {}
    if not isinstance(scores, dict) or not all(
        isinstance(score, dict) and "value" in score for score in scores.values()
    ):
        raise ArtifactError(
            f"scores are {shown(scores)}, expected an object with a `value` for each scorer",
            at=at,
            hint="is it a log of Inspect?",
        )
    return scores


def _columns(
    scores: Mapping[str, Mapping[str, object]], tally: Tally, at: Location
) -> dict[str, object]:
    """Return a column for each scorer, or for each key of one that gives several values."""
    columns: dict[str, object] = {}
    for scorer, score in scores.items():
        tally.edited += bool(score.get("history"))
        value = score["value"]
        parts = (
            {f"{scorer}.{key}": part for key, part in value.items()}
            if isinstance(value, dict)
            else {scorer: value}
        )
        for name, part in parts.items():
            if name in columns:
                raise ArtifactError(
                    f"two scorers are called {shown(name)}", at=at, hint="give each its own name"
                )
            columns[name] = _number(name, part, tally)
    return columns


def _number(name: str, value: object, tally: Tally) -> object:
    if isinstance(value, str) and value in LETTERS:
        tally.letters[value] += 1
        return LETTERS[value]
    # Inspect's mark of a sample that its scorer could not score; older logs write null.
    if value is None or (isinstance(value, float) and math.isnan(value)):
        tally.left_out[name] += 1
        return None
    return value


def _total(usage: Mapping[str, object], name: str) -> object:
    """Return a sum over the models; None where there is none, or one does not say."""
    counts = [of.get(name) if isinstance(of, dict) else None for of in usage.values()]
    numbers = [
        count for count in counts if isinstance(count, int | float) and type(count) is not bool
    ]
    is_told = bool(counts) and len(numbers) == len(counts)
    return sum(numbers) if is_told and all(abs(one) <= _LARGEST for one in numbers) else None
