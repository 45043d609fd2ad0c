"""Tables that answer by aggregates of their arrays, and evidence compared number by number."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, fields
from functools import partial

import pytest

from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.pairing import pair_by_id
from pytest_evalgate.artifacts.reduced import ArrayColumn, ArrayReduction
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.artifacts.sample import Sample
from pytest_evalgate.evidence import GateEvidence
from pytest_evalgate.gate import engine, samples, tables
from pytest_evalgate.gate.tables import Tables
from pytest_evalgate.spec.build import read_gate
from pytest_evalgate.spec.model import Rule, Where
from pytest_evalgate.surroundings import Surroundings


class Offering(ArmTable):
    """A table that offers aggregates of what reading its rows gives."""

    __slots__ = ()

    def reduce(self, request: SampleRequest) -> ArrayColumn | None:
        sample = extract(self, request)
        return _column(sample)

    def reduce_pairs(
        self, request: SampleRequest, other: object, other_request: SampleRequest
    ) -> ArrayReduction | None:
        assert isinstance(other, ArmTable)
        both = extract(self, request), extract(other, other_request)
        if any(_column(sample) is None for sample in both):
            return None
        pairs = pair_by_id(*both)
        return ArrayReduction(
            ids=pairs.ids,
            first=pairs.candidate,
            second=pairs.baseline,
            notes=(both[0].notes, both[1].notes),
        )


def _column(sample: Sample) -> ArrayColumn | None:
    if sample.missing or sample.repeats > 1:
        return None
    return ArrayColumn(values=sample.values, notes=sample.notes)


def offering(table: ArmTable) -> Offering:
    """Return the same table, which offers aggregates."""
    known = [field.name for field in fields(table) if field.init]
    return Offering(**{name: getattr(table, name) for name in known})


class Judge:
    """Judges gates from rows, and from aggregates; keeps the ids of rules that then read rows."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.patch = patch
        self.read: list[str] = []

    def both(self, text: str, around: Surroundings) -> tuple[GateEvidence, GateEvidence]:
        """Return the evidence from rows and from aggregates."""
        by_rows = engine.evaluate(read_gate(text.encode(), "gate.yaml"), around)
        return by_rows, self.reduced(text, around, lambda *given: offering(load_arm(*given)))

    def reduced(
        self, text: str, around: Surroundings, load: Callable[[ArmRequest, Iterable[str]], ArmTable]
    ) -> GateEvidence:
        """Return the evidence from the aggregates of tables as ``load`` gives them."""
        spec = read_gate(text.encode(), "gate.yaml")
        arms = samples._arms

        def reading(
            found: Tables, rule: Rule, extra: Where, against: Where | None
        ) -> tuple[Sample, Sample | None]:
            self.read.append(rule.id)
            return arms(found, rule, extra, against)

        with self.patch.context() as patch:
            patch.setattr(tables, "load_arm", load)
            patch.setattr(samples, "_arms", reading)
            patch.setattr(engine, "Tables", partial(Tables, reduced_from=1))
            return engine.evaluate(spec, around)


def differences(one: GateEvidence, other: GateEvidence, *, rel: float = 1e-9) -> list[str]:
    """Name what differs beyond rounding in what was judged and planned; digests are left out.

    The contract is left out too: it compares rows.
    """
    left, right = _judged(one), _judged(other)
    return [
        f"{where}: {left.get(where)!r} and {right.get(where)!r}"
        for where in sorted(left.keys() | right.keys())
        if not _is_alike(left.get(where), right.get(where), rel)
    ]


def _is_alike(one: object, other: object, rel: float) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=rel, abs_tol=1e-14)
    return type(one) is type(other) and one == other


def _judged(evidence: GateEvidence) -> dict[str, object]:
    record = asdict(evidence)
    parts = ((name, record[name]) for name in ("rules", "families", "plan"))
    return {where: leaf for name, part in parts for where, leaf in _leaves(part, name)}


def _leaves(value: object, where: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, child in value.items():
            if key != "digest":
                yield from _leaves(child, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        yield where, len(value)
        for place, child in enumerate(value):
            yield from _leaves(child, f"{where}[{place}]")
    else:
        yield where, value
