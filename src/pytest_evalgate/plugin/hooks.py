"""The pytest plugin's front door: options, and nothing else unless a gate is asked for.

Everybody who has the package installed pays for this module at every start of pytest, so it
imports pytest alone; the rest is imported when `--evalgate` is given.
"""

import sys
from collections.abc import Generator

import pytest


_FLAG = "--evalgate"
_GUARD = "evalgate-guard"
# Who types one of these wants no gate; from a configuration file they would switch a gate off.
_HELP = frozenset({"-h", "--help", "-V", "-VV", "--version"})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options to `--help`."""
    group = parser.getgroup("evalgate", "promotion gates for models")
    group.addoption(_FLAG, action="store_true", help="run gates: YAML files named or found")
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
        help="report to write besides the JSON evidence: markdown, html, junit or badge "
        "(repeatable; default: markdown, and html where CI is set)",
    )
    group.addoption(
        "--evalgate-no-github",
        action="store_true",
        help="write no step summary, annotations, outputs and comment in GitHub Actions",
    )
    group.addoption(
        "--evalgate-plan",
        action="store_true",
        help="do not judge: print what each rule can detect and what it would need; exit 20",
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
    parser.addini("evalgate_output", "folder for evidence and reports, relative to the rootdir")
    parser.addini("evalgate_reports", "further reports to write", type="args")


class _Specs:
    """The hooks that this plugin asks."""

    @pytest.hookspec
    def pytest_evalgate_readers(self) -> list[object]:
        """Return readers of your own file formats: see ``pytest_evalgate.readers.Reader``.

        Asked once in a session with `--evalgate`, of plugins and of the conftest.py files that
        are loaded at its start, before any gate is read.
        """
        raise NotImplementedError


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Let conftest.py files register readers."""
    pluginmanager.add_hookspecs(_Specs)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Put the guard around all that the first conftest files can do, and see them return."""
    is_asked = _is_asked(early_config, early_config.known_args_namespace.evalgate)
    try:
        return (yield)
    except (SystemExit, pytest.exit.Exception) as error:
        if not is_asked:
            raise
        raise pytest.UsageError(f"a conftest.py ended the session: {error!r}") from error
    finally:
        early_config.pluginmanager.register(_Guard(), _GUARD)
        if is_asked and not early_config.pluginmanager.hasplugin(_GUARD):
            raise pytest.UsageError(f"a plugin or conftest.py took {_GUARD} away: no gate can run")


class _Guard:
    """Owns the exit status.

    Registered after the plugins and the first conftest files, so that its wrapper is the
    outermost: nothing that happens inside may turn a gate that did not pass into 0.
    """

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> Generator[None, object, object]:
        """Read what is asked for before any other hook may change it, and end the session."""
        if not _is_asked(config, config.option.evalgate):
            return (yield)
        from pytest_evalgate.plugin.session import open_session  # noqa: PLC0415
        from pytest_evalgate.plugin.status import INTERNAL_ERROR  # noqa: PLC0415

        session = open_session(config)
        config.pluginmanager.register(session, "evalgate-session")
        status: object
        try:
            status = yield
        except (SystemExit, pytest.exit.Exception) as error:
            sys.stderr.write(f"evalgate: a hook ended the session: {error!r}\n")
            status = INTERNAL_ERROR
        return session.end(status)


def _is_asked(config: pytest.Config, is_set: object) -> bool:
    """Say whether a gate was asked for: by the option, or typed and then taken away."""
    typed = {str(arg) for arg in config.invocation_params.args}
    return (bool(is_set) or _FLAG in typed) and not typed & _HELP
