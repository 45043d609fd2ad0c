from pathlib import Path
from types import ModuleType

import pytest


GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.txt"), key=lambda path: path.name)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_report_equals_its_golden_file(path: Path, cases: ModuleType) -> None:
    name, _, width = path.stem.rpartition("-")
    assert cases.render(name, width=int(width)) == path.read_bytes().decode("ascii")


def test_every_case_has_a_golden_file_of_every_width(cases: ModuleType) -> None:
    wanted = {
        cases.golden_path(name, width=width) for name in cases.CASES for width in cases.WIDTHS
    }
    assert set(GOLDEN) == wanted


def test_same_evidence_gives_same_text(cases: ModuleType) -> None:
    assert cases.render("six_rules", width=100) == cases.render("six_rules", width=100)
