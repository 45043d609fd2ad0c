"""Make the files beside this one by running lm-evaluation-harness.

Needs ``pip install lm-eval torch transformers accelerate`` in an environment of its own. Then, in
this folder: ``python make.py``. A toy model answers right as often as its ``skill``; two tasks
are read from JSON lines written here, so that nothing is fetched. ``lm-eval`` 0.4.0, which wrote
one JSON array, runs the same tasks: ``python make.py old`` in an environment with that version.
"""

# mypy: ignore-errors
# The tool is not installed where types are checked.

import json
import os
import random
import re
import shutil
import sys
from importlib.metadata import version
from pathlib import Path


HERE = Path(__file__).parent
WORK = HERE / "work"
OLD = HERE / "v0.4.0"
NUMBERS = [(a, b) for a in range(2, 8) for b in (3, 5)]
ANIMALS = ["cat", "dog", "owl", "eel", "ant", "fox", "hen", "pig", "rat", "yak"]

SUMS = """
task: toy_sums
dataset_path: json
dataset_kwargs: {data_files: {test: DATA/sums.jsonl}}
test_split: test
output_type: generate_until
doc_to_text: "{{a}} + {{b}} ="
doc_to_target: "{{sum}}"
generation_kwargs: {until: ["\\n"]}
metric_list:
  - {metric: exact_match, aggregation: mean, higher_is_better: true}
filter_list:
  - name: strict-match
    filter:
      - {function: regex, regex_pattern: "^The answer is ([0-9]+)"}
      - {function: take_first}
  - name: flexible-extract
    filter:
      - {function: regex, regex_pattern: "([0-9]+)"}
      - {function: take_first}
metadata: {version: 1.0}
"""
ANIMAL = """
task: toy_animals
dataset_path: json
dataset_kwargs: {data_files: {test: DATA/animals.jsonl}}
test_split: test
output_type: multiple_choice
doc_to_text: "Which animal is the {{place}}. in the list?"
doc_to_choice: "{{choices}}"
doc_to_target: "{{gold}}"
metric_list:
  - {metric: acc, aggregation: mean, higher_is_better: true}
  - {metric: f1, aggregation: f1, higher_is_better: true}
metadata: {version: 2.0}
"""
LAST = """
task: toy_last_word
dataset_path: json
dataset_kwargs: {data_files: {test: DATA/last.jsonl}}
test_split: test
output_type: loglikelihood
doc_to_text: "{{text}}"
doc_to_target: " {{word}}"
metric_list:
  - {metric: perplexity, aggregation: perplexity, higher_is_better: false}
  - {metric: acc, aggregation: mean, higher_is_better: true}
metadata: {version: 1.0}
"""
TASKS = "toy_animals,toy_last_word,toy_sums"


def write_tasks() -> None:
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir()
    sums = [{"a": a, "b": b, "sum": a + b, "first": f"by {a}"} for a, b in NUMBERS]
    animals = [
        {"place": i, "choices": ANIMALS[i : i + 2], "gold": i % 2, "half": "aeiou"[i % 2]}
        for i in range(len(ANIMALS) - 1)
    ]
    last = [{"text": f"One {name} and one more", "word": name} for name in ANIMALS]
    for name, rows in (("sums", sums), ("animals", animals), ("last", last)):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (WORK / f"{name}.jsonl").write_text(text, encoding="utf-8")
    for name, task in (("sums", SUMS), ("animals", ANIMAL), ("last", LAST)):
        (WORK / f"{name}.yaml").write_text(task.replace("DATA", str(WORK)), encoding="utf-8")


def stand_in_for_the_hub() -> None:
    """Give 0.4.0 the one metric that it would fetch."""
    import evaluate  # noqa: PLC0415

    class ExactMatch:
        def compute(self, predictions: list, references: list, **_: object) -> dict:
            pairs = list(zip(predictions, references, strict=True))
            return {"exact_match": sum(a == b for a, b in pairs) / len(pairs)}

    evaluate.load = lambda *_, **__: ExactMatch()


def is_right(skill: float, question: str) -> bool:
    return random.Random(f"{skill}{question}").random() < skill


def likelihoods(skill: float, requests: list) -> list:
    found = []
    for request in requests:
        (question, answer), doc = request.args, request.doc
        gold = doc["choices"][doc["gold"]] if "choices" in doc else doc["word"]
        is_good = is_right(skill, question) == (answer.strip() == gold)
        found.append((-0.25 if is_good else -2.5, is_good))
    return found


def texts(skill: float, requests: list) -> list:
    found = []
    for request in requests:
        total = request.doc["sum"] + (0 if is_right(skill, request.args[0]) else 1)
        is_wordy = is_right(skill, request.args[0] + "?")
        found.append(f"The answer is {total}" if is_wordy else f"It is {total}, I think")
    return found


def register() -> None:
    """Register a model that is right as often as its skill says."""
    from lm_eval.api.model import LM  # noqa: PLC0415
    from lm_eval.api.registry import register_model  # noqa: PLC0415

    @register_model("toy")
    class Toy(LM):
        def __init__(self, skill: float, **_: object) -> None:
            super().__init__()
            self.skill = float(skill)

        @classmethod
        def create_from_arg_string(cls, text: str, _: object = None) -> "Toy":
            return cls(**dict(pair.split("=") for pair in text.split(",")))

        def loglikelihood(self, requests: list, **_: object) -> list:
            return likelihoods(self.skill, requests)

        def loglikelihood_rolling(self, requests: list, **_: object) -> list:
            return [-1.0 for _ in requests]

        def generate_until(self, requests: list, **_: object) -> list:
            return texts(self.skill, requests)


def run(name: str, skill: str, folder: Path) -> None:
    from lm_eval.__main__ import cli_evaluate  # noqa: PLC0415

    folder.mkdir(parents=True)
    options = [
        "--model",
        "toy",
        "--model_args",
        f"pretrained=toy/{name},skill={skill}",
        "--tasks",
        TASKS,
    ]
    options += ["--include_path", str(WORK), "--output_path", str(folder), "--log_samples"]
    sys.argv = ["lm_eval", *options]
    cli_evaluate()


def scrub(folder: Path) -> None:
    """Take out what names a machine or a place."""
    for path in sorted(folder.rglob("*.json*")):
        text = path.read_text(encoding="utf-8").replace(str(WORK), "data")
        text = re.sub(r'"pretty_env_info": "[^\n]*"', '"pretty_env_info": ""', text)
        text = re.sub(r"<function [^>]*>", "<function>", text)
        text = re.sub(r'"git_hash": "[^"]*"', '"git_hash": null', text)
        path.write_text(text, encoding="utf-8")


def main() -> None:
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TQDM_DISABLE": "1"}
    write_tasks()
    is_old = sys.argv[1:] == ["old"]
    if is_old:
        stand_in_for_the_hub()
    register()
    target = OLD if is_old else HERE / "current"
    shutil.rmtree(target, ignore_errors=True)
    arms = (("large", "0.9"),) if is_old else (("small", "0.6"), ("large", "0.9"))
    for name, skill in arms:
        run(name, skill, target / ("candidate" if name == "large" else "baseline"))
    scrub(target)
    made = HERE / "made_with.json"
    known = json.loads(made.read_text(encoding="utf-8")) if made.exists() else []
    command = "python make.py old" if is_old else "python make.py"
    entry = {"tool": "lm-eval", "version": version("lm_eval"), "command": command}
    kept = [one for one in known if one["command"] != command]
    made.write_text(json.dumps([*kept, entry], indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(WORK)


if __name__ == "__main__":
    main()
