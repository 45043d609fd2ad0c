"""What a run was told on its command line and a rerun must be told again."""

import shlex
from collections.abc import Sequence

from pytest_evalgate.evidence import RunFacts
from pytest_evalgate.report.escape import plain, quoted_node


_OPTION = "--evalgate-artifact"
_LONGEST = 1000


def rerun_command(path: str, rule_id: str, *, arguments: Sequence[str] = ()) -> str:
    """Return the command that runs the test of a rule again, for a POSIX shell.

    Args:
        path: Of the gate file.
        rule_id: Of the rule.
        arguments: What else to append, such as ``override_arguments``.
    """
    words = [shlex.quote(plain(word, limit=_LONGEST)) for word in arguments]
    return " ".join([f"pytest --evalgate {quoted_node(path, rule_id)}", *words])


def override_arguments(run: RunFacts) -> list[str]:
    """Return the words to append to a rerun so that it judges the same files.

    Args:
        run: Whose arguments may hold paths of artifacts, in one word or in two.

    Returns:
        An option and its value for each path, in the order in which they were typed.
    """
    return [word for text in overrides(run) for word in (_OPTION, text)]


def overrides(run: RunFacts) -> list[str]:
    """Return the values of the options that named paths: ``NAME.ARM=PATH`` or ``NAME=PATH``."""
    waiting = iter(run.args)
    found = []
    for word in waiting:
        if word == "--":  # what follows names files and tests
            break
        if word == _OPTION:
            value = next(waiting, None)
            found += [] if value is None else [value]
        elif word.startswith(f"{_OPTION}="):
            found.append(word.removeprefix(f"{_OPTION}="))
    return found
