"""Whatever a column is called, a written scalar is read back as that text."""

import json
import random
from typing import TYPE_CHECKING

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_evalgate.artifacts.labels import scalar
from pytest_evalgate.cli.gate_text import one_line
from pytest_evalgate.spec.build import read_gate
from pytest_evalgate.spec.source import has_unsafe


if TYPE_CHECKING:
    from tests.cli.conftest import Bench


GATE = """\
version: 1
gate: chat
artifacts:
  evals: {candidate: a.csv, baseline: b.csv, id: id}
metrics:
  m:
    value: %s   # a comment
    better: higher
rules:
  r: {metric: m, claim: superiority}
"""
names = st.text(min_size=1, max_size=40).filter(lambda t: t.strip() and has_unsafe(t) is None)


@given(names)
@example("yes")
@example("null")
@example("1.10")
@example("2026-11-22")
@example("a: b # c")
@example("'\"\\")
@example("\U0001f600")
@example("~")
def test_a_scalar_is_read_back_as_it_was(name: str) -> None:
    assert yaml.safe_load(scalar(name)) == name
    spec = read_gate((GATE % scalar(name)).encode(), "gate.yaml")
    assert spec.metrics[0].value == (name, name)


@given(st.text())
def test_a_comment_stays_on_its_line_and_hides_nothing(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    assert len(line) <= 400


def test_two_columns_that_read_alike_get_two_names(bench: "Bench", rng: random.Random) -> None:
    for name in ("new", "old"):
        lines = (
            json.dumps({"id": i, "score a": rng.random(), "score:a": rng.random()})
            for i in range(60)
        )
        (bench.folder / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines))
    assert bench.init()[0] == 0
    assert [metric.name for metric in bench.spec().metrics] == ["score-a", "score-a-2"]
    bench.judged()
