"""One entry of the evidence about a contract: what was expected and what each arm holds."""

from pytest_evalgate.artifacts.arms import ArmTable
from pytest_evalgate.artifacts.cells import shown, text_of
from pytest_evalgate.evidence import ContractCheck, Verdict
from pytest_evalgate.spec.model import Arm


_SHOWN = 80  # characters of one value
_MOST = 3  # values

Found = tuple[str | None, str | None]  # candidate, baseline


def check(
    name: str,
    expected: str,
    problem: str | None,
    *,
    found: Found = (None, None),
    holds: str = "holds",
) -> ContractCheck:
    """Return an entry of the evidence.

    Args:
        name: Which check of which arms.
        expected: What must hold.
        problem: What does not; None where it holds.
        found: What the candidate and the baseline have.
        holds: What to say where it holds.
    """
    candidate, baseline = found
    return ContractCheck(
        check=name,
        verdict=Verdict.PASS if problem is None else Verdict.INVALID,
        expected=expected,
        candidate=candidate,
        baseline=baseline,
        reason=holds if problem is None else problem,
    )


def of_arm(arm: Arm, found: str | None) -> Found:
    """Return what one arm has, as the found of a check that is about that arm alone."""
    return (found, None) if arm.name == "candidate" else (None, found)


def values(table: ArmTable, column: str) -> str | None:
    """Name the distinct values of a column, at most three."""
    cells = table.columns.get(column)
    if cells is None:
        return None
    names = sorted({str(cell) for cell in cells if cell is not None})
    shown = ", ".join(name[:_SHOWN] for name in names[:_MOST])
    return shown + (f" and {len(names) - _MOST} more" if len(names) > _MOST else "")


def beside(table: ArmTable, column: str) -> str:
    """Say where a column that rows lack can be written, for the end of a message."""
    paths = [source.found.shown for source in table.sources if not source.is_joined]
    folder, _, name = min(paths).rpartition("/")
    plain = name.removesuffix(".gz")
    meta = f"{plain.rpartition('.')[0] or plain}.meta.yaml" if len(paths) == 1 else "meta.yaml"
    where = shown(f"{folder}/{meta}" if folder else meta)
    return f"write {shown(column)} into the rows, or `{column}: ...` into {where} beside the file"


def texts(table: ArmTable, column: str) -> list[str]:
    """Return the distinct values of a column as they are written, sorted; null left out."""
    return sorted({text_of(cell) for cell in table.columns.get(column, []) if cell is not None})
