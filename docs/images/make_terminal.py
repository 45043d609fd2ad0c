# ruff: noqa: INP001
"""Draw docs/images/terminal.png: what the quick gate of the README shows in a terminal.

Needs the project, and Chromium as `chromium` on the path; no other package. Run it from the root
of the repository: ``python docs/images/make_terminal.py``.
"""

import argparse
import html
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Iterable
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ


ROOT = Path(__file__).parents[2]
COMMAND = "pytest --evalgate examples/digits/quick.gate.yaml"
FONT_SIZE, LINE_HEIGHT, PADDING = 15, 20, 18
CHARACTER_WIDTH = 9.04  # of DejaVu Sans Mono at this size, and a little more
COLOURS = {
    "31": "#ff7b72",
    "32": "#56d364",
    "33": "#e3b341",
    "34": "#79c0ff",
    "35": "#d2a8ff",
    "36": "#76e3ea",
}
ESCAPE = re.compile(r"\x1b\[([0-9;]*)m")
# Lines that tell about the machine on which the picture was made.
ABOUT_HERE = re.compile(r"(platform|rootdir:|plugins:|configfile:|cachedir:|hypothesis profile)")
PAGE = """<!doctype html><meta charset="utf-8"><title>terminal</title><style>
body {{ margin: 0; background: #0d1117; color: #e6edf3; }}
pre {{ margin: 0; padding: {padding}px; font: {size}px/{line}px "DejaVu Sans Mono", monospace;
  width: {columns}.5ch; white-space: pre-wrap; word-break: break-all; }}
</style><pre>{text}</pre>
"""


def main() -> None:
    """Run the gate, and write the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--columns", type=int, default=100)
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("terminal.png"))
    parser.add_argument("more", nargs="*", help="arguments for pytest, behind `--`")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "examples", folder / "examples")
        command = " ".join([COMMAND, *asked.more])
        lines = [f"$ {command}", *shown(command, folder, columns=asked.columns)]
        draw(lines, folder, columns=asked.columns, output=asked.output.absolute())


def shown(command: str, folder: Path, *, columns: int) -> list[str]:
    """Return what a command prints on a terminal of so many columns, with its colours."""
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    unwanted = {"CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "PYTEST_ADDOPTS", "GITHUB_ACTIONS"}
    environment = {key: value for key, value in os.environ.items() if key not in unwanted}
    with subprocess.Popen(  # noqa: S603 - the command above
        [sys.executable, "-m", *command.split(), "-p", "pytest_evalgate.plugin.hooks"],
        cwd=folder,
        env={**environment, "TERM": "xterm-256color", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    ):
        os.close(theirs)
        text = b"".join(chunks(ours)).decode()
    os.close(ours)
    lines = [line.rpartition("\r")[2] for line in text.rstrip().replace("\r\n", "\n").split("\n")]
    return [line for line in lines if not ABOUT_HERE.match(ESCAPE.sub("", line))]


def chunks(descriptor: int) -> Iterable[bytes]:
    """Yield what a terminal gets until its other side is closed, which Linux calls an error."""
    while True:
        try:
            chunk = os.read(descriptor, 65536)
        except OSError:
            return
        if not chunk:
            return
        yield chunk


def as_html(text: str) -> str:
    """Turn colours of a terminal into elements."""
    parts = []
    style: dict[str, str] = {}
    at = 0
    for match in ESCAPE.finditer(text):
        parts.append(styled(text[at : match.start()], style))
        at = match.end()
        for code in match[1].split(";"):
            if code == "1":
                style["font-weight"] = "bold"
            elif code in COLOURS:
                style["color"] = COLOURS[code]
            else:
                style.clear()
    return "".join([*parts, styled(text[at:], style)])


def styled(text: str, style: dict[str, str]) -> str:
    """Return one piece of text in its style."""
    if not text or not style:
        return html.escape(text)
    css = ";".join(f"{name}:{value}" for name, value in style.items())
    return f'<span style="{css}">{html.escape(text)}</span>'


def draw(lines: list[str], folder: Path, *, columns: int, output: Path) -> None:
    """Let Chromium draw ``lines``."""
    page = folder / "terminal.html"
    text = as_html("\n".join(lines))
    page.write_text(
        PAGE.format(padding=PADDING, size=FONT_SIZE, line=LINE_HEIGHT, columns=columns, text=text),
        encoding="utf-8",
    )
    rows = sum(max(1, -(-len(ESCAPE.sub("", line)) // columns)) for line in lines)
    width = round(columns * CHARACTER_WIDTH) + 2 * PADDING
    height = rows * LINE_HEIGHT + 2 * PADDING
    subprocess.run(  # noqa: S603
        [
            shutil.which("chromium") or "chromium",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={folder / 'profile'}",
            f"--window-size={width},{height}",
            f"--screenshot={output}",
            page.as_uri(),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    output.write_bytes(with_palette(output.read_bytes()))


def with_palette(png: bytes) -> bytes:
    """Write a picture of Chromium anew, with at most 256 colours: a third of the bytes."""
    width, height, _, kind = struct.unpack(">IIBB", png[16:26])
    size = {2: 3, 6: 4}[kind]
    rows = unfiltered(zlib.decompress(b"".join(parts(png, b"IDAT"))), width * size, size)
    pixels = [[tuple(row[at : at + 3]) for at in range(0, len(row), size)] for row in rows]
    counts = Counter(pixel for row in pixels for pixel in row)
    palette = [pixel for pixel, _ in counts.most_common(256)]
    index = {pixel: nearest(pixel, palette) for pixel in counts}
    lines = b"".join(b"\0" + bytes(index[pixel] for pixel in row) for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    colours = b"".join(map(bytes, palette))
    written = ((b"IHDR", header), (b"PLTE", colours), (b"IDAT", zlib.compress(lines, 9)))
    return png[:8] + b"".join(part(name, data) for name, data in (*written, (b"IEND", b"")))


def nearest(pixel: tuple[int, ...], palette: list[tuple[int, ...]]) -> int:
    """Return the place of the colour that looks most like a pixel."""
    if pixel in palette:
        return palette.index(pixel)
    gaps = [sum((one - other) ** 2 for one, other in zip(pixel, c, strict=True)) for c in palette]
    return gaps.index(min(gaps))


def parts(png: bytes, wanted: bytes) -> Iterable[bytes]:
    """Yield the data of all parts of a PNG file that have this name."""
    at = 8
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        if name == wanted:
            yield png[at + 8 : at + 8 + length]
        at += length + 12


def part(name: bytes, data: bytes) -> bytes:
    """Write one part of a PNG file."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def unfiltered(data: bytes, length: int, size: int) -> Iterable[bytearray]:
    """Yield the rows of pixels: section 9 of the PNG specification."""
    above = bytearray(length)
    for start in range(0, len(data), length + 1):
        kind, row = data[start], bytearray(data[start + 1 : start + 1 + length])
        for i, byte in enumerate(row):
            left = row[i - size] if i >= size else 0
            up, corner = above[i], above[i - size] if i >= size else 0
            row[i] = (byte + (0, left, up, (left + up) // 2, paeth(left, up, corner))[kind]) & 255
        above = row
        yield row


def paeth(left: int, up: int, corner: int) -> int:
    """Return the neighbour that is nearest to their linear guess."""
    guess = left + up - corner
    return min((left, up, corner), key=lambda one: abs(guess - one))


if __name__ == "__main__":
    main()
