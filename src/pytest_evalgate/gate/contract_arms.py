"""What a contract says of each arm by itself: values, age, number of files, pin."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from pytest_evalgate.artifacts.arms import ArmTable
from pytest_evalgate.artifacts.cells import shown, shown_list
from pytest_evalgate.artifacts.pairing import check_present
from pytest_evalgate.artifacts.pins import pin
from pytest_evalgate.evidence import ContractCheck
from pytest_evalgate.gate.contract_checks import beside, check, of_arm, texts, values
from pytest_evalgate.gate.tables import CREATED
from pytest_evalgate.spec.model import Arm, Artifact, Equal, MaxAge
from pytest_evalgate.surroundings import Surroundings


_AHEAD = timedelta(minutes=5)  # clocks of two machines differ by less


def arm_checks(
    artifact: Artifact, arm: Arm, table: ArmTable, around: Surroundings
) -> Iterator[ContractCheck]:
    """Check one arm against all that the contract says of it."""
    contract = artifact.contract
    whose = f"{artifact.name}.{arm.name}"
    if arm.sha256 is not None:
        yield _pinned(whose, arm, table, arm.sha256)
    for files in contract.expect_files:
        if files.arm in {None, arm.name}:
            yield _counted(whose, arm, table, files.count)
    for one in contract.equal:
        if one.arm in {None, arm.name}:
            yield _equal(whose, arm, table, one, around)
    for age in contract.max_age:
        if age.arm in {None, arm.name}:
            yield _aged(whose, arm, table, age, around)


def _pinned(whose: str, arm: Arm, table: ArmTable, wanted: str) -> ContractCheck:
    found, files = pin(table)
    problem = None
    if found != wanted:
        what = shown(files[0].path) if len(files) == 1 else (
            f"the list of {len(files)} files ({shown_list([file.path for file in files], most=3)})"
        )  # fmt: skip
        problem = (
            f"sha256 of {what} is {found}, pinned is {wanted}; write the digest found if the "
            "files were changed on purpose"
        )
    return check(f"{whose}: sha256", wanted, problem, found=of_arm(arm, found))


def _counted(whose: str, arm: Arm, table: ArmTable, wanted: int) -> ContractCheck:
    own = [source for source in table.sources if not source.is_joined and source.record.rows]
    kept = own
    if len(own) > 1 and table.left_out:
        places = set(table.origin.source)
        kept = [one for place, one in enumerate(table.sources) if place in places and one in own]
    paths = sorted(source.found.shown for source in kept)
    problem = None
    if len(paths) != wanted:
        problem = f"{_files(len(paths))}, expected {wanted}: {shown_list(paths)}"
        if len(kept) < len(own):
            problem += f"; `where` keeps no row of {len(own) - len(kept)} more"
    name = f"{whose}: expect_files"
    return check(name, _files(wanted), problem, found=of_arm(arm, str(len(paths))))


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _equal(
    whose: str, arm: Arm, table: ArmTable, one: Equal, around: Surroundings
) -> ContractCheck:
    wanted = one.value if one.variable is None else around.variables.get(one.variable)
    words = f"{one.column} is {wanted}"
    if one.variable is not None:
        words = f"{one.column} is that of the variable {one.variable}" + (
            f", {wanted}" if wanted else ""
        )
    return check(
        f"{whose}: equal {one.column}",
        words,
        _unequal(table, one, wanted),
        found=of_arm(arm, values(table, one.column)),
    )


def _unequal(table: ArmTable, one: Equal, wanted: str | None) -> str | None:
    """Say how a column differs from what is wanted; texts are compared as they are written."""
    if wanted is None:
        return f"the variable {one.variable} is not set; set it for this run"
    if not wanted.strip():
        return f"the variable {one.variable} is empty; set it for this run"
    absent = check_present(table, one.column)
    if absent is not None:
        return f"{absent}; {beside(table, one.column)}"
    others = [text for text in texts(table, one.column) if text != wanted]
    if not others:
        return None
    return f"{shown(one.column)} is {shown_list(others, most=3)}, expected {shown(wanted)}"


def _aged(
    whose: str, arm: Arm, table: ArmTable, age: MaxAge, around: Surroundings
) -> ContractCheck:
    return check(
        f"{whose}: max_age",
        f"{CREATED} at most {age.text} before the run",
        _too_old(table, age, around.created),
        found=of_arm(arm, values(table, CREATED)),
    )


def _too_old(table: ArmTable, age: MaxAge, run: str | None) -> str | None:
    """Say which time is out of bounds; never the run's own, which evidence is not about."""
    now = _time(run or "")
    if now is None:
        return "the time of this run is not known"
    absent = check_present(table, CREATED)
    if absent is not None:
        return f"no time to judge: {absent}; {beside(table, CREATED)}"
    written = texts(table, CREATED)
    times = [_time(text) for text in written]
    unread = [text for text, time in zip(written, times, strict=True) if time is None]
    if unread:
        return (
            f"{CREATED} is {shown_list(unread, most=3)}, expected ISO 8601 with its zone, "
            "such as 2026-10-01T12:00:00Z"
        )
    known = [time for time in times if time is not None]
    if max(known) > now + _AHEAD:
        return f"{CREATED} is {_utc(max(known))}, after the time of this run"
    if now - min(known) > timedelta(seconds=age.seconds):
        return f"{CREATED} is {_utc(min(known))}, more than {age.text} before this run"
    return None


def _time(text: str) -> datetime | None:
    """Read a time with its zone; None for anything else."""
    try:
        found = datetime.fromisoformat(text.strip())
        return None if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _utc(time: datetime) -> str:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")
