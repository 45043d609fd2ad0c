"""The section of each rule: claim, numbers, pictures, what moved most, how to run it again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_evalgate.evidence import (
    GateEvidence,
    GateFacts,
    Mover,
    RuleEvidence,
    Verdict,
    is_member,
)
from pytest_evalgate.report.details import facts
from pytest_evalgate.report.escape import visible
from pytest_evalgate.report.headline import brief_reason, headline
from pytest_evalgate.report.numbers import brief_text, level_text, move_texts, pvalue_text
from pytest_evalgate.report.rerun import override_arguments, rerun_command
from pytest_evalgate.report.rules_table import row_name
from pytest_evalgate.report.webpage.anchors import Places
from pytest_evalgate.report.webpage.figures import Figure, count, figure
from pytest_evalgate.report.webpage.histograms import HistogramPicture, histograms
from pytest_evalgate.report.webpage.pictures import (
    Axis,
    IntervalPicture,
    axis,
    common_ruler,
    interval,
    is_drawn,
    labelled,
)
from pytest_evalgate.report.webpage.rows import Badge, Measured, badge, measured_numbers


_FACTS = ("reason", "hint", "metric", "burden", "test", "assumes", "power")
_PEOPLE = ("why", "owner", "action", "rule")
_COUNTS = ("pairs", "candidate", "baseline", "runs", "clusters", "repeats", "dropped")
_FIRST = ("p", "p adjusted", "level of the interval")
_LEFT_OUT = "units left out"
_PAIRED = ("pairs",)  # as many as there are units in either arm
_UNPAIRED = ("candidate units", "baseline units")
_COUNT_WORDS = {
    "candidate": "candidate units",
    "baseline": "baseline units",
    "repeats": "repeats averaged, at most",
    "dropped": _LEFT_OUT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A number with its name."""

    name: str
    figure: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A unit that moved much."""

    id: str
    baseline: Figure
    candidate: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """The units that moved most in one direction."""

    title: str
    units: tuple[Moved, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A slice or a member of a rule, as one row of its forest plot."""

    anchor: str
    name: str
    badge: Badge
    picture: IntervalPicture | None
    numbers: Measured
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """The slices or members of a rule, on one scale where they share one."""

    title: str
    children: tuple[Child, ...]
    axis: Axis | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """All about one rule."""

    anchor: str
    name: str
    parent: tuple[str, str] | None  # anchor and name
    badge: Badge
    headline: str
    is_open: bool
    picture: IntervalPicture | None
    entries: tuple[Entry, ...]  # that a reader asks for first
    more_entries: tuple[Entry, ...]
    numbers: Measured
    claim: str
    facts: tuple[tuple[str, str], ...]
    people: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    histograms: tuple[HistogramPicture, ...]
    movements: tuple[Movement, ...]
    forest: Forest | None
    rerun: str


def sections(
    evidence: GateEvidence, rules: Sequence[RuleEvidence], places: Places
) -> list[Section]:
    """Return the sections of ``rules``, in this order."""
    by_id = {rule.id: rule for rule in evidence.rules}
    return [_section(rule, evidence, places, by_id) for rule in rules]


def _section(
    rule: RuleEvidence, evidence: GateEvidence, places: Places, by_id: dict[str, RuleEvidence]
) -> Section:
    gate = evidence.gate
    parent = places.parent(rule)
    told = dict(facts(rule, gate))
    tested = parent if parent is not None and is_member(rule, by_id) else rule
    index = places.index(rule)
    entries = tuple(_entries(rule, gate, index))
    first = _first_names(rule)
    return Section(
        anchor=places.anchor(rule),
        name=visible(rule.id, limit=200),
        parent=None if parent is None else (places.anchor(parent), visible(parent.id, limit=200)),
        badge=badge(rule),
        headline=headline(rule),
        is_open=rule.verdict is not Verdict.PASS,
        picture=labelled(rule),
        entries=tuple(one for one in entries if one.name in first),
        more_entries=tuple(one for one in entries if one.name not in first),
        numbers=measured_numbers(rule, index, gate.alpha, is_adjusted=False),
        claim=told["claim"],
        facts=tuple((name, told[name]) for name in _FACTS if name in told),
        people=tuple((name, told[name]) for name in _PEOPLE if name in told),
        warnings=tuple(visible(warning, limit=400) for warning in rule.warnings),
        histograms=histograms(rule),
        movements=_movements(rule, index),
        forest=_forest(rule, gate, places),
        rerun=rerun_command(gate.path, tested.id, arguments=override_arguments(evidence.run)),
    )


def _first_names(rule: RuleEvidence) -> tuple[str, ...]:
    """Name the numbers that a reader asks for first."""
    sizes = _PAIRED if rule.n.pairs is not None else _UNPAIRED
    is_told = rule.effect is not None or rule.n.dropped  # said even so: 0 units were left out
    return (*_FIRST, *sizes, *([_LEFT_OUT] if is_told else []))


def _entries(rule: RuleEvidence, gate: GateFacts, index: int) -> Iterator[Entry]:
    """Yield the numbers that stand beside effect and arms."""
    for field, number, text in (
        ("pvalue", rule.pvalue, _p_text(rule.pvalue, rule.alpha_judged)),
        ("pvalue_adjusted", _other_p(rule), _p_text(rule.pvalue_adjusted, gate.alpha)),
        ("alpha_judged", rule.alpha_judged, _level_text(rule.alpha_judged)),
        ("min_pvalue", rule.min_pvalue, _p_text(rule.min_pvalue, rule.alpha_judged)),
        ("statistic", rule.statistic, _brief(rule.statistic)),
        ("df", rule.df, _brief(rule.df)),
    ):
        if number is not None:
            yield Entry(name=_NAMES[field], figure=figure(("rules", index, field), number, text))
    if rule.effect is not None:
        level = figure(
            ("rules", index, "effect", "level"), rule.effect.level, level_text(rule.effect.level)
        )
        yield Entry(name="level of the interval", figure=level)
    for name in _COUNTS:
        number = getattr(rule.n, name)
        if number is not None:
            path = ("rules", index, "n", name)
            yield Entry(name=_COUNT_WORDS.get(name, name), figure=count(path, number))


_NAMES = {
    "pvalue": "p",
    "pvalue_adjusted": "p adjusted",
    "alpha_judged": "judged at",
    "min_pvalue": "smallest p possible",
    "statistic": "statistic",
    "df": "degrees of freedom",
}


def _other_p(rule: RuleEvidence) -> float | None:
    return None if rule.pvalue_adjusted == rule.pvalue else rule.pvalue_adjusted


def _p_text(number: float | None, level: float | None) -> str:
    return "" if number is None else pvalue_text(number, level=level)


def _level_text(number: float | None) -> str:
    return "" if number is None else level_text(number)


def _brief(number: float | None) -> str:
    return "" if number is None else brief_text(number)


def _movements(rule: RuleEvidence, index: int) -> tuple[Movement, ...]:
    """Return the units that got worse most, then those that got better most."""
    if rule.movers is None:
        return ()
    ways: tuple[tuple[str, tuple[Mover, ...]], ...] = (
        ("down", rule.movers.down),
        ("up", rule.movers.up),
    )
    if rule.better != "higher":
        ways = ways[::-1]
    titles = ("Got worse most", "Got better most")
    return tuple(
        Movement(
            title=title,
            units=tuple(_moved(unit, index, way, place) for place, unit in enumerate(units)),
        )
        for title, (way, units) in zip(titles, ways, strict=True)
        if units
    )


def _moved(unit: Mover, index: int, way: str, place: int) -> Moved:
    path = ("rules", index, "movers", way, place)
    before, after = move_texts(unit.baseline, unit.candidate)
    return Moved(
        id=visible(unit.id, limit=80),
        baseline=figure((*path, "baseline"), unit.baseline, before),
        candidate=figure((*path, "candidate"), unit.candidate, after),
    )


def _forest(rule: RuleEvidence, gate: GateFacts, places: Places) -> Forest | None:
    """Return the slices or members of a rule, on one scale where they measure the same."""
    children = places.children(rule)
    if not children:
        return None
    drawn = [child for child in children if is_drawn(child)]
    ruler = common_ruler(children)
    return Forest(
        title="Slices" if any(child.slice for child in children) else "Members",
        children=tuple(
            Child(
                anchor=places.anchor(child),
                name=row_name(child).strip(),
                badge=badge(child),
                picture=interval(child, ruler),
                numbers=measured_numbers(child, places.index(child), gate.alpha, is_adjusted=False),
                reason="" if is_drawn(child) else brief_reason(child.reason, limit=200),
            )
            for child in children
        ),
        axis=None if ruler is None else axis(drawn, ruler),
    )
