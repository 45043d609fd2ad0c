"""What a method takes for granted, in plain words, for the evidence."""

from pytest_evalgate.artifacts.readers.content import WARNING
from pytest_evalgate.gate.choose import LINEAR, Family, Method, Unit
from pytest_evalgate.gate.methods import REGISTRY
from pytest_evalgate.gate.samples import RuleSamples
from pytest_evalgate.gate.transform import AVERAGING
from pytest_evalgate.spec.model import Kind


def assumptions(method: Method, samples: RuleSamples, family: Family) -> tuple[str, ...]:
    """Return what a method takes for granted about these samples, in plain words."""
    words = [REGISTRY[method].assumes]
    if family is Family.GEOMEAN:
        words.append("judged on logs: the claim is about the geometric mean")
    if family in LINEAR and method in AVERAGING:
        words.append(f"{family.value} is judged through one pseudo-value a unit")
    if samples.unit is Unit.CROSSED and samples.baseline is not None:
        how = "paired by run" if samples.are_runs_paired else "independent between the arms"
        words.append(f"units are paired by id, runs are {how}")
    is_share = samples.kind is Kind.BINARY and samples.baseline is None
    if is_share and method is not Method.EXACT_BINOMIAL:
        words.append("the variance of the share is taken at the limit")
    if samples.unit is Unit.ITEM and samples.candidate.clusters is None:
        words.append("no cluster is declared: rows are taken as independent")
    words.append(f"values are {samples.kind.value}")
    return (*words, *(note for note in _notes(samples) if WARNING not in note))


def warnings_of(samples: RuleSamples) -> tuple[str, ...]:
    """Return the notes of readers that are warnings: a rule that passes with one says so."""
    return tuple(note.replace(WARNING, "", 1) for note in _notes(samples) if WARNING in note)


def _notes(samples: RuleSamples) -> tuple[str, ...]:
    arms = (("candidate", samples.candidate), ("baseline", samples.baseline))
    return tuple(f"{name}: {note}" for name, arm in arms if arm is not None for note in arm.notes)
