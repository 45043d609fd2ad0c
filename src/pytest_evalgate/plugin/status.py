"""Exit statuses: pytest's, the gates', and which of the two counts."""

from pytest_evalgate.evidence import EXIT_NOT_JUDGED_WHOLE


# The first of these that applies counts; 3 internal error, 4 usage, 2 a person interrupted.
_FIRST = (3, 4, 2)
# Evidence, artifacts, policy, whole, judged; then pytest's 6 (too many warnings).
_THEN = (22, 21, 23, 20, 1)


def not_judged() -> int:
    """Return the status of a session that was asked for a gate and judged none."""
    return EXIT_NOT_JUDGED_WHOLE


def combine(pytest_status: object, gate_status: int) -> int:
    """Return the exit status of a session with gates.

    Args:
        pytest_status: What pytest and its other plugins ended with; anything.
        gate_status: What the gates ask for; 0 only where every one promotes.
    """
    status = int(pytest_status) if isinstance(pytest_status, int) else 0
    if status in _FIRST:
        return status
    both = {status, gate_status}
    for known in _THEN:
        if known in both:
            return known
    if gate_status != 0:
        return gate_status
    # 5, "no tests", cannot be good news where a gate was asked for.
    return EXIT_NOT_JUDGED_WHOLE if status == 5 else status
