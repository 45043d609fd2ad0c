"""The formats that the gates of a session may name: built-in, installed, and of conftest files."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from pytest_evalgate.formats import Format
from pytest_evalgate.providers import RegistrationError, installed, with_readers


def session_formats(config: pytest.Config) -> Mapping[str, Format]:
    """Gather the readers of a session.

    A gate of `--evalgate-policy-ref` must not get those of conftest files: they come from the
    tree that is judged. That option is refused until it is built.

    Raises:
        pytest.UsageError: a reader cannot be registered.
    """
    try:
        formats = installed()
        for impl in config.hook.pytest_evalgate_readers.get_hookimpls():
            provider = _provider(config, str(impl.plugin_name))
            formats = with_readers(formats, _given(impl.function, provider), provider=provider)
    except RegistrationError as error:
        raise pytest.UsageError(str(error)) from error
    return formats


def _given(function: object, provider: str) -> list[object]:
    try:
        found = function()  # type: ignore[operator]
        readers = list(found) if isinstance(found, list | tuple) else None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit would end the session with a status of its own
        raise RegistrationError(
            f"pytest_evalgate_readers of {provider} raised {type(error).__name__}: {_said(error)}",
            hint="mend the hook; it returns [Reader(name=..., read=...)]",
        ) from error
    if readers is None:
        raise RegistrationError(
            f"pytest_evalgate_readers of {provider} returned {type(found).__qualname__}, "
            "expected a list of readers",
            hint="return [Reader(name=..., read=...)]",
        )
    return readers


def _said(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:  # noqa: BLE001 - its text is foreign code too
        return "(it cannot be shown)"


def _provider(config: pytest.Config, name: str) -> str:
    """Name a plugin: a conftest.py by its path from the rootdir."""
    try:
        return Path(name).relative_to(config.rootpath).as_posix()
    except ValueError:
        return name
