"""Cells of a big table: from its arrays where they are the same there, else from its rows."""

from collections.abc import Callable, Iterator, Mapping


class LazyColumns(Mapping[str, list[object]]):
    """Columns by name; ``make`` gives one from arrays, or None, and ``read`` gives all by rows."""

    def __init__(
        self,
        make: Callable[[str], list[object] | None],
        read: Callable[[], Mapping[str, list[object]]],
    ) -> None:
        self._make = make
        self._read = read

    def __getitem__(self, name: str) -> list[object]:
        made = self._make(name)
        return self._read()[name] if made is None else made

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())
