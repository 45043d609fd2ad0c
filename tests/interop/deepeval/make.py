"""Make the test runs of this folder again with deepeval, offline.

In a virtual environment with ``pip install deepeval``: ``python make.py``. The metrics are stubs,
so no model is asked; telemetry is off. Two runs are written, ``baseline.json`` and
``candidate.json``; one case of the candidate ends in an error of its metric.
"""

import json
import os
import sys
import tempfile
from itertools import takewhile
from pathlib import Path


os.environ["DEEPEVAL_TELEMETRY_OPT_OUT"] = "YES"
os.environ["DEEPEVAL_UPDATE_WARNING_OPT_OUT"] = "YES"
os.environ["CONFIDENT_OPEN_BROWSER"] = "NO"

HERE = Path(__file__).parent
CASES = (
    ("capital-fr", "What is the capital of France?", "Paris", "Paris", "Paris"),
    ("capital-it", "What is the capital of Italy?", "Rome", "Milan", "Rome"),
    ("capital-jp", "What is the capital of Japan?", "Tokyo", "Tokyo, of course", "Tokyo"),
    ("capital-au", "What is the capital of Australia?", "Canberra", "Sydney", "crash"),
    ("capital-ca", "What is the capital of Canada?", "Ottawa", "Ottawa", "Ottawa or Toronto"),
)


def main() -> None:
    """Run deepeval once for each arm, in a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for arm, column in (("baseline", 3), ("candidate", 4)):
            _run(arm, column, Path(folder))
    import deepeval  # type: ignore[import-not-found]  # noqa: PLC0415

    made = {
        "tool": "deepeval",
        "version": deepeval.__version__,
        "command": f"python {Path(sys.argv[0]).name}",
    }
    (HERE / "made_with.json").write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")


def _run(arm: str, column: int, folder: Path) -> None:
    from deepeval import evaluate  # noqa: PLC0415
    from deepeval.evaluate.configs import (  # type: ignore[import-not-found]  # noqa: PLC0415
        AsyncConfig,
        CacheConfig,
        DisplayConfig,
        ErrorConfig,
    )
    from deepeval.metrics import BaseMetric  # type: ignore[import-not-found]  # noqa: PLC0415
    from deepeval.test_case import LLMTestCase  # type: ignore[import-not-found]  # noqa: PLC0415

    class Overlap(BaseMetric):  # type: ignore[misc]
        """Share of the expected characters at the start of the answer; fails on "crash"."""

        def __init__(self, name: str, threshold: float) -> None:
            self.threshold, self.shown, self.async_mode = threshold, name, False
            self.evaluation_cost, self.error = 0.0, None

        def measure(self, test_case: LLMTestCase, *_: object, **__: object) -> float:
            if test_case.actual_output == "crash" and self.threshold > 0.9:
                raise ValueError("the judge gave no verdict")
            wanted, given = test_case.expected_output, test_case.actual_output
            pairs = zip(wanted, given, strict=False)
            same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
            self.score = same / max(len(wanted), len(given))
            self.success, self.reason = self.score >= self.threshold, f"{same} in common"
            return self.score

        async def a_measure(self, test_case: LLMTestCase, *_: object, **__: object) -> float:
            return self.measure(test_case)

        def is_successful(self) -> bool:
            return bool(self.success)

        @property
        def __name__(self) -> str:
            return self.shown

    results = folder / arm
    evaluate(
        test_cases=[
            LLMTestCase(
                name=case[0], input=case[1], expected_output=case[2], actual_output=case[column]
            )
            for case in CASES
        ],
        metrics=[
            Overlap("Answer Overlap", 0.5),
            Overlap("Answer Overlap", 0.95),
            Overlap("Prefix", 0.3),
        ],
        async_config=AsyncConfig(run_async=False),
        cache_config=CacheConfig(write_cache=False, use_cache=False),
        display_config=DisplayConfig(
            show_indicator=False, print_results=False, results_folder=str(results)
        ),
        error_config=ErrorConfig(ignore_errors=True),
    )
    [written] = results.glob("test_run_*.json")
    run = json.loads(written.read_text(encoding="utf-8"))
    text = json.dumps(run, indent=1).replace(str(folder), ".")
    (HERE / f"{arm}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
