"""The entries of one mapping, read by key; whatever is wrong with them is gathered."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from pytest_evalgate.errors import Location
from pytest_evalgate.spec.keys import CONTRACT, Keys
from pytest_evalgate.spec.nodes import BrokenNode, Entry, MappingNode, Node, ScalarNode
from pytest_evalgate.spec.problems import Placed, Problems, RefusedError, listed, nearest, shown
from pytest_evalgate.spec.scalars import kind, name


_Value = TypeVar("_Value")
_Absent = TypeVar("_Absent")
_CONTRACT_EXAMPLES = {
    "same": "same: [dataset_version]",
    "present": "present: [model]",
    "overlap": "overlap: 0.99",
    "missing": "missing: drop, max_missing: 0.02",
    "max_missing": "missing: drop, max_missing: 0.02",
    "equal": "equal: {dataset_version: v3}",
    "max_age": "max_age: 14d",
    "expect_files": "expect_files: 5",
    "expect_split": "expect_split: 0.5",
    "machine": "machine: any",
}


class Fields:
    """One mapping of a gate file.

    A key that is not there is looked for in ``fallback``: the artifact of an arm, the common
    contract of an artifact's own, the defaults of a rule.
    """

    def __init__(
        self,
        entries: dict[str, Entry],
        *,
        what: str,
        at: Placed,
        problems: Problems,
        fallback: "Fields | None" = None,
        is_mapping: bool = True,
    ) -> None:
        self.is_mapping = is_mapping  # else it was reported, and lacks nothing more
        self.entries = entries
        self.what = what
        self.at = at
        self.problems = problems
        self._fallback = fallback

    @property
    def location(self) -> Location:
        """Where the mapping is named."""
        return self.problems.location(self.at)

    def has(self, key: str) -> bool:
        """Whether the key is here or in the fallback."""
        return self.find(key) is not None

    def node(self, key: str) -> Node | None:
        """Look the value of a key up, here or in the fallback."""
        found = self.find(key)
        return found[1].value if found else None

    def place(self, key: str) -> Placed:
        """Where a key's value stands; the mapping itself if the key is nowhere."""
        return self.node(key) or self.at

    def read(
        self,
        key: str,
        reader: Callable[[Node], _Value],
        absent: _Absent,
        *,
        broken: _Value | None = None,
    ) -> _Value | _Absent:
        """Read a key: ``absent`` when it is not given, ``broken`` when it cannot be read.

        ``broken`` is ``absent`` by default; it lets a wrong value count as given, so that
        nobody complains a second time that it is missing.
        """
        found = self.find(key)
        if found is None:
            return absent
        owner, entry = found
        try:
            return reader(entry.value)
        except RefusedError as refused:
            for flaw in refused.flaws:
                joint = ": " if flaw.message.startswith("'") else " "
                message = f"{key!r} in {owner.what}{joint}{flaw.message}"
                self.problems.add(message, at=flaw.at, hint=flaw.hint)
            return absent if broken is None else broken

    def open(self, key: str, keys: Keys, *, fallback: "Fields | None" = None) -> "Fields | None":
        """Open the mapping under a key; None if the key is not given."""
        found = self.find(key)
        if found is None:
            return None
        owner, entry = found
        return open_fields(
            entry,
            keys,
            what=f"{key!r} in {owner.what}",
            problems=self.problems,
            fallback=fallback,
        )

    def require(self, keys: Keys) -> None:
        """Report every required key that is given neither here nor in the fallback."""
        for key, example in keys.required.items():
            if self.is_mapping and not self.has(key):
                self.add(f"{self.what} has no {key!r}", hint=f"add `{example}`")

    def add(self, message: str, *, hint: str, key: str | None = None) -> None:
        """Report a problem at a key's value, or at the mapping itself."""
        self.problems.add(message, at=self.place(key) if key else self.at, hint=hint)

    def find(self, key: str) -> "tuple[Fields, Entry] | None":
        """Look a key up; also tell whose it is."""
        entry = self.entries.get(key)
        if entry is not None:
            return self, entry
        return self._fallback.find(key) if self._fallback else None


def open_fields(
    entry: Entry,
    keys: Keys,
    *,
    what: str,
    problems: Problems,
    fallback: Fields | None = None,
) -> Fields:
    """Open a mapping and report every key it should not have; anything else counts as empty."""
    node = entry.value
    entries: dict[str, Entry] = {}
    if isinstance(node, MappingNode):
        entries = {
            item.key.text: item for item in node.entries if item.key.text not in keys.elsewhere
        }
        _refuse_unknown(node, keys, what, problems)
    elif not isinstance(node, BrokenNode):
        problems.add(
            f"{what} must be a mapping, found {kind(node)}",
            at=node,
            hint=f"known keys: {listed(keys.known)}",
        )
    return Fields(
        entries,
        what=what,
        at=entry.key,
        problems=problems,
        fallback=fallback,
        is_mapping=isinstance(node, MappingNode),
    )


def named(fields: Fields, key: str, *, what: str, most: int) -> Iterator[tuple[str, Entry]]:
    """Yield the named entries of a section, with names checked and unique ignoring case."""
    node = fields.node(key)
    if node is None or isinstance(node, BrokenNode):
        return
    if not isinstance(node, MappingNode) or not node.entries:
        found = kind(node) if not isinstance(node, MappingNode) else "an empty one"
        hint = f"write each {what} as `name: {{...}}`"
        fields.add(f"{key!r} must be a mapping of names, found {found}", key=key, hint=hint)
        return
    if len(node.entries) > most:
        hint = "split the gate" if what == "artifact" else "leave some out"
        fields.add(f"more than {most} entries in {key!r}", key=key, hint=hint)
        return
    folded: dict[str, ScalarNode] = {}
    for entry in node.entries:
        _check_name(entry.key, what=what, problems=fields.problems)
        first = folded.setdefault(entry.key.text.lower(), entry.key)
        if first is not entry.key:
            fields.problems.add(
                f"the {what} names {shown(first.text)} on line {first.line} and "
                f"{shown(entry.key.text)} on line {entry.key.line} are equal ignoring case",
                at=entry.key,
                hint="rename one of them",
            )
        yield entry.key.text, entry


def _check_name(key: ScalarNode, *, what: str, problems: Problems) -> None:
    try:
        name(key)
    except RefusedError as refused:
        for flaw in refused.flaws:
            problems.add(f"the name of the {what} {flaw.message}", at=flaw.at, hint=flaw.hint)


def _refuse_unknown(node: MappingNode, keys: Keys, what: str, problems: Problems) -> None:
    for entry in node.entries:
        key = entry.key.text
        if key in keys.known:
            continue
        if key in keys.later:
            problems.add(
                f"{shown(key)} is not yet supported",
                at=entry.key,
                hint=f"this version cannot check it: take it out of {what}",
            )
        elif key in keys.elsewhere:
            problems.add(
                f"{shown(key)} does not belong in {what}", at=entry.key, hint=keys.elsewhere[key]
            )
        elif not problems.is_full:
            problems.add(
                f"unknown key {shown(key)} in {what}",
                at=entry.key,
                hint=_hint_for_unknown(entry, node, keys),
            )


def _hint_for_unknown(entry: Entry, node: MappingNode, keys: Keys) -> str:
    known = f"known keys: {listed(keys.known)}"
    value = entry.value
    if node.is_flow and isinstance(value, ScalarNode) and not value.text and value.is_null:
        return f"quote a text that holds a comma inside {{...}}; {known}"
    key = entry.key.text
    if keys is not CONTRACT and key in CONTRACT.known:
        example = _CONTRACT_EXAMPLES[key]
        return f"it belongs under `contract:`: write `contract: {{{example}}}`; {known}"
    if key in keys.misnomers:
        return f"did you mean {keys.misnomers[key]!r}? {known}"
    return nearest(key, keys.known) + known
