"""What the samples of lm-evaluation-harness tell beside their metrics: sums, hashes, odd values."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from math import fsum, isclose, isfinite

from pytest_evalgate.artifacts.cells import shown_list
from pytest_evalgate.artifacts.readers.lm_eval_results import Run, as_float
from pytest_evalgate.artifacts.values import LARGEST


_HASHES = ("doc_hash", "prompt_hash", "target_hash")


def doc_hash(doc: object) -> str:
    """Return the hash that lm-eval since 0.4.3 gives a document: SHA-256 of its indented JSON."""
    text = json.dumps(doc, indent=2, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Checks:
    """Takes the rows of a file and compares them with the results file beside it."""

    def __init__(self, path: str, run: Run) -> None:
        self.path = path
        self.run = run
        self.docs: set[str] = set()
        self.task = hashlib.sha256()
        self.has_hashes = True
        self.values: dict[tuple[str, str], list[float]] = {}
        self.corpus: set[str] = set()
        self.likelihoods = False
        self.infinite: dict[str, int] = {}

    def has(self, row: Mapping[str, object]) -> bool:
        """Whether a row of this document has been taken."""
        return str(row["doc_id"]) in self.docs

    def take(self, row: Mapping[str, object], metrics: Sequence[str]) -> None:
        """Take a row."""
        self.docs.add(str(row["doc_id"]))
        hashes = [row.get(name) for name in _HASHES]
        self.has_hashes = self.has_hashes and all(isinstance(found, str) for found in hashes)
        self.task.update("".join(map(str, hashes)).encode("utf-8", "surrogatepass"))
        selected = str(row.get("filter", "none"))
        for name in metrics:
            cell = row[name]
            if isinstance(cell, int | float):
                self._take_number(name, selected, as_float(cell))
            elif isinstance(cell, list | dict):
                self.corpus.add(name)

    def _take_number(self, name: str, selected: str, number: float) -> None:
        if name == "perplexity" and number <= 0:
            self.likelihoods = True
        if not isfinite(number):
            self.infinite[name] = self.infinite.get(name, 0) + 1
        self.values.setdefault((name, selected), []).append(number)

    def notes(self) -> list[str]:
        """Say what a reviewer should see, after the last row."""
        found = [*self._values_notes(), *self._count_note()]
        return [f"{self.path}: {note}" for note in found]

    def _values_notes(self) -> list[str]:
        notes = []
        if self.corpus:
            notes.append(
                f"no number a row in {shown_list(sorted(self.corpus))} (gold and prediction of a "
                "corpus metric), so no value that could be compared"
            )
        if self.likelihoods:
            notes.append(
                "perplexity holds the log likelihood of each row, where higher is better: it is "
                "the column perplexity.loglikelihood"
            )
        notes.extend(
            f"{count} values of {name} are not finite" for name, count in self.infinite.items()
        )
        return notes

    def _count_note(self) -> list[str]:
        """Compare the number of documents, and if it agrees what they are and their averages."""
        run, n = self.run, len(self.docs)
        if run.path is None:
            return []
        if run.samples is not None and run.samples != n:
            return [f"{n} documents, where {run.path} says {run.samples}; the rows count"]
        if self.has_hashes and run.task_hash not in {None, self.task.hexdigest()}:
            return [f"the samples are not those that {run.path} was computed from (task hash)"]
        differing = [
            f"{name} ({selected}) {mean:.6g} against {said:.6g}"
            for (name, selected), values in self.values.items()
            for mean, said in [self._averages(name, selected, values)]
            if said is not None and not isclose(mean, said, rel_tol=1e-6, abs_tol=1e-9)
        ]
        if not differing:
            return []
        more = f", and {len(differing) - 1} more" if len(differing) > 1 else ""
        return [f"averages differ from those of {run.path}: {differing[0]}{more}; the rows count"]

    def _averages(
        self, name: str, selected: str, values: Sequence[float]
    ) -> tuple[float, float | None]:
        is_mean = self.run.aggregations.get(name) == "mean"
        said = self.run.averages.get(f"{name},{selected}") if is_mean else None
        if said is None or not all(abs(value) <= LARGEST for value in values):
            return 0.0, None  # nothing to compare
        return fsum(values) / len(values), said
