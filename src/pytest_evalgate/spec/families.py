"""The rules that a correction at the top of the file is about, by id."""

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_evalgate.spec.build_claims import is_proof
from pytest_evalgate.spec.build_rules import Ruling
from pytest_evalgate.spec.fields import Fields
from pytest_evalgate.spec.nodes import ScalarNode
from pytest_evalgate.spec.problems import listed, nearest, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The proofs of a file, and what else it names."""

    proofs: dict[str, Fields]
    others: dict[str, Fields]  # alarms, warnings, observations
    members: dict[str, str]  # id of a member -> its group
    known: frozenset[str]  # every id, readable or not
    weights: dict[str, float]  # that rules and groups give themselves

    @classmethod
    def of(cls, ruling: Ruling) -> "Family":
        """Sort the rules of a file."""
        entries = list(ruling.entries())
        members = {d.rule.id: d.rule.group for d in ruling.drafts if d.rule.group is not None}
        return cls(
            proofs={entry.id: fields for entry, fields in entries if is_proof(entry)},
            others={entry.id: fields for entry, fields in entries if not is_proof(entry)},
            members=members,
            known=frozenset(ruling.ids),
            weights={entry.id: entry.weight for entry, _ in entries if entry.weight is not None},
        )

    def check_name(self, key: ScalarNode, *, what: str, fields: Fields) -> None:
        """Report a name that is no proof; one of a rule that was refused is left alone."""
        name = key.text
        if name in self.proofs or not self.known:  # without any rule that alone is told
            return
        if name in self.members:
            group = self.members[name]
            message = f"{what} names {shown(name)}, a member of group {group!r}"
            hint = f"name the group: `{group}`"
        elif name in self.others:
            message = f"{what} names {shown(name)}, which does not have to be proven"
            hint = "name rules of severity block or escalate that are no alarms"
        elif name not in self.known:
            message = f"{what} names the unknown rule {shown(name)}"
            hint = f"{nearest(name, self.proofs)}rules: {listed(self.proofs)}"
        else:
            return
        fields.problems.add(message, at=key, hint=hint)

    def unweighted(self) -> Iterator[tuple[str, Fields]]:
        """Yield the proofs that give themselves no weight."""
        for name, fields in self.proofs.items():
            if "weight" not in fields.entries:
                yield name, fields

    def refuse_weights(self, why: str) -> None:
        """Report every weight that a rule gives itself."""
        for fields in (*self.proofs.values(), *self.others.values()):
            if "weight" in fields.entries:
                fields.add(
                    f"{fields.what} has a 'weight', {why}",
                    key="weight",
                    hint="take it out, or write `correction: holm`",
                )

    def refuse_unproven_weights(self) -> None:
        """Report the weights of rules that are not corrected."""
        for fields in self.others.values():
            if "weight" in fields.entries:
                fields.add(
                    f"{fields.what} has a 'weight' and does not have to be proven",
                    key="weight",
                    hint="take it out: only rules of severity block or escalate are corrected",
                )
