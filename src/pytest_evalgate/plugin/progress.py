"""The progress line in pytest's own terminal, which captures all other streams."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pytest_evalgate.progress import ProgressLine, is_wanted
from pytest_evalgate.report.escape import shortened


@contextmanager
def progress_of(config: pytest.Config) -> Iterator[ProgressLine | None]:
    """Give a line where a person looks on; None in a log, in CI, and with `-q`."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    is_terminal = bool(getattr(reporter, "isatty", False))
    if reporter is None or config.get_verbosity() < 0 or not is_wanted(is_terminal=is_terminal):
        yield None
        return

    def rewrite(line: str) -> None:
        width = config.get_terminal_writer().fullwidth
        # Cut in the middle: the end of a long line is what changes, such as the row.
        reporter.rewrite(shortened(line, width=width - 1), erase=True)
        reporter.rewrite("")  # the cursor back to the start: what comes next writes over it
        reporter.flush()

    shown = ProgressLine(rewrite)
    try:
        yield shown
    finally:
        shown.close()
