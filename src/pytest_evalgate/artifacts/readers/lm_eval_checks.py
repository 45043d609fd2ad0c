"""What the samples of lm-evaluation-harness tell beside their metrics: sums, hashes, odd values."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from math import fsum, isclose, isfinite

from pytest_evalgate.artifacts.cells import shown_list
from pytest_evalgate.artifacts.readers.content import WARNING
from pytest_evalgate.artifacts.readers.lm_eval_results import Run, as_float
from pytest_evalgate.artifacts.values import LARGEST
from pytest_evalgate.errors import ArtifactError, Location


_HASHES = ("doc_hash", "prompt_hash", "target_hash")


def doc_hash(doc: object) -> str:
    """Return the hash that lm-eval since 0.4.3 gives a document: SHA-256 of its indented JSON."""
    text = json.dumps(doc, indent=2, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def task_hash(rows: Iterable[Mapping[str, object]]) -> str | None:
    """Return the hash that lm-eval gives the samples of a task; None where a row has no hashes."""
    digest = hashlib.sha256()
    for row in rows:
        hashes = [row.get(name) for name in _HASHES]
        if not all(isinstance(found, str) for found in hashes):
            return None
        digest.update("".join(map(str, hashes)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


class Checks:
    """Takes the rows of a file and compares them with the results file beside it."""

    def __init__(self, path: str, run: Run) -> None:
        self.path = path
        self.run = run
        self.docs: set[str] = set()
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

    def refuse_gaps(self, at: Location) -> None:
        """Refuse a file with documents taken out; one that holds the first of them is noted.

        ``--samples`` of the tool chooses documents, and its count does not know of it; but then
        the task hash is that of the rows.

        Raises:
            ArtifactError: Fewer documents than were evaluated, and not the first ones.
        """
        said, n = self.run.samples, len(self.docs)
        if said is None or n >= said or self.run.is_own:
            return
        gap = next((number for number in range(n) if str(number) not in self.docs), None)
        if gap is not None:
            raise ArtifactError(
                f"{n} documents, where {self.run.path} says {said}, and they are not the first "
                f"ones: doc_id {gap} is not among them",
                at=at,
                hint="were rows taken out? write the samples again with `--log_samples`",
            )

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
            lost = "; the rest was not judged" if n < run.samples else ""
            return [
                f"{WARNING}{n} documents, where {run.path} says {run.samples}; the rows count{lost}"
            ]
        differing = [
            f"{name} ({selected}) {mean:.6g} against {said:.6g}"
            for (name, selected), values in self.values.items()
            for mean, said in [self._averages(name, selected, values)]
            if said is not None and not isclose(mean, said, rel_tol=1e-6, abs_tol=1e-9)
        ]
        if not differing:
            return []
        more = f", and {len(differing) - 1} more" if len(differing) > 1 else ""
        what = f"{differing[0]}{more}; the rows count"
        return [f"{WARNING}averages differ from those of {run.path}: {what}"]

    def _averages(
        self, name: str, selected: str, values: Sequence[float]
    ) -> tuple[float, float | None]:
        is_mean = self.run.aggregations.get(name) == "mean"
        said = self.run.averages.get(f"{name},{selected}") if is_mean else None
        if said is None or not all(abs(value) <= LARGEST for value in values):
            return 0.0, None  # nothing to compare
        return fsum(values) / len(values), said
