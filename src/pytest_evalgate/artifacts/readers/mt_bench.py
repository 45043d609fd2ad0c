"""MT-bench: single-answer judgments, one turn a line; a score of -1 is a judge that gave none."""

from collections.abc import Iterator

from pytest_evalgate.artifacts.cells import number_of
from pytest_evalgate.artifacts.readers import jsonl
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.shapes import Object, no_such_value
from pytest_evalgate.errors import ArtifactError


_KEYS = ("question_id", "model", "judge", "judgment", "score", "turn")
_PAIR = ("g1_winner", "g2_winner")
_NO_SCORE = -1


def fits(head: Head) -> bool:
    """Whether this is a file of single-answer judgments of MT-bench."""
    return head.is_lines and head.has(*_KEYS) and isinstance(head.first["judge"], list)


def parse(content: Content) -> Parsed:
    """Read the judgments of a file, which may hold several models.

    Raises:
        ArtifactError: Judgments of pairs.
        SampleError: A score that is no number.
    """
    parsed = Parsed(rows=iter(()))
    parsed.rows = _rows(content, parsed.notes)
    return parsed


def _rows(content: Content, notes: list[str]) -> Iterator[tuple[int, Object]]:
    total = failed = 0
    for line, row in jsonl.rows(content.data, content.path):
        _check(row, content, line)
        total += 1
        is_failed = row["score"] == _NO_SCORE
        failed += is_failed
        yield line, {**row, **_judge_of(row), **({"score": None} if is_failed else {})}
    if failed:
        notes.append(
            f"mt-bench: {failed} of {total} judgments of {content.path} have score -1, which is a "
            "judge that gave none; they are missing"
        )


def _check(row: Object, content: Content, line: int) -> None:
    if all(key in row for key in _PAIR):
        raise ArtifactError(
            "judgments of pairs (g1_winner, g2_winner), expected those of single answers",
            at=content.at(line),
            hint="read a *_single.jsonl, or this one as `reader: jsonl` with a map of the winners",
        )
    if "score" not in row or (row["score"] is not None and number_of(row["score"]) is None):
        raise no_such_value(
            row.get("score"),
            "score",
            "a number; -1 for a judge that gave none",
            at=content.at(line),
            hint="is it a *_single.jsonl of model_judgment?",
        )


def _judge_of(row: Object) -> dict[str, object]:
    """Name the two parts of ``judge``: the model and its prompt."""
    judge = row.get("judge")
    if not isinstance(judge, list) or len(judge) != 2:  # model and prompt
        return {}
    return {"judge_model": judge[0], "judge_prompt": judge[1]}
