"""One metric as a first gate file could hold it."""

from dataclasses import dataclass

from pytest_evalgate.gate.propose_mend import Mend
from pytest_evalgate.gate.propose_variants import Variant
from pytest_evalgate.spec.model import Better


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedMetric:
    """One metric, and the ways to judge it: the first one that is valid on the data is taken.

    One that is to be mended keeps its rule, which blocks until that is done.
    """

    name: str
    value: str | None
    label: str | None = None
    prediction: str | None = None
    better: Better
    unit: str | None
    holds: str  # what the column holds, in words
    variants: tuple[Variant, ...]
    is_quality: bool  # says how good the answers are, not what they cost
    mend: Mend | None = None
    aside: str | None = None  # why it is offered as a comment only
