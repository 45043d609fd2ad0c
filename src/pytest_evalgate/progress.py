"""One line that says what takes so long: rewritten in place on a terminal, gone at the end."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO


_PATIENCE = 2.0  # seconds before anything is shown
_PAUSE = 0.1  # seconds between two lines


class ProgressLine:
    """Takes words of what is done now, and shows them once that has taken a while.

    It starts no thread: the clock is looked at when words arrive.
    """

    def __init__(
        self, rewrite: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rewrite = rewrite
        self._clock = clock
        self._due = clock() + _PATIENCE
        self._is_shown = False

    def __call__(self, words: str) -> None:
        """Say what is done now."""
        now = self._clock()
        if now < self._due:
            return
        self._due = now + _PAUSE
        self._is_shown = True
        self._rewrite("evalgate: " + "".join(c if " " <= c <= "~" else "?" for c in words))

    def close(self) -> None:
        """Clear the line, if there is one."""
        if self._is_shown:
            self._is_shown = False
            self._rewrite("")


def is_wanted(*, is_terminal: bool) -> bool:
    """Say whether a line may be shown: to a person at a terminal, never in a log."""
    return is_terminal and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"


@contextmanager
def progress_on(stream: TextIO | None, *, width: int) -> Iterator[ProgressLine | None]:
    """Give a line on a stream that is a terminal, and clear it at the end; else None."""
    if stream is None or not is_wanted(is_terminal=stream.isatty()):
        yield None
        return

    def rewrite(line: str) -> None:
        stream.write("\r" + line[: width - 1].ljust(width - 1) + "\r")
        stream.flush()

    shown = ProgressLine(rewrite)
    try:
        yield shown
    finally:
        shown.close()
