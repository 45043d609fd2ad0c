"""How the levels of the top-level rules are corrected: a method, weights, a graph."""

from dataclasses import dataclass, field

from pytest_evalgate.spec.build_arms import UNKNOWN
from pytest_evalgate.spec.build_graphs import LARGEST_SUM, build_graph, weights
from pytest_evalgate.spec.build_rules import Ruling
from pytest_evalgate.spec.families import Family
from pytest_evalgate.spec.fields import Fields
from pytest_evalgate.spec.keys import CORRECTION, CORRECTIONS, WEIGHTED
from pytest_evalgate.spec.model import Graph
from pytest_evalgate.spec.nodes import MappingNode, Node
from pytest_evalgate.spec.problems import listed, refusal
from pytest_evalgate.spec.scalars import scalar_of, word


_TAKES_WEIGHTS = ("holm", "fallback")
_GRAPH = "{method: graphical, weights: {a: 1}, transitions: {a: {b: 1}}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A correction as the file writes it."""

    method: str = "auto"
    graph: Graph | None = None
    weights: dict[str, float] = field(default_factory=dict)  # by id; of a mapping, not of rules


def build_correction(top: Fields, ruling: Ruling) -> Correction:
    """Read the correction and hold its weights against the rules."""
    family = Family.of(ruling)
    if not isinstance(top.node("correction"), MappingNode):
        method = top.read("correction", _method, "auto", broken=UNKNOWN)
        _check_own_weights(method, top, family)
        return Correction(method=method)
    fields = top.open("correction", CORRECTION) or top
    fields.require(CORRECTION)
    method = fields.read("method", _weighted_method, "")
    if method == "graphical":
        family.refuse_weights("and correction 'graphical' has weights of its own")
        return Correction(method=method, graph=build_graph(fields, family))
    if "transitions" in fields.entries and method:
        fields.add(
            f"'transitions' belong to method 'graphical', found {method!r}",
            key="transitions",
            hint="take them out, or write `method: graphical`",
        )
    shares = weights(fields, family, is_zero_allowed=False)
    if shares:
        family.refuse_weights("and 'weights' in 'correction' are given for all rules")
        if method:
            _check_shares(method, shares, fields, family)
    elif not fields.has("weights") and method:
        _check_own_weights(method, top, family)
    return Correction(method=method or "auto", weights=shares)


def _method(node: Node) -> str:
    if scalar_of(node, f"one of {listed(CORRECTIONS)}").text == "graphical":
        raise refusal(node, "'graphical' needs weights", f"write `correction: {_GRAPH}`")
    return word(CORRECTIONS)(node)


def _weighted_method(node: Node) -> str:
    found = scalar_of(node, f"one of {listed(WEIGHTED)}").text
    if found in CORRECTIONS and found not in WEIGHTED:
        message = f"cannot be {found!r}, which takes no weights; known here: {listed(WEIGHTED)}"
        raise refusal(node, message, f"write `correction: {found}`")
    return word(WEIGHTED)(node)


def _check_own_weights(method: str, top: Fields, family: Family) -> None:
    """Check the weights that rules give themselves."""
    if method == UNKNOWN:
        return
    if method not in _TAKES_WEIGHTS:
        family.refuse_weights(f"which needs correction holm or fallback, found {method!r}")
        return
    family.refuse_unproven_weights()
    if family.weights or method == "fallback":
        for name, fields in family.unweighted():
            fields.add(
                f"{fields.what} has no 'weight', and correction {method!r} "
                + ("needs" if method == "fallback" else "with weights needs")
                + f" one of every rule that must be proven: {name!r}",
                hint="add `weight: 1`, or take the weights of the others out"
                if method == "holm"
                else "add `weight: 0.5`: shares of alpha, together at most 1",
            )
    if method == "fallback":
        _check_sum(family.weights, top, key="correction")


def _check_shares(method: str, shares: dict[str, float], fields: Fields, family: Family) -> None:
    """Check the weights that the correction gives to rules."""
    lacking = [name for name in family.proofs if name not in shares]
    if lacking:
        fields.add(
            f"'weights' in {fields.what} lack {listed(map(repr, lacking))}",
            key="weights",
            hint=f"add `{lacking[0]}: 0.5`: every rule that must be proven needs a weight",
        )
    if method == "fallback":
        _check_sum(shares, fields, key="weights")


def _check_sum(shares: dict[str, float], fields: Fields, *, key: str) -> None:
    total = sum(shares.values())
    if total > LARGEST_SUM:
        fields.add(
            f"the weights of correction 'fallback' are shares of alpha, and sum to {total:.6g}, "
            "more than 1",
            key=key,
            hint="write smaller ones, such as 0.5 and 0.5",
        )
