"""The commands: init, lint, schema."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from pytest_evalgate.errors import EvalGateError


EXIT_OK = 0
EXIT_USAGE = 4
EXIT_UNUSABLE = 21
_LATER = ("plan", "verify", "diff", "report", "accept")


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status."""
    if arguments and arguments[0] in _LATER:
        print(f"pytest_evalgate {arguments[0]} is not yet supported", file=sys.stderr)
        return EXIT_USAGE
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except EvalGateError as error:
        print(error, file=sys.stderr)
        return EXIT_USAGE if error.code == "spec" else EXIT_UNUSABLE
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}", file=sys.stderr)
        return EXIT_USAGE
    return status


class _Parser(argparse.ArgumentParser):
    """A parser whose usage errors end in 4, as pytest's do."""

    def exit(self, status: int = 0, message: str | None = None) -> "None":  # type: ignore[override]
        super().exit(EXIT_USAGE if status == 2 else status, message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -I -m pytest_evalgate", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    init = commands.add_parser("init", help="write a gate file that runs, from two paths")
    init.add_argument("candidate", help="file or glob of the candidate's samples")
    init.add_argument("baseline", help="file or glob of the baseline's samples")
    init.add_argument("--output", default="gate.yaml", help="gate file to write (not overwritten)")
    init.set_defaults(run=_init)
    lint = commands.add_parser("lint", help="check a gate file")
    lint.add_argument("gate", nargs="+")
    lint.set_defaults(run=_lint)
    schema = commands.add_parser("schema", help="print the JSON schema of gate files, for editors")
    schema.set_defaults(run=_schema)
    return parser


def _lint(options: argparse.Namespace) -> int:
    from pytest_evalgate.spec.build import read_gate  # noqa: PLC0415

    status = EXIT_OK
    for name in options.gate:
        path = Path(name)
        try:
            spec = read_gate(path.read_bytes(), path.as_posix())
        except EvalGateError as error:
            print(error, file=sys.stderr)
            status = EXIT_USAGE
        else:
            print(f"{name}: gate {spec.name!r} with {len(spec.rules)} rules is valid")
    return status


def _schema(_: argparse.Namespace) -> int:
    from pytest_evalgate.spec.schema import schema  # noqa: PLC0415

    print(json.dumps(schema(), indent=2))
    return EXIT_OK


def _init(options: argparse.Namespace) -> int:
    from pytest_evalgate.gate.propose import propose  # noqa: PLC0415

    path = Path(options.output)
    text = propose(options.candidate, options.baseline, folder=path.resolve().parent)
    with path.open("x", encoding="utf-8") as file:  # never over a gate that somebody wrote
        file.write(text)
    print(f"wrote {path}; now run: pytest --evalgate {path}")
    return EXIT_OK
