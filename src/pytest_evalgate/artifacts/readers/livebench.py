"""LiveBench: judgments by ground truth, one JSON object a line; every key is kept."""

from collections.abc import Iterator

from pytest_evalgate.artifacts.cells import number_of
from pytest_evalgate.artifacts.readers import jsonl
from pytest_evalgate.artifacts.readers.content import Content, Parsed, plain
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.shapes import Object, no_such_value


_KEYS = ("question_id", "task", "model", "score", "turn", "tstamp", "category")


def fits(head: Head) -> bool:
    """Whether this is a file of judgments of LiveBench."""
    return head.is_lines and head.has(*_KEYS) and not head.has("judge")


def parse(content: Content) -> Parsed:
    """Read the judgments of a file, which may hold several models.

    Raises:
        SampleError: A line without a question, or with a score outside of 0 to 1.
    """
    return plain(_rows(content))


def _rows(content: Content) -> Iterator[tuple[int, Object]]:
    for line, row in jsonl.rows(content.data, content.path):
        score = row.get("score")
        number = number_of(score)
        if score is not None and (number is None or not 0 <= number <= 1):
            raise no_such_value(
                score,
                "score",
                "a number from 0 to 1, or null",
                at=content.at(line),
                hint="is it a ground_truth_judgment.jsonl? read any other file as `reader: jsonl`",
            )
        yield line, row
