"""Fetch runs with MLflow's own client, by the command of this project.

Run it in an environment with the extra::

    pip install -e '.[mlflow]'
    python tests/interop/mlflow/make_fetched.py

It writes ``fetched.json``: the runs of ``make.py``, logged once more into a database.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from make import MlflowClient, log  # type: ignore[import-not-found,unused-ignore]


HERE = Path(__file__).parent
COMMAND = (sys.executable, "-I", "-m", "pytest_evalgate", "fetch", "mlflow")


def main() -> int:
    """Log the runs, and fetch them once."""
    arguments = ("sqlite:///mlflow.db", "--experiment", "digits", "--output", "fetched.json")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        log(MlflowClient("sqlite:///mlflow.db"))
        subprocess.run([*COMMAND, *arguments], check=True)
        shutil.copy("fetched.json", HERE / "fetched.json")
        os.chdir(HERE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
