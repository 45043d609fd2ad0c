import pytest

from pytest_evalgate.report.markdown_fit import Part, fitted


def parts() -> dict[str, Part]:
    return {
        "title": Part(render=lambda _: "title"),
        "numbers": Part(size=3, render=lambda count: " ".join("123"[:count]), noun="number"),
        "letters": Part(size=3, render=lambda count: " ".join("abc"[:count]), noun="letter"),
    }


ORDER = [("letters", 2), ("numbers", 3), ("letters", 1)]
WHOLE = "title\n\n1 2 3\n\na b c\n"


@pytest.mark.parametrize("budget", [None, len(WHOLE), 1000])
def test_what_fits_is_left_as_it_is(budget: int | None) -> None:
    assert fitted(parts(), order=ORDER, budget=budget) == WHOLE


def test_the_last_item_goes_first_and_is_counted() -> None:
    long = parts() | {"letters": Part(size=3, render=lambda count: "a" * 90 * count)}
    assert fitted(long, order=ORDER, budget=250) == (
        f"title\n\n1 2 3\n\n{'a' * 180}\n\n1 more item in the evidence.\n"
    )


def test_parts_give_way_in_the_order_asked_for() -> None:
    long = parts() | {
        "numbers": Part(size=3, render=lambda count: "1" * 90 * count, noun="number"),
        "letters": Part(size=3, render=lambda count: "a" * 90 * count, noun="letter"),
    }
    assert fitted(long, order=ORDER, budget=450) == (
        f"title\n\n{'1' * 270}\n\n{'a' * 90}\n\n2 more letters in the evidence.\n"
    )
    assert fitted(long, order=ORDER, budget=300) == (
        f"title\n\n{'1' * 90}\n\n2 more numbers in the evidence.\n\n{'a' * 90}\n\n"
        "2 more letters in the evidence.\n"
    )
    assert fitted(long, order=ORDER, budget=100) == (
        "title\n\n3 more numbers in the evidence.\n\n3 more letters in the evidence.\n"
    )


def test_bytes_are_counted_and_not_characters() -> None:
    wide = {
        "title": Part(render=lambda _: "t"),
        "x": Part(size=1, render=lambda count: "\xe9" * 99 * count),
    }
    assert "\xe9" in fitted(wide, order=[("x", 1)], budget=202)
    assert "\xe9" not in fitted(wide, order=[("x", 1)], budget=201)


@pytest.mark.parametrize("budget", [0, 5, 20])
def test_the_first_part_stays_alone_where_nothing_else_fits(budget: int) -> None:
    assert fitted(parts(), order=ORDER, budget=budget) in ("title\n", WHOLE)
