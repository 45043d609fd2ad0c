"""Nothing that a conftest.py does to the session turns a gate that did not pass into a 0."""

from typing import Any

import pytest


Project = Any

PARTIAL = "block (partial)"
INCOMPLETE = "block (incomplete)"

# conftest.py -> its text; `{...}` of Python is written as it is.
DROP_ITEMS = """\
def pytest_collection_modifyitems(items):
    items[:] = [item for item in items if item.name == "accuracy"]
"""
DROP_ITEMS_LAST = """\
import pytest
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items):
    yield
    del items[1:]
"""
REWRITE_OUTCOME = """\
import pytest
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport():
    report = yield
    report.outcome = "passed"
    return report
"""
REWRITE_AND_RENAME = """\
import pytest
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport():
    report = yield
    report.outcome, report.evalgate_word = "passed", "pass"
    return report
"""
EDIT_RULE = """\
import dataclasses
from pytest_evalgate.evidence import Verdict
def pytest_runtest_setup(item):
    if hasattr(item, "rule"):
        item.rule = dataclasses.replace(item.rule, verdict=Verdict.PASS)
"""
SILENCE_REPORTS = """\
import pytest
@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report):
    report.__dict__.pop("evalgate_item", None)
"""
FINISH_TRYLAST = """\
import pytest
@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    session.exitstatus = 0
"""
FINISH_WRAPPER = """\
import pytest
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session):
    yield
    session.exitstatus = 0
"""
FINISH_LATE = """\
import pytest
class Late:
    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session):
        session.exitstatus = 0
        yield
        session.exitstatus = 0
def pytest_collection_finish(session):
    session.config.pluginmanager.register(Late())
"""
FINISH_NONE = """\
import pytest
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session):
    yield
    session.exitstatus = None
"""
FINISH_EXIT = """\
import pytest
@pytest.hookimpl(trylast=True)
def pytest_sessionfinish():
    pytest.exit("done", returncode=0)
"""
MAIN = """\
def pytest_cmdline_main():
    return 0
"""
MAIN_WRAPPER = """\
import pytest
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main():
    yield
    return 0
"""
UNSET_OPTION = """\
import pytest
@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    config.option.evalgate = False
    config.option.help = True
"""
UNSET_OPTION_IN_MAIN = """\
import pytest
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config):
    config.option.evalgate = False
    config.args[:] = ["test_other.py"]
    return (yield)
"""
SWAP_GATE = """\
def pytest_configure(config):
    config.args[:] = ["test_other.py"]
"""
ALLOW_PARTIAL = """\
import pytest
@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    config.option.evalgate_partial = True
    config.option.keyword = "accuracy"
"""
UNREGISTER = """\
def {hook}(config):
    for name in ("evalgate", "evalgate-guard", "evalgate-session"):
        config.pluginmanager.unregister(name=name)
"""
UNREGISTER_EARLY = """\
def pytest_addoption(pluginmanager):
    pluginmanager.unregister(name="evalgate")
"""
UNREGISTER_STARTED = """\
def pytest_collection(session):
    session.config.pluginmanager.unregister(name="evalgate-session")
"""
BLOCK_NAME = """\
def pytest_addoption(pluginmanager):
    pluginmanager.set_blocked("evalgate-{name}")
"""
UNREGISTER_AT_ONCE = """\
def pytest_plugin_registered(plugin, plugin_name, manager):
    if plugin_name == "evalgate-{name}":
        manager.unregister(plugin)
"""
BUG = """\
import pytest_evalgate.gate.engine as engine
def evaluate(*args):
    raise KeyError("a bug")
engine.evaluate = evaluate
"""


def exiting(hook: str, statement: str = "sys.exit(0)") -> str:
    return f"import sys, os, pytest\ndef {hook}():\n    {statement}\n"


ATTACKS = {
    "drop-items": (DROP_ITEMS, 20, PARTIAL),
    "drop-items-last": (DROP_ITEMS_LAST, 20, PARTIAL),
    "rewrite-outcome": (REWRITE_OUTCOME, 20, PARTIAL),
    "rewrite-outcome-and-word": (REWRITE_AND_RENAME, 20, PARTIAL),
    "edit-the-rule": (EDIT_RULE, 20, PARTIAL),
    "silence-reports": (SILENCE_REPORTS, 20, PARTIAL),
    "sessionfinish-trylast": (FINISH_TRYLAST, 1, "block"),
    "sessionfinish-wrapper-tryfirst": (FINISH_WRAPPER, 1, "block"),
    "sessionfinish-registered-late": (FINISH_LATE, 1, "block"),
    "sessionfinish-none": (FINISH_NONE, 3, "block"),
    "sessionfinish-pytest-exit-0": (FINISH_EXIT, 1, "block"),
    "exit-0-in-loop": (
        exiting("pytest_runtest_protocol", "pytest.exit('x', returncode=0)"), 20, PARTIAL
    ),
    "exit-0-in-collection": (
        exiting("pytest_collection", "pytest.exit('x', returncode=0)"), 20, PARTIAL
    ),
    "exit-0-in-configure": (
        exiting("pytest_configure", "pytest.exit('x', returncode=0)"), 20, INCOMPLETE
    ),
    "exit-0-in-unconfigure": (
        exiting("pytest_unconfigure", "pytest.exit('x', returncode=0)"), 3, "block"
    ),
    "runtestloop-true": (exiting("pytest_runtestloop", "return True"), 20, PARTIAL),
    "runtest-protocol-true": (exiting("pytest_runtest_protocol", "return True"), 20, PARTIAL),
    "collection-true": (exiting("pytest_collection", "return True"), 20, PARTIAL),
    "cmdline-main-0": (MAIN, 20, INCOMPLETE),
    "cmdline-main-wrapper-0": (MAIN_WRAPPER, 1, "block"),
    "unset-the-option": (UNSET_OPTION, 1, "block"),
    "unset-the-option-in-main": (UNSET_OPTION_IN_MAIN, 20, PARTIAL),
    "swap-the-gate": (SWAP_GATE, 20, PARTIAL),
    "allow-partial": (ALLOW_PARTIAL, 20, PARTIAL),
    "unregister-in-configure": (UNREGISTER.format(hook="pytest_configure"), 4, INCOMPLETE),
    "unregister-in-main": (UNREGISTER.format(hook="pytest_cmdline_main"), 4, INCOMPLETE),
    "unregister-in-addoption": (UNREGISTER_EARLY, 1, "block"),
    "unregister-in-collection": (UNREGISTER_STARTED, 4, INCOMPLETE),
    "block-the-session": (BLOCK_NAME.format(name="session"), 4, INCOMPLETE),
    "block-the-guard": (BLOCK_NAME.format(name="guard"), 4, None),
    "unregister-the-session-at-once": (UNREGISTER_AT_ONCE.format(name="session"), 4, INCOMPLETE),
    "unregister-the-guard-at-once": (UNREGISTER_AT_ONCE.format(name="guard"), 4, None),
    "sys-exit-at-import": ("import sys\nsys.exit(0)\n", 4, None),
    "pytest-exit-at-import": ("import pytest\npytest.exit('x', returncode=0)\n", 4, None),
    "sys-exit-in-addoption": (exiting("pytest_addoption"), 4, None),
    "sys-exit-in-main": (exiting("pytest_cmdline_main"), 3, INCOMPLETE),
    "sys-exit-in-configure": (exiting("pytest_configure"), 3, INCOMPLETE),
    "sys-exit-in-sessionstart": (exiting("pytest_sessionstart"), 3, INCOMPLETE),
    "sys-exit-in-collection": (exiting("pytest_collection"), 3, PARTIAL),
    "sys-exit-in-runtestloop": (exiting("pytest_runtestloop"), 3, PARTIAL),
    "sys-exit-in-logfinish": (exiting("pytest_runtest_logfinish"), 3, PARTIAL),
    "sys-exit-in-sessionfinish": (exiting("pytest_sessionfinish"), 3, "block"),
    "sys-exit-in-summary": (exiting("pytest_terminal_summary"), 3, "block"),
    "sys-exit-in-unconfigure": (exiting("pytest_unconfigure"), 3, "block"),
    "bug-in-the-engine": (BUG, 3, INCOMPLETE),
    "raise-in-sessionstart": (exiting("pytest_sessionstart", "raise KeyError"), 3, INCOMPLETE),
    "raise-in-collection": (exiting("pytest_collection", "raise KeyError"), 3, PARTIAL),
    "raise-in-setup": (exiting("pytest_runtest_setup", "raise KeyError"), 20, PARTIAL),
    "raise-in-teardown": (exiting("pytest_runtest_teardown", "raise KeyError"), 20, PARTIAL),
}  # fmt: skip
# Against a promoting gate: what must stay a block although every rule passed.
ON_PROMOTING = {
    "drop-items": (20, PARTIAL),
    "runtestloop-true": (20, PARTIAL),
    "exit-0-in-loop": (20, PARTIAL),
    "cmdline-main-0": (20, INCOMPLETE),
    "unregister-in-configure": (4, INCOMPLETE),
    "unregister-in-collection": (4, INCOMPLETE),
    "swap-the-gate": (20, PARTIAL),
    "sys-exit-in-unconfigure": (3, "promote"),
    "sessionfinish-wrapper-tryfirst": (0, "promote"),
}


def outcome_of(project: Project, kind: str, conftest: str) -> tuple[int, str | None]:
    project.gate(kind)
    project.write("test_other.py", "def test_other(): pass\n")
    project.write("conftest.py", conftest)
    outcome: tuple[int, str | None] = project.run("--evalgate", "gate.yaml").outcome
    return outcome


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_on_a_failing_gate_never_ends_in_0(project: Project, attack: str) -> None:
    conftest, status, verdict = ATTACKS[attack]
    assert outcome_of(project, "fail", conftest) == (status, verdict)


@pytest.mark.parametrize("attack", ON_PROMOTING)
def test_an_attack_on_a_promoting_gate_changes_only_what_it_must(
    project: Project, attack: str
) -> None:
    assert outcome_of(project, "promote", ATTACKS[attack][0]) == ON_PROMOTING[attack]


@pytest.mark.parametrize(
    ("plugin", "status", "verdict"),
    [
        pytest.param(
            "def pytest_load_initial_conftests(args):\n    args.remove('--evalgate')\n",
            1,
            "block",
            id="take-the-option-away",
        ),
        pytest.param(MAIN_WRAPPER, 1, "block", id="cmdline-main-wrapper"),
        pytest.param(FINISH_WRAPPER, 1, "block", id="sessionfinish-wrapper"),
        pytest.param(UNREGISTER_EARLY, 1, "block", id="unregister"),
    ],
)
def test_an_attack_of_a_plugin_loaded_early_never_ends_in_0(
    project: Project, plugin: str, status: int, verdict: str
) -> None:
    project.gate("fail")
    project.write("early.py", plugin)
    run = project.run("--evalgate", "gate.yaml", "-pearly", env={"PYTHONPATH": str(project.path)})
    assert run.outcome == (status, verdict)


@pytest.mark.parametrize(
    "hook",
    [
        "pytest_configure",
        "pytest_sessionstart",
        "pytest_collection",
        "pytest_runtestloop",
        "pytest_sessionfinish",
        "pytest_unconfigure",
    ],
)
def test_a_process_that_leaves_by_itself_leaves_no_promotion(project: Project, hook: str) -> None:
    """The exit status of `os._exit(0)` cannot be owned; the evidence can."""
    project.old_evidence()
    _, verdict = outcome_of(project, "fail", exiting(hook, "os._exit(0)"))
    assert verdict in {INCOMPLETE, "block"}


def test_a_status_hidden_from_other_tests_is_not_lost(project: Project) -> None:
    project.gate("promote")
    project.write("test_other.py", "def test_other(): assert False\n")
    project.write("conftest.py", FINISH_LATE)
    assert project.run("--evalgate", "gate.yaml", "test_other.py").outcome == (1, "promote")


@pytest.mark.parametrize(
    ("attack", "status", "verdict"),
    [
        pytest.param("unregister-in-configure", 20, INCOMPLETE, id="unregister-in-configure"),
        pytest.param("unregister-in-collection", 20, INCOMPLETE, id="unregister-in-collection"),
        pytest.param("block-the-session", 20, INCOMPLETE, id="block-the-session"),
        pytest.param("block-the-guard", 4, None, id="block-the-guard"),
        pytest.param("unregister-the-guard-at-once", 4, None, id="unregister-the-guard-at-once"),
    ],
)
def test_a_folder_whose_gate_nobody_collects_is_not_judged_whole(
    project: Project, attack: str, status: int, verdict: str | None
) -> None:
    project.gate("promote")
    project.write("test_other.py", "def test_other(): pass\n")
    project.write("conftest.py", ATTACKS[attack][0])
    assert project.run("--evalgate", ".").outcome == (status, verdict)
