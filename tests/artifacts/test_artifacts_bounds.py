"""Small files that ask for much: numbers of thousands of digits, deep names, texts without end."""

import io
import json
import time
import zipfile
from collections.abc import Callable

import pytest

from pytest_evalgate.artifacts.archives import Archive
from pytest_evalgate.artifacts.cells import shown, text_of
from pytest_evalgate.artifacts.keys import key_texts
from pytest_evalgate.artifacts.readers import asv, jsontext, npy
from pytest_evalgate.artifacts.readers.content import Content
from pytest_evalgate.errors import ArtifactError, Location, SampleError


Pack = Callable[[dict[str, bytes]], bytes]
HUGE = 10**5000


def test_a_number_of_thousands_of_digits_is_shown_by_its_length() -> None:
    assert shown(HUGE) == "a number of about 5000 digits"
    assert shown([HUGE]).startswith("['0x")


def test_no_two_numbers_of_thousands_of_digits_have_one_text() -> None:
    cells: list[object] = [HUGE, -HUGE, HUGE + 1, [HUGE], [HUGE + 1], {"a": HUGE}, {"b": HUGE}]
    assert len(set(map(text_of, cells))) == len(cells)


def test_a_number_of_thousands_of_digits_names_no_row() -> None:
    for cell in (HUGE, [HUGE]):
        with pytest.raises(SampleError, match="cannot name a row"):
            key_texts(["id"], [[cell]], [0], locate=lambda row: Location(path="x", row=row + 1))


def test_a_shape_of_thousands_of_digits_is_refused() -> None:
    side = 10**4000
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({side}, {side}), }}\n".encode()
    data = b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header
    with pytest.raises(ArtifactError, match="its shape is"):
        npy.parse(Content(path="x.npy", data=data))


def test_a_shape_of_many_dimensions_is_refused_in_few_words() -> None:
    shape = (1,) * 5000
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    data = b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header
    with pytest.raises(ArtifactError, match="expected one value a row") as caught:
        npy.parse(Content(path="x.npy", data=data))
    assert len(str(caught.value)) < 300


def test_combinations_of_thousands_of_parameters_are_refused() -> None:
    document = {
        "version": 2, "commit_hash": "c", "results": {"b": [[1.0], [["1", "2"]] * 20_000]},
        "result_columns": ["result", "params"],
    }  # fmt: skip
    parsed = asv.parse(Content(path="c.json", data=json.dumps(document).encode()))
    with pytest.raises(
        ArtifactError, match="at least 1048576 combinations of its 20000 parameters"
    ):
        list(parsed.rows)


@pytest.mark.parametrize("end", ["", "\\", '\\"'])
def test_a_text_that_is_not_closed_is_looked_through_once(end: str) -> None:
    start = time.process_time()
    assert jsontext.is_too_deep("[" * 65 + '"' + '\\"' * 100_000 + end)
    assert time.process_time() - start < 2  # 45 s where each quote was tried as a start


@pytest.mark.parametrize(
    ("text", "is_deep"),
    [
        ("[" * 64 + "]" * 64, False),
        ("[" * 65 + "]" * 65, True),
        ('["' + "[" * 99 + '"]', False),
        ('["\\"' + "[" * 99 + '"]', False),
        ('["\\\\"' + "[" * 99 + "]" * 99 + "]", True),
        ('["' + "[" * 99, False),  # in a text that is not closed, which is refused as such
    ],
)
def test_brackets_count_outside_of_texts(text: str, *, is_deep: bool) -> None:
    assert jsontext.is_too_deep(text) is is_deep


@pytest.mark.parametrize("name", ["samples/" + "a/" * 20 + "x.json", "s/" + "x" * 1025])
def test_a_member_with_a_long_or_deep_name_is_refused(zipped: Pack, name: str) -> None:
    with pytest.raises(ArtifactError, match="expected at most 1024, in at most 16 folders"):
        Archive(zipped({name: b"{}"}), "x.eval")


def test_a_member_in_sixteen_folders_is_read(zipped: Pack) -> None:
    name = "a/" * 16 + "x.json"
    assert Archive(zipped({name: b"{}"}), "x.eval").read(name) == b"{}"


@pytest.fixture
def zipped() -> Pack:
    """Pack members by name."""

    def pack(members: dict[str, bytes]) -> bytes:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        return stream.getvalue()

    return pack
