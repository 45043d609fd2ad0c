"""The overview of the statistics names every module, and no other."""

import re
from pathlib import Path

from pytest_evalgate import stats


def test_every_module_stands_in_the_table_of_families() -> None:
    modules = {path.stem for path in Path(str(stats.__file__)).parent.glob("*.py")}
    _, table = str(stats.__doc__).split("\nfamily ")

    assert set(re.findall(r"``(\w+)``", table)) == modules - {"__init__"}
