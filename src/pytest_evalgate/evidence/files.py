"""Evidence files: the records as JSON text, and back."""

import json
from dataclasses import asdict
from typing import Any

from pytest_evalgate.evidence.records import (
    SCHEMA,
    Action,
    ArtifactFile,
    Bounds,
    ContractCheck,
    Counts,
    Decision,
    Effect,
    Family,
    GateEvidence,
    GateFacts,
    Histogram,
    JointBound,
    Mover,
    Movers,
    Needed,
    Picture,
    Power,
    Provenance,
    RuleEvidence,
    RunFacts,
    Scale,
    Verdict,
)


def to_json(evidence: GateEvidence) -> str:
    """Write evidence as the text of an evidence file."""
    record = asdict(evidence)
    for family in record["families"]:
        if not family["bounds"]:  # only a family under holm has any
            del family["bounds"]
    if not record["provenance"]["readers"]:  # only where a team's own reader was used
        del record["provenance"]["readers"]
    return json.dumps(record, indent=1, allow_nan=False) + "\n"


def from_json(text: str) -> GateEvidence:
    """Read the text of an evidence file back.

    Raises:
        ValueError, TypeError, KeyError: it is not an evidence file of this schema.
    """
    record = json.loads(text)
    if record["schema"] != SCHEMA:
        raise ValueError(f"evidence has schema {record['schema']!r}, this version reads {SCHEMA!r}")
    provenance = dict(record["provenance"])
    provenance["artifacts"] = tuple(ArtifactFile(**one) for one in provenance["artifacts"])
    return GateEvidence(
        schema=record["schema"],
        run=RunFacts(**_tuples(record["run"], "args", "plugins")),
        gate=GateFacts(**record["gate"]),
        decision=Decision(
            **{
                **_tuples(record["decision"], "reasons"),
                "action": Action(record["decision"]["action"]),
            }
        ),
        rules=tuple(_rule_from(one) for one in record["rules"]),
        families=tuple(_family_from(one) for one in record["families"]),
        plan=record["plan"],
        contract=tuple(
            ContractCheck(**{**one, "verdict": Verdict(one["verdict"])})
            for one in record["contract"]
        ),
        waivers=tuple(record["waivers"]),
        warnings=tuple(record["warnings"]),
        provenance=Provenance(**provenance),
    )


def _tuples(record: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {**record, **{key: tuple(record[key]) for key in keys}}


def _family_from(record: dict[str, Any]) -> Family:
    bounds = tuple(JointBound(**one) for one in record.get("bounds", ()))
    return Family(**{**_tuples(record, "members"), "bounds": bounds})


def _rule_from(record: dict[str, Any]) -> RuleEvidence:
    known = _tuples(record, "assumptions", "warnings")
    known["verdict"] = Verdict(record["verdict"])
    known["scale"] = None if record["scale"] is None else Scale(record["scale"])
    known["n"] = Counts(**record["n"])
    known["limit"] = Bounds(**record["limit"])
    if record["effect"] is not None:
        known["effect"] = Effect(**record["effect"])
    if record["power"] is not None:
        needed = Needed(**record["power"]["needed"])
        known["power"] = Power(**{**record["power"], "needed": needed})
    if record["picture"] is not None:
        known["picture"] = Picture(
            **{
                name: None if one is None else Histogram(**_tuples(one, "edges", "counts"))
                for name, one in record["picture"].items()
            }
        )
    if record["movers"] is not None:
        known["movers"] = Movers(
            **{
                way: tuple(Mover(**mover) for mover in movers)
                for way, movers in record["movers"].items()
            }
        )
    return RuleEvidence(**known)
