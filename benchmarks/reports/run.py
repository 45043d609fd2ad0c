"""CPU seconds to render 50 rules, beside matplotlib drawing the same pictures.

``python benchmarks/reports/run.py``: each kind in processes of its own, in turn, imports included.
Needs matplotlib for the last line, which is left out without it.
"""

import importlib.util
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType


ROOT = Path(__file__).parents[2]
REPEATS = 7
TIMED = """
import sys, time
from pytest_evalgate.evidence import from_json
evidence = from_json(open(sys.argv[1], encoding="utf-8").read())
start = time.process_time()
{work}
print(time.process_time() - start)
"""
KIND = """
from pytest_evalgate.report.kinds import Kind, render
render(Kind({kind!r}), evidence)
"""
TERMINAL = """
from pytest_evalgate.report.terminal import gate_section, rule_details
gate_section(evidence, verbosity=1)
for rule in evidence.rules:
    rule_details(rule, evidence.gate)
"""
SUMMARY = """
from pytest_evalgate.report.github import annotations, comment, step_summary
step_summary(evidence), annotations(evidence), comment(evidence)
"""
# What a web page draws of each rule: the interval with its limit, and one histogram.
MATPLOTLIB = """
import io
import matplotlib
matplotlib.use("svg")
from matplotlib import pyplot
for rule in evidence.rules:
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(8, 1))
    effect, limit = rule.effect, rule.limit
    left.plot([effect.low, effect.high], [0, 0])
    left.plot([effect.estimate], [0], "o")
    left.axvline(limit.low if limit.low is not None else limit.high)
    histogram = rule.picture.difference
    right.stairs(histogram.counts, histogram.edges)
    figure.savefig(io.StringIO(), format="svg")
    pyplot.close(figure)
"""


def main() -> None:
    works = {kind: KIND.format(kind=kind) for kind in ("html", "markdown", "junit", "badge")}
    works |= {"terminal": TERMINAL, "summary, annotations, comment": SUMMARY}
    if importlib.util.find_spec("matplotlib"):
        works["matplotlib: 50 figures"] = MATPLOTLIB
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "gate.json")
        path.write_text(evidence_of_fifty(), encoding="utf-8")
        seconds: dict[str, list[float]] = {name: [] for name in works}
        for _ in range(REPEATS):
            for name, work in works.items():
                seconds[name].append(timed(work, path))
    page = statistics.median(seconds["html"])
    print("| report of 50 rules | CPU s, median (least to most) | of the page |")
    print("|---|---|---|")
    for name, found in seconds.items():
        middle = statistics.median(found)
        spread = f"{middle:.3f} ({min(found):.3f} to {max(found):.3f})"
        print(f"| {name} | {spread} | {middle / page:.2f} |")


def timed(work: str, path: Path) -> float:
    done = subprocess.run(
        [sys.executable, "-c", TIMED.format(work=work), path],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)


def evidence_of_fifty() -> str:
    """Return the evidence of 50 made-up rules with histograms and movers, as the tests have it."""
    from pytest_evalgate.evidence import to_json  # noqa: PLC0415

    cases = loaded(ROOT / "tests" / "report" / "cases.py")
    pages = loaded(ROOT / "tests" / "support" / "webpages.py")
    return to_json(pages.fifty_with_pictures(cases))


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
