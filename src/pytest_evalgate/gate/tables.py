"""Reads the artifacts that a gate's rules need, each once, with the columns they need."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, JoinRequest, load_arm
from pytest_evalgate.artifacts.engine.opening import may_be_big
from pytest_evalgate.errors import EvalGateError
from pytest_evalgate.formats import AUTO, BUILT_IN, Format
from pytest_evalgate.gate.estimand import extras_of
from pytest_evalgate.gate.reduced_offer import REDUCED_FROM
from pytest_evalgate.spec.model import (
    Arm,
    Artifact,
    Claim,
    Contract,
    GateSpec,
    Metric,
    Require,
    Rule,
)
from pytest_evalgate.surroundings import Overrides


CREATED, MACHINE = "created", "machine"  # names of metadata
# A verdict of deepeval, and the column that says what it was judged by.
SUCCESS, THRESHOLDS = "success", "thresholds"
ASV, BENCHMARK, BENCHMARK_VERSION = "asv", "benchmark", "benchmark_version"


@dataclass(slots=True)
class Tables:
    """Artifact tables of one gate, loaded on demand and kept; errors are kept too."""

    spec: GateSpec
    base: Path
    root: Path
    overrides: Overrides = field(default_factory=dict)
    working_directory: Path = field(default_factory=Path)
    formats: Mapping[str, Format] = field(default_factory=lambda: BUILT_IN)
    progress: Callable[[str], None] | None = None
    reduced_from: int = REDUCED_FROM  # rows above which a rule is judged from aggregates
    _loaded: dict[tuple[object, ...], ArmTable | EvalGateError] = field(default_factory=dict)

    def get(self, artifact: Artifact, arm: Arm) -> ArmTable:
        """Return the table of one arm.

        Raises:
            EvalGateError: it cannot be read; the same error every time.
        """
        request = self._request(artifact, arm)
        columns = tuple(sorted(needed_columns(self.spec, artifact, arm)))
        key = (request.paths, request.reader, request.where, request.aliases, request.joins,
               request.is_override, columns)  # fmt: skip
        if key not in self._loaded:
            try:
                self._loaded[key] = load_arm(request, columns)
            except EvalGateError as error:
                self._loaded[key] = error
        table = self._loaded[key]
        if isinstance(table, EvalGateError):
            raise table
        return table

    @contextmanager
    def read_ahead(self, arms: Iterable[tuple[Artifact, Arm]]) -> Iterator[None]:
        """Read big files of arms while the block runs; all are read when it ends.

        The table engine reads them in other threads, so that the block hardly waits for it.
        """
        big = [
            (artifact, arm) for artifact, arm in arms if may_be_big(self._request(artifact, arm))
        ]
        thread = Thread(target=self._read, args=(big,))
        if big:
            thread.start()
        try:
            yield
        finally:
            if big:
                thread.join()

    def _read(self, arms: Iterable[tuple[Artifact, Arm]]) -> None:
        for artifact, arm in arms:
            with suppress(Exception):  # whoever asks for the table meets it again
                self.get(artifact, arm)

    def _request(self, artifact: Artifact, arm: Arm) -> ArmRequest:
        override = self.overrides.get((artifact.name, arm.name))
        if override is None:
            override = self.overrides.get((artifact.name, None))
        return ArmRequest(
            artifact=artifact.name,
            arm=arm.name,
            paths=arm.paths if override is None else (override,),
            base=self.base if override is None else self.working_directory,
            root=self.root if override is None else None,
            reader=arm.reader,
            where=arm.where,
            aliases=arm.columns,
            joins=tuple(
                JoinRequest(
                    name=join.name,
                    path=join.path,
                    by=join.by,
                    match=join.match,
                    reader=join.reader,
                )
                for join in arm.join
            ),
            formats=self.formats,
            progress=self.progress,
            join_base=self.base,
            join_root=self.root,
            is_override=override is not None,
            keys=(*arm.id, *arm.cluster),
        )


def needed_columns(spec: GateSpec, artifact: Artifact, arm: Arm) -> set[str]:
    """Return every column that some rule reads from one arm of an artifact."""
    columns = {*arm.id, *arm.cluster, *contract_columns(artifact.contract, arm)}
    columns |= {column for column in (arm.run, arm.repeat) if column is not None}
    columns |= {column for column, _ in arm.where}
    if arm.reader in {ASV, AUTO}:
        columns |= {BENCHMARK, BENCHMARK_VERSION}
    rules = [rule for rule in spec.rules if spec.metric(rule.metric).artifact == artifact.name]
    for rule in rules:
        columns |= set(metric_columns(spec.metric(rule.metric), arm))
        if measures_success(spec.metric(rule.metric), arm):
            columns.add(THRESHOLDS)
        slices = rule.slices if rule.group is None else spec.group(rule.group).slices
        if slices is not None:
            columns |= set(slices.by)
    return columns


def measures_success(metric: Metric, arm: Arm) -> bool:
    """Whether a metric reads a verdict, behind whatever name the arm gives it."""
    aliases = dict(arm.columns)
    return SUCCESS in {aliases.get(name, name) for name in metric_columns(metric, arm)}


def contract_columns(contract: Contract, arm: Arm) -> Iterator[str]:
    """Yield the columns that a contract looks at in one arm."""
    yield from contract.same
    yield from contract.present
    yield from (one.column for one in contract.equal if one.arm in {None, arm.name})
    if any(one.arm in {None, arm.name} for one in contract.max_age):
        yield CREATED
    yield MACHINE  # of formats that hold times; which a file is, its content may tell


def metric_columns(metric: Metric, arm: Arm) -> Iterator[str]:
    """Yield the columns that a metric reads from one arm."""
    if metric.value is not None:
        yield value_column(metric, arm)
    named = (metric.label, metric.prediction, metric.score, metric.task)
    yield from (column for column in named if column is not None)
    yield from extras_of(metric).values()
    yield from (column for column, _ in metric.where)


def value_column(metric: Metric, arm: Arm) -> str:
    """Return the column that holds a metric in one arm; wide tables have one for each."""
    if metric.value is None:
        raise ValueError(f"metric {metric.name} has no value column")
    return metric.value[0] if arm.name == "candidate" else metric.value[1]


def arms_of(spec: GateSpec, artifact: Artifact) -> Iterable[Arm]:
    """Return the candidate, and the baselines that some comparison rule is held against."""
    used = {
        rule.against
        for rule in spec.rules
        if is_comparison(rule) and spec.metric(rule.metric).artifact == artifact.name
    }
    return (artifact.candidate, *(arm for arm in artifact.baselines if arm.name in used))


def is_comparison(rule: Rule) -> bool:
    """Say whether a rule reads a baseline: one about the gap between slices does not."""
    is_gap = rule.slices is not None and rule.slices.require is Require.GAP
    return rule.claim is not Claim.THRESHOLD and not is_gap
