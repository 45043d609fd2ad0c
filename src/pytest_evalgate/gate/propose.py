"""Two sets of samples -> what a first gate file could say about them, every guess with its reason.

The data decide nothing for good here: what is proposed is written into a file that a person
reads, and only the file is judged.
"""

from dataclasses import dataclass

from pytest_evalgate.artifacts.arms import ArmTable
from pytest_evalgate.errors import SampleError
from pytest_evalgate.gate.propose_columns import (
    ARTIFACT,
    Column,
    can_be_written,
    common_columns,
    listed,
    load,
)
from pytest_evalgate.gate.propose_keys import ProposedKeys, propose_keys
from pytest_evalgate.gate.propose_metrics import ProposedMetric, Variant, propose_metrics
from pytest_evalgate.surroundings import Surroundings


__all__ = ["ARTIFACT", "Proposal", "ProposedKeys", "ProposedMetric", "Variant", "propose"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a first gate file could say."""

    files: tuple[int, int]  # candidate, baseline
    rows: tuple[int, int]
    keys: ProposedKeys
    metrics: tuple[ProposedMetric, ...]
    remarks: tuple[str, ...]  # about columns that are not used


def propose(candidate: str, baseline: str, around: Surroundings) -> Proposal:
    """Look at two sets of samples and propose keys and metrics.

    Args:
        candidate: Path or glob as the gate file will write it.
        baseline: The same for the other arm.
        around: Folder of the gate file, and what it may read.

    Raises:
        ArtifactError: the bytes cannot be used.
        SampleError: the rows cannot be used, are not those of the same examples, or no column
            says by its name which way is better.
    """
    tables = load(candidate, baseline, around)
    columns = common_columns(tables)
    keys = propose_keys(columns)
    measured = propose_metrics(columns, keys)
    remarks = (*keys.remarks, *_of_one_arm(tables), *measured.remarks)
    if not measured.metrics:
        raise _nothing(columns, keys, remarks)
    files = tuple(sum(1 for file in table.files if file.rows) for table in tables)
    return Proposal(
        files=(files[0], files[1]),
        rows=(tables[0].n, tables[1].n),
        keys=keys,
        metrics=measured.metrics,
        remarks=remarks,
    )


def _of_one_arm(tables: tuple[ArmTable, ArmTable]) -> tuple[str, ...]:
    """Say which columns only one arm has, or no gate file may name."""
    names = [{name for name in table.columns if can_be_written(name)} for table in tables]
    remarks = []
    for arm, only in (("candidate", names[0] - names[1]), ("baseline", names[1] - names[0])):
        if only:
            remarks.append(f"only the {arm} has {listed(sorted(only))}")
    unwritten = {name for table in tables for name in table.columns if not can_be_written(name)}
    if unwritten:
        remarks.append(f"no gate file can name the columns {listed(sorted(unwritten))}")
    return tuple(remarks)


def _nothing(columns: list[Column], keys: ProposedKeys, remarks: tuple[str, ...]) -> SampleError:
    others = [one.name for one in columns if one.name not in keys.columns]
    words = "; ".join(remarks[:5]) or f"the other columns are {listed(others) or 'none'}"
    return SampleError(
        f"no column that both arms have says by its name which way is better: {words}",
        hint="name a column of 0 and 1 `correct`, or write the gate file by hand: "
        "a metric needs `value:` and `better:`",
    )
