"""Pins: the digest that the files of an arm must have."""

import re
from typing import Final

from pytest_evalgate.spec.fields import Fields
from pytest_evalgate.spec.nodes import Node
from pytest_evalgate.spec.problems import refusal, shown
from pytest_evalgate.spec.scalars import text


DIGEST: Final = "[0-9A-Fa-f]{64}"
_DIGEST = re.compile(DIGEST, re.ASCII)


def pin_of(fields: Fields) -> str | None:
    """Read the pin of an arm: its own, or that of its artifact where the path is too."""
    found = fields.find("sha256")
    if found is None:
        return None
    owner, _ = found
    if "path" not in owner.entries:
        fields.problems.add(
            f"'sha256' in {owner.what} stands without a 'path'",
            at=owner.place("sha256"),
            hint="write it beside the path: `baseline: {path: old.jsonl, sha256: ...}`",
        )
        return None
    if owner is not fields and "path" in fields.entries:
        return None  # the pin is of another path
    return fields.read("sha256", _digest, None)


def _digest(node: Node) -> str:
    found = text(node)
    if not _DIGEST.fullmatch(found):
        raise refusal(
            node,
            f"must be 64 hexadecimal digits, found {shown(found)}",
            "`sha256sum FILE` prints them; a wrong pin is answered with the digest found",
        )
    return found.lower()
