"""NumPy arrays in one archive: one column an array, a row for each of their places."""

from pytest_evalgate.artifacts.archives import Archive, is_zip
from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.readers.content import Content, Parsed, plain
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.npyarray import (
    Array,
    Columns,
    columns_of,
    read_array,
    rows_of,
)
from pytest_evalgate.errors import ArtifactError


_ENDING = ".npy"


def fits(head: Head) -> bool:
    """Whether the file is an archive of nothing but arrays."""
    if not is_zip(head.data):
        return False
    try:
        names = Archive(head.data, head.name).names
    except ArtifactError:
        return b".npy" in head.data[:100]
    return bool(names) and all(name.endswith(_ENDING) for name in names)


def parse(content: Content) -> Parsed:
    """Read the arrays of an archive; all must have one length.

    Raises:
        ArtifactError: A damaged archive, a member that is no array, arrays of several lengths.
    """
    return plain(rows_of(_columns(content), at=content.at()))


def _columns(content: Content) -> Columns:
    archive = Archive(content.data, content.path)
    columns: dict[str, Array] = {}
    for member in archive.names:
        name = member.removesuffix(_ENDING)
        if name == member:
            raise ArtifactError(
                f"member {shown(member)} is no array: its name does not end in {_ENDING}",
                at=content.at(),
                hint="write the file with numpy.savez",
            )
        array = read_array(archive.read(member), name=name, at=content.at())
        for column, values in columns_of(name, array, at=content.at()).items():
            if column in columns:
                raise ArtifactError(
                    f"two arrays give a column {shown(column)}",
                    at=content.at(),
                    hint="give each array its own name",
                )
            columns[column] = values
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ArtifactError(
            f"the arrays have several lengths: {shown(lengths)}",
            at=content.at(),
            hint="save one value a row in each array",
        )
    return columns
