"""Make the reports beside this script by running pytest-benchmark: three runs of tiny functions.

In an environment of its own::

    pip install pytest-benchmark==5.3.1
    python tests/interop/pytest_benchmark/make.py

It writes ``run_1.json``, ``run_2.json`` (with the times of single rounds) and ``made_with.json``.
The name of the host is taken out, and flags of the processor.
"""

import json
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any


HERE = Path(__file__).parent
TESTS = """
import pytest

@pytest.mark.parametrize("size", [10, 1000])
def test_sort(benchmark, size):
    benchmark.extra_info["model"] = "tiny"
    values = [(i * 7919) % 1009 for i in range(size)]
    benchmark(sorted, values)

@pytest.mark.benchmark(group="sums")
def test_sum(benchmark):
    assert benchmark(sum, range(100)) == 4950
"""


def main() -> int:
    """Run pytest twice."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_tiny.py").write_text(TESTS, encoding="utf-8")
        for number, more in ((1, ()), (2, ("--benchmark-save-data",))):
            options = ("--benchmark-max-time=0.01", "--benchmark-min-rounds=5", *more)
            report = Path(folder, "report.json")
            command = (sys.executable, "-m", "pytest", "-q", f"--benchmark-json={report}", *options)
            subprocess.run(command, check=True, cwd=folder)
            write(json.loads(report.read_text(encoding="utf-8")), f"run_{number}.json")
    made = {
        "tool": "pytest-benchmark",
        "version": version("pytest-benchmark"),
        "command": "python make.py",
    }
    (HERE / "made_with.json").write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    return 0


def write(report: dict[str, Any], name: str) -> None:
    """Write a report without what tells of its maker's machine more than a reader reads."""
    report["machine_info"]["node"] = "host"
    report["machine_info"]["release"] = ""
    report["commit_info"].update(project="tiny", branch="(unknown)")
    cpu = report["machine_info"]["cpu"]
    cpu.pop("flags", None)
    for benchmark in report["benchmarks"]:
        stats = benchmark["stats"]
        if "data" in stats:
            stats["data"] = stats["data"][:20]
    (HERE / name).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
