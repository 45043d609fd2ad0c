"""Make the files beside this one by running DVCLive.

Needs ``pip install dvclive`` in an environment of its own. Then, in this folder:
``python make.py``. Nothing is fetched. DVCLive sets DVC up in the git repository around it and
stages files there, so it works in a folder of its own, outside of any repository.
"""

# mypy: ignore-errors
# The tool is not installed where types are checked.

import importlib
import json
import os
import random
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path


HERE = Path(__file__).parent


def run(folder: Path, *, seed: int, level: float) -> None:
    live = importlib.import_module("dvclive").Live(
        str(folder), save_dvc_exp=False, dvcyaml=None, monitor_system=False
    )
    draw = random.Random(seed)
    with live:
        for _ in range(3):
            live.log_metric("train/loss", draw.uniform(0.4, 0.6), plot=False)
            live.log_metric("avg_prec/test", level + draw.uniform(0, 0.02), plot=False)
            live.next_step()


def main() -> None:
    os.environ["DVC_NO_ANALYTICS"] = "1"
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        make(Path(work))
        os.chdir(HERE)
    made = {"tool": "dvclive", "version": version("dvclive"), "command": "python make.py"}
    (HERE / "made_with.json").write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")


def make(work: Path) -> None:
    for arm, level in (("baseline", 0.9), ("candidate", 0.95)):
        for seed in (1, 2, 3):
            folder = work / arm / f"seed-{seed}"
            run(folder, seed=seed, level=level)
            target = HERE / arm / f"seed-{seed}"
            target.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / "metrics.json", target / "metrics.json")


if __name__ == "__main__":
    main()
