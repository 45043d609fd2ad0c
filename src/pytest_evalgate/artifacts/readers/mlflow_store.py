"""A format that is still to come."""

from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.errors import ArtifactError


def parse(content: Content) -> Parsed:
    """Refuse the file."""
    raise ArtifactError("this format is not yet read", at=content.at())
