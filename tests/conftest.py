"""What holds for all tests: sessions that they start tell nothing to a CI system around them."""

import os

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Leave GitHub Actions: else every gate of a test would write into the real summary."""
    for name in [name for name in os.environ if name.startswith("GITHUB_")]:
        del os.environ[name]
