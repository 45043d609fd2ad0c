"""Train real models on scikit-learn's digits and write what they answered, image by image.

Three recipes, twelve training seeds each, one test set for all. Run from anywhere:

    python examples/digits/make_artifacts.py

It takes about half a minute on one core and writes `artifacts/` beside this file. Predictions are
the same in every run with the same versions; latencies and the time of creation are not.
"""

import argparse
import gc
import hashlib
import json
import platform
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn import datasets, linear_model, model_selection, svm, tree  # type: ignore[import-untyped]


HERE = Path(__file__).resolve().parent
SEEDS = 12  # training runs of each recipe
TRAINING_IMAGES = 200  # drawn anew for every run: this is what makes runs differ
TEST_SHARE = 0.25  # 450 of the 1,797 images, the same ones for every seed and model
SPLIT_SEED = 20251122  # fixes the test set; training seeds never touch it
CALLS = 15  # timed predictions of each image; their median is the latency
WARM_UP = 20  # untimed predictions before the first timed one
FEW_RUNS = 2  # runs in `few-runs/`, too few for any claim about a recipe


class Classifier(Protocol):
    """The part of scikit-learn's interface that is used here."""

    def fit(self, X: NDArray[np.float64], y: NDArray[np.int64]) -> object:  # noqa: N803
        """Learn from images, shape (n, 64), and labels, shape (n,)."""

    def predict(self, X: NDArray[np.float64]) -> NDArray[np.int64]:  # noqa: N803
        """Answer with one label an image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """The digits, split once."""

    images: NDArray[np.float64]  # shape (1797, 64), grey levels in [0, 1]
    labels: NDArray[np.int64]  # shape (1797,)
    pool: NDArray[np.int64]  # indices that training may draw from
    test: NDArray[np.int64]  # indices of the test set, ascending
    version: str  # digest of images, labels and test set


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What one trained model said of the test set; arrays follow `Data.test`."""

    predictions: NDArray[np.int64]
    latency_ms: NDArray[np.float64]


def recipes() -> dict[str, Classifier]:
    """Name the folders of `artifacts/` and the model behind each."""
    return {
        "baseline": linear_model.LogisticRegression(max_iter=2000),
        "candidate": svm.SVC(C=10, gamma=0.03),
        "worse": tree.DecisionTreeClassifier(random_state=0),
    }


def load() -> Data:
    """Load the images that scikit-learn ships and set the test set aside."""
    digits = datasets.load_digits()
    labels = digits.target.astype(np.int64)
    pool, test = model_selection.train_test_split(
        np.arange(labels.size), test_size=TEST_SHARE, stratify=labels, random_state=SPLIT_SEED
    )
    test.sort()
    content = hashlib.sha256()
    # Fixed integer types, so that the digest is the same on every machine.
    for part, kind in ((digits.data, "u1"), (labels, "u1"), (test, "<u2")):
        content.update(part.astype(kind).tobytes())
    return Data(
        images=digits.data / 16.0,
        labels=labels,
        pool=pool,
        test=test,
        version=f"sha256:{content.hexdigest()}",
    )


def train(data: Data, *, seed: int) -> dict[str, Classifier]:
    """Fit every recipe to images of its own, so that runs are independent between the arms."""
    models = recipes()
    for number, model in enumerate(models.values()):
        rng = np.random.default_rng([seed, number])
        chosen = rng.choice(data.pool, TRAINING_IMAGES, replace=False)
        model.fit(data.images[chosen], data.labels[chosen])
    return models


def latencies(models: dict[str, Classifier], data: Data) -> dict[str, NDArray[np.float64]]:
    """Time `predict` on one image at a time, in milliseconds, for every model.

    The models take turns within every image, so that a busy moment of the machine slows all of
    them and none in particular. The median of the calls leaves single interruptions out.
    """
    names = list(models)
    times = np.empty((len(names), data.test.size, CALLS))
    for name in names:
        for _ in range(WARM_UP):
            models[name].predict(data.images[:1])
    gc.collect()
    gc.disable()  # as timeit does: a collection belongs to no prediction
    try:
        for column, index in enumerate(data.test):
            image = data.images[index : index + 1]
            for call in range(CALLS):
                for row, name in enumerate(names):
                    start = time.perf_counter_ns()
                    models[name].predict(image)
                    times[row, column, call] = time.perf_counter_ns() - start
    finally:
        gc.enable()
    return dict(zip(names, np.median(times, axis=2) / 1e6, strict=True))


def judge(models: dict[str, Classifier], data: Data) -> dict[str, Answers]:
    """Ask every model about the whole test set."""
    measured = latencies(models, data)
    return {
        name: Answers(predictions=model.predict(data.images[data.test]), latency_ms=measured[name])
        for name, model in models.items()
    }


def lines(answers: Answers, data: Data, *, seed: int) -> Iterator[str]:
    """Write one JSON line an image."""
    for index, prediction, latency in zip(
        data.test, answers.predictions, answers.latency_ms, strict=True
    ):
        label = int(data.labels[index])
        row = {
            "example_id": int(index),
            "seed": seed,
            "label": label,
            "prediction": int(prediction),
            "correct": int(prediction == label),
            "latency_ms": round(float(latency), 4),
        }
        yield json.dumps(row, separators=(",", ":")) + "\n"


def about(model: Classifier, data: Data, *, seed: int) -> str:
    """Write the sidecar: what a reader must know to compare this file with another."""
    facts = {
        "model": " ".join(repr(model).split()),
        "training_seed": seed,
        "dataset": "scikit-learn digits",
        "dataset_version": data.version,
        "test_images": int(data.test.size),
        "training_images": TRAINING_IMAGES,
        "code_revision": f"sha256:{hashlib.sha256(Path(__file__).read_bytes()).hexdigest()}",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "scikit_learn": version("scikit-learn"),
    }
    return json.dumps(facts, indent=2) + "\n"


def write(text: str, path: Path) -> None:
    """Write the same bytes on every system."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def make(output: Path) -> None:
    """Train, ask and write; then copy the first runs of the candidate to `few-runs/`."""
    data = load()
    for seed in range(SEEDS):
        models = train(data, seed=seed)
        for name, answers in judge(models, data).items():
            stem = output / name / f"seed-{seed:02}"
            write("".join(lines(answers, data, seed=seed)), stem.with_suffix(".jsonl"))
            write(about(models[name], data, seed=seed), stem.with_suffix(".meta.json"))
            accuracy = float((answers.predictions == data.labels[data.test]).mean())
            latency = float(np.exp(np.log(answers.latency_ms).mean()))
            print(f"seed {seed:2}  {name:9}  accuracy {accuracy:.4f}  latency {latency:.4f} ms")
    few = output / "few-runs"
    few.mkdir(exist_ok=True)
    for seed in range(FEW_RUNS):
        for source in (output / "candidate").glob(f"seed-{seed:02}.*"):
            shutil.copyfile(source, few / source.name)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Train on the digits and write artifacts.")
    parser.add_argument("--output", type=Path, default=HERE / "artifacts", help="folder to fill")
    make(parser.parse_args().output)


if __name__ == "__main__":
    main()
