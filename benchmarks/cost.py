"""What a gate costs: CPU and peak memory of whole commands, side by side with pytest alone.

``python benchmarks/cost.py`` writes its inputs to a temporary folder and prints a table. Each
command runs several times, in turn with the others; medians are shown.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path


ROWS = (100_000, 20_000)
GATE = """\
version: 1
gate: {name}
artifacts:
  evals: {{candidate: {name}-candidate.jsonl, baseline: {name}-baseline.jsonl, id: id}}
metrics:
  accuracy: {{value: correct, better: higher}}
  score: {{value: score, better: higher, range: [0, 1]}}
  latency: {{value: latency_ms, statistic: geomean, better: lower, unit: ms}}
  tokens: {{value: tokens, better: lower}}
rules:
{rules}
"""
RULES = (
    "{metric: accuracy, claim: non_inferiority, margin: 5pp}",
    "{metric: score, claim: non_inferiority, margin: 5pp}",
    "{metric: latency, claim: non_inferiority, margin: 20%}",
    "{metric: tokens, claim: non_inferiority, margin: 20%}",
    "{metric: accuracy, claim: threshold, min: 0.5}",
)


def write_gate(folder: Path, name: str, *, rows: int, rules: int) -> Path:
    """Write a gate of some rules over two tables of JSON lines."""
    generator = random.Random(rows)  # noqa: S311 - made-up data
    for arm in ("candidate", "baseline"):
        with (folder / f"{name}-{arm}.jsonl").open("w") as file:
            for i in range(rows):
                row = {
                    "id": f"q{i:06d}",
                    "correct": int(generator.random() < 0.8),
                    "score": round(generator.random(), 4),
                    "latency_ms": round(generator.lognormvariate(3, 0.4), 3),
                    "tokens": generator.randint(10, 500),
                }
                file.write(json.dumps(row) + "\n")
    lines = [f"  r{i}: {RULES[i % len(RULES)]}" for i in range(rules)]
    path = folder / f"{name}.gate.yaml"
    path.write_text(GATE.format(name=name, rules="\n".join(lines)))
    return path


def run(arguments: Sequence[str], folder: Path) -> tuple[float, float]:
    """Run pytest and return CPU seconds and peak MiB."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *arguments]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_one.py").write_text("def test_one():\n    assert True\n")
        (folder / "pytest.ini").write_text("[pytest]\n")
        ten = write_gate(folder, "ten-rules", rows=200, rules=10)
        large = write_gate(folder, "large", rows=ROWS[0], rules=5)
        medium = write_gate(folder, "medium", rows=ROWS[1], rules=5)
        commands = {
            "one test, without the plugin": (20, ["-p", "no:evalgate", "test_one.py"]),
            "one test, plugin installed": (20, ["test_one.py"]),
            "10 rules, 2 x 200 rows": (7, ["--evalgate", ten.name]),
            "5 rules, 2 x 20,000 JSON lines": (3, ["--evalgate", medium.name]),
            "5 rules, 2 x 100,000 JSON lines": (3, ["--evalgate", large.name]),
        }
        seen: dict[str, list[tuple[float, float]]] = {label: [] for label in commands}
        for turn in range(max(repeats for repeats, _ in commands.values())):
            for label, (repeats, arguments) in commands.items():
                if turn < repeats:
                    seen[label].append(run(arguments, folder))
    floor = statistics.median(cpu for cpu, _ in seen["one test, without the plugin"])
    print("| command | runs | CPU s, median (min-max) | over pytest alone | peak MiB |")
    print("|---|---|---|---|---|")
    for label, runs in seen.items():
        cpu = [one for one, _ in runs]
        middle = statistics.median(cpu)
        spread = f"{middle:.3f} ({min(cpu):.3f}-{max(cpu):.3f})"
        memory = max(peak for _, peak in runs)
        print(f"| {label} | {len(runs)} | {spread} | {middle - floor:+.3f} | {memory:.0f} |")


if __name__ == "__main__":
    main()
