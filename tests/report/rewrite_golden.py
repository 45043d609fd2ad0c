"""Write the golden files anew after a wanted change of a report; then read the diff.

Run from the root of the repository: ``PYTHONPATH=src python tests/report/rewrite_golden.py``.
"""

import sys
from pathlib import Path


sys.path.insert(0, str(Path(__file__).parent))

import cases  # type: ignore[import-not-found]


def main() -> None:
    """Replace all golden files by what the reports say now."""
    folder = Path(__file__).parent / "golden"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.txt"):
        old.unlink()
    for name in cases.CASES:
        for width in cases.WIDTHS:
            path = cases.golden_path(name, width=width)
            path.write_text(cases.render(name, width=width), encoding="ascii", newline="\n")


if __name__ == "__main__":
    main()
