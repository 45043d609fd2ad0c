"""The formats that files are read as: their names, and the keys that each brings along.

A gate file names a format in ``reader:``. A format that knows what one row is declares the keys
``id``, ``run``, ``repeat`` and ``cluster``; a gate file may write its own instead. Plain tables
declare none. Built-in formats are imported when the first file is read, not before.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final


_READERS: Final = "pytest_evalgate.artifacts.readers."
OURS: Final = "pytest-evalgate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format: its name, who provides it, and what it knows of its rows."""

    name: str
    # Of a built-in one: "module:function" that parses, where the module has ``fits`` too if
    # ``auto`` can tell the format. Of one that a team registered: the function itself.
    parse: str | Callable[[Any], Any]
    id: tuple[str, ...] = ()
    run: str | None = None
    repeat: str | None = None
    cluster: tuple[str, ...] = ()
    is_typed: bool = True  # False: all cells are texts
    has_lines: bool = False  # a row starts on a line of its file; else rows are counted
    inside: str | None = None  # which files to read where a path names a folder
    is_timing: bool = False  # its values are times of a machine
    # Columns, with all below them, that tell how an answer turned out: no row is chosen by them.
    outcomes: tuple[str, ...] = ()
    outcomes_in: str | None = None  # a mapping: columns called like its keys are outcomes too
    provider: str = OURS
    digest: str | None = None  # SHA-256 of the code of one that a team registered


def _built_in(name: str, module: str, parse: str = "parse", **keys: Any) -> Format:
    return Format(name=name, parse=f"{_READERS}{module}:{parse}", **keys)


BUILT_IN: Final[Mapping[str, Format]] = MappingProxyType(
    {
        found.name: found
        for found in (
            _built_in("jsonl", "jsonl", has_lines=True),
            _built_in("json", "json_array", has_lines=True),
            _built_in("csv", "delimited", "parse_csv", is_typed=False, has_lines=True),
            _built_in("tsv", "delimited", "parse_tsv", is_typed=False, has_lines=True),
            _built_in("parquet", "parquet"),
            _built_in("arrow", "arrow"),
            _built_in("npz", "npz"),
            _built_in("npy", "npy"),
            _built_in("lm-eval", "lm_eval", id=("doc_hash",), has_lines=True),
            _built_in(
                "inspect",
                "inspect_log",
                id=("id",),
                repeat="epoch",
                outcomes=("scores", "score", "has_error", "error"),
                outcomes_in="scores",
            ),
            _built_in(
                "promptfoo",
                "promptfoo",
                id=("test_hash",),
                repeat="repeat",
                outcomes=(
                    "success",
                    "score",
                    "namedScores",
                    "gradingResult",
                    "failureReason",
                    "is_error",
                    "error",
                ),
            ),
            _built_in(
                "deepeval", "deepeval", id=("input_hash",), outcomes=("success", "metricsData")
            ),
            _built_in("helm", "helm", id=("instance_id",), repeat="train_trial_index"),
            _built_in("mlflow", "mlflow_store", run="run_id", inside="*/*/meta.yaml"),
            _built_in("pytest-benchmark", "pytest_benchmark", run="_path", is_timing=True),
            _built_in("google-benchmark", "google_benchmark", is_timing=True),
            _built_in("asv", "asv", run="_path", inside="*/*-*.json", is_timing=True),
            _built_in(
                "swe-bench",
                "swe_bench",
                id=("instance_id",),
                outcomes=(
                    "outcome",
                    "resolved",
                    "is_counted_resolved",
                    "patch_exists",
                    "patch_is_None",
                    "patch_successfully_applied",
                    "tests_status",
                ),
            ),
            _built_in(
                "alpaca-eval",
                "alpaca_eval",
                id=("instruction_hash",),
                has_lines=True,
                outcomes=("win", "preference"),
            ),
            _built_in(
                "arena-hard",
                "arena_hard",
                id=("question_id",),
                repeat="game",
                has_lines=True,
                outcomes=("verdict", "preference", "score"),
            ),
            _built_in(
                "livebench",
                "livebench",
                id=("question_id",),
                has_lines=True,
                outcomes=("score",),
            ),
            _built_in(
                "mt-bench",
                "mt_bench",
                id=("question_id", "turn"),
                cluster=("question_id",),
                has_lines=True,
                outcomes=("score",),
            ),
            _built_in("hf-trainer", "hf_trainer", run="_path"),
            _built_in("dvc", "dvc", run="_path"),
            _built_in("wandb", "wandb_export", run="Name", is_typed=False, has_lines=True),
            _built_in(
                "openai-evals",
                "openai_evals",
                id=("sample_id",),
                has_lines=True,
                outcomes=("correct", "picked", "sampled"),
            ),
        )
    }
)
TABLES: Final = frozenset({"jsonl", "json", "csv", "tsv", "parquet", "arrow", "npz", "npy"})
AUTO: Final = "auto"  # the format that fits the content
