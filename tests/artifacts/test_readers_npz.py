"""NumPy arrays: archives and single files, read without running what they hold."""

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pytest_evalgate.artifacts.arms import ArmTable
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.readers import npy, npz
from pytest_evalgate.artifacts.readers.content import Content
from pytest_evalgate.artifacts.readers.registry import choose
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.errors import ArtifactError, SampleError


Load = Callable[..., ArmTable]


def saved(array: NDArray[Any]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def archive(*, is_packed: bool = False, **arrays: Any) -> bytes:
    stream = io.BytesIO()
    (np.savez_compressed if is_packed else np.savez)(stream, **arrays)
    return stream.getvalue()


def from_npy(data: bytes) -> list[dict[str, object]]:
    return [dict(row) for _, row in npy.parse(Content(path="x.npy", data=data)).rows]


def from_npz(data: bytes) -> list[dict[str, object]]:
    return [dict(row) for _, row in npz.parse(Content(path="x.npz", data=data)).rows]


def headed(header: str, body: bytes = bytes(8), *, length: int | None = None) -> bytes:
    """Write an array with any header; format of numpy.lib.format, version 1.0."""
    text = header.encode("latin-1")
    size = len(text) if length is None else length
    return b"\x93NUMPY\1\0" + size.to_bytes(2, "little") + text + body


def refused(data: bytes, message: str) -> None:
    with pytest.raises(ArtifactError, match=message):
        (from_npz if data.startswith(b"PK") else from_npy)(data)


@pytest.mark.parametrize("is_packed", [False, True])
def test_each_array_is_a_column(*, is_packed: bool) -> None:
    data = archive(is_packed=is_packed, id=["a", "b"], score=[0.5, 1], ok=[True, False])
    assert from_npz(data) == [
        {"id": "a", "score": 0.5, "ok": True},
        {"id": "b", "score": 1.0, "ok": False},
    ]
    assert choose("auto", data, "x.npz").name == "npz"


def test_an_array_of_two_dimensions_is_several_columns() -> None:
    data = archive(p=np.array([[0.1, 0.9], [0.6, 0.4]]), y=np.array([1, 0]))
    assert from_npz(data) == [{"p.0": 0.1, "p.1": 0.9, "y": 1}, {"p.0": 0.6, "p.1": 0.4, "y": 0}]


def test_columns_stored_first_are_read_as_rows() -> None:
    array = np.asfortranarray(np.arange(6).reshape(3, 2))
    assert from_npy(saved(array)) == [
        {"value.0": 0, "value.1": 1}, {"value.0": 2, "value.1": 3}, {"value.0": 4, "value.1": 5},
    ]  # fmt: skip


def test_one_array_is_the_column_value() -> None:
    data = saved(np.array([1.5, 2]))
    assert from_npy(data) == [{"value": 1.5}, {"value": 2.0}]
    assert choose("auto", data, "x").name == "npy"


def test_named_fields_are_columns() -> None:
    array = np.array([(7, "q", 0.5)], dtype=[("n", "i4"), ("id", "U3"), ("v", "f4")])
    assert from_npy(saved(array)) == [{"n": 7, "id": "q", "v": 0.5}]


@pytest.mark.parametrize(
    "kind", ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", ">i4", ">f8"]
)
def test_cells_are_plain_values_of_python(kind: str) -> None:
    [row] = from_npy(saved(np.array([1], dtype=kind)))
    expected = {"?": bool, "f": float}.get(kind.strip(">")[0], int)
    assert (row["value"], type(row["value"])) == (1, expected)


def test_small_types_do_not_overflow(arm: Load) -> None:
    # uint8: 1 - 2 is 255 and 200 + 100 is 44; float16: 60000 + 60000 is infinite.
    for kind, value in (("u1", 200), ("f2", 60_000)):
        data = archive(v=np.array([value] * 4, dtype=kind))
        table = arm(data, ["v"], file="v.npz", name=kind, reader="npz")
        assert float(extract(table, SampleRequest(value="v")).values.sum()) == 4 * value


def test_texts_of_both_kinds_are_read() -> None:
    assert from_npy(saved(np.array([b"a", "é".encode()]))) == [{"value": "a"}, {"value": "é"}]
    refused(saved(np.array([b"\xff"])), "holds bytes that are no text")
    refused(headed("{'descr': '<U1', 'fortran_order': False, 'shape': (1,)}",
                   (0xD800).to_bytes(4, "little")), "holds bytes that are no text")  # fmt: skip
    refused(headed("{'descr': '<U1', 'fortran_order': False, 'shape': (1,)}", b"\xff" * 4),
            "holds bytes that are no text")  # fmt: skip


def test_whole_numbers_stay_exact_and_too_large_ones_are_no_values(arm: Load) -> None:
    data = archive(id=np.array([2**53 + 1, 2**53 + 2]), v=np.array([2**53 + 1, 1]))
    assert [row["id"] for row in from_npz(data)] == [2**53 + 1, 2**53 + 2]
    table = arm(data, ["id", "v"], file="v.npz", reader="npz")
    with pytest.raises(SampleError, match=r"a whole number beyond 2\^53") as caught:
        extract(table, SampleRequest(value="v", id=("id",)))
    assert str(caught.value.at) == "candidate/v.npz row 1"


def test_what_is_not_a_number_stays_so_and_is_refused(arm: Load) -> None:
    table = arm(archive(v=[0.5, np.nan]), ["v"], file="v.npz", reader="npz")
    with pytest.raises(SampleError, match="v is NaN, expected a finite number") as caught:
        extract(table, SampleRequest(value="v"))
    assert str(caught.value.at) == "candidate/v.npz row 2"


class Trap:
    def __reduce__(self) -> tuple[object, ...]:
        return (pytest.fail, ("the pickle was run",))


def test_nothing_is_unpickled() -> None:
    trap = np.array([Trap(), 1], dtype=object)
    refused(saved(trap), r'has type "\|O", expected one of bool')
    refused(archive(v=trap), r'has type "\|O", expected one of bool')
    refused(pickle.dumps(Trap()), "it is no array of NumPy")


@pytest.mark.parametrize("kind", ["c8", "c16", "M8[D]", "m8[s]", "V4"])
def test_types_that_are_no_value_are_refused(kind: str) -> None:
    refused(saved(np.zeros(1, dtype=kind)), "expected one of bool, int, uint, float16 to float64")


def test_floats_beyond_64_bits_are_refused() -> None:
    descr = "{'descr': '<f16', 'fortran_order': False, 'shape': (1,)}"
    refused(headed(descr, bytes(16)), "float16 to float64")


@pytest.mark.parametrize(
    "descr",
    ["[('a', '<f8', (2,))]", "[('a', [('b', '<f8')])]", "[('', '|V4'), ('a', '<f4')]", "[]"],
)
def test_fields_within_fields_are_refused(descr: str) -> None:
    refused(headed(f"{{'descr': {descr}, 'fortran_order': False, 'shape': (1,)}}"), "has type")


def test_two_fields_of_one_name_are_refused() -> None:
    descr = "[('a', '<f4'), ('a', '<f4')]"
    refused(headed(f"{{'descr': {descr}, 'fortran_order': False, 'shape': (1,)}}"), "of one name")


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ("(1000000000000,)", "needs 8000000000000 bytes, found 8"),
        ("(2,)", "needs 16 bytes, found 8"),
        ("(-1,)", "its shape is"),
        ("(True,)", "its shape is"),
        ("(1.0,)", "its shape is"),
        ("[1]", "its shape is"),
        ("()", "expected one value a row"),
        ("(1, 1, 1)", "expected one value a row"),
        (f"({'1, ' * 65})", "expected one value a row"),
        ("(0, 99999999999999999999)", "needs 0 bytes, found 8"),
        ("(1, 10001)", "needs 80008 bytes, found 8"),
    ],
)
def test_a_shape_is_held_against_the_bytes(shape: str, message: str) -> None:
    refused(headed(f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}"), message)


def test_more_than_10_000_columns_are_refused() -> None:
    refused(saved(np.zeros((1, 10_001), dtype="u1")), "has 10001 columns, more than 10000")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        "[1]",
        "{'descr': '<f8', 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "(" * 5000,
        "{'descr': __import__('os'), 'fortran_order': False, 'shape': (1,)}",
    ],
)
def test_a_damaged_header_is_refused(header: str) -> None:
    refused(headed(header), "the header of array")


def test_a_header_longer_than_the_file_is_refused() -> None:
    refused(headed("{}", length=60_000), "its header has 60000 bytes")
    refused(b"\x93NUMPY\2\0" + (50_000_000).to_bytes(4, "little"), "its header has 50000000 bytes")
    refused(b"\x93NUMPY\4\0" + bytes(20), "of an unknown version")


def test_bytes_after_the_array_are_refused() -> None:
    refused(saved(np.array([1.0])) + b"\0", "needs 8 bytes, found 9")


def test_a_boolean_of_byte_2_is_refused() -> None:
    data = saved(np.array([True, True, False]))
    with pytest.raises(ArtifactError, match=r'boolean of "value" is byte 2') as caught:
        from_npy(data[:-1] + b"\2")
    assert str(caught.value.at) == "x.npy row 3"


def test_arrays_of_several_lengths_are_refused() -> None:
    refused(archive(a=[1, 2], b=[1]), r'several lengths: \{"a": 2, "b": 1\}')


def test_a_member_that_is_no_array_is_refused() -> None:
    stream = io.BytesIO(archive(a=[1]))
    with zipfile.ZipFile(stream, "a") as more:
        more.writestr("a", b"1")
    refused(stream.getvalue(), 'member "a" is no array: its name does not end in .npy')


def test_two_arrays_for_one_column_are_refused() -> None:
    arrays: dict[str, Any] = {"a": np.zeros((1, 1)), "a.0": np.zeros(1)}
    refused(archive(**arrays), 'two arrays give a column "a.0"')


@pytest.mark.parametrize(("data", "reader"), [(saved(np.zeros(1)), "npy"), (archive(a=[1]), "npz")])
def test_arrays_named_as_text_show_their_reader(arm: Load, data: bytes, reader: str) -> None:
    with pytest.raises(ArtifactError, match="not read as text") as caught:
        arm(data, ["v"], file="x.csv", reader="csv")
    assert f"`reader: {reader}`" in str(caught.value.hint)


def test_a_bomb_is_refused() -> None:
    refused(archive(is_packed=True, a=np.zeros(3_000_000)), "unpacks to more than 16777216 bytes")


def test_a_flipped_bit_in_an_archive_is_refused_and_in_an_array_is_told_of() -> None:
    data = archive(a=np.array([0.9, 0.8]))
    place = data.index(np.float64(0.9).tobytes())
    refused(data[:place] + b"\1" + data[place + 1 :], "checksum")
    parsed = npy.parse(Content(path="x.npy", data=saved(np.array([0.9]))))
    assert parsed.notes == [
        '"x.npy": an .npy file has no checksum, so a damaged value would not show; .npz has one'
    ]


def test_no_rows_are_no_evidence(arm: Load) -> None:
    with pytest.raises(ArtifactError, match="the file has 0 rows"):
        arm(saved(np.zeros((0, 3))), ["value"], file="v.npy", reader="npy")


def test_many_rows_keep_their_numbers() -> None:
    places = [place for place, _ in npy.parse(Content(path="x", data=saved(np.zeros(9000)))).rows]
    assert places == list(range(1, 9001))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_array_raises_nothing_unknown(changes: list[tuple[int, int]]) -> None:
    data = bytearray(saved(np.array([(1.0, "a")], dtype=[("v", "f8"), ("id", "U1")])))
    for position, byte in changes:
        data[position % len(data)] = byte
    try:
        rows = from_npy(bytes(data))
    except ArtifactError:
        return
    assert len(rows) <= len(data)


def test_a_real_archive_has_the_figures_counted_elsewhere(samples: Path) -> None:
    # Counted from the CSV of the same table: (0,0) 1315, (1,0) 248, (0,1) 32, (1,1) 1.
    rows = from_npz((samples / "judge_gold/ppi_forest/forest_badmodel.npz").read_bytes())
    pairs = [(row["Y"], row["Yhat"]) for row in rows]
    assert len(pairs) == 1596
    assert [pairs.count(key) for key in ((0, 0), (1, 0), (0, 1), (1, 1))] == [1315, 248, 32, 1]
