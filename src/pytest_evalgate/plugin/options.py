"""What was asked for on the command line, checked; and which gate files that means."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_evalgate.host import find_gates, is_ci
from pytest_evalgate.report.escape import plain
from pytest_evalgate.report.kinds import Kind


DEFAULT_GATE = "gate.yaml"
DEFAULT_OUTPUT = "evalgate-report"
_YAML = {".yaml", ".yml"}
# These loosen or redirect a gate: they count only where a person typed them.
_TYPED_ONLY = {
    "evalgate_partial": "--evalgate-partial",
    "evalgate_plan": "--evalgate-plan",
    "evalgate_artifact": "--evalgate-artifact",
    "evalgate_policy_ref": "--evalgate-policy-ref",
}
# Options of pytest that show something and run no test.
_SHOWING = (
    "collectonly",
    "setuponly",
    "setupplan",
    "showfixtures",
    "show_fixtures_per_test",
    "markers",
    "cacheshow",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A checked request for gates."""

    gates: tuple[Path, ...]
    output: Path
    overrides: tuple[tuple[str, str], ...] = ()  # NAME or NAME.ARM as typed, and the path
    kinds: tuple[Kind, ...] = ()  # reports to write besides the JSON
    is_github_told: bool = True  # where this runs in GitHub Actions
    is_partial_allowed: bool = False
    is_judged: bool = True  # False under --evalgate-plan, --collect-only and their like
    is_planned: bool = False  # print what each rule could show, and judge nothing
    from_ini: str | None = None


def read_request(config: pytest.Config) -> Request:
    """Check the options and find the gate files.

    Raises:
        pytest.UsageError: the call cannot be a gate.
    """
    option = config.option
    if option.help or option.version:  # and not typed: gates would be off, and the exit status 0
        raise pytest.UsageError(
            "--help and --version count only where they are typed: "
            "take them out of the configuration file and of PYTEST_ADDOPTS"
        )
    _check_options(config)
    gates, from_ini = _gates(config)
    return Request(
        gates=tuple(gates),
        output=_output(config),
        overrides=_overrides(option.evalgate_artifact),
        kinds=_kinds(config),
        is_github_told=not option.evalgate_no_github,
        is_partial_allowed=option.evalgate_partial,
        is_judged=not option.evalgate_plan
        and not any(getattr(option, name, None) for name in _SHOWING),
        is_planned=option.evalgate_plan,
        from_ini=from_ini,
    )


def _check_options(config: pytest.Config) -> None:
    typed = [str(arg) for arg in config.invocation_params.args]
    for name, flag in _TYPED_ONLY.items():
        value = getattr(config.option, name)
        wanted = len(value) if isinstance(value, list) else int(bool(value))
        found = sum(1 for arg in typed if arg == flag or arg.startswith(f"{flag}="))
        if wanted > found:
            raise pytest.UsageError(
                f"{flag} counts only where it is typed: "
                "take it out of the configuration file and of PYTEST_ADDOPTS"
            )
    if config.option.evalgate_policy_ref is not None:
        raise pytest.UsageError("--evalgate-policy-ref is not yet supported")
    if config.option.evalgate_partial and is_ci():
        raise pytest.UsageError("--evalgate-partial is refused where the variable CI is set")


def _kinds(config: pytest.Config) -> tuple[Kind, ...]:
    """Return the reports to write: as typed, else of the ini option, else the usual ones."""
    typed, configured = config.option.evalgate_report, config.getini("evalgate_reports")
    asked = typed or configured
    if not asked:
        return (Kind.MARKDOWN, Kind.HTML) if is_ci() else (Kind.MARKDOWN,)
    known = [kind.value for kind in Kind]
    for name in asked:
        if name not in known:
            where = "--evalgate-report" if typed else "the ini option evalgate_reports:"
            raise pytest.UsageError(f"{where} {name!r}: expected {', '.join(known)}")
    return tuple(dict.fromkeys(map(Kind, asked)))


def _output(config: pytest.Config) -> Path:
    """Return the folder for evidence: as typed, else of the ini option (from the rootdir)."""
    typed = config.option.evalgate_output
    if typed is not None:
        if not typed.strip() or "\0" in typed:
            raise pytest.UsageError("--evalgate-output is empty; is the variable set?")
        return _absolute(config.invocation_params.dir, typed)
    configured = config.getini("evalgate_output")
    if configured:
        return _absolute(config.rootpath, configured)
    return _absolute(config.invocation_params.dir, DEFAULT_OUTPUT)


def _absolute(base: Path, path: str) -> Path:
    """Join as pytest does: `..` taken out, links kept."""
    return Path(os.path.abspath(base / path))  # noqa: PTH100 - Path.resolve() follows links


def _overrides(texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Split NAME.ARM=PATH at the first `=`."""
    found: dict[str, str] = {}
    for text in texts:
        target, has_path, path = text.partition("=")
        if not has_path or not target or not path.strip():
            raise pytest.UsageError(
                f"--evalgate-artifact {plain(text)!r}: expected NAME.ARM=PATH or NAME=PATH"
            )
        if target in found:
            raise pytest.UsageError(
                f"--evalgate-artifact {plain(target)} is given twice: say which"
            )
        found[target] = path
    return tuple(found.items())


def _gates(config: pytest.Config) -> tuple[list[Path], str | None]:
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return _gates_of_ini(config)
    found: dict[Path, None] = {}
    for argument in config.args:
        for path in _gates_of_argument(config, argument):
            found.setdefault(path)
    if not found:
        raise pytest.UsageError(
            "--evalgate was given, but no gate file was found: "
            "name one, or a folder that holds gate.yaml or *.gate.yaml"
        )
    for path in found:
        _check_name(path)
    return list(found), None


def _check_name(gate: Path) -> None:
    """Refuse a file whose node ids, which pytest prints, a CI runner could take for commands."""
    name = str(gate)
    if not name.isprintable() or "::" in name or "##[" in name:
        raise pytest.UsageError(
            f"{plain(name, limit=300)}: the path of a gate file holds signs that no log can "
            "show safely; rename it"
        )


def _gates_of_argument(config: pytest.Config, argument: str) -> list[Path]:
    base = argument.partition("[")[0].partition("::")[0]
    if not base.strip():
        raise pytest.UsageError("an empty path was given; is the variable set?")
    path = _absolute(config.invocation_params.dir, base)
    if path.is_dir():
        return list(find_gates(path, skip=_output(config)))
    if path.is_file():
        return [path] if path.suffix in _YAML else []
    if path.exists():
        raise pytest.UsageError(f"{base} is no regular file")
    if config.option.pyargs:
        return []
    raise pytest.UsageError(f"{base} does not exist")


def _gates_of_ini(config: pytest.Config) -> tuple[list[Path], str]:
    """Find the gates of a bare `--evalgate`, and make pytest collect them and nothing else."""
    named = config.getini("evalgate_gates") or [DEFAULT_GATE]
    gates = [_absolute(config.rootpath, name) for name in named]
    for gate, name in zip(gates, named, strict=True):
        if not str(name).strip() or not gate.is_file():
            raise pytest.UsageError(
                f"--evalgate: {name or 'an empty name'} does not exist in {config.rootpath}: "
                "name a gate file, or set the ini option evalgate_gates"
            )
    config.args[:] = [str(gate) for gate in gates]
    return gates, ", ".join(str(name) for name in named)
