"""What readers of nested JSON share: objects where objects must be, and ids made of content."""

import hashlib
import json
from collections.abc import Mapping

from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.readers.content import Content
from pytest_evalgate.artifacts.readers.jsontext import parse_document
from pytest_evalgate.errors import ArtifactError, Location, SampleError


Object = Mapping[str, object]
_MOST = 10**15  # no file counts to more
_WRITE_AGAIN = "write the file again with the tool; was it cut, or were rows taken out?"


def document_of(content: Content, *, hint: str, allow_nan: bool = False) -> Object:
    """Return the one JSON object that a file is.

    Args:
        content: The file.
        hint: What file would do, for the message.
        allow_nan: Whether NaN and Infinity are floats, as some tools write them.

    Raises:
        ArtifactError: Not strict JSON, or not an object.
    """
    value = parse_document(content.data, content.path, allow_nan=allow_nan)
    if not isinstance(value, dict):
        raise ArtifactError(f"found {shown(value)}, expected an object", at=content.at(), hint=hint)
    return value


def objects_of(
    value: object, name: str, *, content: Content, row: int | None = None
) -> list[Object]:
    """Return a list of objects.

    Args:
        value: What stands there.
        name: Of the field, for the message.
        content: The file.
        row: The row that the field is in; None where it is in none.

    Raises:
        ArtifactError: Something else stands there.
    """
    found = value if isinstance(value, list) else [value]
    bad = [one for one in found if not isinstance(one, dict)]
    if bad or not isinstance(value, list):
        raise ArtifactError(
            f"{name} is or holds {shown(bad[0] if bad else value)}, expected a list of objects",
            at=Location(path=content.path, row=row),
            hint="write the file again with the tool",
        )
    return value


def object_of(value: object) -> Object:
    """Return an object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def text_or_none(value: object) -> str | None:
    """Return a text that is not empty; None for anything else."""
    return value if isinstance(value, str) and value else None


def is_count(value: object) -> bool:
    """Whether a value is a whole number from 0 on, of a size that something can be counted to."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST


def refuse_fewer(said: Mapping[str, object], rows: int, what: str, *, at: Location) -> None:
    """Refuse a file with fewer rows than its own counts add up to; what is cut is not random.

    Args:
        said: Counts by name, as the file says them; None where it says none.
        rows: How many there are.
        what: A word for the rows.
        at: For the message.

    Raises:
        ArtifactError: Fewer, or what is no count.
    """
    counts = {name: count for name, count in said.items() if count is not None}
    for name, count in counts.items():
        if not is_count(count):
            raise ArtifactError(
                f"{name} is {shown(count)}, expected a count", at=at, hint=_WRITE_AGAIN
            )
    total = sum(count for count in counts.values() if isinstance(count, int))
    if total > rows:
        raise ArtifactError(
            f"{' + '.join(counts)} is {total}, but there are {rows} {what}: some are missing",
            at=at,
            hint=_WRITE_AGAIN,
        )


def content_hash(value: object) -> str:
    """Return the SHA-256 of a text, or of the canonical JSON of anything else, in hex."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def at_row(content: Content, row: int) -> Location:
    """Return the place of a row in a file without lines."""
    return Location(path=content.path, row=row)


def no_such_value(
    found: object, name: str, expected: str, *, at: Location, hint: str
) -> SampleError:
    """Return the error for a cell that is not what its format allows."""
    return SampleError(f"{name} is {shown(found)}, expected {expected}", at=at, hint=hint)
