"""Make the run of this folder again with HELM, offline.

In a virtual environment with ``pip install crfm-helm``: ``python make.py``. A small client stands
for the model: it answers HELM's own "even or odd" questions and is wrong where the number and the
first example sum to a multiple of 3. Six instances, two training trials, each also in lower case.
Of the 27 statistics of an instance only a few are kept, in both files, to keep them small.
"""

import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path


HERE = Path(__file__).parent
KEPT = {"exact_match", "num_prompt_tokens", "inference_runtime", "training_co2_cost"}
KEPT_OF_RUN = KEPT | {"num_instances", "perplexity"}
CLIENT = '''"""A model that is right most of the time."""

import re

from helm.clients.simple_client import SimpleClient


class Parity(SimpleClient):
    """Answers whether the last number is even."""

    def invoke_model(self, raw_request):
        numbers = [int(text) for text in re.findall(r"\\d+", raw_request["prompt"])]
        is_even = numbers[-1] % 2 == 0
        if (numbers[-1] + numbers[0]) % 3 == 0:
            is_even = not is_even
        return {"completions": ["A" if is_even else "B"] * raw_request["num_completions"]}
'''
DEPLOYMENTS = """model_deployments:
  - name: simple/parity
    model_name: simple/parity
    tokenizer_name: simple/tokenizer1
    max_sequence_length: 2048
    client_spec: {class_name: parity_client.Parity}
"""
MODELS = """models:
  - name: simple/parity
    display_name: Parity
    description: A stub.
    creator_organization_name: Example
    access: open
    release_date: 2026-01-01
    tags: [TEXT_MODEL_TAG, FULL_FUNCTIONALITY_TEXT_MODEL_TAG]
"""
ENTRY = "simple_mcqa:model=simple/parity,num_train_trials=2,data_augmentation=lower"
OPTIONS = ("--suite", "s", "--max-eval-instances", "6", "--disable-cache")


def main() -> None:
    """Run HELM once in a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        settings = work / "prod_env"
        settings.mkdir()
        (work / "parity_client.py").write_text(CLIENT, encoding="utf-8")
        (settings / "model_deployments.yaml").write_text(DEPLOYMENTS, encoding="utf-8")
        (settings / "model_metadata.yaml").write_text(MODELS, encoding="utf-8")
        helm_run = str(Path(sys.executable).with_name("helm-run"))
        options = [*OPTIONS, "--local-path", "prod_env", "-o", "out"]
        subprocess.run(
            [helm_run, "--run-entries", ENTRY, *options],
            cwd=work,
            env={**os.environ, "PYTHONPATH": folder},
            check=True,
        )
        [run] = (work / "out" / "runs" / "s").glob("simple_mcqa*")
        for name in ("run_spec.json", "scenario.json"):
            (HERE / name).write_text((run / name).read_text(encoding="utf-8"), encoding="utf-8")
        rows = json.loads((run / "per_instance_stats.json").read_text(encoding="utf-8"))
        for row in rows:
            row["stats"] = [stat for stat in row["stats"] if stat["name"]["name"] in KEPT]
        _write("per_instance_stats.json", rows)
        stats = json.loads((run / "stats.json").read_text(encoding="utf-8"))
        _write("stats.json", [stat for stat in stats if stat["name"]["name"] in KEPT_OF_RUN])
    made = {
        "tool": "crfm-helm",
        "version": version("crfm-helm"),
        "command": f"helm-run --run-entries {ENTRY} {' '.join(OPTIONS)}",
    }
    (HERE / "made_with.json").write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")


def _write(name: str, rows: list[dict[str, object]]) -> None:
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    (HERE / name).write_text(f"[{lines}]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
