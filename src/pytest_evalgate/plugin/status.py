"""Exit statuses: pytest's, the gates', and which of them counts."""

from pytest_evalgate.evidence import EXIT_NOT_JUDGED_WHOLE


INTERRUPTED = 2
INTERNAL_ERROR = 3
_NO_TESTS = 5
# The first of these that applies counts: internal error, usage, a person interrupted; evidence,
# artifacts, policy, not whole, not promoted; then pytest's 6 (too many warnings).
_ORDER = (INTERNAL_ERROR, 4, INTERRUPTED, 22, 21, 23, EXIT_NOT_JUDGED_WHOLE, 1, 6)


def not_judged() -> int:
    """Return the status of a session that was asked for a gate and judged none."""
    return EXIT_NOT_JUDGED_WHOLE


def combine(*statuses: object) -> int:
    """Return the exit status of a session with gates.

    Args:
        statuses: What pytest, its plugins and the gates ended with. Anything may come from a
            plugin; what is no whole number is an internal error, never a 0.
    """
    found = {int(one) if isinstance(one, int) else INTERNAL_ERROR for one in statuses}
    for known in _ORDER:
        if known in found:
            return known
    others = sorted(found - {0, _NO_TESTS})  # another plugin's own
    if others:
        return others[0]
    # 5, "no tests", cannot be good news where a gate was asked for.
    return EXIT_NOT_JUDGED_WHOLE if _NO_TESTS in found else 0
