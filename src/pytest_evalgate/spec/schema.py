"""The JSON schema of gate files, for editors that complete and check while one types.

It knows the keys, words and shapes; what keys must be together is told by ``read_gate`` alone.
``gate.schema.json`` beside this module is ``schema()`` as text.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pytest_evalgate.spec import keys
from pytest_evalgate.spec.build_limits import LIMIT_TEXT
from pytest_evalgate.spec.descriptions import (
    ARM_KEYS,
    ARTIFACT_KEYS,
    CONTRACT_KEYS,
    JOIN_KEYS,
    METRIC_KEYS,
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
    Missing,
    OnInconclusive,
    Others,
    Pair,
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
            "contract": _mapping(keys.CONTRACT, _described(_contract(), CONTRACT_KEYS)),
            "artifact": _mapping(keys.ARTIFACT, _described(_artifact(), ARTIFACT_KEYS)),
            "metric": _mapping(keys.METRIC, _described(_metric(), METRIC_KEYS)),
            "slices": _mapping(keys.SLICES, _described(_slices(), SLICES_KEYS)),
            "rule": _mapping(  # not required here: defaults may hold the rest
                keys.RULE, _described(_rule(), RULE_KEYS), is_required=False
            ),
        },
    }


def _top() -> Schema:
    return {
        "version": {"const": 1},
        "gate": {"type": "string", **_NAME},
        "alpha": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5},
        "power": {"type": "number", "exclusiveMinimum": 0.5, "exclusiveMaximum": 1},
        "correction": {"enum": list(keys.CORRECTIONS)},
        "min_runs": _COUNT,
        "min_samples": _COUNT,
        "seed": {"type": "integer", "minimum": 0},
        "on_inconclusive": _words(OnInconclusive),
        "defaults": {"$ref": "#/$defs/rule"},
        "artifacts": _named({"$ref": "#/$defs/artifact"}),
        "contract": {"$ref": "#/$defs/contract"},
        "metrics": _named({"$ref": "#/$defs/metric"}),
        "rules": _named({"$ref": "#/$defs/rule"}),
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
    }


def _metric() -> Schema:
    arms = _described({"candidate": _TEXT, "baseline": _TEXT}, WIDE_VALUE_KEYS)
    statistics = [{"enum": list(keys.STATISTICS)}, {"pattern": r"^p[0-9]{1,2}(\.[0-9]{1,9})?$"}]
    return {
        "artifact": _TEXT,
        "value": {"anyOf": [_TEXT, _mapping(keys.WIDE_VALUE, arms)]},
        "label": _TEXT,
        "prediction": _TEXT,
        "statistic": {"type": "string", "anyOf": statistics},
        "better": _words(Better),
        "kind": _words(Kind),
        "range": {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2},
        "scale": {"type": "number", "exclusiveMinimum": 0},
        "na": {"$ref": "#/$defs/scalars"},
        "map": {"type": "object", "minProperties": 1, "additionalProperties": _NUMBER},
        "unit": _TEXT,
        "where": _WHERE,
    }


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
    }


def _slices() -> Schema:
    lists = {"type": "object", "additionalProperties": {"$ref": "#/$defs/columns"}}
    return {
        "by": _COLUMNS,
        "values": {"anyOf": [_list(_TEXT), lists]},
        "others": _words(Others),
        "on_small": {"enum": ["invalid", "observe"]},
        "min_samples": _COUNT,
        "require": {"const": "all"},
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
