"""The same engine without a test session: `python -I -m pytest_evalgate`."""
