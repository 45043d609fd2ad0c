"""What must hold of the files of both arms before any number is compared."""

from collections.abc import Callable, Iterator, Sequence

from pytest_evalgate.artifacts.arms import ArmTable
from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.pairing import check_present, check_same
from pytest_evalgate.errors import EvalGateError
from pytest_evalgate.evidence import ContractCheck
from pytest_evalgate.gate.contract_arms import arm_checks
from pytest_evalgate.gate.contract_checks import beside, check, of_arm, values
from pytest_evalgate.gate.quality import quality_checks, split_check
from pytest_evalgate.gate.tables import Tables
from pytest_evalgate.spec.model import Arm, Artifact
from pytest_evalgate.surroundings import Surroundings


def check_contract(tables: Tables, around: Surroundings) -> tuple[ContractCheck, ...]:
    """Check the contract of every artifact, and of every arm of it: what is declared is checked.

    An artifact without a contract is read only where a rule needs it. What is checked without
    being declared follows: see ``quality.py``.
    """
    return tuple(
        found
        for artifact in tables.spec.artifacts
        for found in (
            *_artifact_checks(tables, artifact, around),
            *quality_checks(tables, artifact),
        )
    )


def _artifact_checks(
    tables: Tables, artifact: Artifact, around: Surroundings
) -> Iterator[ContractCheck]:
    contract = artifact.contract
    asked = (contract.same, contract.present, contract.equal, contract.max_age,
             contract.expect_files, contract.expect_split)  # fmt: skip
    arms = (artifact.candidate, *artifact.baselines)
    if not any(asked) and all(arm.sha256 is None for arm in arms):
        return
    try:
        found = [(arm, tables.get(artifact, arm)) for arm in arms]
    except EvalGateError as error:
        yield check(f"{artifact.name}: readable", "every arm can be read", error.message)
        return
    for arm, table in found:
        yield from arm_checks(artifact, arm, table, around)
    for column in contract.present:
        for arm, table in found:
            yield _present(artifact, arm, table, column)
    yield from _comparisons(artifact, found[0], found[1:])


def _comparisons(
    artifact: Artifact, candidate: tuple[Arm, ArmTable], baselines: list[tuple[Arm, ArmTable]]
) -> Iterator[ContractCheck]:
    """Check what must hold between the candidate and every baseline."""
    for column in artifact.contract.same:
        for baseline in baselines:
            yield _same(artifact, candidate, baseline, column)
    share = artifact.contract.expect_split
    if share is not None:
        for baseline in baselines:
            yield _split(artifact, candidate, baseline, share)


def _split(
    artifact: Artifact,
    candidate: tuple[Arm, ArmTable],
    baseline: tuple[Arm, ArmTable],
    share: float,
) -> ContractCheck:
    try:
        return split_check(artifact, candidate, baseline, share)
    except EvalGateError as error:
        name = f"{artifact.name}.{baseline[0].name}: expect_split"
        return check(name, "units can be counted", error.message)


def _present(artifact: Artifact, arm: Arm, table: ArmTable, column: str) -> ContractCheck:
    problem = _problem(lambda: _mended(check_present(table, column), (table,), column))
    return check(
        f"{artifact.name}.{arm.name}: present {column}",
        f"{column} in every row",
        problem,
        found=of_arm(arm, None if problem else values(table, column)),
    )


def _same(
    artifact: Artifact, candidate: tuple[Arm, ArmTable], baseline: tuple[Arm, ArmTable], column: str
) -> ContractCheck:
    arm, table = candidate
    other, other_table = baseline
    tables = (table, other_table)
    problem = _problem(lambda: _mended(check_same(*tables, column, arm.id), tables, column))
    return check(
        f"{artifact.name}.{other.name}: same {column}",
        f"{column} equal in both arms",
        problem,
        found=(values(table, column), values(other_table, column)),
    )


def _mended(problem: str | None, tables: Sequence[ArmTable], column: str) -> str | None:
    """Add to a violation how to mend it."""
    if problem is None:
        return None
    lacking = [table for table in tables if check_present(table, column) is not None]
    if lacking:
        return f"{problem}; {beside(lacking[0], column)}"
    return f"{problem}; evaluate both arms alike, or take {shown(column)} out of `contract: same`"


def _problem(find: Callable[[], str | None]) -> str | None:
    try:
        return find()
    except EvalGateError as error:
        return error.message
