"""The registry: all there is to say about each method, in one place.

The evidence, the documentation and the tests read it, so that a method cannot be added without
its assumptions, its source and its smallest sample.
"""

from collections.abc import Mapping

from pytest_evalgate.gate.choose import Method
from pytest_evalgate.gate.domain_table import domain
from pytest_evalgate.gate.method_record import MethodRecord
from pytest_evalgate.gate.methods_sets import SET_METHOD_RECORDS
from pytest_evalgate.gate.methods_units import UNIT_METHODS


REGISTRY: Mapping[Method, MethodRecord] = {
    method: {**UNIT_METHODS, **SET_METHOD_RECORDS}[method] for method in Method
}
"""A record for every method, in the order of ``Method``: one that has none stops the import."""


def when(record: MethodRecord) -> str:
    """Say when a method is chosen; numbers come from the measured domains."""
    return record.chosen.format_map(_Domains())


class _Domains(dict[str, str]):
    """The numbers of the domains, by their names."""

    def __missing__(self, name: str) -> str:
        return _number(domain(name).refused)


def smallest_sample(record: MethodRecord) -> str:
    """Say from how small a sample on a method judges; numbers come from the measured domains."""
    words = [f"{_number(domain(name).refused)} {what}" for name, what in record.floors]
    return "; ".join([*words, record.least] if record.least else words)


def _number(found: float) -> str:
    """Write a count as a count, and a share as a percentage."""
    return f"{found:.0%}" if 0 < found < 1 else f"{found:g}"
