"""Small sound files of formats that no tool writes here: in the shapes that are documented."""

import json
from typing import Any, Final


def _lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


_SWE: Final = {
    "resolved_ids": ["a__b-1", "a__b-2"],
    "unresolved_ids": ["c__d-3"],
    "error_ids": ["c__d-4"],
    "empty_patch_ids": [],
    "completed_ids": ["a__b-1", "a__b-2", "c__d-3"],
    "incomplete_ids": [],
    "submitted_ids": ["a__b-1", "a__b-2", "c__d-3", "c__d-4"],
    "total_instances": 4,
    "submitted_instances": 4,
    "completed_instances": 3,
    "resolved_instances": 2,
    "unresolved_instances": 1,
    "empty_patch_instances": 0,
    "error_instances": 1,
    "schema_version": 2,
}
_GAME: Final = {"user_prompt": "p", "judgment": "[[A>B]]", "score": "A>B"}
BY_HAND: Final[dict[str, dict[str, str]]] = {
    "swe-bench": {"model.json": json.dumps(_SWE)},
    "alpaca-eval": {
        "annotations.json": json.dumps(
            [
                {
                    "instruction": f"do {number}",
                    "output_1": "a",
                    "generator_1": "old",
                    "output_2": "b",
                    "generator_2": "new",
                    "dataset": "koala",
                    "annotator": "judge",
                    "preference": preference,
                    "price_per_example": 0.01,
                    "time_per_example": 1.5,
                }
                for number, preference in enumerate((1.0, 2.0, 1.25, 1.5))
            ]
        )
    },
    "arena-hard": {
        "new.jsonl": _lines(
            *(
                {"question_id": f"q{number}", "model": "new", "judge": "j", "games": [_GAME, _GAME]}
                for number in range(3)
            )
        )
    },
    "livebench": {
        "ground_truth_judgment.jsonl": _lines(
            *(
                {
                    "question_id": f"{number:064x}",
                    "task": "t",
                    "model": "new",
                    "score": number / 2,
                    "turn": 1,
                    "tstamp": 1.7e9,
                    "category": "math",
                }
                for number in range(3)
            )
        )
    },
    "mt-bench": {
        "gpt-4_single.jsonl": _lines(
            *(
                {
                    "question_id": 81 + number // 2,
                    "model": "new",
                    "judge": ["gpt-4", "single-v1"],
                    "user_prompt": "p",
                    "judgment": "Rating: [[7]]",
                    "score": 7,
                    "turn": 1 + number % 2,
                    "tstamp": 1.7e9,
                }
                for number in range(6)
            )
        )
    },
    "dvc": {"metrics.json": json.dumps({"avg_prec": {"train": 0.977, "test": 0.945}, "n": 10})},
    "wandb": {
        "export.csv": '"Name","State","ID","acc","loss"\n'
        '"run-1","finished","a1","0.9","0.1"\n"run-2","finished","a2","0.8",""\n'
    },
}
