"""Make the exports of this folder again with promptfoo, offline.

Install the tool (``npm install promptfoo``), then ``python make.py PATH_OF_THE_PROMPTFOO_BINARY``.
Two providers answer three tests, each asked twice: ``echo`` says the prompt back, ``rude.cjs`` says
it in capitals and gives an error for one test. One assertion of each provider fails.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path


HERE = Path(__file__).parent
CONFIG = {
    "description": "greetings",
    "prompts": ["Hello {{name}}", "Good evening, dear {{name}}"],
    "providers": [{"id": "echo", "label": "plain"}, {"id": "file://rude.cjs", "label": "rude"}],
    "tests": [
        {
            "vars": {"name": "Ada"},
            "assert": [
                {"type": "contains", "value": "Ada", "metric": "names"},
                {"type": "icontains", "value": "hello", "metric": "greets"},
            ],
        },
        {"vars": {"name": "Grace"}, "assert": [{"type": "icontains", "value": "grace"}]},
        {"vars": {"name": "Alan"}, "assert": [{"type": "contains", "value": "Alan"}]},
    ],
}
RUDE = """module.exports = class {
  id() { return 'rude'; }
  async callApi(prompt) {
    if (prompt.includes('Grace')) return { error: 'out of service' };
    return { output: prompt.toUpperCase(), cost: 0.001 };
  }
};
"""


def main(binary: str) -> None:
    """Run promptfoo once in a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "promptfooconfig.json").write_text(json.dumps(CONFIG), encoding="utf-8")
        (work / "rude.cjs").write_text(RUDE, encoding="utf-8")
        command = [
            *(binary, "eval", "-c", "promptfooconfig.json", "--repeat", "2", "--no-cache"),
            *("--no-progress-bar", "-o", "export.json", "-o", "export.jsonl"),
        ]
        environment = {
            **os.environ,
            "PROMPTFOO_DISABLE_TELEMETRY": "1",
            "PROMPTFOO_DISABLE_UPDATE": "1",
            "PROMPTFOO_CONFIG_DIR": str(work / "home"),
        }
        subprocess.run(command, cwd=work, env=environment, check=False)
        for name in ("export.json", "export.jsonl"):
            text = (work / name).read_text(encoding="utf-8").replace(str(work), ".")
            if name == "export.json":  # without the spaces it is half as long
                text = json.dumps(json.loads(text), separators=(",", ":")) + "\n"
            (HERE / name).write_text(text, encoding="utf-8")
        version = subprocess.run(
            [binary, "--version"], env=environment, check=True, capture_output=True, text=True
        ).stdout.split()[0]
    made = {
        "tool": "promptfoo",
        "version": version,
        "command": "promptfoo " + " ".join(command[1:]),
    }
    (HERE / "made_with.json").write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
