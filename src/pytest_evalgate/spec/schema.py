"""The JSON schema of gate files, for editors that complete and check while one types.

It knows the keys, words and shapes; what keys must be together is told by ``read_gate`` alone.
``gate.schema.json`` beside this module is ``schema()`` as text.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pytest_evalgate.spec import keys
from pytest_evalgate.spec.build_expected import AGE, VARIABLE
from pytest_evalgate.spec.build_limits import LIMIT_TEXT
from pytest_evalgate.spec.build_pins import DIGEST
from pytest_evalgate.spec.descriptions import (
    ARM_KEYS,
    ARTIFACT_KEYS,
    ASSUME_KEYS,
    CONTRACT_KEYS,
    CORRECTION_KEYS,
    EXPECTED_KEYS,
    GROUP_KEYS,
    JOIN_KEYS,
    MEMBER_KEYS,
    METRIC_KEYS,
    NORMALIZE_KEYS,
    RULE_KEYS,
    SLICES_KEYS,
    TOP_KEYS,
    WIDE_VALUE_KEYS,
)
from pytest_evalgate.spec.keys import Keys
from pytest_evalgate.spec.model import (
    Better,
    Claim,
    Kind,
    Machine,
    Missing,
    OnInconclusive,
    Others,
    Over,
    Pair,
    Require,
    Severity,
)
from pytest_evalgate.spec.scalars import NAME_PATTERN, RESERVED_NAME


Schema = dict[str, Any]

_TEXT: Schema = {"type": ["string", "number", "boolean"], "minLength": 1}
_NUMBER: Schema = {"type": "number"}
_COUNT: Schema = {"type": "integer", "minimum": 2}
_SCALAR: Schema = {"type": ["string", "number", "boolean", "null"]}
_COLUMNS: Schema = {"$ref": "#/$defs/columns"}
_LIMIT: Schema = {"$ref": "#/$defs/limit"}
_WHERE: Schema = {"type": "object", "additionalProperties": {"$ref": "#/$defs/scalars"}}
_NAME: Schema = {
    "pattern": f"^{NAME_PATTERN}$",
    "not": {"pattern": f"^[{']['.join(f'{c}{c.upper()}' for c in RESERVED_NAME)}]$"},
}


def schema() -> Schema:
    """Describe gate files as a JSON schema, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:pytest-evalgate:gate:1",
        "title": "pytest-evalgate gate file",
        **_mapping(keys.TOP, _described(_top(), TOP_KEYS)),
        "$defs": {
            "scalars": {"anyOf": [_SCALAR, _list(_SCALAR)]},
            "columns": {"anyOf": [_TEXT, _list(_TEXT)]},
            "names": {"anyOf": [_TEXT, {**_list(_TEXT), "minItems": 0}]},
            "paths": {"anyOf": [{"type": "string", "minLength": 1}, _list({"type": "string"})]},
            "limit": {
                "anyOf": [
                    {"type": "number", "minimum": 0},
                    {"type": "string", "pattern": f"^{LIMIT_TEXT}$"},
                ]
            },
            "arm": {
                "anyOf": [
                    {"$ref": "#/$defs/paths"},
                    _mapping(keys.ARM, _described(_reading(), ARM_KEYS)),
                ]
            },
            "expected": {"anyOf": [_TEXT, _expected()]},
            "contract": _mapping(keys.CONTRACT, _described(_contract(), CONTRACT_KEYS)),
            "artifact": _mapping(keys.ARTIFACT, _described(_artifact(), ARTIFACT_KEYS)),
            "metric": _mapping(keys.METRIC, _described(_metric(), METRIC_KEYS)),
            "slices": _mapping(keys.SLICES, _described(_slices(), SLICES_KEYS)),
            # Nothing is required of these: defaults may hold the rest.
            "defaults": _part_of_rule(keys.DEFAULTS),
            "rule": _part_of_rule(keys.RULE),
            "group": _mapping(keys.GROUP, _described(_group(), GROUP_KEYS)),
            "member": _part_of_rule(keys.MEMBER) | {"properties": _member()},
            "entry": {
                "if": {"type": "object", "required": ["any_of"]},
                "then": {"$ref": "#/$defs/group"},
                "else": {"$ref": "#/$defs/rule"},
            },
        },
    }


def _top() -> Schema:
    return {
        "version": {"const": 1},
        "gate": {"type": "string", **_NAME},
        "alpha": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5},
        "power": {"type": "number", "exclusiveMinimum": 0.5, "exclusiveMaximum": 1},
        "correction": {
            "anyOf": [
                {"enum": list(keys.CORRECTIONS)},
                _mapping(keys.CORRECTION, _described(_correction(), CORRECTION_KEYS)),
            ]
        },
        "min_runs": _COUNT,
        "min_samples": _COUNT,
        "seed": {"type": "integer", "minimum": 0},
        "on_inconclusive": _words(OnInconclusive),
        "defaults": {"$ref": "#/$defs/defaults"},
        "artifacts": _named({"$ref": "#/$defs/artifact"}),
        "contract": {"$ref": "#/$defs/contract"},
        "metrics": _named({"$ref": "#/$defs/metric"}),
        "rules": _named({"$ref": "#/$defs/entry"}),
    }


def _reading() -> Schema:
    return {
        "path": {"$ref": "#/$defs/paths"},
        "reader": {"enum": list(keys.READERS)},
        "id": _COLUMNS,
        "run": _TEXT,
        "repeat": _TEXT,
        "cluster": _COLUMNS,
        "where": _WHERE,
        "columns": {"type": "object", "additionalProperties": _TEXT},
        "join": _named(_mapping(keys.JOIN, _described(_join(), JOIN_KEYS))),
        "sha256": {"type": "string", "pattern": f"^{DIGEST}$"},
    }


def _join() -> Schema:
    return {
        "path": {"type": "string", "minLength": 1},
        "by": _COLUMNS,
        "match": {"enum": list(keys.MATCHES)},
        "reader": {"enum": list(keys.READERS)},
    }


def _artifact() -> Schema:
    return {
        "candidate": {"$ref": "#/$defs/arm"},
        "baseline": {"$ref": "#/$defs/arm"},
        "baselines": _named({"$ref": "#/$defs/arm"}),
        **_reading(),
        "contract": {"$ref": "#/$defs/contract"},
    }


def _contract() -> Schema:
    return {
        "same": {"$ref": "#/$defs/names"},
        "present": {"$ref": "#/$defs/names"},
        "overlap": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        "missing": _words(Missing),
        "max_missing": {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
        "equal": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "anyOf": [
                    {"$ref": "#/$defs/expected"},
                    {**_named({"$ref": "#/$defs/expected"}), "not": {"required": ["env"]}},
                ]
            },
        },
        "max_age": _by_arm({"type": "string", "pattern": f"^{AGE}$"}),
        "expect_files": _by_arm({"type": "integer", "minimum": 1}),
        "expect_split": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        "machine": _words(Machine),
    }


def _expected() -> Schema:
    """Describe what a column must be equal to: a literal or a variable."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["env"],
        "properties": _described(
            {"env": {"type": "string", "pattern": f"^{VARIABLE}$"}}, EXPECTED_KEYS
        ),
    }


def _by_arm(part: Schema) -> Schema:
    """Describe a value for every arm, or one for each arm that is named."""
    return {"anyOf": [part, _named(part)]}


def _metric() -> Schema:
    arms = _described({"candidate": _TEXT, "baseline": _TEXT}, WIDE_VALUE_KEYS)
    statistics = [{"enum": list(keys.STATISTICS)}, {"pattern": r"^p[0-9]{1,2}(\.[0-9]{1,9})?$"}]
    return {
        "artifact": _TEXT,
        "value": {"anyOf": [_TEXT, _mapping(keys.WIDE_VALUE, arms)]},
        "label": _TEXT,
        "prediction": _TEXT,
        "score": _TEXT,
        "statistic": {"type": "string", "anyOf": statistics},
        "k": {"type": "integer", "minimum": 1},
        "per": _TEXT,
        "covariate": _TEXT,
        "task": _TEXT,
        "macro": _TEXT,
        "over": _words(Over),
        "normalize": _mapping(
            keys.NORMALIZE, _described({"zero": _TEXT, "one": _TEXT}, NORMALIZE_KEYS)
        ),
        "judge": {"type": "boolean"},
        "gold": _TEXT,
        "better": _words(Better),
        "kind": _words(Kind),
        "range": {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2},
        "scale": {"type": "number", "exclusiveMinimum": 0},
        "na": {"$ref": "#/$defs/scalars"},
        "map": {"type": "object", "minProperties": 1, "additionalProperties": _NUMBER},
        "unit": _TEXT,
        "where": _WHERE,
        "assume": {
            **_mapping(keys.ASSUME, _described(_assumed(), ASSUME_KEYS)),
            "minProperties": 1,
        },
    }


def _assumed() -> Schema:
    return {
        "sd": {"type": "number", "exclusiveMinimum": 0},
        "correlation": {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
        "sd_run": {"type": "number", "minimum": 0},
        "rate": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        "discordance": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    }


def _correction() -> Schema:
    shares = _named({"type": "number", "minimum": 0})
    return {
        "method": {"enum": list(keys.WEIGHTED)},
        "weights": shares,
        "transitions": {"type": "object", "propertyNames": _NAME, "additionalProperties": shares},
    }


def _part_of_rule(known: Keys) -> Schema:
    """Describe the keys of a rule that a mapping may hold, none of them required."""
    described = _described(_rule(), RULE_KEYS)
    properties = {key: described[key] for key in known.known}
    return _mapping(known, properties, is_required=False)


def _member() -> Schema:
    """Describe a member of a group: a rule without what belongs to the group."""
    claims = [claim.value for claim in Claim if claim is not Claim.DETERIORATION]
    own = {"metric": _TEXT, "claim": {"enum": claims}}
    described = _described(_rule() | own, RULE_KEYS | MEMBER_KEYS)
    return {key: described[key] for key in keys.MEMBER.known}


def _group() -> Schema:
    members = {**_named({"$ref": "#/$defs/member"}), "minProperties": 2}
    shared = {key: value for key, value in _rule().items() if key in keys.GROUP.known}
    return {"any_of": members, "correction": {"enum": list(keys.GROUP_CORRECTIONS)}, **shared}


def _rule() -> Schema:
    return {
        "metric": _COLUMNS,
        "claim": _words(Claim),
        "min_effect": _LIMIT,
        "margin": _LIMIT,
        "min": _NUMBER,
        "max": _NUMBER,
        "tolerance": _LIMIT,
        "method": {"enum": list(keys.METHODS)},
        "pair": _words(Pair),
        "against": _TEXT,
        "min_runs": _COUNT,
        "min_samples": _COUNT,
        "severity": _words(Severity),
        "slices": {"$ref": "#/$defs/slices"},
        "expect": {"anyOf": [_NUMBER, {"type": "string", "pattern": "^[-+]?[0-9.]+pp$"}]},
        "owner": _TEXT,
        "why": _TEXT,
        "action": _TEXT,
        "weight": {"type": "number", "exclusiveMinimum": 0},
    }


def _slices() -> Schema:
    lists = {"type": "object", "additionalProperties": {"$ref": "#/$defs/columns"}}
    return {
        "by": _COLUMNS,
        "values": {"anyOf": [_list(_TEXT), lists]},
        "others": _words(Others),
        "on_small": {"enum": ["invalid", "observe"]},
        "min_samples": _COUNT,
        "require": _words(Require),
    }


def _described(properties: Schema, words: Mapping[str, str]) -> Schema:
    """Add to each property the sentence that an editor shows for it."""
    return {key: {"description": words[key], **value} for key, value in properties.items()}


def _mapping(known: Keys, properties: Schema, *, is_required: bool = True) -> Schema:
    required = {"required": list(known.required)} if is_required and known.required else {}
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        **required,
    }


def _named(value: Schema) -> Schema:
    return {
        "type": "object",
        "minProperties": 1,
        "propertyNames": _NAME,
        "additionalProperties": value,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items, "minItems": 1}


def _words(options: type[StrEnum]) -> Schema:
    return {"enum": [option.value for option in options]}
