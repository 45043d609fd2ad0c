"""The measured domains: from how many units on a method holds its level, read from a file.

``domains.json`` is written by ``benchmarks/calibration`` from simulated false promotion at the
limit: beyond 1.5 alpha a method is invalid, beyond 1.2 alpha it warns. No number of it is copied
into code.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """Where a method is honest along one axis, such as the number of its units.

    ``is_floor`` says whether fewer is worse; of a ratio of sizes more is.
    """

    refused: float  # refused beyond
    warned: float  # warned of beyond
    is_floor: bool
    why: str  # what was measured

    def is_refused(self, found: float) -> bool:
        """Say whether a method is invalid here."""
        return found < self.refused if self.is_floor else found > self.refused

    def is_warned(self, found: float) -> bool:
        """Say whether a method is nearly not honest here."""
        return found < self.warned if self.is_floor else found > self.warned


def domain(name: str) -> Domain:
    """Look one domain up by its name."""
    return _table()[name]


@cache
def _table() -> dict[str, Domain]:
    path = Path(__file__).with_name("domains.json")
    records = json.loads(path.read_text(encoding="utf-8"))["domains"]
    return {
        name: Domain(
            refused=record["refused"],
            warned=record["warned"],
            is_floor=record["beyond"] == "below",
            why=record["why"],
        )
        for name, record in records.items()
    }
