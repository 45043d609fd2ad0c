"""AlpacaEval: an array of annotations, one row an instruction; the win is the second output's.

``preference`` is 1 where the reference (``output_1``) wins, 2 where the model (``output_2``) does,
anything between where the annotator gives a probability; 0 and 1.5 are ties, null is unparsed.
"""

from collections.abc import Iterator

from pytest_evalgate.artifacts.cells import number_of
from pytest_evalgate.artifacts.readers import json_array
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.shapes import (
    Object,
    content_hash,
    no_such_value,
    text_or_none,
)


_HINT = "is it an annotations.json of alpaca_eval?"


def fits(head: Head) -> bool:
    """Whether this is an array of annotations of AlpacaEval."""
    return head.is_array and head.has("instruction", "output_1", "output_2", "preference")


def parse(content: Content) -> Parsed:
    """Read the annotations of a file.

    Raises:
        SampleError: No instruction, or a preference that is none.
    """
    parsed = Parsed(rows=iter(()))
    parsed.rows = _rows(content, parsed.notes)
    return parsed


def _rows(content: Content, notes: list[str]) -> Iterator[tuple[int, Object]]:
    total = unparsed = 0
    for line, row in json_array.rows(content.data, content.path):
        instruction = row.get("instruction")
        if not isinstance(instruction, str):
            raise no_such_value(
                instruction, "instruction", "a text", at=content.at(line), hint=_HINT
            )
        win = _win_of(row, content, line)
        total += 1
        unparsed += win is None
        model = text_or_none(row.get("generator_2"))
        named = {"model": model} if model and "model" not in row else {}
        yield line, {**row, **named, "instruction_hash": content_hash(instruction), "win": win}
    if unparsed:
        notes.append(
            f"alpaca-eval: {unparsed} of {total} annotations of {content.path} have no preference; "
            "they are missing"
        )


def _win_of(row: Object, content: Content, line: int) -> float | None:
    preference = row.get("preference")
    if preference is None and "preference" in row:
        return None
    number = number_of(preference)
    if number == 0:
        return 0.5
    if number is None or not 1 <= number <= 2:  # first and second output
        raise no_such_value(
            preference,
            "preference",
            "a number from 1 to 2, 0 for a tie, or null",
            at=content.at(line),
            hint=_HINT,
        )
    return float(number) - 1
