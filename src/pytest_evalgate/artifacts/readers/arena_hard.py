"""Arena-Hard: judgments of a model against the reference, one row a game, seen by the model.

In game 1 the reference answers as A and the model as B, in game 2 they change places. ``>>`` is a
stronger verdict that the tool's leaderboard counts three times; here a game counts once.
"""

from collections.abc import Iterator

from pytest_evalgate.artifacts.cells import shown
from pytest_evalgate.artifacts.readers import jsonl
from pytest_evalgate.artifacts.readers.content import Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.shapes import Object, no_such_value


_SHARE_OF_A = {
    **dict.fromkeys(("A>>B", "A>B", "B<A", "B<<A"), 1.0),
    **dict.fromkeys(("A=B", "B=A"), 0.5),
    **dict.fromkeys(("B>>A", "B>A", "A<B", "A<<B"), 0.0),
}
_POSITIONS = ("B", "A")  # of the model in game 1 and in game 2
_HINT = "is it a model_judgment/JUDGE/MODEL.jsonl of arena-hard-auto with `pairwise: true`?"


def fits(head: Head) -> bool:
    """Whether this is a file of judgments of Arena-Hard."""
    has_question = head.has("question_id") or head.has("uid")
    return head.is_lines and head.has("model", "judge", "games") and has_question


def parse(content: Content) -> Parsed:
    """Read the games of a file.

    Raises:
        SampleError: A line without just two games, or a verdict that is none.
    """
    parsed = Parsed(rows=iter(()))
    parsed.rows = _rows(content, parsed.notes)
    return parsed


def _rows(content: Content, notes: list[str]) -> Iterator[tuple[int, Object]]:
    total = unjudged = 0
    for line, judged in jsonl.rows(content.data, content.path):
        outer = {key: cell for key, cell in judged.items() if key != "games"}
        if "uid" in outer:  # its name since version 2
            outer.setdefault("question_id", outer["uid"])
        for game, (found, position) in enumerate(
            zip(_games_of(judged, content, line), _POSITIONS, strict=True), 1
        ):
            _refuse_other_words(outer, found, content, line)
            verdict = found.get("score")
            preference = _preference(verdict, position, content, line)
            total += 1
            unjudged += preference is None
            yield (
                line,
                {
                    **outer,
                    **found,
                    "game": game,
                    "position": position,
                    "verdict": verdict,
                    "preference": preference,
                },
            )
    if unjudged:
        notes.append(
            f"arena-hard: {unjudged} of {total} games of {content.path} have no verdict; "
            "they are missing"
        )


def _refuse_other_words(outer: Object, game: Object, content: Content, line: int) -> None:
    """Refuse a game that says of its model or question something else than its line."""
    for name in sorted(outer.keys() & game.keys()):
        if outer[name] != game[name]:
            raise no_such_value(
                game[name],
                f"{name} of a game",
                f"{shown(outer[name])} as of its line",
                at=content.at(line),
                hint=_HINT,
            )


def _games_of(judged: Object, content: Content, line: int) -> list[Object]:
    games = judged.get("games")
    is_pair = isinstance(games, list) and len(games) == len(_POSITIONS)
    if not isinstance(games, list) or not is_pair:
        count = len(games) if isinstance(games, list) else games
        raise no_such_value(
            count, "the number of games", "2 (positions swapped)", at=content.at(line), hint=_HINT
        )
    for game in games:
        if game is not None and not isinstance(game, dict):
            raise no_such_value(game, "a game", "an object", at=content.at(line), hint=_HINT)
    return [game or {} for game in games]


def _preference(verdict: object, position: str, content: Content, line: int) -> float | None:
    """Return 1 where the model wins, .5 for a tie, 0 where the reference wins."""
    if verdict is None:
        return None
    if not isinstance(verdict, str) or verdict not in _SHARE_OF_A:
        raise no_such_value(
            verdict,
            "score",
            "A>>B, A>B, A=B, B>A, B>>A or null",
            at=content.at(line),
            hint=_HINT,
        )
    share = _SHARE_OF_A[verdict]
    return share if position == "A" else 1.0 - share
