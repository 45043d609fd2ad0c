"""A path that a person typed -> the same path as a gate file writes it."""

import os
import re
from pathlib import Path

from pytest_evalgate.errors import ArtifactError
from pytest_evalgate.spec.problems import shown
from pytest_evalgate.spec.source import has_unsafe
from pytest_evalgate.surroundings import Surroundings


_SPECIAL = re.compile(r"[*?{}]")


def as_written(typed: str, around: Surroundings, *, arm: str) -> str:
    """Return a path or glob relative to the gate file's folder, with `/` between folders.

    Links in the part before the first `*` are resolved: a gate file follows none.

    Raises:
        ArtifactError: nothing there, a folder, or outside the folder that a gate file may read.
    """
    if not typed.strip():
        raise ArtifactError(f"the path of the {arm} is empty", hint="is a variable unset?")
    if has_unsafe(typed) is not None or not typed.isprintable():
        raise ArtifactError(
            f"the path of the {arm} holds a character that no gate file may hold: {typed!a}",
            hint="rename the file",
        )
    parts = (around.working_directory / typed).as_posix().split("/")
    first = next((i for i, part in enumerate(parts) if _SPECIAL.search(part)), len(parts))
    fixed = os.path.realpath("/".join(parts[:first]) or "/")
    rest = parts[first:]
    _check_there(typed, Path(fixed), is_glob=bool(rest), arm=arm)
    root = os.path.realpath(around.root)
    if not Path(fixed).is_relative_to(root):
        raise ArtifactError(
            f"the {arm}, {shown(typed)}, lies outside {root}: a gate file names only files inside "
            "the git work tree that holds it, or its own folder where there is no git",
            hint="put the files or the gate file (--output) elsewhere; a single run may read from "
            "anywhere with --evalgate-artifact",
        )
    start = os.path.relpath(fixed, os.path.realpath(around.base)).replace(os.sep, "/")
    return "/".join([*([] if start == "." else [start]), *rest])


def _check_there(typed: str, fixed: Path, *, is_glob: bool, arm: str) -> None:
    from pytest_evalgate.gate.propose_formats import is_store  # noqa: PLC0415 - numpy takes its time

    hint = "it is relative to the folder you are in"
    try:
        is_folder, is_there = fixed.is_dir(), fixed.exists()
    except OSError as error:
        raise ArtifactError(
            f"the {arm}, {shown(typed)}, cannot be read: {error.strerror}"
        ) from error
    if not is_there:
        raise ArtifactError(f"the {arm}, {shown(typed)}, is not there", hint=hint)
    if is_folder and not is_glob and not is_store(fixed):
        inside = f"{typed.rstrip('/')}/*.jsonl"
        raise ArtifactError(
            f"the {arm}, {shown(typed)}, is a folder", hint=f"name its files: '{inside}'"
        )
