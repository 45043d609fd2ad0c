"""The plan as text: nothing is cut, nothing is wider than the terminal."""

from dataclasses import replace

import pytest

from pytest_evalgate.evidence import Bounds, Counts, GateFacts, Needed, Scale
from pytest_evalgate.evidence.plan import GatePlan, RulePlan, Shares
from pytest_evalgate.report.plan import plan_section


GATE = GateFacts(
    name="release",
    path="gate.yaml",
    sha256="ab" * 32,
    alpha=0.05,
    power=0.8,
    correction="auto",
    on_inconclusive="block",
)
SEEDS = RulePlan(
    id="no-worse",
    metric="accuracy",
    claim="non_inferiority",
    is_required=True,
    method="crossed",
    scale=Scale.DIFFERENCE,
    limit=Bounds(low=-0.01),
    alpha=0.05,
    n=Counts(candidate=450, baseline=450, pairs=450, runs=12),
    at=0.0,
    at_source="no difference",
    power=0.52,
    mde=0.0051,
    needed=Needed(runs=117, samples=1539),
    needed_jointly=Needed(samples=7150),
    shares=Shares(runs=0.4, samples=0.42, repeats=0.18),
    advice="more samples, about 1,539 fresh ones in place of 450",
)
LATENCY = replace(
    SEEDS,
    id="latency",
    method="welch_t",
    scale=Scale.RATIO,
    limit=Bounds(high=1.1),
    n=Counts(candidate=30, baseline=30, runs=30),
    at=1.0,
    power=0.999,
    mde=1.08,
    needed=Needed(runs=12),
    needed_jointly=Needed(runs=14),
    shares=Shares(runs=1.0),
    advice="enough: power over 99 %, 80 % is asked for",
)
BARE = RulePlan(
    id="bare",
    metric="m",
    claim="superiority",
    is_required=False,
    advice="cannot be planned: no file",
    reason="no file",
)
PLAN = GatePlan(
    gate=GATE,
    rules=(SEEDS, LATENCY, BARE),
    joint_power=0.519,
    joint_at_least=0.519,
    reason=None,
    buy="no-worse first",
)


def test_the_table_at_100_columns() -> None:
    shown = plan_section(PLAN, width=100)[2:6]
    assert max(map(len, shown)) <= 100
    assert [" ".join(line.split()) for line in shown] == [
        "rule method n detects assumed power spread needs",
        "no-worse runs x samples 12 x 450 +0.005 0.000 52% 42% samples 117 runs or 1,539 samples",
        "latency Welch t 30 x1.080 x1.000 >99% 100% runs 12 runs",
        "bare - - - - - - -",
    ]


def test_at_80_columns_the_method_gives_way() -> None:
    lines = [" ".join(line.split()) for line in plan_section(PLAN, width=80)]
    assert "rule n detects assumed power spread needs" in lines


def test_below_the_table_stands_what_all_rules_have_together() -> None:
    text = "\n".join(plan_section(PLAN, width=200))
    assert "all 2 required rules together: power 52% if they are independent, at least 52%" in text
    assert "for power 0.8 together: no-worse 7,150 samples, latency 14 runs" in text
    assert "next: no-worse first" in text
    assert "nothing is judged" in text
    assert "gather fresh runs or samples and judge those alone" in text


def test_a_plan_that_lacks_a_rule_says_why() -> None:
    lacking = replace(PLAN, joint_power=None, joint_at_least=None, reason="no power is known of x")
    text = "\n".join(plan_section(lacking))
    assert "all required rules together: no power is known of x" in text


def test_assumed_numbers_are_marked_and_equal_notes_share_a_number() -> None:
    assumed = replace(SEEDS, assumed="sd 0.4", reason="no such file")
    rows = (assumed, replace(assumed, id="other"))
    lines = plan_section(replace(PLAN, rules=rows), width=100)
    assert sum(line.endswith(" [1]") for line in lines) == 2
    assert "[1] reckoned from assumed numbers (sd 0.4): no such file" in lines


@pytest.mark.parametrize("width", [50, 80, 100, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, plan_section(PLAN, width=width))) <= width


def test_hostile_text_stays_text() -> None:
    hostile = replace(BARE, advice="\x1b[31mred\x1b[0m\n::error file=a.py::owned")
    lines = plan_section(replace(PLAN, rules=(hostile,)))
    assert not any("\x1b" in line or line.startswith("::") for line in lines)
