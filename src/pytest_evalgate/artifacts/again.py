"""A file once more, for a question that the kept columns cannot answer."""

from collections.abc import Iterator, Mapping

from pytest_evalgate.artifacts.files import digest, read_file
from pytest_evalgate.artifacts.readers.content import Content
from pytest_evalgate.artifacts.readers.registry import parse
from pytest_evalgate.artifacts.table import Source
from pytest_evalgate.artifacts.unpacking import unpacked
from pytest_evalgate.errors import ArtifactError, Location


def rows_again(source: Source) -> Iterator[Mapping[str, object]]:
    """Return the rows of a file that was read before, in its order.

    Raises:
        ArtifactError: Its bytes are no longer those that were judged.
    """
    data = read_file(source.found, max_bytes=source.max_bytes)
    if digest(data) != source.record.sha256:
        raise ArtifactError(
            "the file changed while it was judged", at=Location(path=source.found.shown)
        )
    content = Content(
        path=source.found.shown,
        data=unpacked(data, source.found.shown, max_bytes=source.max_bytes),
        found=source.found,
        max_bytes=source.max_bytes,
    )
    return (row for _, row in parse(source.format, content).rows)
