"""Commands for the runner of GitHub Actions, one line each: ``::error file=a,line=1::message``."""

from collections.abc import Mapping


LEVELS = ("error", "warning", "notice")


def command(level: str, message: str, properties: Mapping[str, str | int | None]) -> str:
    """Return the line that makes a runner show ``message``.

    Args:
        level: One of ``LEVELS``.
        message: Printable ASCII; newlines are kept.
        properties: By name, printable ASCII; those without a value are left out.
    """
    told = ",".join(
        f"{name}={_property(str(value))}"
        for name, value in properties.items()
        if value is not None and value != ""
    )
    return f"::{level}{f' {told}' if told else ''}::{_data(message)}"


def _data(text: str) -> str:
    """Escape what would end a command; `%` first, because it starts every escape."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape what would end a command, a property or the properties."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
