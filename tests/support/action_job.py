"""A job whose last step is the action, in a workspace with the example gate."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from action_runner import Outcome, Runner


ROOT = Path(__file__).parents[2]
# A `python` that makes virtual environments of this one: the index of packages is not asked.
SHIM = """\
#!/bin/sh
# python -I -m venv FOLDER
test "$2 $3" = "-m venv" || exec '{python}' "$@"
mkdir -p "$4/bin"
cat > "$4/bin/python" <<'PYTHON'
#!/bin/sh
if [ "$2 $3" = "-m pip" ]; then
  printf '%s\\n' "$@" > '{pip}'
  exit {pip_status}
fi
exec '{python}' "$@"
PYTHON
chmod +x "$4/bin/python"
"""


@dataclass(slots=True)
class Job:
    """A job whose checkout is the example, and whose last step is the action."""

    folder: Path
    environment: dict[str, str]
    pip_status: int = 0
    python_outcome: str = "success"
    upload_outcome: str = "success"
    used: list[str] = field(default_factory=list)

    @property
    def workspace(self) -> Path:
        """What was checked out."""
        return self.folder / "work space"

    @property
    def pip(self) -> Path:
        """What pip was asked to do."""
        return self.folder / "pip"

    def write(self, name: str, text: str) -> None:
        """Put a file into the workspace."""
        path = self.workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run(self, **inputs: str) -> Outcome:
        """Run the action; inputs are named with `_` for `-`."""
        runner = Runner(
            action=ROOT,
            workspace=self.workspace,
            used=self._use,
            environment=self.environment,
            temporary=self.folder / "temp",
        )
        return runner.run({name.replace("_", "-"): value for name, value in inputs.items()})

    def start_by_pull_request(self, api: str) -> None:
        """Set the variables of a run that a pull request started."""
        event = self.folder / "event.json"
        event.write_text(json.dumps({"pull_request": {"number": 7}}), encoding="utf-8")
        self.environment.update(
            GITHUB_EVENT_NAME="pull_request",
            GITHUB_EVENT_PATH=str(event),
            GITHUB_API_URL=api,
            GITHUB_GRAPHQL_URL=f"{api}/graphql",
        )

    def _use(
        self, action: str, given: Mapping[str, str]
    ) -> tuple[str, Mapping[str, str], tuple[str, ...]]:
        self.used.append(action)
        if action.startswith("actions/setup-python@"):
            if self.python_outcome != "success":
                return self.python_outcome, {}, ()
            return "success", {"python-path": str(self.shim("python"))}, ()
        assert action.startswith("actions/upload-artifact@")
        files = sorted(Path(given["path"]).glob("**/*"))
        return self.upload_outcome, {}, tuple(path.name for path in files)

    def shim(self, name: str) -> Path:
        """Write the `python` of this job."""
        shim = self.folder / "tools" / name
        shim.parent.mkdir(exist_ok=True)
        text = SHIM.format(pip=self.pip, pip_status=self.pip_status, python=sys.executable)
        shim.write_text(text, encoding="utf-8")
        shim.chmod(0o755)
        return shim
