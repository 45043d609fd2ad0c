"""What a path or the metadata beside a file say of each of its rows; a row's own cell counts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pytest_evalgate.artifacts.cells import ABSENT, Untyped, same_value, shown, text_of, untyped
from pytest_evalgate.artifacts.columns import Row, lookup
from pytest_evalgate.artifacts.paths import Found
from pytest_evalgate.artifacts.sidecars import Metadata
from pytest_evalgate.errors import Location, SampleError


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """One value for all rows of a file, and the file that gives it."""

    name: str
    value: object
    giver: str  # path of the metadata, or of the file whose name was captured


def constants_of(found: Found, metadata: Metadata) -> tuple[Constant, ...]:
    """Return captures and metadata of a file.

    Raises:
        SampleError: They contradict one another.
    """
    constants = {
        name: Constant(name=name, value=value, giver=metadata.givers[name])
        for name, value in metadata.scalars.items()
    }
    for name, text in found.captures:
        if name in constants and not same_value(constants[name].value, text):
            raise _contradiction(
                Constant(name=name, value=text, giver=found.shown),
                constants[name].value,
                at=Location(path=found.shown),
                says="the metadata say",
            )
        constants[name] = Constant(name=name, value=Untyped(text), giver=found.shown)
    return tuple(constants.values())


class ConstantTaker:
    """Checks the constants of a file against each row and fills the cells that rows lack."""

    def __init__(
        self,
        constants: Iterable[Constant],
        columns: Mapping[str, list[object]],
        givers: Mapping[str, list[str | None]],
        *,
        is_typed: bool,
    ) -> None:
        self.is_typed = is_typed
        self.takers: list[tuple[Constant, Callable[[Row], object]]] = []
        self.targets: list[tuple[list[object], list[str | None]] | None] = []
        for constant in constants:
            name = constant.name
            self.takers.append((constant, lookup(name)))
            self.targets.append((columns[name], givers[name]) if name in columns else None)

    def take(self, row: Row, source: str, line: int) -> None:
        """Take a row.

        Raises:
            SampleError: The row says something else.
        """
        for (constant, find_cell), target in zip(self.takers, self.targets, strict=True):
            cell = find_cell(row)
            is_own = cell is not ABSENT
            if is_own and not self.is_typed:
                cell = untyped(cell)
            if is_own and not same_value(cell, constant.value):
                at = Location(path=source, line=line)
                raise _contradiction(constant, cell, at=at, says="the row says")
            if target is not None:
                cells, givers = target
                cells.append(cell if is_own else constant.value)
                givers.append(None if is_own else constant.giver)


def check_same_constant(name: str, own: object, metadata: Metadata, found: Found) -> None:
    """Refuse metadata beside a file that contradict what the file says of itself.

    Raises:
        SampleError: Both values.
    """
    beside = metadata.scalars[name]
    if not same_value(own, beside):
        constant = Constant(name=name, value=beside, giver=metadata.givers[name])
        at = Location(path=found.shown)
        raise _contradiction(constant, own, at=at, says="the file says")


def _contradiction(constant: Constant, cell: object, *, at: Location, says: str) -> SampleError:
    return SampleError(
        f"{shown(constant.name)} is {shown(text_of(constant.value))} by the path or the metadata "
        f"of the file, but {says} {shown(text_of(cell))}",
        at=at,
        hint="name the captured part of the path otherwise, or correct the file",
    )
