"""Aggregates by SQL beside the same from arrays, and what is declined."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from pytest_evalgate.artifacts.arms import ArmRequest, load_arm
from pytest_evalgate.artifacts.engine import reduce_ids, reduce_movers
from pytest_evalgate.artifacts.engine.huge import HugeTable
from pytest_evalgate.artifacts.engine.opening import Sizes
from pytest_evalgate.artifacts.engine.reduce_below import counts_below
from pytest_evalgate.artifacts.engine.relation import Database, Relation, number
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.pairing import pair_by_id
from pytest_evalgate.artifacts.reduced import ArrayReduction, ColumnMoments, ReducedPair
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.artifacts.table import ArmTable
from pytest_evalgate.errors import ArtifactError


N = 20_000
HUGE = Sizes(text=0, parquet=0, huge=0, memory=1 << 30)
COLUMNS = ("id", "score", "ok", "tokens", "grade", "kind")
METRICS = ("score", "ok", "tokens", "grade")


def write(path: Path, seed: int, change: str = "") -> None:
    """Write a Parquet file; ``change`` is SQL that says how it differs from a plain one."""
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.execute(f"SELECT setseed({seed / 10})")
        connection.execute(
            "CREATE TABLE t AS SELECT 'q' || lpad(i::VARCHAR, 6, '0') AS id, "
            "round(random() * 10 - 3, 4) AS score, random() < 0.7 AS ok, "
            "CAST(exp(random() * 8) AS BIGINT) AS tokens, floor(random() * 5) / 4 AS grade, "
            "['a', 'b', 'c'][1 + i % 3] AS kind "
            "FROM range($n) r(i) ORDER BY hash(i + $seed)",
            {"n": N, "seed": seed},
        )
        if change:
            connection.execute(change)
        connection.execute(f"COPY t TO '{path}' (FORMAT parquet)")


def load(path: Path, sizes: Sizes = HUGE, **more: Any) -> ArmTable:
    request = ArmRequest(
        artifact="evals",
        arm=path.stem,
        paths=(path.name,),
        base=path.parent,
        root=path.parent,
        keys=("id",),
        sizes=sizes,
        **more,
    )
    return load_arm(request, COLUMNS)


@pytest.fixture(scope="module")
def arms(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("arms")
    paths = folder / "candidate.parquet", folder / "baseline.parquet"
    for seed, path in enumerate(paths, 1):
        write(path, seed)
    return paths


def reduced(arms: Sequence[Path], request: SampleRequest, **more: Any) -> ReducedPair | None:
    candidate, baseline = (load(path, **more) for path in arms)
    assert isinstance(candidate, HugeTable)
    return candidate.reduce_pairs(request, baseline, request)


def expected(arms: Sequence[Path], request: SampleRequest, **more: Any) -> ArrayReduction:
    samples = [
        extract(load(path, Sizes(text=1 << 40, parquet=1 << 40), **more), request) for path in arms
    ]
    pairs = pair_by_id(*samples)
    return ArrayReduction(ids=pairs.ids, first=pairs.candidate, second=pairs.baseline)


def assert_near(found: ColumnMoments, other: ColumnMoments) -> None:
    assert (found.n, found.low, found.high) == (other.n, other.low, other.high)
    assert found.average == pytest.approx(other.average, rel=1e-12)
    for name in ("squares", "cubes", "fourths"):
        scale = other.fourths if name == "cubes" else 0.0  # cubes cancel
        assert getattr(found, name) == pytest.approx(
            getattr(other, name), rel=1e-11, abs=1e-14 * scale
        )


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("scale", [1.0, 0.01])
def test_pairs_have_the_aggregates_of_their_arrays(
    arms: tuple[Path, Path], metric: str, scale: float
) -> None:
    request = SampleRequest(value=metric, id=("id",), scale=scale)
    found, other = reduced(arms, request), expected(arms, request)
    assert found is not None
    for one, two in (
        (found.candidate, other.candidate),
        (found.baseline, other.baseline),
        (found.contrast(1.0), other.contrast(1.0)),
        (found.contrast(0.95), other.contrast(0.95)),
    ):
        assert_near(one.moments, two.moments)
        assert (one.ones, one.missing, one.is_finite) == (two.ones, two.missing, two.is_finite)
        assert one.distinct(50) == two.distinct(50)
        edges = np.linspace(two.moments.low, two.moments.high, 7)[:-1].tolist()
        assert one.below(edges) == two.below(edges)
        ranks = (1, 7, 500, N - 6, N)
        assert one.smallest(ranks) == two.smallest(ranks)
    assert found.products == pytest.approx(other.products, rel=1e-11, abs=1e-9)
    assert found.discordant == other.discordant
    assert found.movers(5) == other.movers(5)


@pytest.mark.parametrize("where", [(("kind", ("a", "b")),), (("ok", ("true",)),)])
def test_conditions_keep_the_same_units(arms: tuple[Path, Path], where: Any) -> None:
    request = SampleRequest(value="score", id=("id",), where=where)
    if where[0][0] == "kind":
        found, other = reduced(arms, request), expected(arms, request)
        assert found is not None
        assert_near(found.candidate.moments, other.candidate.moments)
    else:  # other rows in each arm: the ids do not match
        assert reduced(arms, request) is None
    table = load(arms[0], where=where)
    assert isinstance(table, HugeTable)
    alone = table.reduce(SampleRequest(value="score", id=("id",)))
    sample = extract(load(arms[0], Sizes(text=1 << 40, parquet=1 << 40)), request)
    assert alone is not None
    assert table.n == sample.values.size == alone.moments.n
    assert alone.moments.squares == pytest.approx(
        float(np.square(sample.values - sample.values.mean()).sum()), rel=1e-11
    )


@pytest.mark.parametrize("metric", METRICS)
def test_pairs_moved_most_whichever_ids_come_first(
    arms: tuple[Path, Path], metric: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = SampleRequest(value=metric, id=("id",))
    other = expected(arms, request).movers(5)
    for name, value in (("_FIRST", 1), ("_FIRST", 400), ("_MOST", 3), ("_LOOKED_AT", N)):
        with monkeypatch.context() as patch:
            patch.setattr(reduce_movers, name, value)
            found = reduced(arms, request)
            assert found is not None
            assert found.movers(5) == other


def test_ids_with_one_hash_are_told_apart(
    arms: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    request = SampleRequest(value="score", id=("id",))
    monkeypatch.setattr(reduce_ids, "_HASH", "hash({}) % 65536")
    found, other = reduced(arms, request), expected(arms, request)
    assert found is not None
    assert_near(found.contrast(1.0).moments, other.contrast(1.0).moments)
    assert found.movers(5) == other.movers(5)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE t SET id = NULL WHERE id = 'q000007'",
        "UPDATE t SET id = 'q000008' WHERE id = 'q000007'",
        "UPDATE t SET id = ''",
        "UPDATE t SET id = 'q' || chr(9) WHERE id = 'q000007'",
        "ALTER TABLE t ALTER id TYPE BIGINT USING nullif(CAST(substr(id, 2) AS BIGINT), 7)",
    ],
)
def test_ids_that_are_none_in_both_arms_alike_are_declined(tmp_path: Path, change: str) -> None:
    arms = tmp_path / "candidate.parquet", tmp_path / "baseline.parquet"
    for seed, path in enumerate(arms, 1):
        write(path, seed, change)
    assert reduced(arms, SampleRequest(value="score", id=("id",))) is None


def test_an_id_twice_in_place_of_another_is_declined(tmp_path: Path) -> None:
    """As many rows and as many pairs, but the pairs are not one of each."""
    arms = tmp_path / "candidate.parquet", tmp_path / "baseline.parquet"
    write(arms[0], 1, "UPDATE t SET id = 'r' WHERE id = 'q000007'")
    write(arms[1], 2, "UPDATE t SET id = 'q000008' WHERE id = 'q000007'")
    assert reduced(arms, SampleRequest(value="score", id=("id",))) is None
    assert reduced(arms[::-1], SampleRequest(value="score", id=("id",))) is None


def test_moments_of_a_contrast_keep_their_digits_where_its_parts_cancel(tmp_path: Path) -> None:
    arms = tmp_path / "candidate.parquet", tmp_path / "baseline.parquet"
    moved = "UPDATE t SET score = {} CAST(substr(id, 2) AS DOUBLE) + 1e-7 * score"
    write(arms[0], 1, moved.format("0.75 *"))
    write(arms[1], 2, moved.format(""))
    request = SampleRequest(value="score", id=("id",))
    found, other = reduced(arms, request), expected(arms, request)
    assert found is not None
    assert_near(found.contrast(0.75).moments, other.contrast(0.75).moments)
    assert_near(found.contrast(0.5).moments, other.contrast(0.5).moments)


@pytest.mark.parametrize(
    ("low", "step", "most"),
    [(0.0, 0.05, 20), (-0.999889, 0.09998525, 20), (0.1, 0.1, 20), (-3.0, 1.0, 7), (1e9, 1e-6, 99)],
)
def test_values_on_an_edge_count_above_it(low: float, step: float, most: int) -> None:
    edges = np.linspace(low, low + most * step, most + 1)
    near = np.concatenate([
        edges, np.nextafter(edges, -np.inf), np.nextafter(edges, np.inf), np.round(edges, 6),
        edges - step / 3, [low - 2 * step, low + 1e6 * step],
    ])  # fmt: skip
    values = np.repeat(near, 3)
    database = Database([], memory=1 << 30)
    database.ask("CREATE TABLE given (v DOUBLE)")
    cells = ", ".join(f"({number(one)})" for one in values.tolist())
    database.ask(f"INSERT INTO given VALUES {cells}")  # noqa: S608 - numbers
    relation = Relation(database, "given")
    uneven = [*edges.tolist()[:-1], float(edges[-1]) + step / 7]
    for asked in (edges.tolist(), edges.tolist()[:-1], uneven, edges.tolist()[:3]):
        expected_counts = tuple(int((values < edge).sum()) for edge in asked)
        assert counts_below(relation, "v", asked) == expected_counts


def test_sums_are_the_same_with_any_number_of_threads(arms: tuple[Path, Path]) -> None:
    request = SampleRequest(value="score", id=("id",))
    found = [reduced(arms, request) for _ in range(3)]
    assert len({one.contrast(1.0).moments for one in found if one is not None}) == 1
    assert len({one.products for one in found if one is not None}) == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE t SET score = NULL WHERE id = 'q000007'",
        "UPDATE t SET score = 'nan' WHERE id = 'q000007'",
        "UPDATE t SET score = 'inf' WHERE id = 'q000007'",
        "UPDATE t SET score = 1e100 WHERE id = 'q000007'",
        "UPDATE t SET id = 'q000008' WHERE id = 'q000007'",
        "UPDATE t SET id = NULL WHERE id = 'q000007'",
        "UPDATE t SET id = 'q000007\u00a0' WHERE id = 'q000007'",
        "DELETE FROM t WHERE id = 'q000007'",
        "INSERT INTO t SELECT * FROM t WHERE id = 'q000007'",
        "ALTER TABLE t ALTER score TYPE VARCHAR",
        "UPDATE t SET id = ''",
    ],
)
def test_rows_that_must_be_looked_at_are_declined(tmp_path: Path, change: str) -> None:
    arms = tmp_path / "candidate.parquet", tmp_path / "baseline.parquet"
    write(arms[0], 1, change)
    write(arms[1], 2)
    request = SampleRequest(value="score", id=("id",))
    assert reduced(arms, request) is None
    assert reduced(arms[::-1], request) is None


def test_whole_numbers_beyond_floats_are_declined(tmp_path: Path) -> None:
    arms = tmp_path / "candidate.parquet", tmp_path / "baseline.parquet"
    write(arms[0], 1, "UPDATE t SET tokens = 9007199254740993 WHERE id = 'q000007'")
    write(arms[1], 2)
    assert reduced(arms, SampleRequest(value="tokens", id=("id",))) is None
    assert reduced(arms, SampleRequest(value="tokens", id=("id",), scale=0.001)) is None


def test_a_table_beyond_the_budget_of_rows_says_what_it_needs(arms: tuple[Path, Path]) -> None:
    table = load(arms[0], max_rows=N - 1)
    with pytest.raises(ArtifactError, match=rf"{N} rows, and {N - 1} at most are read one by one"):
        extract(table, SampleRequest(value="score", id=("id",), cluster=("kind",), na=("1",)))


def test_whole_numbers_as_ids_pair_by_their_text(tmp_path: Path) -> None:
    paths = tmp_path / "candidate.parquet", tmp_path / "baseline.parquet"
    number = "ALTER TABLE t ALTER id TYPE BIGINT USING CAST(substr(id, 2) AS BIGINT)"
    text = "UPDATE t SET id = CAST(CAST(substr(id, 2) AS BIGINT) AS VARCHAR)"
    request = SampleRequest(value="score", id=("id",))
    for changes in ((number, number), (number, text)):
        for seed, (path, change) in enumerate(zip(paths, changes, strict=True), 1):
            path.unlink(missing_ok=True)
            write(path, seed, change)
        found, other = reduced(paths, request), expected(paths, request)
        assert found is not None
        assert found.movers(5) == other.movers(5)


def test_arrays_are_read_where_aggregates_do_not_do(arms: tuple[Path, Path]) -> None:
    request = SampleRequest(value="score", id=("id",))
    table, small = load(arms[0]), load(arms[0], Sizes(text=1 << 40, parquet=1 << 40))
    assert isinstance(table, HugeTable)
    assert extract(table, request).values.tolist() == extract(small, request).values.tolist()
