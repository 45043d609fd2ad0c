"""Readers that a team registers: in its conftest.py, or in a package that is installed."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from typing import Any

import pytest


Project = Any

# The example of the docs: formats of one's own in ten lines.
READER = """\
from pytest_evalgate.readers import Reader


def read(file):
    model, *lines = file.text().splitlines()
    file.metadata["model"] = model
    for line in lines:
        name, right = line.split("|")
        yield {"example": name, "right": int(right)}
"""
CONFTEST = (
    READER
    + """\


def pytest_evalgate_readers():
    return [Reader(name="piped", read=read, id=("example",))]
"""
)
END = "\n\n\n"
GATE = """\
version: 1
gate: demo
artifacts:
  evals: {candidate: new.txt, baseline: old.txt, reader: piped}
metrics:
  accuracy: {value: right, better: higher}
rules:
  accuracy: {metric: accuracy, claim: non_inferiority, margin: 10pp}
"""


def piped(right: int) -> str:
    return "m-1\n" + "".join(f"q{i}|{int(i < right)}\n" for i in range(60))


@pytest.fixture
def evals(project: Project) -> Project:
    """Give a project with samples in a format that no reader here knows."""
    project.write("gate.yaml", GATE)
    project.write("new.txt", piped(58))
    project.write("old.txt", piped(57))
    return project


def package(project: Project, text: str = READER, *, name: str = "piped") -> dict[str, str]:
    """Lay out an installed package with a reader; return the environment that sees it."""
    ends = f'\nREADER = Reader(name="{name}", read=read, id=("example",))\n'
    project.write("site/acme.py", text + ends)
    info = "site/acme_evals-1.2.dist-info"
    project.write(f"{info}/METADATA", "Metadata-Version: 2.1\nName: acme-evals\nVersion: 1.2\n")
    entry = f"[pytest_evalgate.readers]\n{name} = acme:READER\n"
    project.write(f"{info}/entry_points.txt", entry)
    return {"PYTHONPATH": str(project.path / "site")}


def test_a_reader_of_a_conftest_reads_and_brings_its_id(evals: Project) -> None:
    conftest = evals.write("conftest.py", CONFTEST)
    run = evals.run("--evalgate", "gate.yaml")
    assert run.outcome == (0, "promote"), run.text
    evidence = evals.evidence()
    assert evidence["provenance"]["readers"] == {
        "piped": {"provider": "conftest.py", "sha256": sha256(conftest.read_bytes()).hexdigest()}
    }
    assert {file["metadata"]["model"] for file in evidence["provenance"]["artifacts"]} == {"m-1"}
    assert evidence["rules"][0]["n"]["pairs"] == 60
    assert "reader: piped is code of conftest.py, sha256 " in run.out


def test_a_reader_of_an_installed_package_reads(evals: Project) -> None:
    run = evals.run("--evalgate", "gate.yaml", env=package(evals))
    assert run.outcome == (0, "promote"), run.text
    assert evals.evidence()["provenance"]["readers"]["piped"]["provider"] == "acme-evals 1.2"


def test_workers_of_xdist_need_no_reader(evals: Project) -> None:
    evals.write("conftest.py", CONFTEST)
    run = evals.run("--evalgate", "gate.yaml", "-n", "2", plugins=["xdist"])
    assert run.outcome == (0, "promote"), run.text


def test_evidence_names_no_readers_where_none_was_used(project: Project) -> None:
    project.gate()
    project.write("conftest.py", CONFTEST)
    project.run("--evalgate", "gate.yaml")
    assert "readers" not in project.evidence()["provenance"]


def test_without_the_option_a_conftest_reader_costs_nothing(evals: Project) -> None:
    evals.write("conftest.py", "def pytest_evalgate_readers():\n    raise KeyError\n")
    evals.write("test_one.py", "def test_one(): pass\n")
    assert evals.run().status == 0


def test_an_unknown_reader_is_a_usage_error(evals: Project) -> None:
    run = evals.run("--evalgate", "gate.yaml")
    assert run.outcome == (4, "block (incomplete)")
    assert "'piped'" in run.text


@pytest.mark.parametrize(
    ("conftest", "words"),
    [
        pytest.param(CONFTEST.replace('"piped"', '"jsonl"'),
                     "conftest.py registers a reader 'jsonl', a name that pytest-evalgate has",
                     id="name-of-a-format"),
        pytest.param(CONFTEST.replace('"piped"', '"auto"'), "'auto', a name that", id="auto"),
        pytest.param(CONFTEST.replace('"piped"', '"Piped"'), "named 'Piped'", id="capitals"),
        pytest.param(CONFTEST.replace("[Reader", "[dict"), "registers a dict", id="no-reader"),
        pytest.param(CONFTEST.replace("return [Reader", "return (lambda **_: 1)("
                     "name=1) or [Reader"), "returned int", id="no-list"),
        pytest.param(CONFTEST.replace("return [", "raise KeyError('x')\n    return ["),
                     "pytest_evalgate_readers of conftest.py raised KeyError", id="raises"),
        pytest.param(CONFTEST.replace("return [", "raise SystemExit(0)\n    return ["),
                     "pytest_evalgate_readers of conftest.py raised SystemExit", id="exits"),
        pytest.param(CONFTEST.replace('id=("example",)', "id=5"), "`id` is no", id="id"),
        pytest.param(CONFTEST.replace('id=("example",)', 'repeat="x"'), "needs `id`", id="repeat"),
        pytest.param(CONFTEST.replace("read=read", "read=None"), "no function", id="no-function"),
        pytest.param(CONFTEST.replace("read=read", "read=eval('lambda f: []')"),
                     "the file that holds its function cannot be read", id="no-source"),
    ],
)  # fmt: skip
def test_what_cannot_be_registered_is_a_usage_error(
    evals: Project, conftest: str, words: str
) -> None:
    evals.write("conftest.py", conftest)
    run = evals.run("--evalgate", "gate.yaml")
    assert run.outcome == (4, "block (incomplete)"), run.text
    assert words in run.text
    assert "Traceback" not in run.text


def test_two_providers_of_one_name_are_a_usage_error(evals: Project) -> None:
    evals.write("conftest.py", CONFTEST)
    run = evals.run("--evalgate", "gate.yaml", env=package(evals))
    assert run.outcome == (4, "block (incomplete)")
    assert "conftest.py registers a reader 'piped', a name that acme-evals 1.2 has" in run.text


def test_a_package_that_cannot_be_loaded_is_a_usage_error(evals: Project) -> None:
    run = evals.run("--evalgate", "gate.yaml", env=package(evals, "1 / 0\n"))
    assert run.outcome == (4, "block (incomplete)")
    assert "the reader 'piped' of acme-evals 1.2 cannot be loaded: ZeroDivisionError" in run.text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param("raise KeyError('x')", "raised KeyError", id="raises"),
        pytest.param("raise SystemExit(0)", "raised SystemExit", id="exits"),
        pytest.param("import pytest; pytest.skip('no')", "raised Skipped", id="skips"),
        pytest.param("import pytest; pytest.exit('no', 0)", "raised Exit", id="pytest-exit"),
        pytest.param("raise MemoryError", "raised MemoryError", id="memory"),
        pytest.param("return 5", "gave an int, expected rows", id="no-rows"),
        pytest.param("return None", "gave nothing, expected rows", id="nothing"),
        pytest.param("return 'text'", "gave a str, expected rows", id="text"),
        pytest.param("yield 5", "gave an int as a row", id="row"),
        pytest.param("yield {5: 1}", "a column named by an int", id="key"),
        pytest.param("import datetime; yield {'right': datetime.date.today()}",
                     'gave a datetime.date in column "right"', id="cell"),
        pytest.param("yield {'right': [{'a': {1}}]}", "gave a list in column", id="deep-cell"),
        pytest.param("file.metadata['model'] = []; yield {'a': 1}", 'metadata "model"', id="meta"),
        pytest.param("yield {'a': 1}; file.metadata['model'] = 'x'",
                     "changed the metadata after its first row", id="late-metadata"),
        pytest.param("return []", "the file has 0 rows", id="empty"),
        pytest.param("file.notes.append(['a']); yield {'a': 1}", "gave a list as a note",
                     id="list-as-note"),
        pytest.param("object.__setattr__(file, 'notes', None); yield {'a': 1}",
                     "replaced `file.notes` by nothing", id="no-notes"),
        pytest.param("object.__setattr__(file, 'metadata', 5); yield {'a': 1}",
                     "replaced `file.metadata` by an int", id="no-metadata"),
        pytest.param("file.metadata[b'a'] = 1; yield {'a': 1}", "metadata named by a bytes",
                     id="name-of-metadata"),
        pytest.param("E = type('E', (str,), {'__eq__': lambda *_: exit(0), '__hash__': hash})\n"
                     "    file.metadata['m'] = 'a'; yield {'a': 1}; file.metadata['m'] = E('a')",
                     'gave metadata "m" as', id="comparing-exits"),
        pytest.param("from pytest_evalgate.errors import ArtifactError; raise ArtifactError(123)",
                     "raised ArtifactError", id="error-of-ours"),
        pytest.param("from pytest_evalgate.errors import EvalGateError\n"
                     "    raise type('X', (EvalGateError,), {'__init__': lambda self: None})()",
                     "raised X", id="half-an-error"),
        pytest.param("import sys; yield type('X', (), {'__class__': property(sys.exit)})()",
                     "raised SystemExit", id="class-exits"),
    ],
)  # fmt: skip
def test_a_reader_that_fails_makes_the_gate_invalid(evals: Project, body: str, words: str) -> None:
    head, _, tail = CONFTEST.partition("    model,")
    evals.write("conftest.py", f"{head}    {body}\n\n\n{tail.partition(END)[2]}")
    run = evals.run("--evalgate", "gate.yaml")
    assert run.outcome == (21, "block"), run.text
    reason = evals.evidence()["rules"][0]["reason"]
    assert words in reason
    assert "new.txt" in reason
    assert "0 rows" in reason or "reader piped of conftest.py" in reason


def test_a_reader_may_use_strict_text_json_and_files_beside(evals: Project) -> None:
    read = """\
from pytest_evalgate.readers import Reader

def read(file):
    scores = file.json()
    other = file.beside("names.txt").decode().split()
    file.notes.append("one record was left out")
    return [{"example": name, "right": score} for name, score in zip(other, scores)]

def pytest_evalgate_readers():
    return [Reader(name="piped", read=read, id="example")]
"""
    evals.write("conftest.py", read)
    evals.write("new.txt", json.dumps([i < 58 for i in range(60)]))
    evals.write("old.txt", json.dumps([i < 57 for i in range(60)]))
    evals.write("names.txt", " ".join(f"q{i}" for i in range(60)))
    run = evals.run("--evalgate", "gate.yaml")
    assert run.outcome == (0, "promote"), run.text
    files = evals.evidence()["provenance"]["artifacts"]
    assert sorted({file["path"] for file in files}) == ["names.txt", "new.txt", "old.txt"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("{'example': 10**5000, 'right': 1}", "a number of about 5000 digits cannot name a row"),
        ("{'example': 'q', 'right': 10**5000}", "beyond 2^53"),
    ],
)
def test_a_cell_of_thousands_of_digits_is_refused(evals: Project, row: str, words: str) -> None:
    head, _, tail = CONFTEST.partition("    model,")
    evals.write("conftest.py", f"{head}    yield {row}\n\n\n{tail.partition(END)[2]}")
    run = evals.run("--evalgate", "gate.yaml")
    assert run.outcome == (21, "block"), run.text
    assert words in evals.evidence()["rules"][0]["reason"]


def test_metadata_of_thousands_of_digits_are_metadata(evals: Project) -> None:
    text = CONFTEST.replace('["model"] = model', '["model"] = 10**5000')
    evals.write("conftest.py", text)
    run = evals.run("--evalgate", "gate.yaml")
    assert run.outcome == (0, "promote"), run.text
    [model] = {file["metadata"]["model"] for file in evals.evidence()["provenance"]["artifacts"]}
    assert model == hex(10**5000)


def test_text_of_a_reader_is_strict(evals: Project) -> None:
    evals.write("conftest.py", CONFTEST)
    (evals.path / "new.txt").write_bytes(b"\xff\xfe")
    run = evals.run("--evalgate", "gate.yaml")
    assert run.outcome == (21, "block")
    assert "is not UTF-8" in evals.evidence()["rules"][0]["reason"]


def test_the_command_line_knows_installed_readers_alone(evals: Project) -> None:
    evals.write("conftest.py", CONFTEST)
    command = ["-m", "pytest_evalgate", "lint", "gate.yaml"]
    assert "'piped'" in launched(evals, command, {})
    evals.path.joinpath("conftest.py").unlink()
    assert "OK, gate demo" in launched(evals, command, package(evals))


def launched(project: Project, command: list[str], env: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, *command], cwd=project.path, env={**os.environ, **env}, text=True,
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    return done.stdout + done.stderr
