"""Gate files: YAML text in, frozen records out."""

from pytest_evalgate.spec.build import peek_name, read_gate
from pytest_evalgate.spec.schema import schema


__all__ = ["peek_name", "read_gate", "schema"]
