"""The machine: files, git, clock, environment. The only place that touches them."""

import json
import os
import platform
import re
import subprocess
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pytest_evalgate.errors import EvidenceError
from pytest_evalgate.evidence import SCHEMA, GateEvidence, RunFacts, to_json
from pytest_evalgate.surroundings import Overrides, Surroundings


GATE_NAMES = ("gate.yaml", "gate.yml")
GATE_SUFFIXES = (".gate.yaml", ".gate.yml")
_GIT_SECONDS = 10
_EVENT_BYTES = 32 * 2**20  # GitHub's events end at 25 MB
_COMMIT = re.compile("[0-9a-f]{40}")


def is_ci() -> bool:
    """Say whether this runs in a CI system."""
    return bool(os.environ.get("CI"))


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHub:
    """What a runner of GitHub Actions tells about a step; None where it does not."""

    summary: Path | None  # file that becomes the summary of the step
    output: Path | None  # file that takes the outputs of the step
    workspace: Path | None  # where the repository is checked out
    commit_url: str | None  # https://github.com/OWNER/REPOSITORY/blob/SHA
    run_url: str | None
    sha: str | None = None  # what is checked out; of a pull request its merge with the base
    pull_sha: str | None = None  # the pull request's own last commit


def github() -> GitHub | None:
    """Return what the runner tells; None where this is not GitHub Actions."""
    env = os.environ
    if env.get("GITHUB_ACTIONS") != "true":
        return None

    def path(name: str) -> Path | None:
        return Path(env[name]) if env.get(name) else None

    server, name = env.get("GITHUB_SERVER_URL"), env.get("GITHUB_REPOSITORY")
    repository = f"{server}/{name}" if server and name else None
    commit, run = env.get("GITHUB_SHA"), env.get("GITHUB_RUN_ID")
    return GitHub(
        summary=path("GITHUB_STEP_SUMMARY"),
        output=path("GITHUB_OUTPUT"),
        workspace=path("GITHUB_WORKSPACE"),
        commit_url=f"{repository}/blob/{commit}" if repository and commit else None,
        run_url=f"{repository}/actions/runs/{run}" if repository and run else None,
        sha=commit,
        pull_sha=_pull_commit(path("GITHUB_EVENT_PATH")),
    )


def _pull_commit(event: Path | None) -> str | None:
    """Return the last commit of the pull request in an event; None where it does not say."""
    if os.environ.get("GITHUB_EVENT_NAME") != "pull_request":
        return None  # what other events check out is no merge
    try:
        if event is None or not event.is_file() or event.stat().st_size > _EVENT_BYTES:
            return None
        found = json.loads(event.read_bytes())["pull_request"]["head"]["sha"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return found if isinstance(found, str) and _COMMIT.fullmatch(found) else None


def append(text: str, path: Path) -> str | None:
    """Append ``text`` to a file that the runner gave; return what went wrong, if anything did."""
    try:
        if path.exists() and not path.is_file():  # a pipe would wait for a reader for ever
            return f"{path}: no regular file"
        with path.open("ab+") as file:
            is_open = file.tell() > 0 and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n"
            file.write(b"\n" * is_open + text.encode())  # or the last line would swallow our first
    except (OSError, UnicodeEncodeError) as error:
        return f"{path}: {getattr(error, 'strerror', None) or error}"
    return None


def now() -> str:
    """Return the time in UTC, ISO 8601, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0).isoformat()


def nonce() -> str:
    """Return an id that no other run has."""
    return uuid.uuid4().hex


def versions() -> dict[str, str]:
    """Return the versions that numbers may depend on."""
    found = {"python": platform.python_version()}
    for name in ("pytest-evalgate", "numpy", "scipy"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found


def work_tree(folder: Path) -> Path | None:
    """Return the git work tree that holds a folder, if there is one."""
    for parent in (folder, *folder.parents):
        if (parent / ".git").exists():
            return parent
    return None


def head_commit(folder: Path) -> str | None:
    """Return the commit that is checked out, if git can tell."""
    if work_tree(folder) is None:
        return None
    command = ["git", "-C", str(folder), "rev-parse", "--verify", "HEAD"]
    try:
        done = subprocess.run(  # noqa: S603 - fixed words and a folder
            command, capture_output=True, text=True, timeout=_GIT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


def surroundings(
    gate: Path,
    *,
    run: RunFacts | None = None,
    overrides: Overrides | None = None,
    working_directory: Path | None = None,
    variables: Iterable[str] = (),
) -> Surroundings:
    """Return all that the engine is told about the world around one gate file.

    Args:
        gate: The gate file.
        run: Facts of the session.
        overrides: Paths from the command line.
        working_directory: Of the person who typed them.
        variables: Names of the environment variables that the gate asks for; no other is read.
    """
    folder = gate.resolve().parent
    commit = head_commit(folder)
    return Surroundings(
        base=folder,
        root=work_tree(folder) or folder,
        working_directory=working_directory or Path.cwd(),
        overrides=overrides or {},
        run=replace(run or RunFacts(nonce=nonce()), head_sha=commit),
        versions=versions(),
        git={"commit": commit},
        created=now(),
        variables={name: os.environ[name] for name in variables if name in os.environ},
    )


def find_gates(folder: Path, *, skip: Path) -> Iterator[Path]:
    """Yield the gate files below a folder, sorted; not under `.git` or ``skip``, no links."""
    for parent, folders, files in os.walk(folder, followlinks=False):
        here = Path(parent)
        folders[:] = sorted(
            name
            for name in folders
            if name != ".git" and here / name != skip and not (here / name).is_symlink()
        )
        for name in sorted(files):
            if name in GATE_NAMES or name.endswith(GATE_SUFFIXES):
                yield here / name


def write_evidence(evidence: GateEvidence, path: Path) -> None:
    """Write an evidence file whole or not at all.

    Raises:
        EvidenceError: it cannot be written.
    """
    write_atomically(to_json(evidence), path)


def write_atomically(text: str, path: Path) -> None:
    """Write a file through a temporary one, fsync and one rename; never through a link.

    Raises:
        EvidenceError: it cannot be written.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise EvidenceError(f"{path} is a link or no file", hint="remove it")
        handle, temporary = tempfile.mkstemp(prefix=".evalgate-", suffix=".tmp", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # noqa: PTH101 - mkstemp's 0600 would hide it from uploads
        os.replace(temporary, path)  # noqa: PTH105 - one rename
        _sync_folder(path.parent)
    except OSError as error:
        raise EvidenceError(
            f"{path} cannot be written: {error.strerror or error}",
            hint="give a folder that can be written with --evalgate-output",
        ) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make a rename durable; not every system can open a folder."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_marked(path: Path, mark: bytes, *, within: int) -> None:
    """Remove a file that holds ``mark`` in its first bytes; other people's files stay.

    Raises:
        EvidenceError: it cannot be removed, so it would stand beside evidence that it contradicts.
    """
    try:
        if path.is_symlink() or not path.is_file():
            return
        with path.open("rb") as file:
            is_marked = mark in file.read(within)
        if is_marked:
            path.unlink()
    except OSError as error:
        raise EvidenceError(
            f"{path}, a report of a former run, cannot be removed: {error.strerror or error}",
            hint="remove it, or give another folder with --evalgate-output",
        ) from error


def evidence_of(output: Path, gate_path: str) -> Iterator[Path]:
    """Yield the evidence files of former runs of one gate file."""
    for path in sorted(output.glob("*.json")):
        if path.is_symlink() or not path.is_file():
            continue
        try:
            record = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            continue
        if not isinstance(record, dict) or record.get("schema") != SCHEMA:
            continue
        gate = record.get("gate")
        # A copy under another name is somebody's own.
        if isinstance(gate, dict) and (gate.get("path"), f"{gate.get('name')}.json") == (
            gate_path,
            path.name,
        ):
            yield path
