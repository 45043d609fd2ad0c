"""Paths of a gate file to files: checked as text, matched by an own walk that follows no link.

Only ``*``, ``**``, ``?`` and ``{name}`` are special. ``{name}`` captures one part of a file's or a
folder's name as a column.
"""

import os
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_evalgate.artifacts.cells import shown, shown_list
from pytest_evalgate.errors import ArtifactError


_DEPTH = 16  # folders below the fixed part of a pattern
_ENTRIES = 10_000  # names looked at for one pattern
_SPECIAL = re.compile(r"[*?{}]")
_TOKEN = re.compile(r"\*+|\?|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}|[^*?{}]+|(?P<stray>[{}])")
_VARIABLE = re.compile(r"\$[A-Za-z_{(]|%[A-Za-z_]+%")
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file that a pattern names: folders below a trusted ``anchor``, none of them a link."""

    anchor: str  # absolute real path
    parts: tuple[str, ...]  # folders and name below the anchor
    shown: str  # relative to the folder of the gate file, for people
    captures: tuple[tuple[str, str], ...] = ()
    typed_in: str | None = None  # folder that a path of the command line is relative to


def relative_to(typed_in: str | None) -> str:
    """Say which folder paths are relative to: that of the gate file, or the one typed in."""
    if typed_in is None:
        return "paths are relative to the folder of the gate file"
    return (
        "paths typed on the command line are relative to the folder you are in: "
        f"{shown(typed_in)[1:-1]}"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pattern:
    text: str  # as written
    anchor: str
    fixed: tuple[str, ...]  # folders below the anchor that are not special
    rest: tuple[str, ...]  # from the first special component on; empty for one plain file
    is_free: bool  # typed on the command line: may lie anywhere


def find(text: str, *, base: Path, root: Path | None, inside: str | None = None) -> list[Found]:
    """Return the files that a path or pattern names, sorted by path.

    Args:
        text: As written in the gate file, or on the command line.
        base: Folder that it is relative to.
        root: Folder that it must stay in; None for the command line, which may name any file.
        inside: Pattern of the files to read where ``text`` names a folder.

    Raises:
        ArtifactError: An unsafe path, or nothing there.
    """
    try:
        os.fsencode(text)  # a lone surrogate is no name
        pattern = _any_file(text, base) if root is None else _inside(text, base, root)
        if inside is not None and _is_folder(pattern):
            pattern = replace(pattern, rest=tuple(inside.split("/")))
        below = _walk(pattern) if pattern.rest else [()]
        files = [_found(pattern, parts, base) for parts in below]
    except (OSError, ValueError) as error:
        raise ArtifactError(f"path {shown(text)} cannot be used: {_words(error)}") from error
    if not files:
        folder = posixpath.join(*pattern.fixed) if pattern.fixed else "."
        raise ArtifactError(
            f"nothing matches {shown(text)} in folder {shown(folder)}",
            hint=f"check the path; {relative_to(_typed_in(pattern, base))}",
        )
    return files


def _is_folder(pattern: _Pattern) -> bool:
    whole = os.path.join(pattern.anchor, *pattern.fixed)  # noqa: PTH118  (surrogates stay as read)
    return not pattern.rest and os.path.isdir(whole)  # noqa: PTH112  (a str from os)


def _typed_in(pattern: _Pattern, base: Path) -> str | None:
    return (base.name or str(base)) if pattern.is_free else None


def _words(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno).lower()
    return "not a path"


def _inside(text: str, base: Path, root: Path) -> _Pattern:
    _check_text(text)
    anchor = os.path.realpath(root)
    start = os.path.relpath(os.path.realpath(base), anchor).replace(os.sep, "/")
    if start == ".." or start.startswith(("../", "/")):
        raise ArtifactError(
            f"the folder of the gate file, {shown(str(base))}, lies outside its root"
        )
    fixed = [part for part in start.split("/") if part != "."]
    parts = [part for part in text.split("/") if part not in {"", "."}]
    while parts and parts[0] == "..":
        if not fixed:
            raise _unsafe(text, "it leaves the folder that artifacts may lie in")
        fixed.pop()
        parts.pop(0)
    if ".." in parts:
        raise _unsafe(text, "`..` may only stand at its start")
    if not parts:
        raise _unsafe(text, "it names a folder")
    return _split(text, anchor, fixed, parts)


def _check_text(text: str) -> None:
    if not text.strip():
        raise ArtifactError("an empty path; is a variable unset?")
    for found, words in (
        ("\0" in text, "it holds a NUL"),
        (text.startswith(("/", "\\")) or bool(_DRIVE.match(text)), "it is absolute"),
        ("\\" in text, "folders are separated by `/`"),
        (text.startswith("~"), "`~` is not expanded"),
        (bool(_VARIABLE.search(text)), "variables are not expanded"),
        (text.endswith("/"), "it names a folder"),
    ):
        if found:
            raise _unsafe(text, words)


def _unsafe(text: str, words: str) -> ArtifactError:
    return ArtifactError(
        f"path {shown(text)} is refused: {words}",
        hint="write a path relative to the gate file's folder that stays inside its repository",
    )


def _any_file(text: str, base: Path) -> _Pattern:
    """Follow links in the fixed part of a path that a person typed, and none behind it."""
    if not text.strip() or "\0" in text:
        raise ArtifactError(f"path {shown(text)} is refused: it is empty or holds a NUL")
    whole = os.path.join(base, text).replace(os.sep, "/")  # noqa: PTH118  (a glob is no Path)
    parts = whole.split("/")
    first = next((i for i, part in enumerate(parts) if _SPECIAL.search(part)), None)
    if first is None:
        folder, name = os.path.split(os.path.realpath(whole))
        return _Pattern(text=text, anchor=folder, fixed=(name,), rest=(), is_free=True)
    anchor = os.path.realpath("/".join(parts[:first]) or "/")
    rest = [part for part in parts[first:] if part not in {"", "."}]
    if ".." in rest:
        raise _unsafe(text, "`..` may not follow a `*`")
    return _split(text, anchor, [], rest, is_free=True)


def _split(
    text: str, anchor: str, fixed: list[str], parts: list[str], *, is_free: bool = False
) -> _Pattern:
    first = next((i for i, part in enumerate(parts) if _SPECIAL.search(part)), len(parts))
    for part in parts[first:]:
        if any(token["stray"] for token in _TOKEN.finditer(part)):
            raise ArtifactError(
                f"path {shown(text)} holds a brace that is not a {{name}}",
                hint="{name} takes letters, digits and _ only",
            )
    return _Pattern(
        text=text,
        anchor=anchor,
        fixed=(*fixed, *parts[:first]),
        rest=tuple(parts[first:]),
        is_free=is_free,
    )


def _walk(pattern: _Pattern) -> list[tuple[str, ...]]:
    """Return the files below the fixed part, as components, sorted and each once."""
    matchers = [None if part == "**" else re.compile(_regex(part)) for part in pattern.rest]
    if matchers[-1] is None:
        matchers.append(re.compile(r"[^.].*", re.DOTALL))
    top = os.path.join(pattern.anchor, *pattern.fixed)  # noqa: PTH118  (surrogates stay as read)
    _refuse_links(pattern)
    return sorted(set(_matches(top, (), matchers, _Names())))


class _Names:
    """The names in the folders of one walk: each folder is listed once, all within a budget."""

    def __init__(self) -> None:
        self._left = _ENTRIES
        self._listed: dict[str, list[os.DirEntry[str]]] = {}
        self._met: set[tuple[str, int]] = set()

    def is_new(self, folder: str, rest: int) -> bool:
        """Whether a folder was not yet held against that many last components of the pattern."""
        is_new = (folder, rest) not in self._met
        self._met.add((folder, rest))
        return is_new

    def of(self, folder: str) -> list[os.DirEntry[str]]:
        """Return what is in a folder.

        Raises:
            ArtifactError: The budget is used up.
        """
        if folder not in self._listed:
            self._listed[folder] = list(self._entries(folder))
        return self._listed[folder]

    def _entries(self, folder: str) -> Iterator[os.DirEntry[str]]:
        with os.scandir(folder) as entries:
            for entry in entries:
                self._left -= 1
                if self._left < 0:
                    raise ArtifactError(
                        f"more than {_ENTRIES} names to look at for one pattern",
                        hint="make the pattern more exact",
                    )
                yield entry


def _refuse_links(pattern: _Pattern) -> None:
    folder = pattern.anchor
    for part in pattern.fixed:
        folder = os.path.join(folder, part)  # noqa: PTH118  (a str from os)
        if os.path.islink(folder):  # noqa: PTH114  (a str from os)
            raise ArtifactError(
                f"{shown(part)} in {shown(pattern.text)} is a symbolic link; links are not followed"
            )


def _matches(
    folder: str,
    below: tuple[str, ...],
    matchers: list[re.Pattern[str] | None],
    names: _Names,
) -> Iterator[tuple[str, ...]]:
    """Yield the files that the components match; None is ``**``, any folders or none."""
    if len(below) > _DEPTH:
        raise ArtifactError(f"folders deeper than {_DEPTH} below the start of a pattern")
    if not names.is_new(folder, len(matchers)):  # `**` twice: what is below was yielded then
        return
    head, tail = matchers[0], matchers[1:]
    if head is None:
        yield from _matches(folder, below, tail, names)
    for entry in names.of(folder):
        within = (*below, entry.name)
        is_folder = entry.is_dir(follow_symlinks=False)
        is_match = head.fullmatch(entry.name) if head else not entry.name.startswith(".")
        if is_match and is_folder and (tail or head is None):
            yield from _matches(entry.path, within, tail if head else matchers, names)
        elif is_match and head and not (tail or is_folder or _is_sidecar(entry.name, head)):
            yield within


def _is_sidecar(name: str, asked: re.Pattern[str]) -> bool:
    if name in {"meta.yaml", "meta.yml"}:  # some tools write runs into files of that name
        return "meta" not in asked.pattern
    return name == "meta.json" or name.endswith((".meta.json", ".meta.yaml", ".meta.yml"))


def _regex(component: str, *, is_lazy: bool = False, seen: set[str] | None = None) -> str:
    """Translate one component; special characters never match a leading dot."""
    seen = set() if seen is None else seen
    lazy = "?" if is_lazy else ""
    written = ["" if component.startswith(".") else r"(?!\.)"]
    for token in _TOKEN.finditer(component):
        text, name = token[0], token["name"]
        if name is not None:
            written.append(f"(?P={name})" if name in seen else f"(?P<{name}>[^/]+{lazy})")
            seen.add(name)
        elif text[0] == "*":
            written.append(f"[^/]*{lazy}")
        else:
            written.append("[^/]" if text == "?" else re.escape(text))
    return "".join(written)


def _found(pattern: _Pattern, below: tuple[str, ...], base: Path) -> Found:
    parts = (*pattern.fixed, *below)
    full = os.path.join(pattern.anchor, *parts)  # noqa: PTH118  (surrogates stay as read)
    path = os.path.relpath(full, os.path.realpath(base))
    name = (full if pattern.is_free and path.startswith(os.pardir) else path).replace(os.sep, "/")
    if below and not all(part.isprintable() for part in below):
        raise ArtifactError(
            f"{shown_list(below)} matches {shown(pattern.text)} and is no printable UTF-8",
            hint="rename the file",
        )
    captures = _captures(pattern, below)
    return Found(
        anchor=pattern.anchor,
        parts=parts,
        shown=name,
        captures=captures,
        typed_in=_typed_in(pattern, base),
    )


def _captures(pattern: _Pattern, below: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    if not any("{" in part for part in pattern.rest):
        return ()
    path = "/".join(below)
    # The longest and the shortest reading must agree, or the name could mean two things.
    greedy, lazy = (_whole_regex(pattern.rest, is_lazy=is_lazy) for is_lazy in (False, True))
    longest, shortest = re.fullmatch(greedy, path), re.fullmatch(lazy, path)
    if longest is None or shortest is None:
        raise ArtifactError(
            f"{shown(path)} gives one {{name}} of {shown(pattern.text)} two values",
            hint="use two names, or a narrower pattern",
        )
    if longest.groupdict() != shortest.groupdict():
        raise ArtifactError(
            f"{shown(path)} can be read in two ways as {shown(pattern.text)}: "
            f"{_pairs(longest)} or {_pairs(shortest)}",
            hint="write more of the name around {name} or instead of `*`",
        )
    return tuple(longest.groupdict().items())


def _pairs(match: re.Match[str]) -> str:
    return ", ".join(f"{name} {shown(value)}" for name, value in match.groupdict().items())


def _whole_regex(rest: tuple[str, ...], *, is_lazy: bool) -> str:
    seen: set[str] = set()
    written = [
        "(?:[^/]+/)*" if part == "**" else _regex(part, is_lazy=is_lazy, seen=seen) + "/"
        for part in rest
    ]
    if rest[-1] == "**":
        return "".join(written) + "[^/]+"
    return "".join(written).removesuffix("/")
