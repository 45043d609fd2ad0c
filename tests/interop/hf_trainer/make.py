"""Make the files beside this one by training a model of six weights with transformers.Trainer.

Needs, in an environment of its own, ``pip install torch transformers accelerate``. Then, in this
folder: ``python make.py``. Nothing is fetched; three seeds of two learning rates take seconds.
"""

# mypy: ignore-errors
# The tool is not installed where types are checked.

import json
import shutil
from importlib.metadata import version
from pathlib import Path

import torch
from transformers import Trainer, TrainingArguments, set_seed


HERE = Path(__file__).parent


class Line(torch.nn.Module):
    """Two classes told apart by a line."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(2, 2)

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        logits = self.linear(x)
        return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}


def points(n: int, seed: int) -> list[dict[str, torch.Tensor]]:
    generator = torch.Generator().manual_seed(seed)
    places = torch.randn(n, 2, generator=generator)
    return [{"x": place, "labels": (place.sum() > 0).long()} for place in places]


def accuracy(prediction: object) -> dict[str, float]:
    return {"accuracy": float((prediction.predictions.argmax(-1) == prediction.label_ids).mean())}


def train(folder: Path, *, seed: int, rate: float) -> None:
    set_seed(seed)
    arguments = TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=2,
        learning_rate=rate,
        per_device_train_batch_size=8,
        eval_strategy="steps",
        eval_steps=4,
        logging_steps=4,
        save_strategy="no",
        report_to=[],
        seed=seed,
        use_cpu=True,
        disable_tqdm=True,
    )
    trainer = Trainer(
        model=Line(),
        args=arguments,
        train_dataset=points(48, 1),
        eval_dataset=points(40, 2),
        compute_metrics=accuracy,
    )
    trained = trainer.train()
    trainer.save_metrics("train", trained.metrics)
    found = trainer.evaluate()
    found["eval_samples"] = 40
    trainer.save_metrics("eval", found)
    trainer.save_state()


def main() -> None:
    for arm, rate in (("baseline", 0.05), ("candidate", 0.5)):
        for seed in (1, 2, 3):
            folder = HERE / arm / f"seed-{seed}"
            shutil.rmtree(folder, ignore_errors=True)
            train(folder, seed=seed, rate=rate)
            for name in ("train_results.json", "eval_results.json"):
                (folder / name).unlink()
    made = {
        "tool": "transformers",
        "version": version("transformers"),
        "command": "python make.py",
    }
    (HERE / "made_with.json").write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
