"""Answer questions on standard input, one JSON object a line; the loop of every tool's worker.

Questions: ``{"do": "hello" | "judge" | "prepare" | "read", "data", "asking", "folder", "exit"}``.
"""

import importlib.metadata
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers.rows import Answer, CannotAskError, DataSet, Verdict, from_json


Judge = Callable[[DataSet, str, Path], Answer]
Prepare = Callable[[DataSet, str, Path], list[str]]
Read = Callable[[int, Path], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What a worker does for its tool.

    Args:
        package: Its distribution.
        judge: Judges a data set by its library; the folder is for files.
        prepare: Writes a data set as the tool's files and returns the command that judges it.
        read: Turns the command's exit status, and what it wrote, into an answer.
        refusals: Exceptions by which the tool says that it will not judge these data.
    """

    package: str
    judge: Judge
    prepare: Prepare
    read: Read
    refusals: tuple[type[Exception], ...] = ()


def serve(tool: Tool) -> None:
    """Answer until standard input ends."""
    answers, sys.stdout = sys.stdout, sys.stderr  # a tool that prints must not answer
    with tempfile.TemporaryDirectory() as name:
        for line in sys.stdin:
            answer = _answer(tool, json.loads(line), Path(name))
            answers.write(json.dumps(answer) + "\n")
            answers.flush()


def _answer(tool: Tool, question: dict[str, Any], scratch: Path) -> dict[str, Any]:
    match question["do"]:
        case "hello":
            return _about(tool.package)
        case "judge":
            data = from_json(question["data"])
            return asdict(_judged(tool, data, question["asking"], scratch))
        case "prepare":
            data = from_json(question["data"])
            folder = Path(question["folder"])
            try:
                return {"command": tool.prepare(data, question["asking"], folder)}
            except CannotAskError as error:
                return {"cannot": str(error)}
        case "read":
            return asdict(tool.read(question["exit"], Path(question["folder"])))
        case unknown:
            raise ValueError(f"unknown question {unknown!r}")


def _judged(tool: Tool, data: DataSet, asking: str, scratch: Path) -> Answer:
    try:
        return tool.judge(data, asking, scratch)
    except CannotAskError as error:
        return Answer(verdict=Verdict.CANNOT, why=str(error))
    except tool.refusals as error:
        return Answer(verdict=Verdict.REFUSED, why=_words(error, scratch))
    except Exception as error:  # noqa: BLE001 - whatever a tool raises is its answer
        return Answer(verdict=Verdict.ERROR, why=_words(error, scratch))


def _words(error: Exception, scratch: Path) -> str:
    words = f"{type(error).__name__}: {error}"
    return words.replace(f"{scratch}/", "")[:160]


def _about(package: str) -> dict[str, Any]:
    about = importlib.metadata.metadata(package)
    named = [about[key] for key in ("License-Expression", "License") if key in about]
    licence = named[0] if named else "?"
    return {"version": about["Version"], "licence": licence, "python": sys.version.split()[0]}


def by_exit(table: dict[int, Verdict]) -> Read:
    """Return a reader that looks at the exit status alone."""
    return lambda status, _: Answer(verdict=table.get(status, Verdict.ERROR), why=f"exit {status}")
