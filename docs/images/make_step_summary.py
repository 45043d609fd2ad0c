# ruff: noqa: INP001
"""Makes step-summary.png and badge.svg from the evidence of a gate.

``python docs/images/make_step_summary.py EVIDENCE.json STYLE.css`` needs Chromium, an emoji font,
the package cmarkgfm, and GitHub's style: ``github-markdown-light.css`` of the npm package
github-markdown-css. The pictures here are of ``examples/digits/quick.gate.yaml``.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import cmarkgfm  # type: ignore[import-untyped]
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]

from pytest_evalgate.evidence.files import from_json
from pytest_evalgate.report.badge import render as badge
from pytest_evalgate.report.github import step_summary


HERE = Path(__file__).parent
WIDTH, HEIGHT = 1012, 1010  # of GitHub's column; the first screen of the summary
LINKS = "https://github.com/OWNER/REPOSITORY/blob/main"


def main() -> None:
    """Write both pictures."""
    evidence = from_json(Path(sys.argv[1]).read_text(encoding="utf-8"))
    style = Path(sys.argv[2]).read_text(encoding="utf-8")
    (HERE / "badge.svg").write_text(badge(evidence), encoding="utf-8", newline="\n")
    body = cmarkgfm.github_flavored_markdown_to_html(
        step_summary(evidence, links=LINKS), options=Options.CMARK_OPT_UNSAFE
    )
    page = (
        f"<!doctype html><meta charset=utf-8><style>{style} body {{margin: 0}} "
        f".markdown-body {{padding: 24px}}</style><article class=markdown-body>{body}</article>"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "page.html")
        path.write_text(page, encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        size = [f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={HERE / 'step-summary.png'}"]
        subprocess.run(  # noqa: S603 - our own page
            ["chromium", *options, *size, str(path)],  # noqa: S607 - wherever it is installed
            check=True,
            capture_output=True,
        )


if __name__ == "__main__":
    main()
