"""Make the files beside this one by running OpenAI Evals with completion functions of our own.

Needs, in an environment of its own, ``pip install evals`` (``--no-deps`` and what it then asks
for will do). Then, in this folder: ``python make.py``. Nothing is fetched and no model is asked.
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
EVAL = """
toy-capitals:
  id: toy-capitals.test.v1
  description: Names of towns
  metrics: [accuracy]
toy-capitals.test.v1:
  class: evals.elsuite.basic.match:Match
  args: {samples_jsonl: DATA}
"""
COMPLETION = """
toy/{name}:
  class: make:Toy
  args: {{skill: {skill}}}
"""
TOWNS = ["Oslo", "Rome", "Bern", "Lima", "Cairo", "Paris", "Tokyo", "Quito", "Delhi", "Riga"]


class Toy:
    """Answers right as often as its skill says."""

    def __init__(self, skill: float, **_: object) -> None:
        self.skill = skill

    def __call__(self, prompt: object, **_: object) -> "Toy":
        from evals.record import record_sampling  # noqa: PLC0415

        question = str(prompt)
        place = int(re.findall(r"[0-9]+", question)[-1])
        is_right = random.Random(f"{self.skill}{question}").random() < self.skill
        self.text = TOWNS[place] if is_right else "I do not know"
        record_sampling(prompt=prompt, sampled=self.text, usage={"completion_tokens": 2})
        return self

    def get_completions(self) -> list[str]:
        return [self.text]


def main() -> None:
    os.environ |= {"OPENAI_API_KEY": "none", "EVALS_THREADS": "1", "EVALS_SEQUENTIAL": "1"}
    sys.path.insert(0, str(HERE))
    shutil.rmtree(WORK, ignore_errors=True)
    (WORK / "evals").mkdir(parents=True)
    (WORK / "completion_fns").mkdir()
    rows = [{"input": f"Town number {i}?", "ideal": town} for i, town in enumerate(TOWNS)]
    samples = WORK / "samples.jsonl"
    samples.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    eval_text = EVAL.replace("DATA", str(samples))
    (WORK / "evals" / "toy.yaml").write_text(eval_text, encoding="utf-8")
    skills = {"baseline": 0.6, "candidate": 0.9}
    text = "".join(COMPLETION.format(name=name, skill=skill) for name, skill in skills.items())
    (WORK / "completion_fns" / "toy.yaml").write_text(text, encoding="utf-8")
    from evals.cli import oaieval  # noqa: PLC0415

    for name in skills:
        target = HERE / f"{name}.jsonl"
        options = [f"toy/{name}", "toy-capitals", "--registry_path", str(WORK)]
        parser = oaieval.get_parser()
        args = parser.parse_args([*options, "--record_path", str(target), "--user", "nobody"])
        oaieval.run(args)
        scrubbed = target.read_text(encoding="utf-8").replace(str(WORK), "data")
        target.write_text(scrubbed, encoding="utf-8")
    made = {"tool": "evals", "version": version("evals"), "command": "python make.py"}
    (HERE / "made_with.json").write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(WORK)


if __name__ == "__main__":
    main()
