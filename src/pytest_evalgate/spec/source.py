"""The bytes of a gate file as text that is safe to parse and safe to show."""

import re
from dataclasses import dataclass

from pytest_evalgate.errors import Location, SpecError, SpecErrors


MAX_BYTES = 256 * 1024
_MAX_SHOWN = 160  # characters of a source line that a message repeats
_LINE_END = re.compile(r"\r\n|\r|\n")
# Characters that hide or turn what a reviewer sees: C0 and C1 controls except tab and line ends,
# bidirectional marks, line and paragraph separators, invisible spaces, non-characters.
_UNSAFE_CLASS = (
    r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e"
    r"\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff"
)
_UNSAFE = re.compile(f"[{_UNSAFE_CLASS}]")
# A quoted scalar can also name a carriage return or half a surrogate pair by an escape.
_UNSAFE_VALUE = re.compile(f"[{_UNSAFE_CLASS}\r\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A gate file's name and lines, to say where something is wrong."""

    path: str
    lines: tuple[str, ...] = ()

    def location(self, line: int | None = None, column: int | None = None) -> Location:
        """Point at a line and column, both counted from 1."""
        return Location(path=self.path, line=line, column=column, source=self._shown(line, column))

    def _shown(self, line: int | None, column: int | None) -> str | None:
        if line is None or not 0 < line <= len(self.lines):
            return None
        text = _UNSAFE.sub("?", self.lines[line - 1])  # one for one: the caret stays in its place
        if len(text) <= _MAX_SHOWN:
            return text
        if column is not None and column > _MAX_SHOWN:
            return None
        return text[:_MAX_SHOWN] + "..."


def decode(data: bytes, *, path: str) -> tuple[Source, str]:
    """Turn the bytes of a gate file into its text.

    Raises:
        SpecErrors: too large, not UTF-8, or holding a control or bidirectional character.
    """
    if len(data) > MAX_BYTES:
        raise _refusal(
            Source(path=path),
            f"the gate file has {len(data)} bytes, larger than {MAX_BYTES // 1024} KiB",
            hint="keep data in artifacts and name them by path",
        )
    data = data.removeprefix(b"\xef\xbb\xbf")
    source = Source(path=path, lines=tuple(_LINE_END.split(data.decode("utf-8", "replace"))))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        raise _refusal(
            source,
            f"UTF-8 only: byte {data[error.start]:#04x} at offset {error.start} is not UTF-8",
            offset=len(before),
            text=before,
            hint="save the file as UTF-8",
        ) from None
    _refuse_unsafe(source, text)
    return source, text


def has_unsafe(value: str) -> str | None:
    """Name the first character that no value of a gate file may hold, as U+XXXX."""
    match = _UNSAFE_VALUE.search(value)
    return f"U+{ord(match[0]):04X}" if match else None


def _refuse_unsafe(source: Source, text: str) -> None:
    problems = []
    for match in _UNSAFE.finditer(text):
        problems.append(
            SpecError(
                f"control or bidirectional character U+{ord(match[0]):04X}",
                at=_at(source, text, match.start()),
                hint="take it out; such characters hide what a reviewer reads",
            )
        )
        if len(problems) == 20:  # a binary file: more of them tell nothing new
            break
    if problems:
        raise SpecErrors(problems)


def _refusal(
    source: Source, message: str, *, hint: str, text: str = "", offset: int | None = None
) -> SpecErrors:
    at = source.location() if offset is None else _at(source, text, offset)
    return SpecErrors([SpecError(message, at=at, hint=hint)])


def _at(source: Source, text: str, offset: int) -> Location:
    lines = _LINE_END.split(text[:offset])
    return source.location(len(lines), len(lines[-1]) + 1)
