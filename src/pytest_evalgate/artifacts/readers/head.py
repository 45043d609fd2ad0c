"""The start of a file, for readers that say whether it is one of theirs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from pytest_evalgate.artifacts.readers.jsontext import decode, lenient


_BOM = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n"


@dataclass(frozen=True)
class Head:
    """What can be told of a file at first sight.

    ``first`` is the first JSON object of the file: the whole document, the first element of an
    array, or the first line of JSON lines; an empty one where there is none.
    """

    data: bytes
    name: str  # of the file, without folders; a hint only, never what decides

    @cached_property
    def text(self) -> bytes:
        """The bytes without a byte order mark and white space at their start."""
        return self.data.removeprefix(_BOM).lstrip(_SPACE)

    @property
    def is_array(self) -> bool:
        """Whether the file is one JSON array."""
        return self.text.startswith(b"[")

    @cached_property
    def is_lines(self) -> bool:
        """Whether the file begins with an object that ends on its line: JSON lines."""
        line, _, rest = self.text.partition(b"\n")
        is_line = line.startswith(b"{") and line.rstrip(_SPACE).endswith(b"}")
        return is_line and (bool(rest.strip()) or self.data.endswith(b"\n"))

    @property
    def is_document(self) -> bool:
        """Whether the file begins as one JSON object over several lines, or without a newline."""
        return self.text.startswith(b"{") and not self.is_lines

    @cached_property
    def line(self) -> bytes:
        """The first line."""
        return self.text.partition(b"\n")[0].rstrip(b"\r")

    @cached_property
    def first(self) -> Mapping[str, object]:
        """The first JSON object; an empty one where there is none."""
        if not self.text.startswith((b"{", b"[")):
            return {}
        start = self.text.find(b"{")
        source = self.line if self.is_lines else self.text
        try:
            found, _ = lenient(decode(source, self.name, offset=1), start)
        except Exception:  # noqa: BLE001 - whatever is wrong with it, the reader will say so
            return {}
        return found if isinstance(found, dict) else {}

    def has(self, *keys: str) -> bool:
        """Whether the first object has all these keys."""
        return all(key in self.first for key in keys)
