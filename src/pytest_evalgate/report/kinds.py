"""The kinds of report that are written as files, each made only where it is asked for."""

from enum import StrEnum

from pytest_evalgate.evidence import GateEvidence


# Stands near the start of every report, and tells it from other people's files.
MARK = b"pytest-evalgate"
MARK_WITHIN = 1000  # bytes


class Kind(StrEnum):
    """A kind of report, by the name that users give it."""

    MARKDOWN = "markdown"
    HTML = "html"
    JUNIT = "junit"
    BADGE = "badge"

    @property
    def suffix(self) -> str:
        """Return what follows the name of the gate in the name of the file."""
        return _SUFFIXES[self]


_SUFFIXES = {
    Kind.MARKDOWN: ".md",
    Kind.HTML: ".html",
    Kind.JUNIT: ".junit.xml",
    Kind.BADGE: ".svg",
}


def render(kind: Kind, evidence: GateEvidence) -> str:
    """Return the report of a gate: the same text for the same evidence."""
    match kind:  # imported here: a report that is not asked for costs nothing
        case Kind.MARKDOWN:
            from pytest_evalgate.report.markdown import render as markdown  # noqa: PLC0415

            return markdown(evidence)
        case Kind.HTML:
            from pytest_evalgate.report.webpage import render as webpage  # noqa: PLC0415

            return webpage(evidence)
        case Kind.JUNIT:
            from pytest_evalgate.report.junit import render as junit  # noqa: PLC0415

            return junit(evidence)
        case Kind.BADGE:
            from pytest_evalgate.report.badge import render as badge  # noqa: PLC0415

            return badge(evidence)
