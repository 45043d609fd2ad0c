"""Artifacts: which files hold which arm, and what must be true of them together."""

from collections.abc import Mapping

from pytest_evalgate.formats import Format
from pytest_evalgate.spec.build_arms import build_arm, open_arm
from pytest_evalgate.spec.build_contract import build_contract, check_arms
from pytest_evalgate.spec.fields import Fields, named, open_fields
from pytest_evalgate.spec.keys import ARTIFACT, CONTRACT
from pytest_evalgate.spec.model import Arm, Artifact
from pytest_evalgate.spec.nodes import Entry


_MOST_ARTIFACTS = 100
_MOST_BASELINES = 20
_ARMS = ("candidate", "baseline", "baselines")


def build_artifacts(top: Fields, formats: Mapping[str, Format]) -> dict[str, Artifact | None]:
    """Read all artifacts by name; None for one that is too wrong to check rules against."""
    common = top.open("contract", CONTRACT)
    build_contract(common)  # its own mistakes are reported even where no artifact uses it
    artifacts: dict[str, Artifact | None] = {}
    for name, entry in named(top, "artifacts", what="artifact", most=_MOST_ARTIFACTS):
        what = f"artifact {name!r}"
        fields = open_fields(entry, ARTIFACT, what=what, problems=top.problems)
        artifacts[name] = _build(name, fields, common, formats)
    return artifacts


def _build(
    name: str, fields: Fields, common: Fields | None, formats: Mapping[str, Format]
) -> Artifact | None:
    candidate, baselines = _arms(fields, formats)
    contract = fields.open("contract", CONTRACT, fallback=common) or common
    if candidate is None:
        return None
    artifact = Artifact(
        name=name,
        candidate=candidate,
        baselines=baselines,
        is_wide=_is_wide(fields),
        contract=build_contract(contract),
        location=fields.location,
    )
    if contract is not None:
        check_arms(artifact, contract)
    _check_arms(artifact, fields)
    return artifact


def _is_wide(fields: Fields) -> bool:
    return fields.has("path") and not any(fields.has(arm) for arm in _ARMS)


def _arms(fields: Fields, formats: Mapping[str, Format]) -> tuple[Arm | None, tuple[Arm, ...]]:
    if _is_wide(fields):  # one table, one column per arm: both arms read the same rows
        return (
            build_arm("candidate", fields, formats),
            (build_arm("baseline", fields, formats),),
        )
    baselines = []
    if "baseline" in fields.entries:
        baselines.append(_arm("baseline", fields.entries["baseline"], fields, formats))
    baselines.extend(
        _arm(name, entry, fields, formats)
        for name, entry in named(fields, "baselines", what="baseline", most=_MOST_BASELINES)
        if not _is_taken(name, entry, fields)
    )
    if "candidate" not in fields.entries:
        if fields.entries:
            fields.add(
                f"{fields.what} has no 'candidate'",
                hint="add `candidate: path`, or `path:` of one table with a column per arm",
            )
        return None, tuple(baselines)
    return _arm("candidate", fields.entries["candidate"], fields, formats), tuple(baselines)


def _is_taken(name: str, entry: Entry, fields: Fields) -> bool:
    is_taken = name.lower() in {"candidate", "baseline"}
    if is_taken:
        fields.problems.add(
            f"a further baseline cannot be named {name!r}",
            at=entry.key,
            hint="write it under its own key, or choose another name",
        )
    return is_taken


def _arm(name: str, entry: Entry, artifact: Fields, formats: Mapping[str, Format]) -> Arm:
    return build_arm(name, open_arm(name, entry, artifact), formats, shared=artifact)


def _check_arms(artifact: Artifact, fields: Fields) -> None:
    candidate = artifact.candidate
    for baseline in artifact.baselines:
        what = f"{fields.what}: candidate and {baseline.name}"
        if not artifact.is_wide and candidate.paths and _rows(candidate) == _rows(baseline):
            fields.add(
                f"{what} are the same rows of the same files",
                key="candidate",
                hint="give each arm its own path, or a `where` that tells them apart",
            )
        if len(candidate.id) != len(baseline.id):
            fields.add(
                f"{what} have {len(candidate.id)} and {len(baseline.id)} id columns",
                hint="declare `id` once for both arms",
            )
        for key in ("run", "cluster"):
            if bool(getattr(candidate, key)) != bool(getattr(baseline, key)):
                fields.add(
                    f"{what}: {key!r} is declared in one arm only",
                    hint=f"declare `{key}` once for both arms",
                )


def _rows(arm: Arm) -> tuple[object, ...]:
    where = frozenset((column, frozenset(values)) for column, values in arm.where)
    return frozenset(arm.paths), where, frozenset(arm.columns), arm.join
