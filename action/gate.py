"""Runs the gate step of the action: its inputs become the arguments of one pytest session.

The inputs come in environment variables and leave as a list of arguments, so nothing in them is
ever read by a shell. The exit status is pytest's own; 4 when the inputs cannot be a gate.
"""
# ruff: noqa: INP001 - a script, no package

import contextlib
import os
import re
import subprocess
import sys
from pathlib import Path


USAGE_ERROR = 4
NOT_JUDGED = 20
CONFIGURATION = Path(__file__).with_name("pytest.ini")
# Signs that the upload reads as a pattern, or that no folder should have.
_FORBIDDEN = re.compile(r"""[*?\[\]{}!#~"'<>|`$\x00-\x1f\x7f]""")
# They would add options or plugins to the session; `python -I` keeps out PYTHON* only.
_FOREIGN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")


_ALLOWING = ("promote", "warn")


class UsageError(Exception):
    """The inputs of the action cannot be a gate."""


def main() -> int:
    """Run the gate; return its exit status."""
    _set_output("verdict", "block")  # until the gate says more: its later word counts
    try:
        folder = _working_directory(_input("WORKING_DIRECTORY"))
        output = _input("OUTPUT")
        reports = _reports(folder, output)
        for name in ("COMMENT", "UPLOAD"):
            _check_switch(name)
        arguments = session_arguments(output)
    except UsageError as error:
        _write(f"::error title=pytest-evalgate::{_escaped(str(error))}\n")
        _summarise(str(error))
        _set_output("status", str(USAGE_ERROR))
        return USAGE_ERROR
    _set_output("folder", str(reports))
    status = _run(arguments, folder)
    if status == 0 and _verdict() not in _ALLOWING:  # --help, say: it ended well and judged nothing
        _write(
            "::error title=pytest-evalgate::the session ended without a promotion: see its log\n"
        )
        status = NOT_JUDGED
    _set_output("status", str(status))
    return status


def session_arguments(output: str) -> list[str]:
    """Return the arguments of pytest.

    No ini file and no conftest.py of the work tree takes part: on a pull request they are as
    untrusted as the rest of it.

    Raises:
        UsageError: an input is not what it says.
    """
    gates = _lines("GATES")
    if not gates:
        raise UsageError("the input `gates` is empty: name a gate file; is the variable set?")
    further = _lines("ARGUMENTS")
    for name, found, signs in (("gates", gates, ("-", "@")), ("arguments", further, ("@",))):
        for one in found:
            if one.startswith(signs):
                raise UsageError(f"`{name}`: {one!r} starts with {one[0]!r}; write ./{one}")
    for one in further:
        if one.startswith("--evalgate-output"):
            raise UsageError(f"`arguments`: {one!r}; reports go where `output` says")
    policy_ref = _input("POLICY_REF")
    return [
        "--noconftest",
        "-p",
        "no:cacheprovider",
        "-c",
        str(CONFIGURATION),
        "--rootdir",
        ".",
        "--evalgate",
        f"--evalgate-output={output}",
        *(f"--evalgate-artifact={one}" for one in _lines("ARTIFACTS")),
        *([f"--evalgate-policy-ref={policy_ref}"] if policy_ref else []),
        *further,
        *gates,
    ]


def _working_directory(name: str) -> Path:
    folder = Path(name or ".")
    if not folder.is_dir():
        raise UsageError(f"`working-directory`: {name!r} is no folder")
    return folder.absolute()


def _reports(folder: Path, output: str) -> Path:
    """Return where reports go: a folder that holds nothing yet.

    What lies there already could come from the pull request, and would be uploaded and posted as
    if the gate had written it.
    """
    if not output or _FORBIDDEN.search(output) or output.startswith("-"):
        raise UsageError(f"`output`: {output!r} cannot be the name of the folder for reports")
    reports = folder / output
    is_straight = Path(output).is_absolute() or reports.resolve() == folder.resolve() / output
    if ".." in Path(output).parts or not is_straight:
        raise UsageError(
            f"`output`: {output!r} leads through a link or `..`; name the folder itself"
        )
    if reports.is_symlink() or (reports.exists() and not reports.is_dir()):
        raise UsageError(f"`output`: {output!r} is a link or a file; reports need a folder")
    if reports.is_dir() and any(reports.iterdir()):
        raise UsageError(
            f"`output`: {output!r} holds files already, which would pass for reports of this gate; "
            "take them out of the repository, or name another folder"
        )
    return reports


def _check_switch(name: str) -> None:
    value = _input(name)
    if value.lower() not in {"true", "false"}:
        raise UsageError(f"`{name.lower()}`: {value!r} is neither true nor false")


def _run(arguments: list[str], folder: Path) -> int:
    environment = {name: text for name, text in os.environ.items() if name not in _FOREIGN}
    done = subprocess.run(  # noqa: S603 - a list of arguments, no shell
        [sys.executable, "-I", "-m", "pytest", *arguments],
        cwd=folder,
        env=environment,
        check=False,
    )
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def _verdict() -> str:
    """Return the verdict that the runner will take: the last one that the step wrote."""
    with open(os.environ["GITHUB_OUTPUT"], encoding="utf-8") as file:  # noqa: PTH123
        lines = [line.strip() for line in file if line.startswith("verdict=")]
    return lines[-1].partition("=")[2] if lines else ""


def _input(name: str) -> str:
    return os.environ.get(f"EVALGATE_{name}", "").strip()


def _lines(name: str) -> list[str]:
    return [line.strip() for line in _input(name).splitlines() if line.strip()]


def _set_output(name: str, value: str) -> None:
    """Tell the runner one output; the value has no line break."""
    with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as file:  # noqa: PTH123
        file.write(f"{name}={value}\n")


def _summarise(text: str) -> None:
    """Say in the step's summary that nothing was judged; without it, the log still does."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    safe = "".join(map(_entity, text.encode("ascii", "backslashreplace").decode()))
    heading = "## \N{NO ENTRY} BLOCKED: nothing was judged"
    with contextlib.suppress(OSError), open(path, "a", encoding="utf-8") as file:  # noqa: PTH123
        file.write(f"{heading}\n\n<code>{safe}</code>\n")


def _entity(sign: str) -> str:
    """Write a sign so that neither Markdown nor HTML nor a filter of GitHub reads it as theirs."""
    if sign == "@":  # cmark looks for addresses after it has read the entities
        return "&#64;<!-- -->"
    return sign if sign.isalnum() or sign in " -/," else f"&#{ord(sign)};"


def _escaped(text: str) -> str:
    """Escape a message for a command of the runner; ASCII, which every log can hold."""
    text = text.encode("ascii", "backslashreplace").decode()
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
