"""What must hold before any number is compared: the common contract and an artifact's own."""

from pytest_evalgate.spec.build_expected import equal, expect_files, expect_split, max_age
from pytest_evalgate.spec.fields import Fields
from pytest_evalgate.spec.model import Artifact, Contract, Machine, Missing
from pytest_evalgate.spec.nodes import Node
from pytest_evalgate.spec.numerals import number, share
from pytest_evalgate.spec.problems import listed, refusal, shown
from pytest_evalgate.spec.scalars import choice, column_list


def build_contract(fields: Fields | None) -> Contract:
    """Read a contract whose missing keys come from its fallback."""
    if fields is None:
        return Contract()
    missing = fields.read("missing", choice(Missing), Missing.ERROR)
    contract = Contract(
        same=fields.read("same", column_list, ()),
        present=fields.read("present", column_list, ()),
        overlap=fields.read("overlap", share, 1.0),
        is_overlap_declared=fields.has("overlap"),
        missing=missing,
        max_missing=fields.read("max_missing", _largest_share, 0.0),
        equal=fields.read("equal", equal, ()),
        max_age=fields.read("max_age", max_age, ()),
        expect_files=fields.read("expect_files", expect_files, ()),
        expect_split=fields.read("expect_split", expect_split, None),
        machine=fields.read("machine", choice(Machine), Machine.SAME),
    )
    if missing is not Missing.ERROR and not fields.has("max_missing"):
        fields.add(
            f"'missing: {missing}' needs 'max_missing', the largest share of units per arm",
            key="missing",
            hint="add `max_missing: 0.01`",
        )
    if "max_missing" in fields.entries and not fields.has("missing"):
        fields.add(
            "'max_missing' has no effect without 'missing'",
            key="max_missing",
            hint="add `missing: drop` or `missing: worst`, or take it out",
        )
    return contract


def check_arms(artifact: Artifact, fields: Fields) -> None:
    """Refuse what a contract expects of arms that its artifact does not have."""
    contract = artifact.contract
    arms = ["candidate", *(arm.name for arm in artifact.baselines)]
    own = f"give {artifact.name} its own `contract:`"
    for key in ("equal", "max_age", "expect_files"):
        named = {one.arm for one in getattr(contract, key)} - {None}
        for arm in sorted(named - set(arms)):
            fields.add(
                f"{key!r} names the arm {shown(arm)}, which artifact {artifact.name!r} has not",
                key=key,
                hint=f"its arms are {listed(arms)}; {own} if this is about another artifact",
            )
    for key, is_there in (
        ("same", bool(contract.same)),
        ("expect_split", contract.expect_split is not None),
    ):
        if is_there and not artifact.baselines:
            none = f"`contract: {{{key}: []}}`" if key == "same" else "its own `contract:`"
            fields.add(
                f"{key!r} compares two arms, and artifact {artifact.name!r} has no baseline",
                key=key,
                hint=f"give {artifact.name} {none}",
            )


def _largest_share(node: Node) -> float:
    value = number(node)
    if not 0 <= value < 1:
        hint = f"did you mean {value / 100:g}?" if 1 <= value < 100 else "write 0.01 for 1 %"
        raise refusal(node, f"must be a share from 0 to below 1, found {value:g}", hint)
    return value
