import pytest
from sink_fuzzing import runner_commands

from pytest_evalgate.report.workflow_command import command


@pytest.mark.parametrize(
    "text", ["100 %", "%0A", "%25", "a\nb", "a\rb", "a::b", "a,b=c", "::error::x", "##[error]x", ""]
)
def test_message_and_properties_read_back(text: str) -> None:
    line = command("warning", text, {"file": f"f{text}", "line": 3, "title": f"t{text}"})
    (found,) = runner_commands(line)
    assert len(line.splitlines()) == 1
    assert found.name == "warning"
    assert found.data == text
    assert found.properties == {"file": f"f{text}", "line": "3", "title": f"t{text}"}


def test_a_property_without_a_value_is_left_out() -> None:
    assert command("notice", "x", {"file": "", "line": None}) == "::notice::x"


@pytest.mark.parametrize("line", ["  ::error::x", "a ##[error]x", "##[Error file=a]x"])
def test_the_runner_of_these_tests_finds_what_a_runner_finds(line: str) -> None:
    (found,) = runner_commands(line)
    assert (found.name.lower(), found.data) == ("error", "x")


@pytest.mark.parametrize("line", ["a ::error::x", "::unknown::x", "# #[error]x", ": :error: :x"])
def test_the_runner_of_these_tests_passes_over_what_is_no_command(line: str) -> None:
    assert list(runner_commands(line)) == []
