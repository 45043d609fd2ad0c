"""`fetch mlflow`: runs are asked for once, and written into a file that a gate reads.

The client is stood in for where it must fail or lie; one test runs the real one.
"""

import json
import math
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_evalgate.cli import mlflow_client
from pytest_evalgate.cli.uris import scrubbed, shown_uri, without_credentials


if TYPE_CHECKING:
    from tests.cli.conftest import Bench


Isolated = Callable[..., "subprocess.CompletedProcess[str]"]
Call = Callable[..., tuple[int, str, str]]
SERVER = "https://bob:s3/cret@mlflow.example:8080/base"
SHOWN = "https://mlflow.example:8080/base"


class Page(list[SimpleNamespace]):
    """Runs and the token of the next page, as the client returns them."""

    token: object = None


def run(name: str = "a", experiment: str = "1", **data: Any) -> SimpleNamespace:
    """Make a run as the client gives it."""
    dataset = SimpleNamespace(name="test", digest="d1", source="https://u:p@data/x")
    return SimpleNamespace(
        info=SimpleNamespace(
            run_id=name,
            run_name=f"run {name}",
            experiment_id=experiment,
            status="FINISHED",
            lifecycle_stage="active",
            start_time=1000,
            end_time=2000,
            artifact_uri="ftp://bob:s3cret@files/1",
        ),
        data=SimpleNamespace(**{"metrics": {"acc": 0.5}, "params": {}, "tags": {}, **data}),
        inputs=SimpleNamespace(dataset_inputs=[SimpleNamespace(dataset=dataset)]),
    )


class Client:
    """A client whose answers a test sets."""

    def __init__(self) -> None:
        self.pages: list[list[SimpleNamespace]] = [[run()]]
        self.experiments = {"digits": ("1", "active"), "other": ("2", "active")}
        self.asked: list[dict[str, Any]] = []
        self.fails: Exception | None = None
        self.tokens: Sequence[object] | None = None

    def get_experiment_by_name(self, name: str) -> SimpleNamespace | None:
        if name not in self.experiments:
            return None
        key, stage = self.experiments[name]
        return SimpleNamespace(experiment_id=key, lifecycle_stage=stage, name=name)

    def search_experiments(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name=name) for name in self.experiments]

    def search_runs(self, experiment_ids: list[str], **how: Any) -> Page:
        self.asked.append({"experiment_ids": experiment_ids, **how})
        if self.fails is not None:
            raise self.fails
        number = int(how["page_token"] or 0)
        page = Page(self.pages[number])
        if self.tokens is not None:
            page.token = self.tokens[number]
        elif number + 1 < len(self.pages):
            page.token = str(number + 1)
        return page


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    client = Client()
    package, tracking = ModuleType("mlflow"), ModuleType("mlflow.tracking")
    tracking.MlflowClient = lambda **_: client  # type: ignore[attr-defined]
    for module in (package, tracking):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    for name in ("HTTP_REQUEST_MAX_RETRIES", "ALLOW_FILE_STORE", "DISABLE_TELEMETRY"):
        monkeypatch.setenv(f"MLFLOW_{name}", "1")
    return client


@pytest.fixture
def fetch(bench: "Bench") -> Call:
    def call(*arguments: str, uri: str = SERVER, output: str = "runs.json") -> tuple[int, str, str]:
        names = () if "--experiment" in arguments else ("--experiment", "digits")
        return bench.call("fetch", "mlflow", uri, *names, *arguments, "--output", output)

    return call


def written(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "runs.json").read_text(encoding="utf-8"))
    return found


def test_all_pages_are_written_sorted(client: Client, fetch: Call, tmp_path: Path) -> None:
    client.pages = [[run("c"), run("b", "2")], [], [run("a")]]
    status, out, err = fetch("--experiment", "other", "--experiment", "digits")
    assert (status, err) == (0, "")
    assert out.startswith("wrote runs.json: 3 runs of 2 experiments\n")
    found = written(tmp_path)
    assert [one["info"]["run_id"] for one in found["runs"]] == ["a", "c", "b"]
    assert found["experiments"] == [
        {"experiment_id": "1", "name": "digits"},
        {"experiment_id": "2", "name": "other"},
    ]
    assert [asked["page_token"] for asked in client.asked] == [None, "1", "2"]
    assert client.asked[0]["experiment_ids"] == ["2", "1"]


def test_the_file_is_canonical_and_says_when_and_whence(
    client: Client, fetch: Call, tmp_path: Path
) -> None:
    assert fetch("--filter", "params.seed = '1'")[0] == 0
    found = written(tmp_path)
    text = json.dumps(found, indent=1, sort_keys=True, allow_nan=False) + "\n"
    assert (tmp_path / "runs.json").read_bytes() == text.encode()
    assert found["uri"] == SHOWN
    assert found["filter"] == client.asked[0]["filter_string"] == "params.seed = '1'"
    assert found["fetched"].endswith("+00:00")


def test_values_that_are_not_finite_are_words(client: Client, fetch: Call, tmp_path: Path) -> None:
    client.pages = [[run(metrics={"z": math.nan, "a": -math.inf, "b": math.inf})]]
    assert fetch()[0] == 0
    assert written(tmp_path)["runs"][0]["data"]["metrics"] == [
        {"key": "a", "value": "-Infinity"},
        {"key": "b", "value": "Infinity"},
        {"key": "z", "value": "NaN"},
    ]


def test_no_credentials_are_written_or_said(client: Client, fetch: Call, tmp_path: Path) -> None:
    client.pages = [
        [
            run(
                tags={"mlflow.source.git.repoURL": "https://ci:s3cret@git.example/x.git"},
                params={"data": "az://box/x.csv?sv=1&sig=s3cret", "plain": "a@b"},
            )
        ]
    ]
    status, out, _ = fetch()
    assert status == 0
    assert "credentials in texts of 1 run were left out" in out
    text = (tmp_path / "runs.json").read_text(encoding="utf-8")
    assert "cret" not in text + out
    assert "u:p" not in text
    data = written(tmp_path)["runs"][0]["data"]
    assert data["tags"][0]["value"] == "https://git.example/x.git"
    assert [one["value"] for one in data["params"]] == ["az://box/x.csv?sv=1&sig=***", "a@b"]


def test_a_failure_of_the_client_is_told_without_its_secrets(
    client: Client, fetch: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "tok-1234")
    client.fails = RuntimeError(f"API request to {SERVER}/api failed\nBearer tok-1234, s3/cret")
    status, out, err = fetch()
    assert (status, out) == (21, "")
    assert err == (
        f"error[artifact]: '{SHOWN}': MLflow says: API request to {SHOWN}/api failed Bearer ***, "
        "***\nhint: nothing was written\n"
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nope", "has no experiment 'nope'\nhint: it has 'digits', 'old', 'other'"),
        ("old", "experiment 'old' of "),
    ],
)
def test_an_experiment_that_is_not_there_is_refused(
    client: Client, fetch: Call, name: str, words: str
) -> None:
    client.experiments["old"] = ("3", "deleted")
    status, _, err = fetch("--experiment", "digits", "--experiment", name)
    assert status == 21
    assert words in err


def test_no_runs_are_refused(client: Client, fetch: Call, tmp_path: Path) -> None:
    client.pages = [[]]
    status, _, err = fetch()
    assert status == 21
    assert "has no such runs" in err
    assert not list(tmp_path.iterdir())


def test_a_run_on_two_pages_is_refused(client: Client, fetch: Call) -> None:
    client.pages = [[run("a")], [run("a")]]
    status, _, err = fetch()
    assert status == 21
    assert "changed while their pages were fetched" in err


def test_a_token_that_comes_again_ends_the_fetch(client: Client, fetch: Call) -> None:
    client.pages, client.tokens = [[run("a")], [run("b")]], ["1", "1"]
    status, _, err = fetch()
    assert status == 21
    assert "changed while their pages were fetched" in err


def test_a_run_that_goes_between_pages_is_noticed(
    client: Client, fetch: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mlflow_client, "PAGE", 1)
    client.pages = [[run("a")], [run("b")]]
    first = client.search_runs

    def second_time_fewer(experiment_ids: list[str], **how: Any) -> Page:
        if len(client.asked) == 2:
            client.pages = [[run("a")]]
        return first(experiment_ids, **how)

    monkeypatch.setattr(client, "search_runs", second_time_fewer)
    status, _, err = fetch()
    assert status == 21
    assert "changed while their pages were fetched" in err


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("foo://bob:s3cret@x", "'foo://x' is no store of MLflow that can be read"),
        ("databricks://profile", "is no store of MLflow that can be read"),
        (" ", "is no store of MLflow that can be read"),
        ("mlruns", "there is no folder 'mlruns'"),
        ("file:///no/such/mlruns", "there is no folder 'file:///no/such/mlruns'"),
    ],
)
def test_a_uri_that_is_no_store_is_a_usage_error(
    client: Client, fetch: Call, uri: str, words: str, tmp_path: Path
) -> None:
    status, _, err = fetch(uri=uri)
    assert status == 4
    assert words in err
    assert "s3cret" not in err
    assert not list(tmp_path.iterdir())  # the client would make the folder


def test_without_the_client_the_line_for_pip_is_said(
    fetch: Call, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    monkeypatch.delitem(sys.modules, "mlflow.tracking")
    status, _, err = fetch()
    assert status == 4
    assert "the package mlflow is not installed" in err
    assert "hint: python -m pip install 'pytest-evalgate[mlflow]'\n" in err


def test_a_file_is_never_written_over(client: Client, fetch: Call, tmp_path: Path) -> None:
    (tmp_path / "runs.json").write_text("mine", encoding="utf-8")
    status, _, err = fetch()
    assert status == 4
    assert "runs.json exists, and fetch never writes over a file" in err
    assert (tmp_path / "runs.json").read_text(encoding="utf-8") == "mine"
    assert not client.asked


@pytest.mark.parametrize(
    ("output", "words"),
    [("runs.txt", "is no name of a JSON file"), ("no/runs.json", "there is no folder 'no'")],
)
def test_an_output_that_cannot_be_written_is_a_usage_error(
    client: Client, fetch: Call, output: str, words: str
) -> None:
    status, _, err = fetch(output=output)
    assert status == 4
    assert words in err
    assert not client.asked


@pytest.mark.parametrize("lacking", [(), ("mlflow",), ("mlflow", "mlruns", "--output", "r.json")])
def test_a_call_without_its_parts_shows_the_usage(bench: "Bench", lacking: tuple[str, ...]) -> None:
    status, _, err = bench.call("fetch", *lacking)
    assert status == 4
    assert "usage: python -I -m pytest_evalgate fetch" in err


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("mlruns", "mlruns"),
        ("C:\\mlruns", "C:\\mlruns"),
        ("sqlite:///a/b.db", "sqlite:///a/b.db"),
        ("https://token@host/x", "https://host/x"),
        ("postgresql://u:p/w@host/db?password=x", "postgresql://host/db"),
        ("postgresql://u:p?w@host/db", "postgresql://***"),
        ("https://host/x#token", "https://host/x"),
    ],
)
def test_a_uri_is_shown_without_credentials(uri: str, expected: str) -> None:
    assert shown_uri(uri) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://u:p@h/x and ssh://t@h/y", "https://h/x and ssh://h/y"),
        ("postgresql://u:p/w@h/db", "postgresql://h/db"),
        ("https://h:80/x@v1", "https://h:80/x@v1"),
        ("git+https://h/x@main", "git+https://h/x@main"),
        ("mail u@h", "mail u@h"),
        ("https://h/x?a=1&access_token=t", "https://h/x?a=1&access_token=***"),
    ],
)
def test_a_text_loses_its_credentials_only(text: str, expected: str) -> None:
    assert without_credentials(text) == expected


def test_a_password_is_hidden_as_written_and_as_decoded() -> None:
    message = "FATAL: p%40ss or p@ss\x1b[31m"
    assert scrubbed(message, "postgresql://u:p%40ss@h/x") == "FATAL: *** or ***?[31m"


LOG = """
import os
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
from mlflow.tracking import MlflowClient
client = MlflowClient("sqlite:///mlflow.db")
experiment = client.create_experiment("digits", artifact_location="artifacts")
for seed in range(3):
    run = client.create_run(experiment, run_name=f"seed {seed}").info.run_id
    client.log_metric(run, "acc", 0.5 + seed / 10, 1000, 0)
    client.set_terminated(run)
client.delete_run(run)
"""


def test_the_real_client_reads_a_database_and_changes_nothing(
    isolated: Isolated, tmp_path: Path
) -> None:
    for package in ("mlflow", "sqlalchemy", "alembic"):
        pytest.importorskip(package)
    subprocess.run([sys.executable, "-c", LOG], cwd=tmp_path, check=True, capture_output=True)
    before = (tmp_path / "mlflow.db").read_bytes()
    call = ("fetch", "mlflow", "sqlite:///mlflow.db", "--experiment", "digits", "--output")
    done = isolated(*call, "runs.json")
    assert (done.returncode, done.stderr) == (0, "")
    found = written(tmp_path)
    assert {
        one["info"]["run_name"]: one["data"]["metrics"][0]["value"] for one in found["runs"]
    } == {"seed 0": 0.5, "seed 1": 0.6}
    assert (tmp_path / "mlflow.db").read_bytes() == before
    change = "import sqlite3\nwith sqlite3.connect('mlflow.db') as c: c.execute(\"UPDATE"
    change += " alembic_version SET version_num = 'cfd24bdc0731'\")"
    subprocess.run([sys.executable, "-c", change], cwd=tmp_path, check=True)
    before = (tmp_path / "mlflow.db").read_bytes()
    done = isolated(*call, "again.json")
    assert done.returncode == 21
    assert "was made for another version than MLflow" in done.stderr
    assert (tmp_path / "mlflow.db").read_bytes() == before
    done = isolated("fetch", "mlflow", "sqlite:///no.db", *call[3:], "again.json")
    assert (done.returncode, (tmp_path / "no.db").exists()) == (4, False)
