"""A NumPy array in a file of its own: column ``value``, or one for each of its named fields."""

from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.npyarray import MAGIC, columns_of, read_array, rows_of


_COLUMN = "value"
_NOTE = "an .npy file has no checksum, so a damaged value would not show; .npz has one"


def fits(head: Head) -> bool:
    """Whether the file begins as NumPy writes an array."""
    return head.data.startswith(MAGIC)


def parse(content: Content) -> Parsed:
    """Read one array.

    Raises:
        ArtifactError: A damaged header, other bytes than it says, a type that is no value.
    """
    at = content.at()
    array = read_array(content.data, name=_COLUMN, at=at)
    columns = columns_of(_COLUMN, array, at=at)
    return Parsed(rows=rows_of(columns, at=at), notes=[f"{shown(content.path)}: {_NOTE}"])
