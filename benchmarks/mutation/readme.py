"""Write README.md: scores by module, and why each survivor lives."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.mutation.coverage_map import BUDGET, LONGEST, SAMPLED


FOLDER = Path(__file__).parent
Record = dict[str, Any]
HEAD = """# Mutation tests

A mutant is the package with one small change: `<` becomes `<=`, `+` becomes `-`, a constant is one
more, doubled or 0, `and` becomes `or`, a `not` or a `raise` is gone, two arguments are exchanged,
`min` is `max`, an enum member is the next one or is spelt otherwise, a function returns None.
A mutant is *killed* when a test fails, and *survives* when all pass. Survivors are listed below,
each with its reason.

- `run.py` tries all mutants of four modules; `run.py --sample 300` that many of the rest of
  `stats/` and `gate/`, in an order decided by seed {seed}; `run.py --survivors` those that lived.
- `mutants.py` makes them. Docstrings, messages, annotations, decorators, `__all__` and protocols
  are left alone.
- `coverage_map.py` finds the tests of each line, `trial.py` runs them: those of the module's own
  files first, then the others, fastest first, up to {budget:.0f} s for one mutant, in the sample
  {sampled:.0f} s; none of more than {longest:.0f} s. Hypothesis draws the same examples each time,
  at most 25 a test, and tests of the plugin are left out: with all of them a score can only be
  higher.
- Each mutant lives in a copy of the project, in a process that is checked to have imported it. A
  test that kills is run on the unchanged package too, and must pass there. More than 60 s of CPU
  is a kill.
- `reasons.json` says of survivors why they live; `results.json` has every mutant.

"""


def write(records: Sequence[Record], *, seed: int) -> None:
    """Write README.md from the records of results.json."""
    limits = {"budget": BUDGET, "sampled": SAMPLED, "longest": LONGEST}
    parts = [HEAD.format(seed=seed, **limits)]
    full = [one for one in records if one["part"] == "full"]
    sample = [one for one in records if one["part"] == "sample"]
    parts += ["## All mutants\n\n", _table(full, key="module")]
    if sample:
        parts += [
            f"\n## A sample of {len(sample)} mutants of the rest\n\n",
            _table(sample, key="layer"),
        ]
        parts.append(_written(sample))
    parts += ["\n## Survivors\n\n", *_survivors(records)]
    (FOLDER / "README.md").write_text("".join(parts), encoding="utf-8")


def _table(records: Sequence[Record], *, key: str) -> str:
    groups: dict[str, list[Record]] = {}
    for one in records:
        name = one["module"] if key == "module" else f"{one['module'].split('/')[0]}/, the rest"
        groups.setdefault(name, []).append(one)
    rows = [f"| {key} | mutants | killed | survived | score |", "|---|---|---|---|---|"]
    rows += [_row(f"`{name}`" if key == "module" else name, ones) for name, ones in groups.items()]
    rows.append(_row("all", list(records)))
    return "\n".join(rows) + "\n"


def _written(records: Sequence[Record]) -> str:
    """Say how many were found by tests that were written because mutants lived."""
    found = sum("_mutants.py" in (one["killed_by"] or "") for one in records)
    return (
        f"\n{found} of them are killed by tests that were written because mutants lived: what the\n"
        "rest of the code would show to a new sample is nearer to the score without these,\n"
        f"{_share(records, without=found)}.\n"
    )


def _share(records: Sequence[Record], *, without: int) -> str:
    killed = sum(one["killed_by"] is not None for one in records) - without
    return f"{killed / len(records):.1%}"


def _row(name: str, records: Sequence[Record]) -> str:
    killed = sum(one["killed_by"] is not None for one in records)
    lived = len(records) - killed
    return f"| {name} | {len(records)} | {killed} | {lived} | {killed / len(records):.1%} |"


def _survivors(records: Sequence[Record]) -> list[str]:
    path = FOLDER / "reasons.json"
    reasons = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    rows = ["| line | mutant | reason |\n", "|---|---|---|\n"]
    for one in records:
        if one["killed_by"] is None:
            change = f"`{_short(one['before'])}` -> `{_short(one['after'])}`"
            name = f"{one['module']}:{one['line']}"
            reason = reasons.get(f"{name} {one['before']} -> {one['after']}", "")
            rows.append(f"| {name} | {change} | {reason or 'not killed: no test yet'} |\n")
    return rows


def _short(text: str) -> str:
    """Return code that fits a cell of a table."""
    text = text.replace("|", "\\|")
    return text if len(text) <= 90 else f"{text[:87]}..."
