"""Why the table engine leaves a file, or a question about it, to the strict reader."""


class DeclinedError(Exception):
    """It cannot be proved that the strict reader would give just this; never shown to a user."""
