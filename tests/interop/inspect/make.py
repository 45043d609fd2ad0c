"""Write the logs of this folder with Inspect itself: no network, a model that answers by rule.

Run in an environment of its own (`pip install inspect-ai==0.3.285`): `python make.py`. Times and
identifiers differ from run to run; ids, epochs, answers and values do not.
"""

# mypy: ignore-errors
# The tool is not installed where types are checked.

import gzip
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import inspect_ai._util.zipfile  # noqa: F401 - zipfile learns zstandard
from inspect_ai import Epochs, Task, task
from inspect_ai import eval as run
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import convert_eval_logs
from inspect_ai.log._recorders.chunked.convert import convert_eval_logs_to_chunked
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import (
    Score,
    accuracy,
    match,
    mean,
    model_graded_fact,
    scorer,
    stderr,
)
from inspect_ai.solver import generate, solver


HERE = Path(__file__).parent
WORDS = ("one", "two", "three", "four", "five", "six")


def answers(wrong: Sequence[int], usage: int) -> Callable[..., ModelOutput]:
    """Return a model's rule: the right number, but for the items in ``wrong``."""

    def answer(messages: Any, *_: Any) -> ModelOutput:
        text = messages[-1].text
        if "[BEGIN DATA]" in text:  # the grader's question
            right = re.search(r"\[Expert\]: (\S+)", text)
            given = re.search(r"\[Submission\]: (\S+)", text)
            grade = "C" if right and given and right[1] == given[1] else "I"
            output = ModelOutput.from_content("mockllm", f"GRADE: {grade}")
        else:
            number = WORDS.index(text.split()[-1]) + 1
            output = ModelOutput.from_content("mockllm", str(number + (number in wrong)))
        output.usage = ModelUsage(input_tokens=10, output_tokens=usage, total_tokens=10 + usage)
        return output

    return answer


@scorer(metrics={"close": [mean(), stderr()], "even": [mean()]})
def parts() -> Any:
    async def score(state: Any, target: Any) -> Score:
        found, wanted = int(state.output.completion), int(target.text)
        return Score(value={"close": abs(found - wanted) <= 1, "even": 1 - found % 2})

    return score


@scorer(metrics=[accuracy()])
def sometimes() -> Any:
    async def score(state: Any, target: Any) -> Score:
        if state.sample_id == "q3":
            return Score.unscored(reason="grader_failed")
        return Score(value="P" if state.sample_id == "q2" else "N")

    return score


@solver
def fails_at(name: str) -> Any:
    async def solve(state: Any, generate: Any) -> Any:
        if state.sample_id == name:
            raise ValueError("made to fail")
        return await generate(state)

    return solve


def data(count: int) -> MemoryDataset:
    return MemoryDataset(
        [
            Sample(
                id=f"q{i}",
                input=f"The digit of {word}",
                target=str(i),
                metadata={"kind": "low" if i < 4 else "high"},
            )
            for i, word in enumerate(WORDS[:count], 1)
        ],
        name="words",
    )


@task
def words(scorers: Any, count: int = 6, epochs: int = 1, solve: Any = None) -> Task:
    return Task(
        dataset=data(count),
        solver=solve or generate(),
        scorer=scorers,
        epochs=Epochs(epochs, "mean"),
        version="2-A",
    )


def model(name: str, wrong: Sequence[int], usage: int) -> Any:
    return get_model(f"mockllm/{name}", custom_outputs=answers(wrong, usage))


def write(folder: Path, name: str, of: Task, by: Any, **settings: Any) -> Any:
    [log] = run(
        of,
        model=by,
        log_dir=str(folder / name),
        display="none",
        log_realtime=False,
        log_format=settings.pop("log_format", "eval"),
        **settings,
    )
    return log


def keep(folder: Path, name: str, ending: str = "eval") -> None:
    """Copy the one log of a run, with paths of this machine written as ``/somewhere``."""
    [path] = (folder / name).glob(f"*.{ending}")
    target = HERE / f"{name}.{ending}"
    if ending == "json":
        packed = gzip.compress(scrubbed(path.read_text()).encode(), mtime=0)
        target.with_suffix(".json.gz").write_bytes(packed)
        return
    with ZipFile(path) as source, ZipFile(target, "w") as copy:
        for member in source.infolist():
            text = scrubbed(source.read(member).decode())
            method = member.compress_type
            copy.writestr(member.filename, text, compress_type=method, compresslevel=19)


def scrubbed(text: str) -> str:
    text = re.sub(r"(?<![\w<.:/])/(?:[\w.+-]+/){2,}", "/somewhere/", text)
    return re.sub(r'"pid": ?\d+', '"pid": 1', text)


def main() -> None:
    for old in (*HERE.glob("*.eval"), *HERE.glob("*.json*")):
        old.unlink()
    folder = Path(tempfile.mkdtemp())
    baseline, candidate = model("baseline", (1, 2), 7), model("candidate", (2,), 4)
    for by, name in ((baseline, "baseline"), (candidate, "candidate")):
        write(folder, name, words([match(), parts()], 3, epochs=2), by)
        keep(folder, name)
    grader = get_model("mockllm/grader", custom_outputs=answers((), 3))
    write(folder, "graded", words(model_graded_fact(model=grader), 3), candidate)
    write(folder, "same_scorer_twice", words([match(), match(numeric=True)], 3), candidate)
    keep(folder, "same_scorer_twice")
    write(folder, "unscored_samples", words(sometimes(), 3), candidate)
    keep(folder, "unscored_samples")
    failing = words(match(), 3, solve=fails_at("q2"))
    write(folder, "failed", failing, candidate)
    keep(folder, "failed")
    failing = words(match(), 3, solve=fails_at("q2"))
    write(folder, "one_error", failing, candidate, fail_on_error=False)
    keep(folder, "one_error")
    write(folder, "no_samples", words(match(), 3), candidate, log_samples=False)
    keep(folder, "no_samples")
    write(folder, "limited", words(match(), 6), candidate, limit=(1, 3))
    keep(folder, "limited")
    convert_eval_logs_to_chunked(str(folder / "limited"), str(folder / "in_parts"))
    keep(folder, "in_parts")
    convert_eval_logs(str(folder / "graded"), "json", str(folder / "graded_json"))
    keep(folder, "graded_json", "json")
    made = {
        "tool": "inspect-ai",
        "version": version("inspect-ai"),
        "command": "python make.py",
    }
    (HERE / "made_with.json").write_text(json.dumps(made, indent=2) + "\n")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
