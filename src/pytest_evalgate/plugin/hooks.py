"""The pytest plugin's front door: options, and nothing else unless a gate is asked for.

Everybody who has the package installed pays for this module at every start of pytest, so it
imports pytest alone; the rest is imported when `--evalgate` is given.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest


if TYPE_CHECKING:
    from pytest_evalgate.plugin.session import GateSession

_NAME = "evalgate-session"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options to `--help`."""
    group = parser.getgroup("evalgate", "promotion gates for models")
    group.addoption("--evalgate", action="store_true", help="run gates: YAML files named or found")
    group.addoption(
        "--evalgate-artifact",
        action="append",
        default=[],
        metavar="NAME[.ARM]=PATH",
        help="read this path instead of the one in the gate file (repeatable)",
    )
    group.addoption(
        "--evalgate-output",
        metavar="DIR",
        help="folder for evidence and reports (default: evalgate-report)",
    )
    group.addoption(
        "--evalgate-report",
        action="append",
        default=[],
        metavar="KIND",
        help="further report to write besides the JSON evidence (none in this version)",
    )
    group.addoption(
        "--evalgate-plan", action="store_true", help="not yet supported: plan, do not judge"
    )
    group.addoption(
        "--evalgate-policy-ref",
        metavar="REF",
        help="not yet supported: take the gate file from this git revision",
    )
    group.addoption(
        "--evalgate-partial",
        action="store_true",
        help="running some rules of a gate may exit 0; the decision stays `block (partial)`",
    )
    parser.addini("evalgate_gates", "gate files of a bare `pytest --evalgate`", type="args")
    parser.addini("evalgate_output", "folder for evidence and reports")
    parser.addini("evalgate_reports", "further reports to write", type="args")


def pytest_configure(config: pytest.Config) -> None:
    """Register the session that judges gates, if one was asked for."""
    option = config.option
    if not option.evalgate or option.help or option.version:
        return
    from pytest_evalgate.plugin.session import open_session  # noqa: PLC0415

    config.pluginmanager.register(open_session(config), _NAME)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, object, object]:
    """Own the exit status: nothing that happened inside may turn a gate that did not pass into 0."""
    result = yield
    option = config.option
    if not option.evalgate or option.help or option.version or hasattr(config, "workerinput"):
        return result
    from pytest_evalgate.plugin.status import combine, not_judged  # noqa: PLC0415

    session: GateSession | None = config.stash.get(_session_key(), None)
    return combine(result, not_judged() if session is None else session.status)


def _session_key() -> "pytest.StashKey[GateSession]":
    from pytest_evalgate.plugin.session import SESSION  # noqa: PLC0415

    return SESSION
