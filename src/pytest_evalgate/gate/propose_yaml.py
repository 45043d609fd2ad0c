"""How a proposed gate file writes texts and advice: the same words as in messages about data."""

from pytest_evalgate.artifacts.labels import DROP_MISSING, scalar


__all__ = ["DROP_MISSING", "scalar"]
