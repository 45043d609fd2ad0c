"""`lint`: every problem of a gate file, and what is no problem but worth a second look."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from pytest_evalgate.cli.errors import printable
from pytest_evalgate.cli.gate_files import load_gate
from pytest_evalgate.errors import Location, SpecErrors
from pytest_evalgate.providers import installed
from pytest_evalgate.spec.model import (
    Artifact,
    Claim,
    GateSpec,
    Group,
    Metric,
    Pair,
    Rule,
    Severity,
)


_PROVEN = frozenset({Severity.BLOCK, Severity.ESCALATE})
# Under these no level is lowered: nothing is paid that a promotion would not ask for anyway.
_FREE_CORRECTIONS = frozenset({"auto", "none", "fixed_sequence"})
_DEFAULT_MIN_RUNS = 3

Note = tuple[Location, str]


def lint(names: Sequence[str]) -> bool:
    """Print problems to stderr and notes to stdout; say whether all gate files are valid."""
    are_valid = True
    formats = installed()
    for name in names:
        try:
            spec = load_gate(Path(name), formats)
        except SpecErrors as error:
            print(printable(error), file=sys.stderr)
            are_valid = False
            continue
        for at, words in notes(spec):
            print(f"{at}: note: {words}")
        n = len(spec.entries())
        rules = "1 rule" if n == 1 else f"{n} rules"
        print(f"{name}: OK, gate {spec.name} with {rules}; artifacts not looked at")
    return are_valid


def notes(spec: GateSpec) -> list[Note]:
    """Return what is worth a second look in a valid gate file, in the order of the file."""
    found = [*_unused(spec), *_correction(spec), *_counts(spec), *_claims(spec)]
    return sorted(found, key=lambda note: (note[0].line or 0, note[0].column or 0, note[1]))


def _unused(spec: GateSpec) -> Iterator[Note]:
    used_metrics = {rule.metric for rule in spec.rules}
    used_artifacts = {metric.artifact for metric in spec.metrics if metric.name in used_metrics}
    for metric in spec.metrics:
        if metric.name not in used_metrics:
            yield metric.location, f"metric {metric.name!r} is used by no rule"
    for artifact in spec.artifacts:
        if artifact.name not in used_artifacts:
            yield artifact.location, f"artifact {artifact.name!r} is read by no rule"
            continue
        against = {
            rule.against
            for rule, _, of in _parts(spec)
            if of is artifact and rule.claim is not Claim.THRESHOLD
        }
        for arm in artifact.baselines:
            if arm.name not in against and not artifact.is_wide:
                yield (
                    arm.location,
                    f"{arm.name!r} of artifact {artifact.name!r} is compared by no rule",
                )


def _parts(spec: GateSpec) -> Iterator[tuple[Rule, Metric, Artifact]]:
    for rule in spec.rules:
        metric = spec.metric(rule.metric)
        yield rule, metric, spec.artifact(metric.artifact)


def _correction(spec: GateSpec) -> Iterator[Note]:
    proofs = [entry for entry in spec.entries() if _is_proof(entry)]
    if spec.correction in _FREE_CORRECTIONS:
        return
    if len(proofs) > 1:
        words = (
            f"correction {spec.correction} over {len(proofs)} rules costs power, and the promotion "
            "does not need it: all rules must pass anyway; it is for reading each claim by itself"
        )
    else:
        words = f"correction {spec.correction} changes nothing: one rule is to be proven"
    yield Location(path=spec.path), words


def _is_proof(rule: Rule | Group) -> bool:
    if isinstance(rule, Group):
        return rule.severity in _PROVEN
    return rule.claim is not Claim.DETERIORATION and rule.severity in _PROVEN


def _counts(spec: GateSpec) -> Iterator[Note]:
    parts = list(_parts(spec))
    has_runs = any(artifact.candidate.run for _, _, artifact in parts)
    for rule, _, artifact in parts:
        arm = artifact.candidate
        if rule.is_min_samples_declared and not arm.id:
            what = "it does not count runs" if arm.run else "without `id` it counts rows"
            yield rule.location, f"min_samples of rule {rule.id!r}: {what}"
        if rule.min_runs != _DEFAULT_MIN_RUNS and not has_runs:
            yield rule.location, f"min_runs of rule {rule.id!r} has no effect: no `run` is declared"


def _claims(spec: GateSpec) -> Iterator[Note]:
    for rule, _, artifact in _parts(spec):
        if rule.claim is Claim.DETERIORATION:
            words = "is an alarm: it passes when nothing is shown; `non_inferiority` asks for proof"
            yield rule.location, f"rule {rule.id!r} {words}"
        elif rule.pair is Pair.NONE and artifact.candidate.id:
            yield (
                rule.location,
                f"rule {rule.id!r} gives up the pairs that `id` makes, and the power they bring",
            )
