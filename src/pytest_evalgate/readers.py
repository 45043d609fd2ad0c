"""Readers of a team's own file formats: what to register, and what a read function is given.

A reader is registered in the entry point group ``pytest_evalgate.readers`` of an installed
package, or returned by the hook ``pytest_evalgate_readers`` in a ``conftest.py``. A gate file
names it in ``reader:``; it can never name code.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field


__all__ = ["Reader", "SourceFile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file as a read function gets it.

    ``metadata`` takes scalars that hold for the whole file, such as ``model`` or
    ``dataset_version``; each becomes a column of every row. Set them before the first row is
    yielded. ``notes`` takes sentences for a reviewer, such as how many records were left out.
    """

    path: str  # as messages show it; the bytes are in ``data``, so nothing needs to be opened
    data: bytes
    text: Callable[[], str]  # the bytes as strict UTF-8
    json: Callable[[], object]  # the bytes as one strict JSON value
    beside: Callable[[str], bytes | None]  # another file by its name; None where there is none
    metadata: dict[str, object] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A format of your own.

    Attributes:
        name: What gate files write in ``reader:``: lower case letters, digits and dashes.
        read: Takes a ``SourceFile`` and yields one mapping of column names to values a row.
            Values are numbers, texts, booleans, None, or lists and dicts of them.
        id: Columns that name a unit; a gate file may write its own instead, as all keys here.
        run: Column that names a new draw of the recipe.
        repeat: Column that counts how often the same model was asked for a unit.
        cluster: Columns that group units which depend on one another.
        is_typed: Whether numbers come as numbers. If False, texts that read like numbers are
            numbers and empty texts are missing, as in CSV.
    """

    name: str
    read: Callable[[SourceFile], Iterable[Mapping[str, object]]]
    id: tuple[str, ...] = ()
    run: str | None = None
    repeat: str | None = None
    cluster: tuple[str, ...] = ()
    is_typed: bool = True
