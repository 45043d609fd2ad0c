"""Runs a reader that a team registered: whatever it raises or yields, the gate stays whole."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NoReturn, TypeVar, cast

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
    own = _Own(form, content)
    file = SourceFile(
        path=content.path,
        data=content.data,
        text=lambda: own.kept(lambda: decode(content.data, content.path)),
        json=lambda: own.kept(lambda: parse_document(content.data, content.path)),
        beside=lambda name: own.kept(lambda: content.beside(name)),
    )
    given = own.guarded(lambda: function(file))
    # isinstance() asks the object for its class, which is foreign code too.
    is_text = own.guarded(lambda: isinstance(given, Mapping | str | bytes))
    if is_text or not own.guarded(lambda: isinstance(given, Iterable)):
        raise _refusal(
            form,
            content.at(),
            f"gave {_kind(given)}, expected rows",
            "yield one mapping of column names to values for each row",
        )
    iterator: Iterator[object] = own.guarded(lambda: iter(cast("Iterable[object]", given)))
    # Metadata are columns of every row, so they must be known before the first one is taken.
    first = own.guarded(lambda: next(iterator, _END))
    metadata = _metadata_of(own, file)
    parsed = Parsed(rows=iter(()), metadata=metadata, notes=[])
    parsed.rows = _rows(own, _Stream(first, iterator), file, parsed)
    return parsed


class _Own:
    """A reader and its file, and the errors that are ours: of functions that we gave it."""

    def __init__(self, form: Format, content: Content) -> None:
        self.form = form
        self.content = content
        self.errors: list[EvalGateError] = []

    def kept(self, act: Callable[[], _T]) -> _T:
        """Do something of ours for a reader, and remember what is raised."""
        try:
            return act()
        except EvalGateError as error:
            self.errors.append(error)
            raise

    def guarded(self, act: Callable[[], _T], *, row: int | None = None) -> _T:
        """Do one step of a foreign function; what it raises is said in our words."""
        try:
            return act()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit and pytest's own outcomes too
            if any(error is one for one in self.errors):
                raise
            _raise_refusal(self.form, self.content, error, row)


def _metadata_of(own: _Own, file: SourceFile) -> dict[str, object]:
    """Return a copy of the metadata as they are now.

    Raises:
        ArtifactError: No dictionary, or one that holds more than single values.
    """
    found = getattr(file, "metadata", None)
    if type(found) is not dict:
        raise _not_as_given(own, "metadata", found, "a dict")
    metadata = dict(found)
    for name, cell in metadata.items():
        if type(name) is not str or type(cell) not in _SCALARS:
            named = shown(name) if type(name) is str else f"named by {_kind(name)}"
            raise _refusal(
                own.form,
                own.content.at(),
                f"gave metadata {named} as {_kind(cell)}, expected one value",
                "set texts, numbers or booleans",
            )
    return metadata


def _notes_of(own: _Own, file: SourceFile) -> list[str]:
    """Return a copy of the notes as they are now.

    Raises:
        ArtifactError: No list of texts.
    """
    found = getattr(file, "notes", None)
    if type(found) is not list:
        raise _not_as_given(own, "notes", found, "a list")
    notes = list(found)
    for note in notes:
        if type(note) is not str:
            raise _refusal(
                own.form,
                own.content.at(),
                f"gave {_kind(note)} as a note, expected a text",
                "write file.notes.append(str(...))",
            )
    return notes


def _not_as_given(own: _Own, name: str, found: object, expected: str) -> ArtifactError:
    return _refusal(
        own.form,
        own.content.at(),
        f"replaced `file.{name}` by {_kind(found)}, expected {expected}",
        f"add to `file.{name}`, and leave it in its place",
    )


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


def _rows(own: _Own, stream: _Stream, file: SourceFile, parsed: Parsed) -> Rows:
    number = 0
    while (row := own.guarded(stream.take, row=number + 1)) is not _END:
        number += 1
        yield number, _checked(own, row, number)
    if _metadata_of(own, file) != parsed.metadata:
        raise _refusal(
            own.form,
            own.content.at(),
            "changed the metadata after its first row",
            "set `file.metadata` before the first row is yielded",
        )
    parsed.notes.extend(_notes_of(own, file))


def _raise_refusal(
    form: Format, content: Content, error: BaseException, row: int | None
) -> NoReturn:
    try:
        words = " ".join(str(error).split())[:_MOST_SHOWN]
    except BaseException:  # noqa: BLE001 - its text is foreign code too
        words = ""
    said = f"{type(error).__name__}: {shown(words)}" if words else type(error).__name__
    raise _refusal(
        form,
        Location(path=content.path, row=row),
        f"raised {said}",
        "mend the reader, or the file",
    ) from error


def _checked(own: _Own, row: object, number: int) -> dict[str, object]:
    form, at = own.form, Location(path=own.content.path, row=number)
    if type(row) is not dict and not own.guarded(lambda: isinstance(row, Mapping), row=number):
        raise _refusal(
            form, at, f"gave {_kind(row)} as a row, expected a mapping", "yield a dict for each row"
        )
    plain: dict[object, object] = own.guarded(
        lambda: dict(cast("Mapping[object, object]", row)), row=number
    )
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
