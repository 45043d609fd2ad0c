"""The golden files of the Markdown report, and how they are written anew.

Run from the root of the repository after a wanted change, then read the diff:
``PYTHONPATH=src python tests/report/markdown_pages.py``.
"""

import sys
from pathlib import Path


HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import cases  # type: ignore[import-not-found]  # noqa: E402 - found by the line above

from pytest_evalgate.report import github, markdown  # noqa: E402


COMMIT = "9f2c1ab0" * 5
LINKS = f"https://github.example/team/models/blob/{COMMIT}"
RUN = "https://github.example/team/models/actions/runs/77"


def pages() -> dict[str, str]:
    """Return each golden file by its name, as the reports write it now."""
    found: dict[str, str] = {}
    for name, case in cases.CASES.items():
        evidence = case()
        found[f"{name}.md"] = markdown.render(evidence)
        found[f"{name}.annotations.txt"] = "".join(
            f"{line}\n" for line in github.annotations(evidence)
        )
    six = cases.six_rules()
    found["six_rules.summary.md"] = github.step_summary(six, links=LINKS)
    found["six_rules.comment.md"] = github.comment(six, run_url=RUN, head=COMMIT)
    return found


def main() -> None:
    """Replace all golden files by what the reports say now."""
    folder = HERE / "golden" / "markdown"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
