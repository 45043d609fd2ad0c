"""What the engine is told about the world, as plain values: it never looks for itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_evalgate.evidence import RunFacts
from pytest_evalgate.formats import BUILT_IN, Format


# `--evalgate-artifact`: (artifact, arm) -> the path to read instead; arm None serves every arm.
Overrides = Mapping[tuple[str, str | None], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where a gate file lies, what may be read, and the facts of this run."""

    base: Path  # folder of the gate file
    root: Path  # artifacts must lie inside
    working_directory: Path  # of the person who typed an override
    overrides: Overrides = field(default_factory=dict)
    run: RunFacts = field(default_factory=RunFacts)
    versions: Mapping[str, str] = field(default_factory=dict)
    git: Mapping[str, str | bool | None] = field(default_factory=dict)
    created: str | None = None
    formats: Mapping[str, Format] = field(default_factory=lambda: BUILT_IN)
    # Environment variables that the contracts of the gate ask for; those that are not set are not
    # in it.
    variables: Mapping[str, str] = field(default_factory=dict)
    progress: Callable[[str], None] | None = None  # told what is done now, in a few words
