"""Damage done to bytes: anywhere in them, or in what they mean (JSON, cells, archives)."""

import gzip
import io
import json
import random
import warnings
import zipfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any


PIECES = [
    *(b"\0", b"\n", b"\r", b'"', b",", b";", b"\t", b"{", b"}", b"[", b"]", b":", b"\\", b"\xff"),
    *(b"NaN", b"Infinity", b"1e400", b"-1", b"null", b"true", b"\xef\xbb\xbf", b"\xed\xa0\x80"),
    *(b'"v": 1, ', b'"id": "q1", ', b"9" * 5000, b"[" * 2000, b"\\ud800", b"#", b"\xe2\x80\xa8"),
    *(
        b"PK\x03\x04",
        b"\x1f\x8b",
        b"PAR1",
        b"\xff\xff\xff\xff",
        b"\x7f\xff\xff\xff\xff\xff\xff\xff",
    ),
]
VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1, 0.5, 2**53 + 1, 10**400, 1e308, float("nan"), float("inf")),
    *("", " ", "NaN", "N/A", "1", "0.5", "x" * 1000, "\u2028", "\ud800", "\u202e", "..", "/etc"),
    *([], {}, [[]], [None], {"": 1}, {"a": {"b": [1, {"c": None}]}}, [1, "2", 3.0]),
]
_MOST_BYTES = 1 << 20  # of a member that is unpacked to be damaged


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Return bytes with one to four mistakes in them."""
    for _ in range(rng.randint(1, 4)):
        data = _mistake(data, rng)
    return data


def _mistake(data: bytes, rng: random.Random) -> bytes:
    if rng.random() < 0.5:
        return _in_bytes(data, rng)
    for way in _ways(data):
        with suppress(Exception):  # damaged before: then only its bytes are left
            return way(data, rng)
    return _in_bytes(data, rng)


def _ways(data: bytes) -> list[Callable[[bytes, random.Random], bytes]]:
    if data.startswith(b"PK\x03\x04"):
        return [_in_zip]
    if data.startswith(b"\x1f\x8b"):
        return [_in_gzip]
    if data[:1] in b"{[":
        return [_in_json, _in_json_line]
    return [_in_cell]


def _in_bytes(data: bytes, rng: random.Random) -> bytes:
    at, other = rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)
    low, high = min(at, other), max(at, other)
    kinds: list[Callable[[], bytes]] = [
        lambda: data[:at] + rng.choice(PIECES) + data[at:],
        lambda: data[:low] + data[high:],
        lambda: data[:at] + data[low:high] + data[at:],
        lambda: data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :],
        lambda: data[:at] + rng.choice(PIECES) + data[at + 1 :],
        lambda: data[:at],
    ]
    return rng.choice(kinds)()


def _in_json(data: bytes, rng: random.Random) -> bytes:
    return _written(_in_tree(json.loads(data), rng))


def _in_json_line(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    place = rng.randrange(len(lines) - 1)
    lines[place] = _written(_in_tree(json.loads(lines[place]), rng))
    return b"\n".join(lines)


def _written(tree: Any) -> bytes:
    return json.dumps(tree).encode("utf-8", "surrogatepass")


def _in_tree(tree: Any, rng: random.Random) -> Any:
    """Change one node of a JSON value: the deeper, the likelier."""
    if not isinstance(tree, dict | list) or not tree or rng.random() < 0.15:
        return rng.choice(VALUES)
    inside: Any = tree
    key = rng.choice(list(tree) if isinstance(tree, dict) else range(len(tree)))
    kind = rng.random()
    if kind < 0.1:
        del inside[key]
    elif kind < 0.2 and isinstance(tree, list):
        tree.insert(rng.randrange(len(tree)), inside[key])
    elif kind < 0.2:
        inside[rng.choice(["", "id", "a.b", str(key).upper()])] = inside.pop(key)
    else:
        inside[key] = _in_tree(inside[key], rng)
    return tree


def _in_cell(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    place = rng.randrange(len(lines))
    comma = b"\t" if b"\t" in data else b","
    cells = lines[place].split(comma)
    cells[rng.randrange(len(cells))] = str(rng.choice(VALUES)).encode("utf-8", "replace")
    if rng.random() < 0.2:
        cells.append(b"1")
    lines[place] = comma.join(cells)
    if rng.random() < 0.1:
        lines.insert(rng.randrange(len(lines)), lines[place])
    return b"\n".join(lines)


def _in_zip(data: bytes, rng: random.Random) -> bytes:
    """Write an archive again with one member damaged, doubled, renamed or left out."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        chosen, kind = rng.choice(names), rng.randrange(6)
        stream = io.BytesIO()
        with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", rng.choice([0, 8])) as made:
            warnings.simplefilter("ignore")  # a name that is there twice is what is wanted
            for name in names:
                content = archive.read(name)
                if name != chosen:
                    made.writestr(name, content)
                elif kind == 0:
                    made.writestr(rng.choice(["../x", "/x", name + "x", "header.json"]), content)
                elif kind != 1 and len(content) < _MOST_BYTES:
                    made.writestr(name, _mistake(content, rng))
    return stream.getvalue()


def _in_gzip(data: bytes, rng: random.Random) -> bytes:
    return gzip.compress(_mistake(gzip.decompress(data), rng), mtime=0)
