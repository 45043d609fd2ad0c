"""All simulated cells, in a fixed order."""

from functools import cache

from benchmarks.calibration.cells import Cell
from benchmarks.calibration.grid_grouped import clusters, crossed, tasks
from benchmarks.calibration.grid_means import means
from benchmarks.calibration.grid_ranks import ranks
from benchmarks.calibration.grid_sets import sets


@cache
def cells() -> tuple[Cell, ...]:
    """Return the grid.

    Raises:
        ValueError: two cells have one name, and so one seed.
    """
    found = (*means(), *clusters(), *crossed(), *tasks(), *ranks(), *sets())
    names = [cell.name for cell in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"cells of one name: {sorted(twice)[:3]}")
    return found


def groups() -> tuple[str, ...]:
    """Return the names of the files of results."""
    return tuple(dict.fromkeys(cell.group for cell in cells()))
