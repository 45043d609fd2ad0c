"""Reads damaged files of every format, and holds the readers to three promises.

Nothing but ``EvalGateError`` is raised; no file takes longer than five seconds; and a candidate
that is wrong in every row is never found right, whatever was done to its bytes.
"""

import io
import json
import random
import shutil
import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from traceback import extract_tb
from types import FrameType
from typing import Any, Final

import numpy as np
from damaging import damaged
from numpy.typing import NDArray
from seeds_by_hand import BY_HAND

from pytest_evalgate.artifacts.arms import ArmRequest, load_arm
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.files import MAX_BYTES
from pytest_evalgate.artifacts.readers.registry import choose
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.artifacts.unpacking import unpacked
from pytest_evalgate.errors import EvalGateError
from pytest_evalgate.evidence import Verdict
from pytest_evalgate.formats import BUILT_IN, TABLES, Format


INTEROP: Final = Path(__file__).parents[1] / "interop"
SECONDS: Final = 5.0  # that one file may take
BINARY: Final = frozenset({"parquet", "arrow", "npy", "npz", "inspect"})
_NOT_DATA: Final = frozenset({"made_with.json", "expected.json", "runs.json"})
_MOST_FILES = 12  # beside the one that is read
_MOST_COLUMNS = 40
_ROWS = 40
_GATE = """\
version: 1
gate: fuzz
artifacts:
  evals: {{candidate: "candidate", baseline: "baseline", reader: {reader}, id: id}}
metrics:
  right: {{value: v, better: higher, kind: binary}}
rules:
  holds: {{metric: right, claim: non_inferiority, margin: 10pp}}
  enough: {{metric: right, claim: threshold, min: 0.6}}
"""


class Hang(BaseException):
    """A file that takes longer than it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A sound file, and what lies in its folder."""

    format: Format
    folder: Path
    path: str  # of the file, or of the folder that its format reads, below ``folder``
    files: tuple[str, ...]  # those to be damaged: the first is the one that is read
    columns: tuple[str, ...] = ()
    values: tuple[str, ...] = ()  # columns that can be measured

    def request(self, reader: str) -> ArmRequest:
        """Ask for its rows."""
        return ArmRequest(
            artifact="a", arm="c", paths=(self.path,), base=self.folder, root=self.folder,
            reader=reader,
        )  # fmt: skip

    def sample(self, value: str, *, is_bare: bool = False) -> SampleRequest:
        """Ask for one of its columns."""
        form = self.format
        if is_bare:
            return SampleRequest(value=value)
        return SampleRequest(
            value=value, id=form.id, run=form.run, repeat=form.repeat, cluster=form.cluster
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A promise that was broken, and how to see it again."""

    format: str
    case: int
    seed: int
    words: str


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of the damaged files of one format."""

    seeds: int = 0  # sound files
    cases: int = 0
    read: int = 0  # to the end: the damage was none, or no matter of its form
    judged: int = 0  # of candidates that are wrong in every row
    slowest: float = 0.0
    faults: list[Fault] = field(default_factory=list)


def fuzz(name: str, cases: Iterable[int], *, seed: int, work: Path) -> Tally:
    """Damage the sound files of one format; a case of the same number is the same again."""
    seeds = seeds_of(name, work / "seeds")
    gate = _Gate.make(name, work / "gate")
    found = Tally(seeds=len(seeds))
    for case in cases if seeds else ():
        rng = random.Random(f"{seed}:{name}:{case}")
        words = _judge_case(gate, found, rng) if gate and case % 8 == 0 else None
        if words is None:
            words = _read_case(rng.choice(seeds), found, rng)
        found.cases += 1
        if words is not None:
            found.faults.append(Fault(format=name, case=case, seed=seed, words=words))
    return found


def seeds_of(name: str, work: Path) -> list[Seed]:
    """Copy the sound files of a format, and learn what can be read from them."""
    shutil.rmtree(work, ignore_errors=True)
    form = BUILT_IN[name]
    made = list(_made_up(name, work)) if name in TABLES else list(_of_tools(form, work))
    return [known for one in made if (known := _known(one)) is not None]


def _made_up(name: str, work: Path) -> Iterator[Seed]:
    data = table(name, [(f"q{i}", i / 8, f"g{i % 3}") for i in range(8)])
    if data is None:
        return
    work.mkdir(parents=True)
    (work / "x").write_bytes(data)
    yield Seed(format=BUILT_IN[name], folder=work, path="x", files=("x",))


def _of_tools(form: Format, work: Path) -> Iterator[Seed]:
    """Find the files below tests/interop that ``auto`` takes for this format, or make some."""
    for name, text in BY_HAND.get(form.name, {}).items():
        folder = work / "by-hand"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
        yield Seed(format=form, folder=folder, path=name, files=(name,))
    if not INTEROP.is_dir():
        return
    for number, (folder, path) in enumerate(_paths_of(form)):
        copy = work / str(number)
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("make.py", "__pycache__"))
        top = copy / path
        near = sorted(
            one.relative_to(copy).as_posix()
            for one in (top if top.is_dir() else top.parent).rglob("*")
            if one.is_file() and one != top
        )
        files = near if top.is_dir() else [path, *near]
        yield Seed(format=form, folder=copy, path=path, files=tuple(files[:_MOST_FILES]))


def _paths_of(form: Format) -> Iterator[tuple[Path, str]]:
    for tool in sorted(INTEROP.iterdir()):
        if not tool.is_dir():
            continue
        if form.inside is not None:
            folders = [one for one in sorted(tool.rglob("*")) if one.is_dir()]
            inside = [one for one in folders if any(one.glob(form.inside))]
            yield from ((tool, one.relative_to(tool).as_posix()) for one in inside[:1])
            continue
        for file in sorted(tool.rglob("*")):
            if file.is_file() and file.suffix != ".py" and file.name not in _NOT_DATA:
                with suppress(EvalGateError):
                    text = unpacked(file.read_bytes(), file.name, max_bytes=MAX_BYTES)
                    if choose("auto", text, file.name).name == form.name:
                        yield tool, file.relative_to(tool).as_posix()


def _known(seed: Seed) -> Seed | None:
    """Add the columns of a seed; None for one that is refused as it is."""
    form = seed.format
    keys = {*form.id, *form.cluster, *(key for key in (form.run, form.repeat) if key)}
    try:
        names = sorted(load_arm(seed.request(form.name), ()).known)[:_MOST_COLUMNS]
        columns = tuple(sorted({*names, *keys}))
        arm = load_arm(seed.request(form.name), columns)
    except EvalGateError:
        return None
    values = []
    for column in columns:
        with suppress(EvalGateError):
            extract(arm, seed.sample(column, is_bare=True))
            values.append(column)
    return Seed(
        format=form, folder=seed.folder, path=seed.path, files=seed.files, columns=columns,
        values=tuple(values),
    )  # fmt: skip


def _read_case(seed: Seed, found: Tally, rng: random.Random) -> str | None:
    """Damage one file, read it, mend it; return what went wrong."""
    name = seed.files[0] if rng.random() < 0.7 else rng.choice(seed.files)
    reader = seed.format.name if rng.random() < 0.8 else "auto"
    path = seed.folder / name
    sound = path.read_bytes()
    path.write_bytes(damaged(sound, rng))
    try:
        with _watched(found):
            arm = load_arm(seed.request(reader), seed.columns)
            if seed.values:
                column = rng.choice(seed.values)
                extract(arm, seed.sample(column, is_bare=rng.random() < 0.3))
            found.read += 1
    except EvalGateError as error:
        return None if str(error).isprintable() or "\n" in str(error) else f"unprintable: {error!r}"
    except (Exception, Hang) as error:  # noqa: BLE001 - this is what is looked for
        return _where(error)
    finally:
        path.write_bytes(sound)
    return None


def _where(error: BaseException) -> str:
    """Say what was raised, and by which line of ours."""
    frames = [one for one in extract_tb(error.__traceback__) if "pytest_evalgate" in one.filename]
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}: {' '.join(str(error).split())}"


@contextmanager
def _watched(found: Tally) -> Iterator[None]:
    """Stop what takes too long, and keep the longest time."""

    def stop(_: int, __: FrameType | None) -> None:
        raise Hang(f"more than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    start = time.perf_counter()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        found.slowest = max(found.slowest, time.perf_counter() - start)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gate:
    """A gate whose candidate is wrong in every row, and whose baseline in one."""

    folder: Path
    name: str
    wrong: bytes

    @classmethod
    def make(cls, name: str, folder: Path) -> "_Gate | None":
        wrong, right, baseline = (
            table(name, [(f"q{i}", int(i < count), "g") for i in range(_ROWS)])
            for count in (0, _ROWS, _ROWS - 1)
        )
        if wrong is None or right is None or baseline is None:
            return None
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "baseline").write_bytes(baseline)
        (folder / "gate.yaml").write_text(_GATE.format(reader=name), encoding="utf-8")
        gate = cls(folder=folder, name=name, wrong=wrong)
        (folder / "candidate").write_bytes(right)
        if set(gate.verdicts()) != {Verdict.PASS}:
            raise ValueError(f"{name}: a candidate that is right in every row does not pass")
        return gate

    def verdicts(self) -> list[Verdict]:
        """Judge what lies there now."""
        from pytest_evalgate import evaluate  # noqa: PLC0415 - readers are fuzzed without it

        return [rule.verdict for rule in evaluate(self.folder / "gate.yaml").rules]


def _judge_case(gate: _Gate, found: Tally, rng: random.Random) -> str | None:
    """Damage a candidate that is wrong in every row: no few mistakes make most rows right."""
    (gate.folder / "candidate").write_bytes(damaged(gate.wrong, rng))
    try:
        with _watched(found):
            verdicts = gate.verdicts()
    except (Exception, Hang) as error:  # noqa: BLE001 - this is what is looked for
        return f"judging raised {_where(error)}"
    found.judged += 1
    return "a wrong candidate passes" if Verdict.PASS in verdicts else None


def table(name: str, rows: Sequence[tuple[str, float, str]]) -> bytes | None:
    """Write rows as a plain table; None where a tool to write it is missing."""
    records = [{"id": key, "v": value, "group": group} for key, value, group in rows]
    if name == "jsonl":
        return "".join(json.dumps(one) + "\n" for one in records).encode()
    if name == "json":
        return json.dumps(records, indent=1).encode()
    if name in {"csv", "tsv"}:
        comma = "," if name == "csv" else "\t"
        lines = [("id", "v", "group"), *rows]
        return "".join(comma.join(map(str, line)) + "\n" for line in lines).encode()
    arrays = {
        "id": np.arange(len(rows)),
        "v": np.array([value for _, value, _ in rows], np.float64),
    }
    if name == "npz":
        stream = io.BytesIO()
        np.savez(stream, **arrays)  # type: ignore[arg-type]
        return stream.getvalue()
    if name == "npy":
        stream = io.BytesIO()
        pairs = list(zip(*arrays.values(), strict=True))
        np.save(stream, np.array(pairs, [("id", np.int64), ("v", np.float64)]))
        return stream.getvalue()
    return _columnar(name, arrays)


def _columnar(name: str, arrays: dict[str, NDArray[Any]]) -> bytes | None:
    try:
        pa: Any = import_module("pyarrow")  # no part of what is tested, and without types
    except ImportError:
        return None
    stream = pa.BufferOutputStream()
    if name == "parquet":
        writer = import_module("pyarrow.parquet")
        writer.write_table(pa.table(arrays), stream, use_dictionary=False)
    elif name == "arrow":
        writer = import_module("pyarrow.feather")
        writer.write_feather(pa.table(arrays), stream, compression="uncompressed")
    else:
        return None
    data: bytes = stream.getvalue().to_pybytes()
    return data
