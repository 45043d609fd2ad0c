"""Make the reports beside this script by running Google Benchmark on ``sorting.cc``.

On Debian, ``apt-get install g++ libbenchmark-dev`` and then::

    python tests/interop/google_benchmark/make.py

Other places of the library are given as options of the compiler, behind the name of the script.
It writes ``repetitions.json`` (with aggregates), ``aggregates_only.json`` and ``made_with.json``.
The name of the host is taken out.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path


HERE = Path(__file__).parent


def main(options: list[str]) -> int:
    """Compile and run."""
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(folder, "sorting"))
        source = str(HERE / "sorting.cc")
        command = ["g++", "-O2", source, "-o", program, *options, "-lbenchmark", "-lpthread"]
        subprocess.run(command, check=True)
        for name, more in (
            ("repetitions", ("--benchmark_repetitions=5",)),
            (
                "aggregates_only",
                ("--benchmark_repetitions=3", "--benchmark_report_aggregates_only=true"),
            ),
        ):
            out = ("--benchmark_format=json", "--benchmark_min_time=0.01")
            made = subprocess.run([program, *out, *more], check=True, capture_output=True).stdout
            report = json.loads(made)
            report["context"].update(host_name="host", executable="sorting")
            path = HERE / f"{name}.json"
            path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    about = {
        "tool": "google-benchmark",
        "version": "1.7.1 (Debian 12)",
        "command": "python make.py",
    }
    (HERE / "made_with.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
