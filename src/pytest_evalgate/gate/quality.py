"""Checks that need no word in the gate file: of what a comparison takes for granted.

Only what a rule that can block depends on is checked. A check that is a test has a level of its
own, strict enough that a sound evaluation hardly ever breaks it.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from pytest_evalgate.artifacts.arms import ArmTable
from pytest_evalgate.artifacts.cells import shown, shown_list, text_of
from pytest_evalgate.artifacts.keys import key_texts
from pytest_evalgate.artifacts.pairing import check_same
from pytest_evalgate.errors import EvalGateError, SampleError
from pytest_evalgate.evidence import ContractCheck
from pytest_evalgate.gate.contract_checks import check, values
from pytest_evalgate.gate.quality_copies import (
    arms_copied,
    files_copied,
    repeats_copied,
    runs_copied,
)
from pytest_evalgate.gate.samples import missing_units
from pytest_evalgate.gate.tables import (
    ASV,
    BENCHMARK,
    BENCHMARK_VERSION,
    MACHINE,
    THRESHOLDS,
    Tables,
    is_comparison,
    measures_success,
    metric_columns,
)
from pytest_evalgate.spec.model import (
    Arm,
    Artifact,
    GateSpec,
    Machine,
    Metric,
    Missing,
    Pair,
    Rule,
    Severity,
)
from pytest_evalgate.stats.contingency import fisher_two_sided
from pytest_evalgate.stats.midp import mcnemar_exact_two_sided
from pytest_evalgate.stats.proportions import one_proportion


LEVEL: Final = 0.001  # of each test, two-sided


def quality_checks(tables: Tables, artifact: Artifact) -> Iterator[ContractCheck]:
    """Check what the required rules on an artifact take for granted.

    Arms that cannot be read, or samples that cannot be taken, make their rules invalid: nothing
    more is said of them here.
    """
    rules = _required(tables.spec, artifact)
    if not rules:
        return
    if artifact.contract.missing is not Missing.ERROR:
        yield from _missingness(tables, artifact, rules)
    try:
        found = [(arm, tables.get(artifact, arm)) for arm in _arms(artifact, rules)]
    except EvalGateError:
        return
    measured = {
        arm.name: {
            column
            for rule in rules
            for column in metric_columns(tables.spec.metric(rule.metric), arm)
        }
        for arm, _ in found
    }
    for arm, table in found:
        if not (artifact.is_wide and arm is not artifact.candidate):
            names = measured[arm.name]
            yield from _found(artifact, repeats_copied(artifact, arm, table, names))
            yield from _found(artifact, runs_copied(artifact, arm, table, names))
            yield from _found(artifact, files_copied(artifact, arm, table, names))
    candidate, *baselines = found
    for baseline in baselines:
        yield from _machines(artifact, candidate[1], baseline)
        yield from _versions(artifact, candidate[1], baseline)
        metrics = [tables.spec.metric(rule.metric) for rule in rules]
        yield from _thresholds(artifact, metrics, candidate, baseline)
        if not artifact.is_wide and max(table.n for _, table in found) <= tables.reduced_from:
            sides = (measured[candidate[0].name], measured[baseline[0].name])
            yield from _found(artifact, arms_copied(artifact, candidate, baseline, sides))


def split_check(
    artifact: Artifact,
    candidate: tuple[Arm, ArmTable],
    baseline: tuple[Arm, ArmTable],
    share: float,
) -> ContractCheck:
    """Test the numbers of units of two arms against the split that was planned."""
    counts = [_units(arm, table) for arm, table in (candidate, baseline)]
    test = one_proportion(counts[0], sum(counts))
    pvalue = min(1.0, 2.0 * min(test.p_greater(share), test.p_less(share)))
    problem = None
    if pvalue < LEVEL:
        problem = (
            f"the candidate has {counts[0]} of {sum(counts)} units, a share of "
            f"{counts[0] / sum(counts):.4g}, expected {share:g} (exact p {pvalue:.2g}): units "
            "were lost or assigned otherwise than planned"
        )
    return check(
        f"{artifact.name}.{baseline[0].name}: expect_split",
        f"the candidate has a share of {share:g} of the units, by an exact test at {LEVEL:g}",
        problem,
        found=(str(counts[0]), str(counts[1])),
        holds=f"exact p {pvalue:.2g}",
    )


def _units(arm: Arm, table: ArmTable) -> int:
    if not arm.id:
        return table.n
    columns = [table.column(name) for name in arm.id]
    return len(set(key_texts(arm.id, columns, range(table.n), locate=table.locate)))


def _required(spec: GateSpec, artifact: Artifact) -> tuple[Rule, ...]:
    """Return the rules on an artifact that can block a promotion."""
    return tuple(
        rule
        for rule in spec.rules
        if spec.metric(rule.metric).artifact == artifact.name
        and (rule.severity if rule.group is None else spec.group(rule.group).severity)
        in {Severity.BLOCK, Severity.ESCALATE}
    )


def _arms(artifact: Artifact, rules: Sequence[Rule]) -> tuple[Arm, ...]:
    used = {rule.against for rule in rules if is_comparison(rule)}
    return (artifact.candidate, *(arm for arm in artifact.baselines if arm.name in used))


def _found(artifact: Artifact, checks: Iterator[ContractCheck]) -> Iterator[ContractCheck]:
    """Yield checks of rows; a file that can be read no more breaks the contract."""
    try:
        yield from tuple(checks)
    except SampleError:
        return  # keys that are none: the rules that read these rows are invalid and say why
    except EvalGateError as error:
        name = f"{artifact.name}: readable"
        yield check(name, "files stay as they are while they are judged", error.message)


def _machines(
    artifact: Artifact, candidate: ArmTable, baseline: tuple[Arm, ArmTable]
) -> Iterator[ContractCheck]:
    """Times of two machines say nothing of two programs."""
    arm, table = baseline
    sources = (*candidate.sources, *table.sources)
    is_declared = MACHINE in artifact.contract.same
    if is_declared or not any(source.format.is_timing for source in sources):
        return
    problem = check_same(candidate, table, MACHINE)
    is_any = artifact.contract.machine is Machine.ANY
    if problem is not None:
        problem += (
            "; measure both arms on one machine, name it in `machine` of meta.json where the "
            "files do not, or write `contract: {machine: any}` where runs were spread at random"
        )
    yield check(
        f"{artifact.name}.{arm.name}: same {MACHINE}",
        "any machine" if is_any else "times of both arms from the same machine",
        None if is_any else problem,
        found=(values(candidate, MACHINE), values(table, MACHINE)),
        holds="not compared: `machine: any`" if is_any else "holds",
    )


def _versions(
    artifact: Artifact, candidate: ArmTable, baseline: tuple[Arm, ArmTable]
) -> Iterator[ContractCheck]:
    """Times of a benchmark that was changed say nothing of the program that it measures."""
    arm, table = baseline
    sources = [one for side in (candidate, table) for one in side.sources if not one.is_joined]
    if not sources or not all(source.format.name == ASV for source in sources):
        return
    ours, theirs = (_versions_by_benchmark(side) for side in (candidate, table))
    changed = sorted(name for name in ours.keys() & theirs.keys() if ours[name] != theirs[name])
    problem = None
    if changed:
        problem = (
            f"{len(changed)} benchmarks have another version in the candidate, first "
            f"{shown(changed[0])}: {shown_list(sorted(ours[changed[0]]))} and "
            f"{shown_list(sorted(theirs[changed[0]]))}; run the same benchmarks on both commits, "
            "or choose those that did not change with `where`"
        )
    yield check(
        f"{artifact.name}.{arm.name}: same {BENCHMARK_VERSION}",
        "each benchmark is of the same version in both arms",
        problem,
    )


def _versions_by_benchmark(table: ArmTable) -> dict[str, set[str]]:
    """Return the versions of each benchmark; none where the files name none."""
    if not {BENCHMARK, BENCHMARK_VERSION} <= table.columns.keys():
        return {}
    found: dict[str, set[str]] = {}
    for name, version in zip(
        table.columns[BENCHMARK], table.columns[BENCHMARK_VERSION], strict=True
    ):
        if version is not None:
            found.setdefault(text_of(name), set()).add(text_of(version))
    return found


def _thresholds(
    artifact: Artifact,
    metrics: Sequence[Metric],
    candidate: tuple[Arm, ArmTable],
    baseline: tuple[Arm, ArmTable],
) -> Iterator[ContractCheck]:
    """A success at one threshold says nothing of a success at another."""
    is_declared = THRESHOLDS in artifact.contract.same
    arms = (candidate, baseline)
    sources = [one for _, table in arms for one in table.sources if not one.is_joined]
    if is_declared or not all(source.format.name == "deepeval" for source in sources):
        return
    if not any(measures_success(metric, arm) for metric in metrics for arm, _ in arms):
        return
    problem = check_same(candidate[1], baseline[1], THRESHOLDS)
    if problem is not None:
        problem += "; judge both arms by the same metrics and thresholds, or gate their scores"
    yield check(
        f"{artifact.name}.{baseline[0].name}: same {THRESHOLDS}",
        "the success of both arms is judged by the same thresholds",
        problem,
        found=(values(candidate[1], THRESHOLDS), values(baseline[1], THRESHOLDS)),
    )


def _missingness(
    tables: Tables, artifact: Artifact, rules: Sequence[Rule]
) -> Iterator[ContractCheck]:
    """Values that are missing more often in one arm were not lost by chance."""
    seen = set()
    for rule in rules:
        key = (rule.metric, rule.against, rule.pair)
        if is_comparison(rule) and key not in seen:
            seen.add(key)
            try:
                yield _missing(tables, artifact, rule)
            except EvalGateError:
                continue  # the rule is invalid and says why


def _missing(tables: Tables, artifact: Artifact, rule: Rule) -> ContractCheck:
    other = next(arm for arm in artifact.baselines if arm.name == rule.against)
    candidate = missing_units(tables, rule, artifact.candidate)
    baseline = missing_units(tables, rule, other)
    if candidate.ids is not None and baseline.ids is not None and rule.pair is not Pair.NONE:
        both = candidate.all_ids & baseline.all_ids
        more = len((candidate.ids - baseline.ids) & both)
        fewer = len((baseline.ids - candidate.ids) & both)
        pvalue = mcnemar_exact_two_sided(more, fewer)
        words = f"{more} units in the candidate alone and {fewer} in the baseline alone"
    else:
        # Exact at any size: values that are missing are rare, and 0.001 lies far in the tail.
        pvalue = fisher_two_sided(candidate.n, candidate.total, baseline.n, baseline.total)
        words = f"{candidate} in the candidate and {baseline} in the baseline"
    problem = None
    if pvalue < LEVEL:
        problem = (
            f"values are missing in {words} (exact p {pvalue:.2g}): not by chance, so what is "
            "left cannot be compared; mend what fails in one arm"
        )
    return check(
        f"{artifact.name}.{other.name}: missing {rule.metric}",
        f"missing as often in both arms, by an exact test at {LEVEL:g}",
        problem,
        found=(str(candidate), str(baseline)),
        holds=f"exact p {pvalue:.2g}",
    )
