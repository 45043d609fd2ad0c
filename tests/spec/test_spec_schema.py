"""The JSON schema for editors: equal to the file, to the keys, and to what is read."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # has no types

import pytest_evalgate.spec
from pytest_evalgate.errors import SpecErrors
from pytest_evalgate.spec import keys, read_gate, schema


COMMITTED = Path(pytest_evalgate.spec.__file__).with_name("gate.schema.json")
SMALLEST: dict[str, Any] = {
    "version": 1,
    "gate": "digits",
    "artifacts": {"evals": {"candidate": "new.jsonl", "baseline": "old.jsonl", "id": "i"}},
    "metrics": {"accuracy": {"value": "correct", "better": "higher"}},
    "rules": {"holds": {"metric": "accuracy", "claim": "non_inferiority", "margin": "2pp"}},
}

MEMBER = {"metric": "accuracy", "claim": "superiority"}


def is_valid(gate: object) -> bool:
    return bool(Draft202012Validator(schema()).is_valid(gate))


def is_readable(gate: object) -> bool:
    try:
        read_gate(json.dumps(gate).encode(), "gate.yaml")
    except SpecErrors:
        return False
    return True


def changed(path: str, value: object) -> dict[str, Any]:
    gate: dict[str, Any] = json.loads(json.dumps(SMALLEST))
    *folders, key = path.split("/")
    place = gate
    for folder in folders:
        place = place.setdefault(folder, {})
    place[key] = value
    return gate


def test_committed_file_is_the_schema() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == json.dumps(schema(), indent=2) + "\n"


def test_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize(
    ("known", "place"),
    [
        (keys.TOP, []),
        (keys.ARTIFACT, ["$defs", "artifact"]),
        (keys.ARM, ["$defs", "arm", "anyOf", 1]),
        (keys.CONTRACT, ["$defs", "contract"]),
        (keys.METRIC, ["$defs", "metric"]),
        (keys.RULE, ["$defs", "rule"]),
        (keys.SLICES, ["$defs", "slices"]),
        (keys.DEFAULTS, ["$defs", "defaults"]),
        (keys.GROUP, ["$defs", "group"]),
        (keys.MEMBER, ["$defs", "member"]),
        (keys.CORRECTION, ["properties", "correction", "anyOf", 1]),
        (keys.NORMALIZE, ["$defs", "metric", "properties", "normalize"]),
        (keys.ASSUME, ["$defs", "metric", "properties", "assume"]),
    ],
)
def test_schema_knows_the_keys_that_are_read(known: keys.Keys, place: list[str | int]) -> None:
    part: Any = schema()
    for step in place:
        part = part[step]
    assert set(part["properties"]) == set(known.known)
    assert not set(known.known) & set(known.later)
    assert set(known.required) <= set(known.known)


def properties(part: object) -> Iterator[tuple[str, Any]]:
    """Yield every property of a schema, at any depth."""
    if isinstance(part, list):
        for item in part:
            yield from properties(item)
    elif isinstance(part, dict):
        yield from part.get("properties", {}).items()
        for item in part.values():
            yield from properties(item)


def test_every_key_has_one_sentence_that_editors_show() -> None:
    found = list(properties(schema()))
    assert len(found) > 70
    for key, value in found:
        words = value.get("description", "")
        assert words.endswith("."), key
        assert 10 < len(words) < 160, key
        assert words[0].isupper(), key


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("alpha", 0.01),
        ("correction", "holm"),
        ("defaults", {"severity": "escalate", "owner": "me"}),
        ("contract", {"same": [], "missing": "drop", "max_missing": 0.01}),
        ("contract/equal", {"a": "v3", "b": 2, "c": {"env": "GITHUB_SHA"}}),
        ("contract/equal", {"a": {"candidate": "v7", "baseline": {"env": "BASE_SHA"}}}),
        ("contract/max_age", "14d"),
        ("contract/max_age", {"candidate": "30m", "baseline": "52w"}),
        ("contract/expect_files", 5),
        ("contract/expect_files", {"candidate": 5}),
        ("contract/expect_split", 0.5),
        ("contract/machine", "any"),
        ("artifacts/evals/baseline", {"path": "x", "sha256": "0a" * 32}),
        ("artifacts/evals/candidate", ["a", "b"]),
        ("artifacts/evals/where", {"cached": False, "split": ["a", 1, None]}),
        ("artifacts/evals/baseline", {"path": "x", "columns": {"a": "b"}}),
        ("artifacts/evals/join", {"gold": {"path": "g.csv", "by": ["i"], "match": "both"}}),
        ("metrics/accuracy/statistic", "mean"),
        ("metrics/accuracy/map", {"C": 1, "I": 0}),
        ("metrics/accuracy/na", [-1, "N/A", None]),
        ("metrics/accuracy/range", [0, 1]),
        ("rules/holds/margin", 0.02),
        ("rules/holds/slices", {"by": "l", "values": ["de", 1]}),
        ("rules/holds/slices", {"by": ["a", "b"], "values": {"a": ["x"], "b": ["y"]}}),
        ("rules/holds/metric", ["accuracy"]),
        ("rules/holds/expect", "-1pp"),
        ("metrics/accuracy/macro", "task"),
        ("metrics/accuracy/gold", "people"),
        ("metrics/accuracy/assume", {"sd": 0.4, "correlation": 0.5}),
        ("correction", {"method": "graphical", "weights": {"holds": 1}, "transitions": {}}),
        ("correction", {"method": "holm", "weights": {"holds": 2}}),
        ("rules/one", {"any_of": dict.fromkeys("ab", MEMBER), "correction": "max_t"}),
    ],
)
def test_good_file_is_good_for_both(path: str, value: object) -> None:
    gate = changed(path, value)
    assert is_valid(gate)
    assert is_readable(gate)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("version", 2),
        ("gate", "Decision"),
        ("gate", "a b"),
        ("alpha", 5),
        ("alpha", 0),
        ("power", 0.5),
        ("min_runs", 1),
        ("correction", "max_t"),
        ("colour", "red"),
        ("waivers", []),
        ("rules", {}),
        ("rules", []),
        ("contract/overlap", 95),
        ("contract/max_age", "14 days"),
        ("contract/max_age", 14),
        ("contract/max_age", "0d"),
        ("contract/equal", ["a"]),
        ("contract/equal", {}),
        ("contract/equal", {"a": None}),
        ("contract/equal", {"a": {"env": "A B"}}),
        ("contract/equal", {"a": {"env": "A", "candidate": "x"}}),
        ("contract/expect_files", 0),
        ("contract/expect_files", {}),
        ("contract/expect_split", 1),
        ("contract/machine", "other"),
        ("artifacts/evals/reader", "parkett"),
        ("artifacts/evals/baseline", {"path": "x", "sha256": "9f"}),
        ("artifacts/evals/candidate", []),
        ("artifacts/evals/id", None),
        ("metrics/accuracy/better", "up"),
        ("metrics/accuracy/statistic", "auc"),
        ("metrics/accuracy/range", [0]),
        ("metrics/accuracy/scale", 0),
        ("metrics/accuracy/k", 0),
        ("metrics/accuracy/judge", "yes"),
        ("metrics/accuracy/normalize", {"zero": "a"}),
        ("metrics/accuracy/assume", {}),
        ("metrics/accuracy/assume", {"correlation": 1}),
        ("correction", "graphical"),
        ("correction", {"method": "bonferroni"}),
        ("correction", {"weights": {"holds": 1}}),
        ("defaults", {"weight": 1}),
        ("rules/holds/weight", 0),
        ("rules/holds/correction", "holm"),
        ("rules/one", {"any_of": {"a": {"metric": "accuracy", "claim": "superiority"}}}),
        ("rules/holds/margin", "5 %"),
        ("rules/holds/margin", -1),
        ("rules/holds/claim", "non-inferiority"),
        ("rules/holds/severity", "info"),
        ("rules/holds/any_of", {}),
        ("rules/holds/slices", {"by": "l"}),
        ("rules/decision", {"metric": "accuracy", "claim": "superiority"}),
    ],
)
def test_bad_file_is_bad_for_both(path: str, value: object) -> None:
    gate = changed(path, value)
    assert not is_valid(gate)
    assert not is_readable(gate)


def test_yaml_of_the_documentation_is_valid() -> None:
    text = "rules: {r: {metric: accuracy, claim: threshold, min: 0.9, why: SLO 12}}"
    assert is_valid(SMALLEST | yaml.safe_load(text))
