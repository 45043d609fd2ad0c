"""Every number of every reference case, from R, mpmath and exact arithmetic.

Further files of cases in the same form are read from the folder that the variable
EVALGATE_ORACLE names.
"""

import importlib
import os
import pkgutil
from pathlib import Path

import oracle
import pytest
from oracle.compare import Adapter, Case, differences, load


def adapters() -> dict[str, Adapter]:
    found: dict[str, Adapter] = {}
    for module in pkgutil.iter_modules(oracle.__path__, "oracle."):
        if module.name.startswith("oracle.adapt_"):
            table: dict[str, Adapter] = importlib.import_module(module.name).ADAPTERS
            assert not found.keys() & table.keys(), module.name
            found |= table
    return found


def cases() -> list[Case]:
    more = os.environ.get("EVALGATE_ORACLE")
    extra = sorted(Path(more).glob("*.json")) if more else []
    return [case for path in extra for case in load(path)] + load()


ADAPTERS = adapters()
CASES = cases()


def test_all_reference_cases_are_here() -> None:
    assert len(load()) == 114


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_every_number_agrees_with_the_reference(case: Case) -> None:
    assert differences(case, ADAPTERS[case["method"]](case)) == []
