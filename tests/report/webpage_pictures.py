"""Makes the pictures of the web page in docs/images/webpage again: run it after a change of looks.

Needs Chromium. Each picture is one window: a width, a colour scheme, and a case of the tests.
"""

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from pytest_evalgate.evidence import GateEvidence
from pytest_evalgate.report.webpage import render


HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "docs" / "images" / "webpage"
NARROWEST = 500  # pixels that a window of Chromium has at least: a telephone is a frame in it
PICTURES = (  # name of the picture, case, width and height of the page, colour scheme
    ("six-rules-light", "six_rules", 1280, 1080, "light"),
    ("six-rules-dark", "six_rules", 1280, 1080, "dark"),
    ("six-rules-phone", "six_rules", 390, 1200, "light"),
    ("slices-light", "slices", 1280, 1080, "light"),
    ("every-part-dark", "full", 1280, 1080, "dark"),
    ("fifty-rules-light", "fifty_with_pictures", 1280, 1000, "light"),
    ("fifty-rules-phone-dark", "fifty_with_pictures", 390, 1200, "dark"),
    ("hostile-phone", "hostile", 390, 1200, "light"),
)
FRAME = (
    "<!doctype html><meta charset=utf-8><title>frame</title>"
    "<style>body {{ margin: 0 55px; background: #777 }} iframe {{ border: 0; display: block }}"
    '</style><iframe src="{page}" width="{width}" height="{height}"></iframe>'
)


def main() -> None:
    """Make all pictures."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("chromium is not installed")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, case, width, height, scheme in PICTURES:
            page = Path(folder) / f"{case}.html"
            page.write_text(render(evidence_of(case)), encoding="utf-8")
            shown = page
            if width < NARROWEST:
                shown = Path(folder) / "frame.html"
                frame = FRAME.format(page=page.name, width=width, height=height)
                shown.write_text(frame, encoding="utf-8")
            command = [
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                f"--user-data-dir={folder}/browser",
                f"--blink-settings=preferredColorScheme={int(scheme == 'light')}",
                f"--window-size={max(width, NARROWEST)},{height}",
                f"--screenshot={FOLDER / name}.png",
                shown.as_uri(),
            ]
            subprocess.run(command, check=True, capture_output=True)


def evidence_of(case: str) -> GateEvidence:
    """Return the evidence of a case."""
    cases = module(HERE / "cases.py")
    webpages = module(HERE.parent / "support" / "webpages.py")
    evidence: GateEvidence = webpages.evidence_of(cases, case)
    return evidence


def module(path: Path) -> ModuleType:
    """Import a file; tests are no package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        sys.exit(f"{path} is missing")
    found = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = found
    spec.loader.exec_module(found)
    return found


if __name__ == "__main__":
    main()
