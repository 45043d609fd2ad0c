"""Who takes part, what each is asked, and in which cells."""

from dataclasses import dataclass
from typing import Final

from benchmarks.peers.cells import CELLS
from benchmarks.peers.rows import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """A tool with one way of asking it."""

    name: str
    tool: str  # its worker: benchmarks/peers/workers/<tool>.py
    stated: str  # the one-sided level that it states for a false promotion, as asked
    asking: str = "usual"
    cells: tuple[str, ...] = tuple(CELLS)
    slow: tuple[str, ...] = ()  # cells in which it gets SLOW_SHARE of the data sets
    own_claim: Claim = Claim.BETTER  # what its gate is for; asked of damaged data
    has_command: bool = True  # a command line of its own, with a verdict


PACKAGES: Final = {
    "statgate": ("statgate",),
    "evalsig": ("evalsig",),
    "deltagate": ("deltagate",),
    "evalproof": ("evalproof",),
    "evalstats": ("evalstats",),
    "lcb_gate": ("lcb-gate", "pytest"),
}
DROP_SHOWN: Final = "none: passes unless a drop is shown"
SLOW_SHARE: Final = 0.4
FIRST: Final = ("seeds-5", "pairs-200", "clusters-5")

CONTESTANTS: Final = (
    Contestant(name="pytest-evalgate", tool="ours", stated="0.05", own_claim=Claim.NO_WORSE),
    Contestant(
        name="pytest-evalgate, geomean",
        tool="ours",
        asking="geomean",
        stated="0.05",
        cells=("lognormal",),
    ),
    Contestant(
        name="statgate",
        tool="statgate",
        stated="0.05",
        slow=("margin-200",),
        own_claim=Claim.NO_WORSE,
    ),
    Contestant(
        name="statgate, default alpha",
        tool="statgate",
        asking="default",
        stated="0.025",
        cells=("seeds-5", "pairs-200"),
        slow=("pairs-200",),
    ),
    Contestant(name="evalsig", tool="evalsig", stated="0.05", slow=("clusters-5", "clusters-8")),
    Contestant(
        name="evalsig, paired_bootstrap",
        tool="evalsig",
        asking="paired_bootstrap",
        stated="0.05",
        cells=("seeds-5", "seeds-3", "pairs-200"),
        slow=("pairs-200",),
    ),
    Contestant(
        name="deltagate",
        tool="deltagate",
        stated="0.05",
        slow=tuple(CELLS),
        has_command=False,
    ),
    Contestant(
        name="deltagate, default alpha",
        tool="deltagate",
        asking="default",
        stated="0.025",
        cells=FIRST,
        slow=FIRST,
        has_command=False,
    ),
    Contestant(
        name="evalproof",
        tool="evalproof",
        stated=DROP_SHOWN,
        own_claim=Claim.NO_WORSE,
    ),
    Contestant(
        name="evalproof, min-cases 2",
        tool="evalproof",
        asking="min-cases 2",
        stated=DROP_SHOWN,
        cells=("seeds-5", "seeds-3", "pairs-10", "margin-10"),
        own_claim=Claim.NO_WORSE,
    ),
    Contestant(name="evalstats", tool="evalstats", stated="0.05", has_command=False),
    Contestant(name="lcb-gate", tool="lcb_gate", stated="0.05"),
)
