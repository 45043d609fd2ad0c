"""A sample of `benchmarks/fuzz`: damaged files of every format break none of its promises."""

import random
from pathlib import Path

import pytest
from damaging import damaged
from fuzzing import BINARY, fuzz, seeds_of, table

from pytest_evalgate.formats import BUILT_IN, TABLES


# Formats that need a tool to be installed, or have no sound file here yet.
WITHOUT_SEED: frozenset[str] = frozenset()


@pytest.mark.parametrize("name", BUILT_IN)
def test_damaged_files_are_refused_or_read(tmp_path: Path, name: str) -> None:
    tally = fuzz(name, range(48), seed=1, work=tmp_path)
    assert tally.faults == []
    assert (tally.seeds > 0) == (name not in WITHOUT_SEED)
    assert tally.read < 48
    assert (tally.judged > 0) == (name in TABLES and tally.seeds > 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", BUILT_IN)
def test_very_many_damaged_files_are_refused_or_read(tmp_path: Path, name: str) -> None:
    tally = fuzz(name, range(20_000 if name in BINARY else 200_000), seed=2, work=tmp_path)
    assert tally.faults == []


def test_a_case_of_the_same_number_is_the_same_again() -> None:
    data = table("jsonl", [("q0", 1, "g"), ("q1", 0, "g")])
    assert data is not None
    one, other = (damaged(data, random.Random("1:jsonl:7")) for _ in range(2))
    assert one == other != data


def test_every_named_format_has_files_to_damage(tmp_path: Path) -> None:
    found = {name for name in BUILT_IN if seeds_of(name, tmp_path / name)}
    assert BUILT_IN.keys() - found == WITHOUT_SEED
