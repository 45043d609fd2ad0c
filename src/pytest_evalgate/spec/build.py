"""A gate file's bytes -> GateSpec; every problem of the file is gathered before one is raised."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace

from pytest_evalgate.errors import SpecErrors
from pytest_evalgate.formats import BUILT_IN, Format
from pytest_evalgate.spec.build_artifacts import build_artifacts
from pytest_evalgate.spec.build_claims import Surroundings, is_proof
from pytest_evalgate.spec.build_corrections import build_correction
from pytest_evalgate.spec.build_metrics import build_metrics
from pytest_evalgate.spec.build_rules import Ruling, build_rules
from pytest_evalgate.spec.feasibility import check_feasibility
from pytest_evalgate.spec.fields import Fields, open_fields
from pytest_evalgate.spec.keys import GATE_COUNTS, TOP
from pytest_evalgate.spec.model import GateSpec, OnInconclusive
from pytest_evalgate.spec.nodes import BrokenNode, Entry, MappingNode, Node, ScalarNode, parse
from pytest_evalgate.spec.numerals import at_least, number, whole
from pytest_evalgate.spec.problems import Problems, refusal
from pytest_evalgate.spec.scalars import choice, gate_name, is_name, kind
from pytest_evalgate.spec.source import MAX_BYTES, decode


_VERSION = 1
_GATE_LINE = re.compile(
    rb"""^["']?gate["']?:[ ]+["']?([A-Za-z0-9._-]+)["']?[ ]*(?:#.*)?\r?$""", re.MULTILINE
)


def read_gate(data: bytes, path: str, *, formats: Mapping[str, Format] = BUILT_IN) -> GateSpec:
    """Read a gate file.

    Args:
        data: The bytes of the file.
        path: How messages name it.
        formats: What `reader` may name.

    Raises:
        SpecErrors: all problems of the file, in its order; nothing else is ever raised.
    """
    source, text = decode(data, path=path)
    problems = Problems(source)
    node = parse(text, problems)
    if node is None:
        problems.raise_if_any()
    top = _top(node, problems)
    spec = _build(top, formats, path=path, sha256=hashlib.sha256(data).hexdigest())
    problems.raise_if_any()
    return spec


def peek_name(data: bytes) -> str | None:
    """Say how a gate file calls its gate, whatever else is wrong with it."""
    try:
        source, text = decode(data, path="")
        node = parse(text, Problems(source))
    except SpecErrors:
        node = None
    for entry in node.entries if isinstance(node, MappingNode) else ():
        if entry.key.text == "gate" and isinstance(entry.value, ScalarNode):
            return entry.value.text if is_name(entry.value.text) else None
    match = _GATE_LINE.search(data[:MAX_BYTES])
    found = match[1].decode("ascii") if match else ""
    return found if is_name(found) else None


def _top(node: Node | None, problems: Problems) -> Fields:
    start = ScalarNode(text="", is_quoted=False, line=1, column=1)
    if not isinstance(node, MappingNode | BrokenNode | None):
        problems.add(
            f"expected a mapping, found {kind(node)}",
            at=node,
            hint="begin with `version: 1` and `gate: name`",
        )
        problems.raise_if_any()
    entry = Entry(key=start, value=node or start)
    top = open_fields(entry, TOP, what="the gate file", problems=problems)
    top.require(TOP)
    return top


def _build(top: Fields, formats: Mapping[str, Format], *, path: str, sha256: str) -> GateSpec:
    top.read("version", _version, _VERSION)
    alpha = top.read("alpha", _alpha, 0.05)
    for key in GATE_COUNTS:  # reported even where no rule falls back to them
        top.read(key, at_least(2), 2)
    artifacts = build_artifacts(top, formats)
    metrics = build_metrics(top, artifacts)
    ruling = build_rules(Surroundings(top=top, artifacts=artifacts, metrics=metrics))
    correction = build_correction(top, ruling)
    shares = correction.weights
    spec = GateSpec(
        path=path,
        sha256=sha256,
        name=top.read("gate", gate_name, ""),
        alpha=alpha,
        power=top.read("power", _power, 0.8),
        correction=correction.method,
        graph=correction.graph,
        seed=top.read("seed", at_least(0), 0),
        on_inconclusive=top.read("on_inconclusive", choice(OnInconclusive), OnInconclusive.BLOCK),
        artifacts=tuple(artifact for artifact in artifacts.values() if artifact),
        metrics=tuple(metric for metric in metrics.values() if metric),
        rules=tuple(
            replace(draft.rule, weight=shares.get(draft.rule.id, draft.rule.weight))
            for draft in ruling.drafts
        ),
        groups=tuple(
            replace(draft.group, weight=shares.get(draft.group.id, draft.group.weight))
            for draft in ruling.groups
        ),
    )
    check_feasibility(
        ruling.drafts,
        alpha=alpha,
        correction=correction.method,
        proofs=sum(is_proof(entry) for entry, _ in ruling.entries()),
    )
    _require_proof(top, ruling)
    return spec


def _require_proof(top: Fields, ruling: Ruling) -> None:
    rules = top.node("rules")
    is_whole = isinstance(rules, MappingNode) and len(top.problems) == 0
    if is_whole and not any(is_proof(entry) for entry, _ in ruling.entries()):
        top.add(
            "no rule has to be proven: alarms and warnings alone promote anything",
            key="rules",
            hint="add a superiority, non_inferiority, equivalence or threshold rule of "
            "severity block or escalate",
        )


def _version(node: Node) -> int:
    found = whole(node)
    if found != _VERSION:
        raise refusal(node, f"must be {_VERSION}, found {found}", f"known versions: {_VERSION}")
    return found


def _alpha(node: Node) -> float:
    value = number(node)
    if 0 < value < 0.5:
        return value
    hint = "write 0.05 for 5 %"
    if 1 <= value < 50:
        hint = f"did you mean {value / 100:g}?"
    elif 50 < value < 100:
        hint = f"did you mean {(100 - value) / 100:g}?"
    elif 0.5 < value < 1:
        hint = f"did you mean {1 - value:.3g}?"
    raise refusal(node, f"must lie above 0 and below 0.5, found {value:g}", hint)


def _power(node: Node) -> float:
    value = number(node)
    if 0.5 < value < 1:
        return value
    hint = f"did you mean {value / 100:g}?" if 50 < value < 100 else "write 0.8"
    raise refusal(node, f"must lie above 0.5 and below 1, found {value:g}", hint)
