"""Plays GitHub's runner for a composite action: expressions, files, workflow commands, bash.

Only what this project's action uses; anything else is an error, not an empty text. Steps that
use another action are stubs, which keep what they were given.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import yaml
from action_log import Command, commands, key_values, problems


_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|[A-Za-z_][\w.-]*|&&|\|\||==|!=|[!()])")
MAX_SUMMARY = 2**20  # bytes; a larger one is lost whole

Value: TypeAlias = str | bool


@dataclass(slots=True, kw_only=True)
class Step:
    """What became of one step."""

    name: str
    outcome: str  # success | failure | skipped
    given: Mapping[str, str] = field(default_factory=dict)  # `with:` of a used action
    log: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""
    commands: tuple[Command, ...] = ()
    problems: tuple[str, ...] = ()  # that a problem matcher found in its log
    files: tuple[str, ...] = ()  # of an upload, when it took place

    @property
    def annotations(self) -> tuple[Command, ...]:
        """Return what people are shown."""
        return tuple(one for one in self.commands if one.name in {"error", "warning", "notice"})


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of the action."""

    conclusion: str
    outputs: Mapping[str, str]
    steps: tuple[Step, ...]

    def step(self, name: str) -> Step:
        """Return one step."""
        [found] = [step for step in self.steps if step.name == name]
        return found


Used: TypeAlias = Callable[[str, Mapping[str, str]], tuple[str, Mapping[str, str], tuple[str, ...]]]


@dataclass(slots=True, kw_only=True)
class Runner:
    """A runner with one job, which runs the action once."""

    action: Path
    workspace: Path
    used: Used
    environment: Mapping[str, str]
    temporary: Path

    def run(self, inputs: Mapping[str, str]) -> Outcome:
        """Run the composite action as a step of a job."""
        document = yaml.safe_load((self.action / "action.yml").read_text(encoding="utf-8"))
        given = {
            name: inputs.get(name, _text(self._default(declared.get("default", ""))))
            for name, declared in document["inputs"].items()
        }
        if unknown := inputs.keys() - given.keys():
            raise ValueError(f"unknown inputs: {unknown}")
        scope = Scope(inputs=given)
        environment = dict(self.environment)
        steps = [self._step(step, scope, environment) for step in document["runs"]["steps"]]
        return Outcome(
            conclusion="failure" if scope.has_failed else "success",
            outputs={
                name: scope.text(output["value"]) for name, output in document["outputs"].items()
            },
            steps=tuple(steps),
        )

    @staticmethod
    def _default(text: str) -> str:
        return text.replace("${{ github.token }}", "the-token-of-the-job")

    def _step(self, step: Mapping[str, Any], scope: "Scope", environment: dict[str, str]) -> Step:
        condition = str(step.get("if", "")).removeprefix("${{").removesuffix("}}").strip()
        name = step.get("name", step.get("id", ""))
        if not scope.is_due(condition):
            done = Step(name=name, outcome="skipped")
        elif "uses" in step:
            done = self._use(step, scope)
        else:
            done = self._shell(step, scope, environment)
        scope.keep(step.get("id"), done)
        return done

    def _use(self, step: Mapping[str, Any], scope: "Scope") -> Step:
        given = {name: scope.text(_text(value)) for name, value in step.get("with", {}).items()}
        outcome, outputs, files = self.used(step["uses"], given)
        return Step(name=step["name"], outcome=outcome, given=given, outputs=outputs, files=files)

    def _shell(self, step: Mapping[str, Any], scope: "Scope", environment: dict[str, str]) -> Step:
        if step["shell"] != "bash":
            raise ValueError("only bash is played")
        folder = Path(tempfile.mkdtemp(dir=self.temporary))
        script = folder / "step.sh"
        script.write_text(scope.text(step["run"]), encoding="utf-8")
        files = {name: folder / name for name in ("OUTPUT", "ENV", "PATH", "STEP_SUMMARY")}
        for file in files.values():
            file.touch()
        done = subprocess.run(  # as the runner does for `shell: bash`
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],  # noqa: S607
            cwd=self.workspace,
            env={
                **environment,
                **{name: scope.text(_text(v)) for name, v in step.get("env", {}).items()},
                **{f"GITHUB_{name}": str(file) for name, file in files.items()},
                "GITHUB_ACTION_PATH": str(self.action),
                "GITHUB_WORKSPACE": str(self.workspace),
                "RUNNER_TEMP": str(self.temporary),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
            timeout=120,
        )
        environment.update(key_values(files["ENV"].read_text(encoding="utf-8")))
        for line in files["PATH"].read_text(encoding="utf-8").splitlines():
            environment["PATH"] = f"{line}{os.pathsep}{environment['PATH']}"
        summary = files["STEP_SUMMARY"].read_bytes()
        return Step(
            name=step["name"],
            outcome="success" if done.returncode == 0 else "failure",
            log=done.stdout,
            outputs=key_values(files["OUTPUT"].read_text(encoding="utf-8")),
            summary=summary.decode() if len(summary) <= MAX_SUMMARY else "",
            commands=commands(done.stdout),
            problems=problems(done.stdout),
        )


@dataclass(slots=True, kw_only=True)
class Scope:
    """What expressions may ask for."""

    inputs: Mapping[str, str]
    steps: dict[str, Step] = field(default_factory=dict)
    has_failed: bool = False

    def keep(self, name: str | None, step: Step) -> None:
        """Remember a step that ended."""
        self.has_failed |= step.outcome == "failure"
        if name is not None:
            self.steps[name] = step

    def is_due(self, condition: str) -> bool:
        """Say whether a step runs: not after a failure, unless its condition asks about that."""
        if not re.search(r"\b(always|success|failure|cancelled)\(", condition):
            condition = f"success() && ({condition})" if condition else "success()"
        return bool(self.value(condition))

    def text(self, template: str) -> str:
        """Return a text with its expressions replaced."""
        return re.sub(
            r"\$\{\{(.*?)\}\}", lambda found: _text(self.value(found[1].strip())), template
        )

    def value(self, expression: str) -> Value:
        """Return the value of an expression."""
        tokens = _TOKEN.findall(expression)
        if "".join(tokens) != re.sub(r"\s(?=(?:[^']*'[^']*')*[^']*$)", "", expression):
            raise ValueError(f"cannot read {expression!r}")
        value = self._either(tokens)
        if tokens:
            raise ValueError(f"{expression!r}: {tokens} is left over")
        return value

    def _either(self, tokens: list[str]) -> Value:
        value = self._both(tokens)
        while tokens and tokens[0] == "||":
            tokens.pop(0)
            other = self._both(tokens)
            value = value or other
        return value

    def _both(self, tokens: list[str]) -> Value:
        value = self._compared(tokens)
        while tokens and tokens[0] == "&&":
            tokens.pop(0)
            other = self._compared(tokens)
            value = value and other
        return value

    def _compared(self, tokens: list[str]) -> Value:
        value = self._single(tokens)
        if not tokens or tokens[0] not in {"==", "!="}:
            return value
        is_equal = tokens.pop(0) == "=="
        other = self._single(tokens)
        if not isinstance(value, str) or not isinstance(other, str):
            raise TypeError("only texts are compared")
        return (value.lower() == other.lower()) is is_equal  # GitHub ignores case

    def _single(self, tokens: list[str]) -> Value:
        token = tokens.pop(0)
        if token == "!":
            return not self._single(tokens)
        if token == "(":
            value = self._either(tokens)
            tokens.pop(0)
            return value
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if tokens[:2] == ["(", ")"]:
            del tokens[:2]
            return self._status(token)
        return self._property(token)

    def _status(self, name: str) -> bool:
        return {
            "always": True,
            "cancelled": False,
            "success": not self.has_failed,
            "failure": self.has_failed,
        }[name]

    def _property(self, path: str) -> str:
        match path.split("."):
            case ["inputs", name]:
                return self.inputs[name]
            case ["steps", step, "outputs", name] if step in self.steps:
                return self.steps[step].outputs.get(name, "")
            case ["steps", step, "outcome"] if step in self.steps:
                return self.steps[step].outcome
        raise ValueError(f"{path!r} is not played")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
