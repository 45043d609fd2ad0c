"""Small arms on disk, and the folder of real evaluation files that some figures come from."""

import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm


Rows = Sequence[dict[str, Any]]


@pytest.fixture
def arm(tmp_path: Path) -> Callable[..., ArmTable]:
    """Write a file (bytes, text or rows) and load it as an arm."""

    def load(
        content: bytes | str | Rows,
        columns: Iterable[str] = (),
        *,
        name: str = "candidate",
        file: str = "rows.jsonl",
        **request: Any,
    ) -> ArmTable:
        path = tmp_path / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(content, bytes | str):
            content = "".join(json.dumps(row) + "\n" for row in content)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        request.setdefault("paths", (f"{name}/{file}",))
        return load_arm(
            ArmRequest(artifact="evals", arm=name, base=tmp_path, root=tmp_path, **request), columns
        )

    return load


@pytest.fixture
def samples() -> Path:
    """Return the folder of real evaluation files named by EVALGATE_SAMPLES."""
    named = os.environ.get("EVALGATE_SAMPLES")
    if not named:
        pytest.skip("EVALGATE_SAMPLES names no folder of real evaluation files")
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"EVALGATE_SAMPLES is {named!r}, which is no folder")
    return folder
