"""Each block of YAML in the documentation is a gate file, or a part of one."""

import re
import textwrap
from pathlib import Path

import pytest

from pytest_evalgate.errors import SpecErrors
from pytest_evalgate.formats import AUTO, BUILT_IN, Format
from pytest_evalgate.spec.build import read_gate


DOCS = Path(__file__).parents[1] / "docs"
FORMATS = {**BUILT_IN, "piped": Format(name="piped", parse="", id=("example",))}
TAIL = """
metrics:
  m: {value: v, better: higher}
rules:
  r: {metric: m, claim: superiority}
"""


def blocks(name: str) -> list[str]:
    text = (DOCS / name).read_text(encoding="utf-8")
    return re.findall(r"^```yaml\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def problems(text: str) -> list[str]:
    try:
        read_gate(text.encode(), "gate.yaml", formats=FORMATS)
    except SpecErrors as errors:
        return [problem.message for problem in errors.problems]
    return []


def gate_of(block: str) -> str:
    """Complete a block: a whole gate file, its artifacts, or one artifact."""
    if block.startswith("version:"):
        return block
    start = "version: 1\ngate: g\n"
    if block.startswith("artifacts:"):
        return start + block + TAIL
    return start + "artifacts:\n" + textwrap.indent(block, "  ") + TAIL


@pytest.mark.parametrize("block", blocks("artifacts.md"))
def test_each_artifact_of_the_documentation_is_one(block: str) -> None:
    # The rule is no part of the block: a second arm, or `pair: none`, is not asked for.
    found = [one for one in problems(gate_of(block)) if not one.startswith("rule 'r'")]
    assert found == []


def test_every_format_has_its_section() -> None:
    text = (DOCS / "artifacts.md").read_text(encoding="utf-8")
    titles = " ".join(re.findall(r"^### .*$", text, flags=re.MULTILINE))
    named = set(re.findall(r"`([a-z-]+)`", titles))
    assert named == set(BUILT_IN) - {AUTO}
