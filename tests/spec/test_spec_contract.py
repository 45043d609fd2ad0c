"""What a gate file may expect of arms: read into records, or refused at its place with a hint."""

import pytest

from pytest_evalgate.errors import SpecErrors
from pytest_evalgate.spec import read_gate
from pytest_evalgate.spec.model import Contract, Equal, FileCount, GateSpec, Machine, MaxAge


PIN = "9f" * 32
BASE = """\
version: 1
gate: g
artifacts:
  evals: {candidate: new.jsonl, baseline: old.jsonl, id: id%s}
metrics: {accuracy: {value: correct, better: higher}}
rules: {holds: {metric: accuracy, claim: non_inferiority, margin: 2pp}}
"""


def gate(contract: str = "", artifact: str = "") -> GateSpec:
    common = f"contract: {{{contract}}}\n" if contract else ""
    return read_gate((BASE % artifact + common).encode(), "gate.yaml")


def contract(text: str) -> Contract:
    return gate(text).artifacts[0].contract


def problem(text: str = "", artifact: str = "") -> tuple[str, str]:
    with pytest.raises(SpecErrors) as caught:
        gate(text, artifact)
    [found] = caught.value.problems
    return found.message, found.hint or ""


def arms(text: str, artifact: str = "") -> tuple[str | None, ...]:
    source = BASE.replace("{candidate: new.jsonl, baseline: old.jsonl, id: id%s}", text)
    spec = read_gate((source + artifact).encode(), "gate.yaml")
    [one] = spec.artifacts
    return tuple(arm.sha256 for arm in (one.candidate, *one.baselines))


def test_equal_takes_a_literal_for_every_arm() -> None:
    assert contract('equal: {dataset_version: "2026-10", lib: 1.10}').equal == (
        Equal(column="dataset_version", arm=None, value="2026-10", variable=None),
        Equal(column="lib", arm=None, value="1.10", variable=None),
    )


def test_equal_takes_a_variable_of_the_environment() -> None:
    spec = gate("equal: {git_commit: {env: GITHUB_SHA}}")
    assert spec.artifacts[0].contract.equal == (
        Equal(column="git_commit", arm=None, value=None, variable="GITHUB_SHA"),
    )
    assert spec.variables() == ("GITHUB_SHA",)


def test_equal_takes_a_value_for_each_arm() -> None:
    text = "equal: {git_commit: {candidate: {env: GITHUB_SHA}, baseline: 1a2b}}"
    assert contract(text).equal == (
        Equal(column="git_commit", arm="candidate", value=None, variable="GITHUB_SHA"),
        Equal(column="git_commit", arm="baseline", value="1a2b", variable=None),
    )


def test_a_gate_without_variables_asks_for_none() -> None:
    assert gate().variables() == ()


@pytest.mark.parametrize(
    ("text", "seconds"), [("30m", 1800), ("12h", 43_200), ("14d", 1_209_600), ("2w", 1_209_600)]
)
def test_max_age_is_a_whole_number_of_one_unit(text: str, seconds: int) -> None:
    assert contract(f"max_age: {text}").max_age == (MaxAge(arm=None, text=text, seconds=seconds),)


def test_max_age_and_expect_files_may_name_arms() -> None:
    found = contract("max_age: {candidate: 1d}, expect_files: {candidate: 5, baseline: 3}")
    assert found.max_age == (MaxAge(arm="candidate", text="1d", seconds=86_400),)
    assert found.expect_files == (
        FileCount(arm="candidate", count=5),
        FileCount(arm="baseline", count=3),
    )


def test_a_contract_expects_nothing_by_default() -> None:
    found = gate().artifacts[0].contract
    assert found == Contract()
    assert found.machine is Machine.SAME
    assert found.expect_split is None


def test_an_artifact_replaces_keys_of_the_common_contract() -> None:
    spec = gate(
        "max_age: 14d, expect_files: 2", ", contract: {expect_files: 3, expect_split: 0.25}"
    )
    found = spec.artifacts[0].contract
    assert (found.max_age[0].text, found.expect_files[0].count) == ("14d", 3)
    assert found.expect_split == 0.25


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("equal: [model]", "must be a mapping of columns to values, found a list", "key: value"),
        ("equal: {}", "must name a column, found {}", "dataset_version: v3"),
        ("equal: {model: }", "must be a text, found nothing", "write a text"),
        ("equal: {model: [a, b]}", "must be one value, found a list", "one value in every row"),
        ("equal: {model: no}", "ambiguous 'no'", "quote it"),
        ("equal: {model: {}}", "must name an arm, found {}", "every arm"),
        ("equal: {c: {env: $SHA}}", "name of a variable, found '$SHA'", "without $"),
        ("equal: {c: {env: A, candidate: b}}", "found keys 'env, candidate'", "{env: NAME}"),
        ("equal: {c: {candidate: {x: y}}}", "a value or {env: NAME}, found keys 'x'", "{env: NAME"),
        ("equal: {c: {env: API_TOKEN}}", "reads like a secret", "another name"),
        ("equal: {c: {env: AWS_SECRET_ACCESS_KEY}}", "reads like a secret", "reports show"),
        ("equal: {c: {env: password}}", "reads like a secret", "reports show"),
        ("max_age: 14", "followed at once by m, h, d or w, found '14'", "14d"),
        ("max_age: 14 d", "followed at once", "14d"),
        ("max_age: 1.5d", "whole number", "12h"),
        ("max_age: 0d", "whole number", "30m"),
        ("max_age: 1y", "found '1y'", "2w"),
        ("max_age: [1d]", "must be a time such as 14d, found a list", "14d"),
        ("expect_files: 0", "must be at least 1, found 0", "write 1"),
        ("expect_files: 1.5", "must be a whole number", "round it"),
        ("expect_files: {candidate: many}", "must be a number, found 'many'", ""),
        ("expect_split: 50", "found 50", "did you mean 0.5?"),
        ("expect_split: 1", "must be a share above 0 and below 1", "0.5 for one half"),
        ("machine: other", "cannot be 'other'", "known: same, any"),
    ],
)
def test_what_cannot_be_expected_is_refused(text: str, words: str, hint: str) -> None:
    found = problem(text)
    assert words in found[0]
    assert hint in found[1]


@pytest.mark.parametrize(
    "text",
    ["equal: {c: {canidate: x}}", "max_age: {canidate: 1d}", "expect_files: {canidate: 1}"],
)
def test_an_arm_that_an_artifact_has_not_is_refused(text: str) -> None:
    message, hint = problem(text)
    assert "names the arm 'canidate', which artifact 'evals' has not" in message
    assert "its arms are candidate, baseline" in hint


def test_a_split_needs_a_baseline() -> None:
    source = BASE.replace("baseline: old.jsonl, ", "").replace("non_inferiority", "threshold")
    source = source.replace("margin: 2pp", "min: 0.5") % ", contract: {expect_split: 0.5}"
    with pytest.raises(SpecErrors) as caught:
        read_gate(source.encode(), "gate.yaml")
    [found] = caught.value.problems
    assert found.message == "'expect_split' compares two arms, and artifact 'evals' has no baseline"


def test_an_arm_is_pinned_beside_its_path() -> None:
    text = f"{{candidate: a.jsonl, baseline: {{path: b.jsonl, sha256: {PIN.upper()}}}, id: id}}"
    assert arms(text) == (None, PIN)


def test_a_shared_path_is_pinned_for_both_arms() -> None:
    text = (
        f"{{path: a.jsonl, sha256: {PIN}, id: id, "
        "candidate: {where: {m: a}}, baseline: {where: {m: b}}}"
    )
    assert arms(text) == (PIN, PIN)


def test_the_pin_of_a_shared_path_is_not_that_of_an_arm_with_its_own() -> None:
    text = f"{{path: a.jsonl, sha256: {PIN}, id: id, candidate: {{}}, baseline: b.jsonl}}"
    assert arms(text) == (PIN, None)


@pytest.mark.parametrize("digest", ["9f2c", PIN + "0", "g" * 64, f"sha256:{PIN}", "''"])
def test_a_pin_that_is_no_digest_is_refused(digest: str) -> None:
    text = f"{{candidate: a.jsonl, baseline: {{path: b.jsonl, sha256: {digest}}}, id: id}}"
    with pytest.raises(SpecErrors) as caught:
        arms(text)
    assert all("'sha256'" in one.message for one in caught.value.problems)


def test_a_pin_without_a_path_beside_it_is_refused() -> None:
    message, hint = problem(artifact=f", sha256: {PIN}")
    assert message == "'sha256' in artifact 'evals' stands without a 'path'"
    assert "beside the path" in hint
