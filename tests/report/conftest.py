"""Evidence for the tests of reports, as fixtures."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def cases() -> ModuleType:
    """Give the module ``cases.py`` of this folder; tests are no package and cannot import it."""
    spec = importlib.util.spec_from_file_location(
        "report_cases", Path(__file__).with_name("cases.py")
    )
    if spec is None or spec.loader is None:
        pytest.fail("cases.py is missing")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
