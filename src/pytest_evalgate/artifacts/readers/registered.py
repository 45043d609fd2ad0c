"""Runs a reader that a team registered: whatever it raises or yields, the gate stays whole."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NoReturn, TypeVar

from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.readers.content import Content, Parsed, Rows
from pytest_evalgate.artifacts.readers.jsontext import DEPTH, decode, parse_document
from pytest_evalgate.errors import ArtifactError, EvalGateError, Location
from pytest_evalgate.formats import Format
from pytest_evalgate.readers import SourceFile


_T = TypeVar("_T")
_SCALARS = frozenset({bool, int, float, str, type(None)})
_MOST_SHOWN = 200  # characters of what a reader raised


def read(form: Format, function: Callable[[SourceFile], object], content: Content) -> Parsed:
    """Read a file with a function of others, and check all that it gives.

    Raises:
        ArtifactError: The function raised, or did not give rows; now or while they are taken.
    """
    file = SourceFile(
        path=content.path,
        data=content.data,
        text=lambda: decode(content.data, content.path),
        json=lambda: parse_document(content.data, content.path),
        beside=content.beside,
    )
    given = _guarded(form, content, lambda: function(file))
    if not isinstance(given, Iterable) or isinstance(given, Mapping | str | bytes):
        raise _refusal(
            form,
            content.at(),
            f"gave {_kind(given)}, expected rows",
            "yield one mapping of column names to values for each row",
        )
    iterator: Iterator[object] = _guarded(form, content, lambda: iter(given))
    # Metadata are columns of every row, so they must be known before the first one is taken.
    first = _guarded(form, content, lambda: next(iterator, _END))
    metadata = dict(file.metadata)
    for name, cell in metadata.items():
        if type(name) is not str or type(cell) not in _SCALARS:
            raise _refusal(
                form,
                content.at(),
                f"gave metadata {shown(name)} as {_kind(cell)}, expected one value",
                "set texts, numbers or booleans",
            )
    rows = _rows(form, content, _Stream(first, iterator), lambda: dict(file.metadata) == metadata)
    return Parsed(rows=rows, metadata=metadata, notes=file.notes)


class _End:
    """Stands for the end of the rows."""


_END = _End()


class _Stream:
    """Rows of which the first was taken already."""

    def __init__(self, first: object, rest: Iterator[object]) -> None:
        self.first = first
        self.rest = rest
        self.is_begun = False

    def take(self) -> object:
        """Return the next row, or ``_END``."""
        if not self.is_begun:
            self.is_begun = True
            return self.first
        return next(self.rest, _END)


def _rows(
    form: Format, content: Content, stream: _Stream, is_unchanged: Callable[[], bool]
) -> Rows:
    number = 0
    while (row := _guarded(form, content, stream.take, row=number + 1)) is not _END:
        number += 1
        yield number, _checked(form, content, row, number)
    if not is_unchanged():
        raise _refusal(
            form,
            content.at(),
            "changed the metadata after its first row",
            "set `file.metadata` before the first row is yielded",
        )


def _guarded(
    form: Format, content: Content, act: Callable[[], _T], *, row: int | None = None
) -> _T:
    """Do one step of a foreign function; what it raises is said in our words."""
    try:
        return act()
    except (EvalGateError, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001 - SystemExit and pytest's own outcomes too
        _raise_refusal(form, content, error, row)


def _raise_refusal(
    form: Format, content: Content, error: BaseException, row: int | None
) -> NoReturn:
    try:
        words = " ".join(str(error).split())[:_MOST_SHOWN]
    except Exception:  # noqa: BLE001 - its text is foreign code too
        words = ""
    said = f"{type(error).__name__}: {shown(words)}" if words else type(error).__name__
    raise _refusal(
        form,
        Location(path=content.path, row=row),
        f"raised {said}",
        "mend the reader, or the file",
    ) from error


def _checked(form: Format, content: Content, row: object, number: int) -> dict[str, object]:
    at = Location(path=content.path, row=number)
    if not isinstance(row, Mapping):
        raise _refusal(
            form, at, f"gave {_kind(row)} as a row, expected a mapping", "yield a dict for each row"
        )
    plain: dict[object, object] = _guarded(form, content, lambda: dict(row), row=number)
    checked: dict[str, object] = {}
    for key, cell in plain.items():
        if type(key) is not str:
            raise _refusal(
                form, at, f"gave a column named by {_kind(key)}, expected a text", "write str(name)"
            )
        if type(cell) not in _SCALARS and not _is_plain(cell, DEPTH):
            raise _refusal(
                form,
                at,
                f"gave {_kind(cell)} in column {shown(key)}, expected a number, a text, a boolean, "
                "None, or lists and dicts of them",
                "convert it with int(), float() or str()",
            )
        checked[key] = cell
    return checked


def _is_plain(cell: object, depth: int) -> bool:
    if type(cell) in _SCALARS:
        return True
    if depth == 0:
        return False
    if type(cell) is list:
        return all(_is_plain(one, depth - 1) for one in cell)
    return type(cell) is dict and all(
        type(key) is str and _is_plain(one, depth - 1) for key, one in cell.items()
    )


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    kind = type(value)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    name = f"{module}{kind.__qualname__}"
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _refusal(form: Format, at: Location, words: str, hint: str) -> ArtifactError:
    return ArtifactError(f"reader {form.name} of {form.provider} {words}", at=at, hint=hint)
