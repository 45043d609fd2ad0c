"""Make the stores beside this script by running MLflow: two models, two seeds each.

Run it in an environment of its own::

    pip install mlflow-skinny==3.17.2 sqlalchemy alembic
    python tests/interop/mlflow/make.py

It writes ``mlruns`` (a file store), ``mlflow.db`` (a database with the same runs), ``runs.json``
(what a tracking server answers to ``runs/search``), what MLflow says of the metrics
(``expected.json``), and ``made_with.json``. Users, hosts and absolute paths are taken out.
"""

import json
import math
import os
import random
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path


HERE = Path(__file__).parent
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"

import mlflow  # noqa: E402
from mlflow.entities import (  # noqa: E402
    Dataset,
    DatasetInput,
    ViewType,
)
from mlflow.protos.service_pb2 import SearchRuns  # noqa: E402
from mlflow.tracking import MlflowClient  # noqa: E402
from mlflow.utils.proto_json_utils import (  # noqa: E402
    message_to_json,
)


Values = dict[str, dict[str, str]]


def log(client: MlflowClient) -> Values:
    """Log the runs that both stores hold; return the metrics that MLflow says they have."""
    experiment = client.create_experiment("digits", artifact_location="artifacts")
    for model, base in (("small", 0.81), ("large", 0.86)):
        for seed in (1, 2):
            run = start(client, experiment, f"{model}-{seed}")
            client.log_param(run, "model", model)
            client.log_param(run, "seed", seed)
            shift = random.Random(f"{model}{seed}").uniform(-0.01, 0.01)
            for step in range(3):
                client.log_metric(
                    run, "val/acc", base + shift - 0.1 / (1 + step), 1000 + step, step
                )
            # Logged late, of an earlier step: the last value is that of the greatest step.
            client.log_metric(run, "val/acc", 0.0, 2000, 1)
            client.log_metric(run, "loss", math.nan if seed == 2 else math.inf, 1000, 0)
            data = Dataset(name="digits-test", digest="d1f2", source_type="code", source="{}")
            client.log_inputs(run, [DatasetInput(dataset=data, tags=[])])
            client.set_terminated(run)
    failed = start(client, experiment, "failed")
    client.log_metric(failed, "val/acc", 0.99, 1000, 0)
    client.set_terminated(failed, status="FAILED")
    client.set_terminated(start(client, experiment, "empty"))
    gone = start(client, experiment, "gone")
    client.log_metric(gone, "val/acc", 1.0, 1000, 0)
    client.set_terminated(gone)
    client.delete_run(gone)
    return {
        run.info.run_name: {name: repr(value) for name, value in sorted(run.data.metrics.items())}
        for run in client.search_runs([experiment])
    }


def start(client: MlflowClient, experiment: str, name: str) -> str:
    """Start a run as somebody; return its id."""
    tags = {"mlflow.user": "somebody", "mlflow.source.git.commit": "0123abc" * 5 + "01234"}
    return str(client.create_run(experiment, run_name=name, tags=tags).info.run_id)


def main() -> int:
    """Make both stores."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        values = {
            name: log(MlflowClient(uri))
            for name, uri in (("mlruns", "file:./mlruns"), ("mlflow.db", "sqlite:///mlflow.db"))
        }
        answer("sqlite:///mlflow.db")
        for path in Path("mlruns").rglob("meta.yaml"):
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            kept = [line for line in lines if not line.startswith(("artifact_", "user_id"))]
            path.write_text("".join(kept), encoding="utf-8")
        shutil.rmtree(HERE / "mlruns", ignore_errors=True)
        # Folders that hold nothing, and the tags of one store, would only make noise.
        shutil.copytree("mlruns", HERE / "mlruns", ignore=shutil.ignore_patterns("artifacts"))
        with sqlite3.connect("mlflow.db") as connection:
            connection.execute("UPDATE runs SET user_id = '', artifact_uri = ''")
            connection.execute("UPDATE experiments SET artifact_location = ''")
            shrink(connection)
        connection.execute("PRAGMA page_size = 1024")
        connection.execute("VACUUM")
        connection.close()
        shutil.copy("mlflow.db", HERE / "mlflow.db")
    text = json.dumps(values, indent=2, sort_keys=True) + "\n"
    (HERE / "expected.json").write_text(text, encoding="utf-8")
    made = {"tool": "mlflow", "version": mlflow.__version__, "command": "python make.py"}
    (HERE / "made_with.json").write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    return 0


def answer(uri: str) -> None:
    """Write what a server answers when it is asked for the runs of a store."""
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("digits").experiment_id
    found = SearchRuns.Response()
    runs = client.search_runs([experiment], run_view_type=ViewType.ALL)
    found.runs.extend([run.to_proto() for run in runs])
    for run in found.runs:
        run.info.artifact_uri = run.info.user_id = ""
    (HERE / "runs.json").write_text(message_to_json(found), encoding="utf-8")


def shrink(connection: sqlite3.Connection) -> None:
    """Drop the tables that hold nothing of runs: an empty table takes pages too."""
    kept = {"experiments", "runs", "metrics", "latest_metrics", "params", "tags", "inputs"}
    kept |= {"datasets", "alembic_version", "experiment_tags"}
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (name,) in names:
        if name not in kept and not name.startswith("sqlite_"):
            connection.execute(f'DROP TABLE "{name}"')


if __name__ == "__main__":
    sys.exit(main())
