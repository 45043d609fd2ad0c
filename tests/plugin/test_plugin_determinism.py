"""The same files give the same evidence, whatever process, order or environment judged them."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest


Project = Any
Stable = Callable[[dict[str, Any]], dict[str, Any]]

GATE = """\
version: 1
gate: demo
correction: holm
artifacts:
  evals: {candidate: candidate.jsonl, baseline: baseline.jsonl, id: id}
metrics:
  accuracy: {value: right, better: higher}
  latency: {value: ms, statistic: geomean, better: lower, unit: ms}
  score: {value: score, better: higher, range: [0, 1]}
rules:
  accuracy: {metric: accuracy, claim: non_inferiority, margin: 10pp}
  latency: {metric: latency, claim: non_inferiority, margin: 20%}
  score: {metric: score, claim: superiority}
  languages:
    metric: accuracy
    claim: threshold
    min: 0.5
    slices: {by: [language], values: [de, en]}
"""
ENVIRONMENTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "hash-0": {"env": {"PYTHONHASHSEED": "0"}},
    "hash-1": {"env": {"PYTHONHASHSEED": "1"}},
    "hash-random": {"env": {"PYTHONHASHSEED": "random"}},
    "c-locale": {"env": {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0"}},
    "time-zone": {"env": {"TZ": "Asia/Tokyo"}},
    "O": {"python": ["-O"]},
    "OO": {"python": ["-OO"]},
    "O-plain-asserts": {"python": ["-O"], "args": ["--assert=plain"]},
    "W-error": {"args": ["-W", "error"]},
    "W-error-python": {"python": ["-W", "error"]},
    "filterwarnings": {"args": ["-o", "filterwarnings=error"]},
    "xdist": {"args": ["-n2"], "plugins": ["xdist"]},
    "xdist-each": {"args": ["-n2", "--dist=each"], "plugins": ["xdist"]},
    "randomly-1": {"args": ["--randomly-seed=1"], "plugins": ["randomly"]},
    "randomly-2": {"args": ["--randomly-seed=2"], "plugins": ["randomly"]},
}
# Several at once: each cell of the matrix stands in one of them.
MIXED: dict[str, dict[str, Any]] = {
    "hash-0-c-locale-tokyo": {
        "env": {"PYTHONHASHSEED": "0", "LC_ALL": "C", "PYTHONUTF8": "0", "TZ": "Asia/Tokyo"}
    },
    "hash-1-O-plain-W-error": {
        "env": {"PYTHONHASHSEED": "1"},
        "python": ["-O", "-W", "error"],
        "args": ["--assert=plain", "-W", "error"],
    },
    "OO-randomly": {"python": ["-OO"], "args": ["--randomly-seed=7"], "plugins": ["randomly"]},
    "xdist-hash-random": {
        "env": {"PYTHONHASHSEED": "random"}, "args": ["-n2"], "plugins": ["xdist"]
    },
}  # fmt: skip


def rows(seed: int) -> list[dict[str, Any]]:
    draw = random.Random(seed)
    return [
        {
            "id": f"q{i}",
            "right": draw.random() < 0.9,
            "ms": round(draw.lognormvariate(4, 0.3), 3),
            "score": round(draw.random(), 6),
            "language": "de" if i % 3 else "en",
        }
        for i in range(120)
    ]


def write(project: Project, *, shuffle: int | None = None) -> None:
    for seed, arm in enumerate(("candidate", "baseline")):
        lines = [json.dumps(row) + "\n" for row in rows(seed)]
        if shuffle is not None:
            random.Random(shuffle + seed).shuffle(lines)
        project.write(f"{arm}.jsonl", "".join(lines))
    project.write("gate.yaml", GATE)


def judged(project: Project, how: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    run = project.run(
        "--evalgate",
        "gate.yaml",
        *how.get("args", ()),
        python=how.get("python", ()),
        plugins=how.get("plugins", ()),
        env=how.get("env"),
    )
    assert run.status in {0, 1}
    return run.status, project.evidence()


def test_evidence_is_the_same_in_mixed_environments(project: Project, stable: Stable) -> None:
    write(project)
    status, evidence = judged(project, {})
    text = json.dumps(stable(evidence))  # the order of keys too
    for name, how in MIXED.items():
        other, found = judged(project, how)
        assert (other, json.dumps(stable(found))) == (status, text), name


@pytest.mark.slow
@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_evidence_is_the_same_in_every_environment(
    project: Project, stable: Stable, name: str
) -> None:
    write(project)
    status, evidence = judged(project, {})
    other, found = judged(project, ENVIRONMENTS[name])
    assert (other, json.dumps(stable(found))) == (status, json.dumps(stable(evidence)))


def test_only_run_and_time_of_creation_differ_in_the_bytes(project: Project) -> None:
    write(project)
    _, first = judged(project, {})
    lines = (project.reports / "demo.json").read_text("ascii").splitlines()
    _, second = judged(project, {})
    others = (project.reports / "demo.json").read_text("ascii").splitlines()
    assert first["run"]["nonce"] != second["run"]["nonce"]
    differing = {
        line.split(":")[0].strip() for line, other in zip(lines, others, strict=True)
        if line != other
    }  # fmt: skip
    assert differing <= {'"nonce"', '"created"'}


def test_digests_do_not_depend_on_the_order_of_rows(project: Project) -> None:
    write(project)
    _, first = judged(project, {})
    write(project, shuffle=5)
    _, second = judged(project, {})
    assert [rule["digest"] for rule in first["rules"]] == [
        rule["digest"] for rule in second["rules"]
    ]
    assert first["decision"] == second["decision"]


def test_digests_do_not_depend_on_the_order_of_rules(project: Project) -> None:
    write(project)
    _, first = judged(project, {})
    head, _, rules = GATE.partition("rules:\n")
    one, two, three, slices = rules.split("\n", 3)
    project.write("gate.yaml", f"{head}rules:\n{slices}{three}\n{one}\n{two}\n")
    _, second = judged(project, {})
    by_id = {rule["id"]: rule["digest"] for rule in first["rules"]}
    assert {rule["id"]: rule["digest"] for rule in second["rules"]} == by_id
    assert next(rule["id"] for rule in second["rules"]) == "languages"
    assert first["decision"]["digest"] == second["decision"]["digest"]
