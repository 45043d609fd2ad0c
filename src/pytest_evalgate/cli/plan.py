"""`plan`: what each rule of a gate can detect, and what it would need."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path

from pytest_evalgate import host
from pytest_evalgate.cli.gate_files import load_gate
from pytest_evalgate.progress import progress_on
from pytest_evalgate.providers import installed
from pytest_evalgate.report.plan import plan_section


_WIDTH = 100  # where the output is no terminal


def plan(name: str) -> bool:
    """Print the plan of a gate file; say whether every required rule could be planned.

    Raises:
        SpecErrors: the gate file cannot be read or is not valid; all its problems at once.
    """
    gate = Path(name)
    formats = installed()
    spec = load_gate(gate, formats)
    from pytest_evalgate.gate.planner import plan_gate  # noqa: PLC0415 - scipy takes its time

    width = shutil.get_terminal_size((_WIDTH, 24)).columns
    with progress_on(sys.stderr, width=width) as progress:
        around = replace(
            host.surroundings(gate, variables=spec.variables()), formats=formats, progress=progress
        )
        found = plan_gate(spec, around)
    print("\n".join(plan_section(found, width=width)))
    return found.is_complete
