"""Times as tools write them, made comparable: ISO 8601 in UTC."""

from datetime import UTC, datetime


def utc_of_text(text: object, *, is_naive_utc: bool = False) -> str | None:
    """Return an ISO 8601 time in UTC; None for what is no time, or of an unknown time zone.

    Args:
        text: As written by a tool.
        is_naive_utc: Whether the tool means UTC where it names no time zone.
    """
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            if not is_naive_utc:
                return None
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return None


def utc_of_milliseconds(count: object) -> str | None:
    """Return the time so many milliseconds after 1970 in UTC; None for what is no such number."""
    if isinstance(count, bool) or not isinstance(count, int):
        return None
    try:
        return datetime.fromtimestamp(count / 1000, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return None
