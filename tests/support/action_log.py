"""What a step tells a runner: commands in its log, and lines in the files it was given."""

import re
from collections.abc import Mapping
from dataclasses import dataclass


_COMMAND = re.compile(r"::([A-Za-z-]+)(?: ([^\n]*?))?::(.*)", re.DOTALL)
_OLD_COMMAND = re.compile(r"##\[([A-Za-z-]+)(?: ([^\]]*))?\](.*)", re.DOTALL)
MAX_ANNOTATIONS = 10  # of each kind and step


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A line of the log that the runner took as a command."""

    name: str
    message: str
    properties: Mapping[str, str]


# What actions/setup-python makes the runner look for in the log of every later step: two lines.
PYTHON_MATCHER = (
    re.compile(r'^\s*File\s"(.*)",\sline\s(\d+),\sin\s(.*)$'),
    re.compile(r"^\s*raise\s(.*)\('(.*)'\)$"),
)


def problems(log: str) -> tuple[str, ...]:
    """Return the messages that the problem matcher of setup-python finds in a log."""
    found: list[str] = []
    is_open = False
    for line in log.splitlines():
        if line == "::remove-matcher owner=python::":
            break
        raised = PYTHON_MATCHER[1].match(line)
        if is_open and raised:
            found.append(raised[2])
        is_open = PYTHON_MATCHER[0].match(line) is not None
    return tuple(found)


def key_values(text: str) -> dict[str, str]:
    """Read GITHUB_OUTPUT or GITHUB_ENV: `name=value` lines and heredocs."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, equals, value = line.partition("=")
        if "<<" in name or not equals:
            name, arrow, end = line.partition("<<")
            if not arrow:
                raise ValueError(f"Invalid format {line!r}")
            inner = []
            while (one := next(lines)) != end:
                inner.append(one)
            value = "\n".join(inner)
        found[name] = value
    return found


def commands(log: str) -> tuple[Command, ...]:
    """Return the commands in a log, read as the runner reads them, at most ten of each kind."""
    found: list[Command] = []
    stopped_by = ""
    for line in log.splitlines():
        command = _COMMAND.match(line.lstrip()) or _OLD_COMMAND.search(line)
        if command is None:
            continue
        name, properties, message = command[1].lower(), command[2] or "", command[3]
        if stopped_by:
            stopped_by = "" if name == stopped_by else stopped_by
        elif name == "stop-commands":
            stopped_by = message
        elif sum(one.name == name for one in found) < MAX_ANNOTATIONS:
            pairs = (one.partition("=") for one in properties.split(",") if one)
            found.append(
                Command(
                    name=name,
                    message=unescaped(message),
                    properties={key.strip(): unescaped(value) for key, _, value in pairs},
                )
            )
    return tuple(found)


def unescaped(text: str) -> str:
    """Undo the escapes of a workflow command."""
    for written, meant in (
        ("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"),
    ):  # fmt: skip
        text = text.replace(written, meant)
    return text
