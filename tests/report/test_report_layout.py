from hypothesis import given
from hypothesis import strategies as st

from pytest_evalgate.report.layout import (
    NARROWEST,
    Column,
    decimal_aligned,
    fit,
    footnotes,
    paragraph,
    table,
)


def column(title: str, *cells: str, is_left: bool = False) -> Column:
    return Column(title=title, cells=cells, is_left=is_left)


def test_points_stand_below_one_another() -> None:
    assert decimal_aligned(["0.8360", "412 ms", "-", "12.5", "<0.001", "7]"]) == [
        "  0.8360",
        "412 ms  ",
        "  -     ",
        " 12.5   ",
        " <0.001 ",
        "  7]    ",
    ]


@given(st.lists(st.floats(-1e6, 1e6).map(lambda number: f"{number:.3f}"), min_size=1))
def test_alignment_keeps_every_number(numbers: list[str]) -> None:
    aligned = decimal_aligned(numbers)
    assert [text.strip() for text in aligned] == numbers
    assert len({text.index(".") for text in aligned}) == 1
    assert len({len(text) for text in aligned}) == 1


def test_columns_are_dropped_in_order_until_the_table_fits() -> None:
    columns = [
        column("rule", "a" * 10, is_left=True),
        *(column(title, "1" * 20) for title in ("x", "y", "z")),
        column("verdict", "PASS", is_left=True),
    ]
    titles = table(columns, width=70, drop=("y", "x"))[0].split()
    assert titles == ["rule", "x", "z", "verdict"]


def test_narrow_forms_come_before_any_column_goes() -> None:
    narrow = Column(title="arm", cells=("0.5",))
    columns = [
        column("rule", "a" * 20, is_left=True),
        Column(title="candidate arm", cells=("0.5",), narrow=narrow),
        column("p", "1" * 20),
        column("verdict", "PASS", is_left=True),
    ]
    titles = [(w, *table(columns, width=w, drop=("candidate arm",))[0].split()) for w in (66, 62)]
    assert titles == [
        (66, "rule", "candidate", "arm", "p", "verdict"),
        (62, "rule", "arm", "p", "verdict"),
    ]
    assert fit(columns, width=62, drop=("candidate arm",)).left_out == ()
    assert fit(columns, width=52, drop=("candidate arm",)).left_out == ("candidate arm",)


def test_long_name_is_cut_in_the_middle() -> None:
    columns = [column("rule", "a" * 40 + "z" * 24, is_left=True), column("verdict", "PASS")]
    row = table(columns, width=50)[1]
    assert row.startswith("aaaaaa")
    assert "a...z" in row
    assert row.endswith("PASS")


def test_only_the_last_cell_is_painted_and_counts_as_narrow() -> None:
    columns = [column("rule", "a", is_left=True), column("verdict", "PASS", is_left=True)]
    lines = table(columns, width=80, paint=lambda row, cell: f"<{row}{cell.strip()}>")
    assert lines == ["rule  verdict", "a     <0PASS>"]


@given(
    st.integers(20, 160),
    st.lists(
        st.tuples(st.integers(1, 80), st.integers(1, 30), st.integers(1, 30)),
        min_size=1,
        max_size=6,
    ),
)
def test_no_line_is_wider_than_asked_for(width: int, sizes: list[tuple[int, int, int]]) -> None:
    columns = [
        column("rule", *("r" * size[0] for size in sizes), is_left=True),
        column("n", *("1" * size[1] for size in sizes)),
        column("limit", *("2" * size[2] for size in sizes)),
        column("verdict", *("INCONCLUSIVE (escalate) [1,2,3,...]" for _ in sizes), is_left=True),
    ]
    lines = table(columns, width=width, drop=("n", "limit"))
    assert max(map(len, lines)) <= max(width, NARROWEST)


def test_footnotes_are_numbered_and_hang() -> None:
    lines = footnotes(["one", "two " * 20], width=50)
    assert lines[0] == "[1] one"
    assert lines[1].startswith("[2] two")
    assert lines[2].startswith("    two")


def test_paragraph_leaves_a_long_path_whole() -> None:
    path = "a/" * 60
    assert paragraph(f"see {path}", width=60, rest="  ") == ["see", f"  {path}"]


def test_empty_paragraph_is_its_lead() -> None:
    assert paragraph("", width=60, first="  why ") == ["  why"]
