"""`python -I -m pytest_evalgate`: the tool without a test session."""

import sys

from pytest_evalgate.cli.main import run


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
