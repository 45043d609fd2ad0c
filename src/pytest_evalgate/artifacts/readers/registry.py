"""From the name of a format to the function that reads it; ``auto`` chooses by content.

A built-in reader is a module with ``parse(content) -> Parsed`` (see ``content.py``) and, where the
content tells the format, ``fits(head) -> bool``. It raises nothing but ``EvalGateError``. A new
one is a module and a line in ``pytest_evalgate.formats``.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.readers import registered
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.errors import ArtifactError
from pytest_evalgate.formats import AUTO, BUILT_IN, Format


# In this order ``auto`` asks whether a file is theirs; what none of them takes is a plain table.
_ASKED = (
    "parquet",
    "arrow",
    "npy",
    "inspect",
    "npz",
    "lm-eval",
    "promptfoo",
    "deepeval",
    "helm",
    "mlflow",
    "pytest-benchmark",
    "google-benchmark",
    "asv",
    "swe-bench",
    "alpaca-eval",
    "arena-hard",
    "livebench",
    "mt-bench",
    "hf-trainer",
    "dvc",
    "openai-evals",
)
_UNPACK = "unpack or convert it: JSON lines and CSV in UTF-8 are read"
_BINARY = {  # no text begins so: what it is, and what to do
    b"PAR1": ("Parquet", "say `reader: parquet`"),
    b"ARROW1\0\0": ("Arrow", "say `reader: arrow`"),
    b"\x93NUMPY": ("a NumPy array", "say `reader: npy`"),
    b"PK\x03\x04": (
        "a zip archive",
        "say `reader: npz` for NumPy arrays, `reader: inspect` for logs of Inspect; unpack others",
    ),
    b"PK\x05\x06": ("an empty zip archive", _UNPACK),
    b"\x1f\x8b": ("damaged gzip", _UNPACK),
    b"\x28\xb5\x2f\xfd": ("zstandard", _UNPACK),
    b"BZh91AY&SY": ("bzip2", _UNPACK),
    b"\xfd7zXZ\0": ("xz", _UNPACK),
    b"\xff\xfe": ("UTF-16", _UNPACK),
    b"\xfe\xff": ("UTF-16", _UNPACK),
}


def choose(name: str, data: bytes, path: str, formats: Mapping[str, Format] = BUILT_IN) -> Format:
    """Return the named format, or for ``auto`` the one that fits the content.

    Raises:
        ArtifactError: No such format, or content in none that is read.
    """
    if name != AUTO:
        if name not in formats:
            raise ArtifactError(
                f"unknown reader {shown(name)}",
                at=Content(path=path, data=b"").at(),
                hint=f"use auto, {', '.join(formats)}",
            )
        return formats[name]
    head = Head(data, path.rpartition("/")[2])
    for asked in _ASKED:
        fits = _fits(formats[asked])
        if fits is not None and fits(head):
            return formats[asked]
    return formats[_table(head)]


def parse(found: Format, content: Content) -> Parsed:
    """Read a file as a format.

    Raises:
        ArtifactError: The bytes are not in this format, or not to be used.
    """
    if not isinstance(found.parse, str):
        return registered.read(found, found.parse, content)
    if found.is_typed is False or found.has_lines:
        _refuse_binary(content)
    return _attribute(found.parse)(content)  # type: ignore[no-any-return]


def _attribute(entry: str) -> Callable[[Any], Any]:
    module, _, name = entry.partition(":")
    return getattr(import_module(module), name)  # type: ignore[no-any-return]


def _fits(found: Format) -> Callable[[Head], bool] | None:
    if not isinstance(found.parse, str):
        return None
    return getattr(import_module(found.parse.partition(":")[0]), "fits", None)


def _refuse_binary(content: Content) -> None:
    """Refuse bytes that no text begins with, and name what they are."""
    for magic, (what, hint) in _BINARY.items():
        if content.data.startswith(magic):
            raise ArtifactError(
                f"the file is {what}, which is not read as text", at=content.at(), hint=hint
            )


def _table(head: Head) -> str:
    """By content, never by extension: an array in a file called .jsonl is common."""
    if head.is_array or head.is_document:
        return "json"
    if head.text.startswith(b"{"):
        return "jsonl"
    return "tsv" if b"\t" in head.line and b"," not in head.line else "csv"
