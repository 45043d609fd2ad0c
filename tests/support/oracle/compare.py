"""Reads reference cases and compares numbers with them."""

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


Case = Mapping[str, Any]
Adapter = Callable[[Case], dict[str, Any]]

CASES = Path(__file__).parents[2] / "reference" / "cases.json"


def load(path: Path = CASES) -> list[Case]:
    """Return the cases of a file."""
    cases: list[Case] = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return cases


def differences(case: Case, got: Mapping[str, Any]) -> list[str]:
    """Return every expected number that is missing from ``got`` or beyond its tolerance."""
    tol = case["tol"]
    found: list[str] = []
    for key, expected in case["expected"].items():
        if key not in got:
            found.append(f"{key}: missing")
        else:
            _compare(got[key], expected, tol.get(key, tol["rel"]), tol["abs"], key, found)
    return found


def _compare(
    got: Any, expected: Any, relative: float, absolute: float, path: str, found: list[str]
) -> None:
    if isinstance(expected, dict):
        for key, one in expected.items():
            if key in got:
                _compare(got[key], one, relative, absolute, f"{path}.{key}", found)
            else:
                found.append(f"{path}.{key}: missing")
    elif isinstance(expected, list):
        items = list(got)
        if len(items) != len(expected):
            found.append(f"{path}: {len(items)} items, expected {len(expected)}")
        for index, (one, other) in enumerate(zip(items, expected, strict=False)):
            _compare(one, other, relative, absolute, f"{path}[{index}]", found)
    elif not _agrees(got, expected, relative, absolute):
        found.append(f"{path}: {got!r}, expected {expected!r}")


def _agrees(got: Any, expected: Any, relative: float, absolute: float) -> bool:
    """Say whether a text, a truth value, nothing or a number is what was expected."""
    is_infinite = expected in {"inf", "-inf"}
    if expected is None or (isinstance(expected, bool | str) and not is_infinite):
        return bool(got == expected)
    return _is_close(got, float(expected), relative, absolute)


def _is_close(got: Any, expected: float, relative: float, absolute: float) -> bool:
    if got is None:
        return False
    number = float(got)
    if math.isinf(expected):
        return number == expected
    return abs(number - expected) <= max(absolute, relative * abs(expected))
