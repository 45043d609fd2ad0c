"""AlpacaEval, Arena-Hard, LiveBench and MT-bench: judgments, in the shapes their tools write."""

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from pytest_evalgate.artifacts.arms import ArmRequest, ArmTable, load_arm
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.readers import alpaca_eval, arena_hard, livebench, mt_bench
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.artifacts.sample import Sample
from pytest_evalgate.errors import ArtifactError, EvalGateError, SampleError
from pytest_evalgate.formats import BUILT_IN


Row = dict[str, Any]
Reader = Callable[[Content], Parsed]
ARENA = "pairwise/arena_hard/model_judgment/gpt-4o-mini-2024-07-18/{model}.jsonl"
LIVE = "judge_scores/livebench/{data}/*/*/ground_truth_judgment.jsonl"
MISTRAL = "judge_scores/mt_bench/Mistral-7B-Instruct-v0.3_gpt-4_single.jsonl"
GEMMA = "made/mt_bench/gemma_with_minus1.jsonl"


def lines(*rows: Row) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def taken(reader: Reader, data: bytes) -> tuple[list[tuple[int, Row]], list[str]]:
    parsed = reader(Content(path="x", data=data))
    rows = [(place, dict(row)) for place, row in parsed.rows]
    return rows, parsed.notes


def annotation(preference: object = 2, **changes: Any) -> Row:
    return {
        "instruction": "Name a colour.",
        "output_1": "red",
        "generator_1": "reference",
        "output_2": "blue",
        "generator_2": "mine",
        "dataset": "koala",
        "annotator": "weighted",
        "preference": preference,
        **changes,
    }


def annotations(*rows: Row) -> bytes:
    return json.dumps(rows, indent=1).encode()


def judged(*scores: object, **changes: Any) -> Row:
    games = [{"user_prompt": "u", "judgment": "j", "score": score} for score in scores]
    return {"question_id": "q1", "model": "mine", "judge": "j", "games": games, **changes}


def single(score: object = 7, **changes: Any) -> Row:
    return {
        "question_id": 81,
        "model": "mine",
        "judge": ["gpt-4", "single-v1"],
        "user_prompt": "u",
        "judgment": "Rating: [[7]]",
        "score": score,
        "turn": 1,
        "tstamp": 1.5,
        **changes,
    }


def truth(score: object = 1, **changes: Any) -> Row:
    return {
        "question_id": "ab" * 32,
        "task": "spatial",
        "model": "mine",
        "score": score,
        "turn": 1,
        "tstamp": 1.5,
        "category": "reasoning",
        **changes,
    }


FILES: dict[str, tuple[Any, bytes]] = {
    "alpaca-eval": (alpaca_eval, annotations(annotation())),
    "arena-hard": (arena_hard, lines(judged("A>B", "B>A"))),
    "livebench": (livebench, lines(truth())),
    "mt-bench": (mt_bench, lines(single())),
}


@pytest.mark.parametrize("name", FILES)
def test_content_tells_each_format_from_the_others(name: str) -> None:
    data = FILES[name][1]
    assert [other for other, (module, _) in FILES.items() if module.fits(Head(data, "x"))] == [name]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("text", ["a,b\n1,2\n", '{"question_id": 1, "score": 2}\n', "[]", ""])
def test_plain_tables_are_not_taken(name: str, text: str) -> None:
    assert not FILES[name][0].fits(Head(text.encode(), "x"))


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_short_is_refused(name: str) -> None:
    module, data = FILES[name]
    with pytest.raises(ArtifactError):
        taken(module.parse, data[:-5])


@pytest.mark.parametrize("name", FILES)
def test_keys_of_the_tool_stay(name: str) -> None:
    module, data = FILES[name]
    [(_, row), *_] = taken(module.parse, data)[0]
    document = json.loads(data)
    own = document[0] if isinstance(document, list) else document
    assert {key: row[key] for key in own if key != "games"} == {
        key: cell for key, cell in own.items() if key != "games"
    }


# --- AlpacaEval ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("preference", "win"),
    [
        (1, 0.0),  # v1 annotators: 1 the reference, 2 the model
        (2, 1.0),
        (1.0, 0.0),
        (1.25, 0.25),  # weighted annotators: 1 + P(model wins)
        (0, 0.5),  # 0 and 1.5 are ties
        (0.0, 0.5),
        (1.5, 0.5),
        (None, None),
    ],
)
def test_a_win_is_the_share_of_the_second_output(preference: object, win: float | None) -> None:
    [(_, row)], _ = taken(alpaca_eval.parse, annotations(annotation(preference)))
    assert row["win"] == win


def test_an_instruction_is_told_by_its_whole_hash() -> None:
    [(_, row)], _ = taken(alpaca_eval.parse, annotations(annotation()))
    assert row["instruction_hash"] == hashlib.sha256(b"Name a colour.").hexdigest()
    assert row["model"] == "mine"


def test_unparsed_preferences_are_counted() -> None:
    _, notes = taken(alpaca_eval.parse, annotations(annotation(None), annotation(1)))
    assert notes == ["alpaca-eval: 1 of 2 annotations of x have no preference; they are missing"]


@pytest.mark.parametrize("preference", [3, 2.01, -1, 0.5, "2", True, [2]])
def test_another_preference_is_refused(preference: object) -> None:
    data = annotations(annotation(), annotation(preference))
    with pytest.raises(SampleError, match=r"x:12: .*preference is .*expected a number from 1 to 2"):
        taken(alpaca_eval.parse, data)


@pytest.mark.parametrize("key", ["instruction", "preference"])
def test_an_annotation_without_its_key_is_refused(key: str) -> None:
    row = annotation()
    del row[key]
    with pytest.raises(SampleError, match=f"{key} is null, expected"):
        taken(alpaca_eval.parse, annotations(row))


# --- Arena-Hard ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("A>>B", "A>>B", (0.0, 1.0)),  # game 1: A is the reference; game 2: A is the model
        ("A>B", "B>A", (0.0, 0.0)),
        ("B>A", "A>B", (1.0, 1.0)),
        ("B>>A", "B>>A", (1.0, 0.0)),  # `>>` counts once
        ("A=B", "B=A", (0.5, 0.5)),
        ("A<B", "B<<A", (1.0, 1.0)),  # spellings of version 2 of the tool
        ("B<A", "A<<B", (0.0, 0.0)),
        (None, "A>B", (None, 1.0)),
    ],
)
def test_games_are_seen_by_the_model(first: object, second: object, expected: object) -> None:
    rows, _ = taken(arena_hard.parse, lines(judged(first, second)))
    assert tuple(row["preference"] for _, row in rows) == expected
    assert [(row["game"], row["position"]) for _, row in rows] == [(1, "B"), (2, "A")]
    assert [row["verdict"] for _, row in rows] == [first, second]


def test_games_of_a_question_stand_on_its_line() -> None:
    data = lines(judged("A>B", "A>B"), judged("A>B", None, question_id="q2"))
    rows, notes = taken(arena_hard.parse, data)
    assert [(place, row["question_id"]) for place, row in rows] == [
        (1, "q1"),
        (1, "q1"),
        (2, "q2"),
        (2, "q2"),
    ]
    assert notes == ["arena-hard: 1 of 4 games of x have no verdict; they are missing"]


def test_version_2_names_a_question_by_uid() -> None:
    row = judged("A>B", "A>B", uid="u1", category="hard_prompt")
    del row["question_id"]
    assert arena_hard.fits(Head(lines(row), "x"))
    rows, _ = taken(arena_hard.parse, lines(row))
    assert {(one["question_id"], one["category"]) for _, one in rows} == {("u1", "hard_prompt")}


def test_a_game_that_was_not_played_is_missing() -> None:
    row = judged("A>B", "A>B")
    row["games"][0] = None  # the tool's show_result.py allows for it
    rows, _ = taken(arena_hard.parse, lines(row))
    assert [one["preference"] for _, one in rows] == [None, 1.0]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (judged("A>B"), r"the number of games is 1, expected 2 \(positions swapped\)"),
        (judged("A>B", "A>B", "A>B"), "the number of games is 3"),
        (judged(games=None), "the number of games is null"),
        (judged("A>B", 7), "score is 7, expected A>>B, A>B, A=B"),
        (judged("A>C", "A>B"), 'score is "A>C"'),
        ({**judged(), "games": [1, 2]}, "a game is 1, expected an object"),
    ],
)
def test_games_out_of_shape_are_refused(row: Row, message: str) -> None:
    with pytest.raises(SampleError, match=rf"x:2: .*{message}"):
        taken(arena_hard.parse, lines(judged("A>B", "A>B"), row))


@pytest.mark.parametrize("name", ["model", "question_id", "judge"])
def test_a_game_that_contradicts_its_line_is_refused(name: str) -> None:
    row = judged("A>B", "A>B")
    row["games"][1][name] = "other"
    with pytest.raises(SampleError, match=rf'x:1: .*{name} of a game is "other", expected "'):
        taken(arena_hard.parse, lines(row))


# --- LiveBench ----------------------------------------------------------------------------------


@pytest.mark.parametrize("score", [0, 1, 0.25, None])
def test_a_score_of_livebench_is_kept(score: object) -> None:
    [(line, row)], notes = taken(livebench.parse, lines(truth(score)))
    assert (line, row["score"], notes) == (1, score, [])


@pytest.mark.parametrize("score", [-1, 1.5, 85, "1", True])
def test_a_score_outside_of_0_to_1_is_refused(score: object) -> None:
    with pytest.raises(SampleError, match=r"x:2: .*score is .*expected a number from 0 to 1"):
        taken(livebench.parse, lines(truth(), truth(score)))


# --- MT-bench -----------------------------------------------------------------------------------


def test_a_score_of_minus_1_is_a_judge_that_failed() -> None:
    rows, notes = taken(mt_bench.parse, lines(single(8), single(-1, turn=2), single(-1.0)))
    assert [row["score"] for _, row in rows] == [8, None, None]
    assert notes == [
        (
            "mt-bench: 2 of 3 judgments of x have score -1, which is a judge that gave none; they "
            "are missing"
        )
    ]


def test_the_judge_and_its_prompt_are_columns() -> None:
    [(_, row)], _ = taken(mt_bench.parse, lines(single()))
    assert (row["judge_model"], row["judge_prompt"]) == ("gpt-4", "single-v1")


@pytest.mark.parametrize("score", ["8", True, [8]])
def test_a_score_that_is_no_number_is_refused(score: object) -> None:
    with pytest.raises(SampleError, match=r"x:1: .*score is .*expected a number; -1 for a judge"):
        taken(mt_bench.parse, lines(single(score)))


def test_judgments_of_pairs_are_refused_by_name() -> None:
    pair = {"question_id": 81, "model_1": "a", "model_2": "b", "g1_winner": "a", "g2_winner": "a"}
    with pytest.raises(ArtifactError, match=r"judgments of pairs \(g1_winner, g2_winner\)"):
        taken(mt_bench.parse, lines(pair))


# --- Real files ---------------------------------------------------------------------------------


def table_of(samples: Path, reader: str, path: str, columns: Iterable[str]) -> ArmTable:
    request = ArmRequest(
        artifact="a", arm="c", paths=(path,), base=samples, root=samples, reader=reader
    )
    return load_arm(request, columns)


def sample_of(samples: Path, reader: str, path: str, value: str) -> Sample:
    form = BUILT_IN[reader]
    keys = {*form.id, *form.cluster, form.repeat} - {None}
    table = table_of(samples, reader, path, [value, *(key for key in keys if key)])
    request = SampleRequest(value=value, id=form.id, repeat=form.repeat, cluster=form.cluster)
    return extract(table, request)


@pytest.mark.parametrize(("model", "questions"), [("gpt-3.5-turbo-0125", 32), ("Qwen1.5-1.8B", 5)])
def test_real_games_are_two_a_question(samples: Path, model: str, questions: int) -> None:
    sample = sample_of(samples, "arena-hard", ARENA.format(model=model), "preference")
    assert (sample.rows, sample.values.size, sample.repeats) == (2 * questions, questions, 2)
    if model == "gpt-3.5-turbo-0125":  # the share that the battles of the same games give
        assert float(sample.values.mean()) == pytest.approx(0.328125)


@pytest.mark.parametrize(("data", "mean"), [("data", 0.238964), ("data_old", 0.143919)])
def test_real_judgments_of_livebench(samples: Path, data: str, mean: float) -> None:
    sample = sample_of(samples, "livebench", LIVE.format(data=data), "score")
    assert sample.values.size == 296
    assert float(sample.values.mean()) == pytest.approx(mean, abs=1e-6)


def test_real_judgments_of_mt_bench(samples: Path) -> None:
    sample = sample_of(samples, "mt-bench", MISTRAL, "score")
    assert (sample.values.size, float(sample.values.mean())) == (160, 6.41875)
    assert len(set(sample.clusters or ())) == 80


def test_a_real_file_of_a_judge_that_failed_is_refused(samples: Path) -> None:
    table = table_of(samples, "mt-bench", GEMMA, ["score"])
    assert table.columns["score"].count(None) == 160
    assert any("160 of 180 judgments" in note for note in table.notes)
    with pytest.raises(EvalGateError, match="20 duplicate keys of question_id"):
        sample_of(samples, "mt-bench", GEMMA, "score")


@pytest.mark.parametrize(
    ("reader", "path"),
    [
        ("arena-hard", ARENA.format(model="*")),
        ("livebench", LIVE.format(data="data")),
        ("mt-bench", MISTRAL),
    ],
)
def test_auto_knows_real_files(samples: Path, reader: str, path: str) -> None:
    table = table_of(samples, "auto", path, ["question_id"])
    assert {source.format.name for source in table.sources} == {reader}
