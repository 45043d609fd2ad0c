"""The action and the workflows of this project: valid, pinned, and held in step with the page."""

import re
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml


ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PAGE = (ROOT / "docs" / "github.md").read_text(encoding="utf-8")
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def jobs() -> list[Any]:
    return [job for path in WORKFLOWS for job in loaded(path)["jobs"].values()]


def blocks() -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)


def workflow_blocks() -> list[str]:
    return [block for block in blocks() if re.search("^jobs:", block, flags=re.MULTILINE)]


@pytest.fixture
def shown(tmp_path: Path) -> Path:
    """Write the workflows of the page as a reader would."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for number, block in enumerate(workflow_blocks()):
        text = block.replace("@COMMIT ", f"@{'0123' * 10} ")
        (folder / f"{number}.yml").write_text(text, encoding="utf-8")
    assert len(list(folder.iterdir())) == 2
    return tmp_path


def checked(checker: str, *arguments: str | Path) -> str:
    """Run a checker of this environment; return what it printed, and nothing if all is well."""
    script = Path(sysconfig.get_path("scripts")) / checker
    done = subprocess.run(
        [script, *arguments], capture_output=True, text=True, check=False, cwd=ROOT
    )
    return done.stdout + done.stderr if done.returncode else ""


def test_the_action_is_valid() -> None:
    assert checked("check-jsonschema", "--builtin-schema", "vendor.github-actions", ACTION) == ""


def test_the_workflows_are_valid(shown: Path) -> None:
    schema = "vendor.github-workflows"
    files = sorted(shown.glob("**/*.yml"))
    assert checked("check-jsonschema", "--builtin-schema", schema, *WORKFLOWS, *files) == ""


@pytest.mark.parametrize("where", ["this project", "the page"])
def test_zizmor_finds_nothing(where: str, shown: Path) -> None:
    files = [ACTION, ROOT / ".github"] if where == "this project" else [shown]
    arguments = ("--offline", "--no-progress", "--persona", "auditor")
    assert checked("zizmor", *arguments, *files) == ""


@pytest.mark.parametrize("path", [ACTION, *WORKFLOWS], ids=lambda path: path.name)
def test_every_action_that_is_used_is_pinned_by_commit(path: Path) -> None:
    lines = [line.strip().removeprefix("- ") for line in path.read_text("utf-8").splitlines()]
    used = [line for line in lines if line.startswith("uses:") and line != "uses: ./"]
    assert used
    assert [line for line in used if not PINNED.fullmatch(line)] == []


def test_one_version_of_each_action_is_used() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ACTION, *WORKFLOWS)] + [PAGE]
    found = {pin for text in texts for pin in re.findall(r"uses: (actions/[\w-]+@.*)", text)}
    names = [pin.partition("@")[0] for pin in found]
    assert len(names) == len(set(names)), sorted(found)


def test_nothing_is_put_into_a_script() -> None:
    scripts = [step["run"] for step in loaded(ACTION)["runs"]["steps"] if "run" in step]
    scripts += [step["run"] for job in jobs() for step in job["steps"] if "run" in step]
    assert [script for script in scripts if "${{" in script] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_each_job_asks_for_its_permissions_and_ends(path: Path) -> None:
    workflow = loaded(path)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["permissions"] is not None
        assert job["timeout-minutes"] <= 30


def test_required_waits_for_every_job() -> None:
    found = loaded(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]
    assert set(found["required"]["needs"]) == set(found) - {"required"}
    assert found["required"]["if"] == "always()"


def test_the_page_shows_the_workflow_that_runs_here() -> None:
    text = (ROOT / ".github" / "workflows" / "model-gate.yml").read_text(encoding="utf-8")
    body = text[text.index("name: Model gate") :]
    shown = body.replace("uses: ./", "uses: OWNER/pytest-evalgate@COMMIT # v0.1.0")
    assert shown.replace("gate.example.yaml", "gate.yaml") == workflow_blocks()[0]


@pytest.mark.parametrize("kind", ["inputs", "outputs"])
def test_the_page_names_every_input_and_output(kind: str) -> None:
    section = PAGE.partition(f"## {kind.capitalize()}\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([a-z-]+)`", section, flags=re.MULTILINE) == list(loaded(ACTION)[kind])


def test_the_page_shows_only_inputs_that_exist() -> None:
    known = set(loaded(ACTION)["inputs"])
    steps = [
        step
        for block in workflow_blocks()
        for job in yaml.safe_load(block)["jobs"].values()
        for step in job["steps"]
        if "/pytest-evalgate@" in step.get("uses", "")
    ]
    assert steps
    assert all(step["with"].keys() <= known for step in steps)
