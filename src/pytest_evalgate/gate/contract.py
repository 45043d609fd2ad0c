"""Deterministic checks on the rows and metadata of both arms, before any number is compared."""

from collections.abc import Callable, Iterator

from pytest_evalgate.artifacts.arms import ArmTable
from pytest_evalgate.artifacts.pairing import check_present, check_same
from pytest_evalgate.errors import EvalGateError
from pytest_evalgate.evidence import ContractCheck, Verdict
from pytest_evalgate.gate.tables import Tables
from pytest_evalgate.spec.model import Arm, Artifact


def check_contract(tables: Tables) -> tuple[ContractCheck, ...]:
    """Check the contract of every artifact, and of every arm of it: what is declared is checked.

    An artifact without a contract is read only where a rule needs it.
    """
    return tuple(
        check for artifact in tables.spec.artifacts for check in _artifact_checks(tables, artifact)
    )


def _artifact_checks(tables: Tables, artifact: Artifact) -> Iterator[ContractCheck]:
    contract = artifact.contract
    if not contract.same and not contract.present:
        return
    try:
        arms = [
            (arm, tables.get(artifact, arm)) for arm in (artifact.candidate, *artifact.baselines)
        ]
    except EvalGateError as error:
        yield _check(f"{artifact.name}: readable", "every arm can be read", error.message)
        return
    candidate, *baselines = arms
    for column in contract.present:
        for arm, table in arms:
            yield _present(artifact, arm, table, column)
    for column in contract.same:
        for arm, table in baselines:
            yield _same(artifact, candidate, (arm, table), column)


def _present(artifact: Artifact, arm: Arm, table: ArmTable, column: str) -> ContractCheck:
    problem = _problem(lambda: check_present(table, column))
    values = None if problem else _values(table, column)
    return _check(
        f"{artifact.name}.{arm.name}: present {column}",
        f"{column} in every row",
        problem,
        candidate=values if arm.name == "candidate" else None,
        baseline=values if arm.name != "candidate" else None,
    )


def _same(
    artifact: Artifact, candidate: tuple[Arm, ArmTable], baseline: tuple[Arm, ArmTable], column: str
) -> ContractCheck:
    arm, table = candidate
    other, other_table = baseline
    problem = _problem(lambda: check_same(table, other_table, column, arm.id))
    return _check(
        f"{artifact.name}.{other.name}: same {column}",
        f"{column} equal in both arms",
        problem,
        candidate=_values(table, column),
        baseline=_values(other_table, column),
    )


def _problem(check: Callable[[], str | None]) -> str | None:
    try:
        return check()
    except EvalGateError as error:
        return error.message


def _values(table: ArmTable, column: str) -> str | None:
    """Name the distinct values of a column, at most three."""
    cells = table.columns.get(column)
    if cells is None:
        return None
    names = sorted({str(cell) for cell in cells if cell is not None})
    shown = ", ".join(name[:80] for name in names[:3])
    return shown + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _check(
    name: str,
    expected: str,
    problem: str | None,
    *,
    candidate: str | None = None,
    baseline: str | None = None,
) -> ContractCheck:
    return ContractCheck(
        check=name,
        verdict=Verdict.PASS if problem is None else Verdict.INVALID,
        expected=expected,
        candidate=candidate,
        baseline=baseline,
        reason="holds" if problem is None else problem,
    )
