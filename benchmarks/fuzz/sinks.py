"""Sends payloads to every sink of the reports: `python benchmarks/fuzz/sinks.py [--write]`.

In full: 100,000 payloads to each. The Markdown ones go through cmark-gfm twice: the library in the
PyPI package `cmarkgfm`, and the program `cmark-gfm` where one is installed. Ends in 1 at a fault;
`--case N SINK` shows one payload again.
"""

import argparse
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path


ROOT = Path(__file__).parents[2]
for folder in (ROOT / "tests" / "support", ROOT / "src"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from sink_fuzzing import (  # noqa: E402 - found by the lines above
    MARKDOWN,
    SEED,
    SINKS,
    faults,
    markdown_fault,
    payload,
)


PAGE = Path(__file__).with_name("SINKS.md")
MARK = "<!-- results -->\n"
CASES = 100_000
EXTENSIONS = ("table", "strikethrough", "autolink", "tagfilter", "tasklist")
BATCH = 500  # documents that one run of the program renders


def main() -> int:
    options = _options()
    if options.case is not None:
        text, other = payload(options.case), payload(options.case + 1)
        print(repr(text), repr(other), *(SINKS[name](text, other) for name in options.sinks))
        return 0
    rows, found = [], []
    for name in options.sinks:
        for renderer in ("library", "program") if name in MARKDOWN else ("",):
            if renderer == "program" and not shutil.which("cmark-gfm"):
                continue
            started = time.process_time()
            wrong = (
                list(_program_faults(name, options.cases))
                if renderer == "program"
                else faults(name, range(options.cases))
            )
            seconds = time.process_time() - started
            print(
                f"{name} {renderer}: {len(wrong)} faults, {seconds:.0f} s", *wrong[:5], sep="\n  "
            )
            rows.append(f"| {name} | {renderer or '-'} | {options.cases:,} | {len(wrong)} |")
            found += wrong
    if options.write:
        _write(rows)
    return 1 if found else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sinks", nargs="*", metavar="SINK", help=", ".join(SINKS))
    parser.add_argument("--cases", type=int, default=CASES, help="payloads for each sink")
    parser.add_argument("--case", type=int, help="show the payload of this number")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    options.sinks = options.sinks or list(SINKS)
    return options


def _program_faults(sink: str, cases: int) -> Iterator[str]:
    """Yield the faults that the program shows; many documents go through it at once."""
    for start in range(0, cases, BATCH):
        yield from _batch_faults(sink, range(start, min(start + BATCH, cases)))


def _batch_faults(sink: str, numbers: range) -> Iterator[str]:
    documents: list[str] = []

    def collected(document: str) -> str:
        documents.append(document)
        return ""

    for number in numbers:  # the first walk collects what is to be rendered, the second looks
        markdown_fault(sink, payload(number), render=collected)
    pages = iter(_rendered(documents))
    for number in numbers:
        fault = markdown_fault(sink, payload(number), render=lambda _: next(pages))
        if fault:
            yield f"{sink}: case {number}: {fault}"


def _rendered(documents: list[str]) -> list[str]:
    """Render documents in one run; each ends in a heading that only we write."""
    end = "\n\n# 7f3e-end-of-document\n\n"
    command = ["cmark-gfm", "--unsafe", *(word for name in EXTENSIONS for word in ("-e", name))]
    text = "".join(f"{document}{end}" for document in documents)
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=True)
    pages = done.stdout.decode().split("<h1>7f3e-end-of-document</h1>\n")
    if len(pages) != len(documents) + 1:
        raise SystemExit(f"{len(documents)} documents gave {len(pages) - 1} pages")
    return pages[:-1]


def _write(rows: list[str]) -> None:
    head, _, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
    program = shutil.which("cmark-gfm")
    told = (
        subprocess.run([program, "--version"], capture_output=True, check=True, text=True).stdout
        if program
        else ""
    )
    named = f"cmark-gfm {told.split()[1]}" if told else "no program"
    about = (
        f"Seed {SEED}, Python {platform.python_version()}, library cmarkgfm {version('cmarkgfm')}, "
        f"program {named}:"
    )
    table = ["| sink | renderer | payloads | faults |", "|---|---|---|---|", *rows]
    PAGE.write_text("\n".join([f"{head}{MARK}", about, "", *table, ""]), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
