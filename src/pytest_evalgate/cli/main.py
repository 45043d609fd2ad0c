"""The commands of `python -I -m pytest_evalgate`, and how each call ends."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from pytest_evalgate import __version__
from pytest_evalgate.cli.errors import printable
from pytest_evalgate.errors import EvalGateError, EvidenceError


EXIT_OK = 0
EXIT_NOT_YET = 1  # written, but the gate cannot promote on these files as it is
EXIT_USAGE = 4
EXIT_UNUSABLE = 21
_EXIT_EVIDENCE = 22
_EXIT_INTERRUPTED = 2
_EXIT_PIPE = 1
_USAGE_CODES = frozenset({"spec", "usage"})
_LATER = ("verify", "diff", "accept")
_PROGRAM = "python -I -m pytest_evalgate"
_ABOUT = "The release gate outside a test session. Gates are judged by: pytest --evalgate gate.yaml"


def run(arguments: Sequence[str]) -> int:
    """Run one command as a process does: no traceback for a closed pipe or an odd file name."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # names of files may be no UTF-8
    try:
        status = main(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()
        return _EXIT_PIPE
    except OSError as error:  # a full disk behind stdout; commands answer for their own files
        _drop_output()
        print(f"error: {error.filename or 'output'}: {error.strerror}", file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt:
        return _EXIT_INTERRUPTED
    return status


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status."""
    if arguments and arguments[0] in _LATER:
        print(f"error: {arguments[0]} is not yet supported", file=sys.stderr)
        return EXIT_USAGE
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as end:  # --help, --version, a call that cannot be understood
        return int(end.code or EXIT_OK)
    try:
        status: int = options.run(options)
    except EvalGateError as error:
        print(printable(error), file=sys.stderr)
        if error.code in _USAGE_CODES:
            return EXIT_USAGE
        return _EXIT_EVIDENCE if error.code == EvidenceError.code else EXIT_UNUSABLE
    return status


def _drop_output() -> None:
    """Let the interpreter flush into nothing at its end, instead of complaining."""
    if sys.stdout is None:
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)


class _Parser(argparse.ArgumentParser):
    """A parser whose usage errors end in 4, as pytest's do."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"{self.format_usage()}error: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=_PROGRAM,
        description=_ABOUT,
        epilog=f"Not yet supported: {', '.join(_LATER)}.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"pytest-evalgate {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")
    _add_init(commands)
    lint = commands.add_parser(
        "lint",
        help="check gate files",
        description="Check gate files: every problem with its place, exit 4; notes do not count.",
        allow_abbrev=False,
    )
    lint.add_argument("gates", nargs="+", metavar="GATE", help="gate file")
    lint.set_defaults(run=_lint)
    plan = commands.add_parser(
        "plan",
        help="print what each rule can detect and would need",
        description="Print what each rule can detect with the data at hand, or with the numbers "
        "that its metric assumes, and what it would need. Nothing is judged. Exit 21 where a "
        "required rule cannot be planned.",
        allow_abbrev=False,
    )
    plan.add_argument("gate", metavar="GATE", help="gate file")
    plan.set_defaults(run=_plan)
    schema = commands.add_parser(
        "schema",
        help="print the JSON schema of gate files",
        description="Print the JSON schema of gate files, for editors that complete and check.",
        allow_abbrev=False,
    )
    schema.set_defaults(run=_schema)
    _add_report(commands)
    _add_fetch(commands)
    return parser


def _add_init(commands: "argparse._SubParsersAction[_Parser]") -> None:
    init = commands.add_parser(
        "init",
        help="write a gate file from the samples of two models",
        usage=f"{_PROGRAM} init [--output GATE] CANDIDATE BASELINE",
        description="Look at the samples of a candidate and a baseline, and write a gate file that "
        "runs unedited. Every guess has a comment in it. Exit 1 where something is to be mended "
        "before the gate can promote, 21 where nothing can be judged and nothing is written.",
        epilog="Example: init 'new/*.jsonl' 'old/*.jsonl' --output gate.yaml",
        allow_abbrev=False,
    )
    init.add_argument(
        "paths",
        nargs="+",
        metavar="CANDIDATE BASELINE",
        help="file or quoted glob of each arm: a table, or files of an evaluation tool",
    )
    init.add_argument(
        "--output",
        default="gate.yaml",
        metavar="GATE",
        help="gate file to write, never over another one (default: gate.yaml)",
    )
    init.set_defaults(run=_init)


def _add_report(commands: "argparse._SubParsersAction[_Parser]") -> None:
    formats = ("terminal", "markdown", "html", "junit", "badge")
    report = commands.add_parser(
        "report",
        help="show an evidence file as a report again",
        description="Show an evidence file again; the artifacts are not needed. Nothing is judged: "
        "the report says what the evidence says, if the evidence does not contradict itself. "
        "Exit 22 where it does, or cannot be read.",
        allow_abbrev=False,
    )
    report.add_argument("evidence", metavar="EVIDENCE", help="JSON file that a gate wrote")
    report.add_argument(
        "--format",
        choices=formats,
        default="terminal",
        help="default: terminal",
    )
    report.add_argument("--output", metavar="FILE", help="file to write (default: print it)")
    report.set_defaults(run=_report)


def _add_fetch(commands: "argparse._SubParsersAction[_Parser]") -> None:
    fetch = commands.add_parser(
        "fetch",
        help="write the runs of a tracking server or database into a file that gates read",
        description="Ask a store of runs once, and write what it answers into a file. A gate reads "
        "that file, and its hash is in the evidence: the same runs can be judged again.",
        allow_abbrev=False,
    )
    stores = fetch.add_subparsers(required=True, metavar="TOOL", title="tools")
    mlflow = stores.add_parser(
        "mlflow",
        help="runs of MLflow, through its client",
        usage=f"{_PROGRAM} fetch mlflow URI --experiment NAME [--experiment NAME ...] "
        "[--filter FILTER] --output RUNS.json",
        description="Write the runs of experiments of MLflow into a file for `reader: mlflow`. "
        "Deleted runs, credentials and artifacts are not in it. Needs the extra "
        "pytest-evalgate[mlflow]. Exit 21 where the store gives no such runs.",
        epilog="Credentials of a server are best given in MLFLOW_TRACKING_USERNAME and "
        "MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.",
        allow_abbrev=False,
    )
    mlflow.add_argument(
        "uri",
        metavar="URI",
        help="https://HOST, sqlite:///FILE, postgresql://HOST/NAME, or a folder such as mlruns",
    )
    mlflow.add_argument(
        "--experiment",
        action="append",
        required=True,
        metavar="NAME",
        help="name of an experiment; may be given again",
    )
    mlflow.add_argument(
        "--filter",
        default="",
        metavar="FILTER",
        help="which runs, as MLflow's search takes it: \"params.model = 'large'\"",
    )
    mlflow.add_argument(
        "--output",
        required=True,
        metavar="RUNS.json",
        help="file to write, never over another one",
    )
    mlflow.set_defaults(run=_fetch_mlflow)


def _fetch_mlflow(options: argparse.Namespace) -> int:
    from pytest_evalgate.cli.fetch import fetch_mlflow  # noqa: PLC0415 - only if asked for

    fetch_mlflow(options.uri, options.experiment, options.filter, options.output)
    return EXIT_OK


def _report(options: argparse.Namespace) -> int:
    from pytest_evalgate.cli.report import report  # noqa: PLC0415 - only where it is asked for

    report(options.evidence, options.format, options.output)
    return EXIT_OK


def _init(options: argparse.Namespace) -> int:
    from pytest_evalgate.cli.init import init  # noqa: PLC0415 - only where it is asked for

    return EXIT_OK if init(options.paths, options.output) else EXIT_NOT_YET


def _lint(options: argparse.Namespace) -> int:
    from pytest_evalgate.cli.lint import lint  # noqa: PLC0415 - YAML takes its time

    return EXIT_OK if lint(options.gates) else EXIT_USAGE


def _plan(options: argparse.Namespace) -> int:
    from pytest_evalgate.cli.plan import plan  # noqa: PLC0415 - scipy takes its time

    return EXIT_OK if plan(options.gate) else EXIT_UNUSABLE


def _schema(_: argparse.Namespace) -> int:
    from pytest_evalgate.spec.schema import schema  # noqa: PLC0415 - only where it is asked for

    print(json.dumps(schema(), indent=2))
    return EXIT_OK
