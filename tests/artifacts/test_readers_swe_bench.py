"""SWE-bench: lists of ids, reports of runs and of instances, in the shapes its harness writes."""

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_evalgate.artifacts.arms import ArmRequest, JoinRequest, load_arm
from pytest_evalgate.artifacts.extract import extract
from pytest_evalgate.artifacts.readers.content import WARNING, Content, Parsed
from pytest_evalgate.artifacts.readers.head import Head
from pytest_evalgate.artifacts.readers.swe_bench import fits, parse
from pytest_evalgate.artifacts.request import SampleRequest
from pytest_evalgate.errors import ArtifactError, EvalGateError, SampleError


Row = dict[str, Any]
RUN = "swe_bench/20240620_sweagent_claude3.5sonnet"
OLD = {"no_generation": ["d__d-1"], "no_logs": ["d__d-2"], "resolved": ["a__a-1", "a__a-2"]}


def report(**changes: Any) -> Row:
    """Return a report with the keys of schema_version 2 of swebench.harness.reporting."""
    return {
        "total_instances": 6,
        "submitted_instances": 5,
        "completed_instances": 3,
        "resolved_instances": 2,
        "unresolved_instances": 1,
        "empty_patch_instances": 1,
        "error_instances": 1,
        "completed_ids": ["a__a-1", "a__a-2", "b__b-1"],
        "incomplete_ids": ["c__c-1"],
        "empty_patch_ids": ["b__b-2"],
        "submitted_ids": ["a__a-1", "a__a-2", "b__b-1", "b__b-2", "b__b-3"],
        "resolved_ids": ["a__a-1", "a__a-2"],
        "unresolved_ids": ["b__b-1"],
        "error_ids": ["b__b-3"],
        "schema_version": 2,
        "unstopped_instances": 0,
        "unstopped_containers": [],
        "unremoved_images": ["sweb.eval.x86_64.a"],
        **changes,
    }


def read(document: object) -> Parsed:
    return parse(Content(path="x.json", data=json.dumps(document).encode()))


def resolved(parsed: Parsed) -> dict[object, object]:
    return {row["instance_id"]: row["resolved"] for _, row in parsed.rows}


def test_old_results_give_one_row_an_id_that_they_name() -> None:
    parsed = read(OLD)
    assert resolved(parsed) == {"a__a-1": 1, "a__a-2": 1, "d__d-1": 0, "d__d-2": 0}
    assert parsed.notes == [
        "swe-bench: 1 ids of no_generation count as not resolved",
        "swe-bench: 1 ids of no_logs count as not resolved",
        (
            f"{WARNING}swe-bench: the file does not list ids that were tried and not resolved; "
            "join a list of all ids with `match: both`, or the share is that of the ids named here"
        ),
    ]


def test_the_repository_is_a_column() -> None:
    rows = [
        dict(row) for _, row in read({**OLD, "resolved": ["scikit-learn__scikit-learn-9"]}).rows
    ]
    assert [row["repo"] for row in rows] == ["scikit-learn__scikit-learn", "d__d", "d__d"]


def test_a_report_gives_one_row_an_id_of_the_data_set() -> None:
    parsed = read(report())
    assert resolved(parsed) == {
        "a__a-1": 1,
        "a__a-2": 1,
        "b__b-1": 0,
        "b__b-2": 0,
        "b__b-3": None,
        "c__c-1": None,
    }
    assert parsed.metadata["samples"] == 3


def test_an_id_without_a_verdict_is_missing_and_counted() -> None:
    assert read(report()).notes == [
        "swe-bench: 1 ids of empty_patch_ids count as not resolved",
        "swe-bench: 1 ids of error_ids have no verdict; they are missing",
        "swe-bench: 1 ids of incomplete_ids have no verdict; they are missing",
    ]


def test_the_count_of_the_leaderboard_stands_beside() -> None:
    counted = [row["is_counted_resolved"] for _, row in read(report()).rows]
    assert (len(counted), counted.count(True)) == (6, 2)  # total_ and resolved_instances


def test_an_id_that_was_only_handed_in_is_missing_and_noted() -> None:
    ids = [*report()["submitted_ids"], "z__z-1"]
    parsed = read(report(submitted_ids=ids, submitted_instances=6, total_instances=7))
    assert parsed.notes[-1] == (
        'swe-bench: 1 ids are listed without an outcome; they are missing: "z__z-1"'
    )
    rows = {row["instance_id"]: row for _, row in parsed.rows}
    one = rows["z__z-1"]
    assert (one["resolved"], one["is_counted_resolved"]) == (None, False)


def test_lists_that_were_taken_out_leave_missing_ids() -> None:
    ids = [f"a__a-{number}" for number in range(100)]
    found = resolved(
        read(
            {
                "total_instances": 100,
                "submitted_instances": 100,
                "resolved_instances": 40,
                "unresolved_instances": 2,
                "submitted_ids": ids,
                "resolved_ids": ids[:40],
                "unresolved_ids": ids[40:42],
            }
        )
    )
    values = list(found.values())
    assert (values.count(1), values.count(0), values.count(None)) == (40, 2, 58)


def test_old_ids_that_were_generated_are_missing_where_no_list_says_more() -> None:
    assert resolved(read({**OLD, "generated": ["a__a-1", "e__e-1"]}))["e__e-1"] is None


def test_reports_of_instances_say_that_they_are_not_all() -> None:
    [note] = read({"a__a-1": {"resolved": True}}).notes
    assert WARNING in note
    assert "join a list of all ids with `match: both`" in note


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"resolved_instances": 3}, "resolved_instances is 3, but the lists name 2"),
        ({"error_instances": 0}, "error_instances is 0, but the lists name 1"),
        ({"total_instances": 500}, "total_instances is 500, but the lists name 6"),
        ({"submitted_ids": ["z__z-1"], "submitted_instances": 1}, "but the lists name 7"),
        ({"completed_instances": True}, "completed_instances is true, but"),
        ({"unresolved_ids": None}, "no list unresolved_ids"),
        ({"ambiguous_ids": ["e__e-1"]}, 'lists of unknown meaning: "ambiguous_ids"'),
    ],
)
def test_counts_and_lists_are_held_against_one_another(changes: Row, message: str) -> None:
    with pytest.raises(ArtifactError, match=message):
        read(report(**changes))


@pytest.mark.parametrize("lost", ["error", "empty_patch"])
def test_a_count_without_its_list_is_refused(lost: str) -> None:
    document = {name: cell for name, cell in report().items() if name != "total_instances"}
    del document[f"{lost}_ids"]
    with pytest.raises(ArtifactError, match=f"{lost}_instances is 1, but the lists name 0"):
        read(document)


def test_ids_that_no_list_names_are_refused_by_the_total() -> None:
    document = report()
    del document["incomplete_ids"]
    with pytest.raises(ArtifactError, match="total_instances is 6, but the lists name 5"):
        read(document)


@pytest.mark.parametrize(
    "document",
    [
        {**OLD, "no_logs": ["a__a-1"]},
        {**OLD, "resolved": ["a__a-1", "a__a-1"]},
        report(unresolved_ids=["a__a-1"]),
    ],
)
def test_an_id_with_two_outcomes_is_refused(document: Row) -> None:
    with pytest.raises(SampleError, match=r'id "a__a-1" is in resolved(_ids)? and again in'):
        read(document)


@pytest.mark.parametrize("bad", [[1], [None], "a__a-1", {"a__a-1": 1}])
def test_ids_that_are_no_texts_are_refused(bad: object) -> None:
    with pytest.raises(SampleError, match=r"no_logs is .*expected a list of ids"):
        read({**OLD, "no_logs": bad})


def test_a_report_of_an_instance_is_a_row() -> None:
    one = {"patch_is_None": False, "patch_successfully_applied": True, "resolved": True}
    [row] = [dict(row) for _, row in read({"a__a-1": one}).rows]
    assert (row["instance_id"], row["resolved"], row["patch_successfully_applied"]) == (
        "a__a-1",
        1,
        True,
    )


@pytest.mark.parametrize("one", [{"resolved": "yes"}, {"resolved": 1}, {}, 3])
def test_a_report_without_a_verdict_is_refused(one: object) -> None:
    with pytest.raises(SampleError, match=r'"a__a-1" is .*expected true or false'):
        list(read({"a__a-1": one}).rows)


def test_a_file_without_ids_has_no_rows() -> None:
    assert not resolved(read({"resolved": [], "no_logs": []}))


@pytest.mark.parametrize("text", ["[]", "3", "", '{"resolved": [}'])
def test_other_bytes_are_refused(text: str) -> None:
    with pytest.raises(EvalGateError):
        parse(Content(path="x.json", data=text.encode()))


@pytest.mark.parametrize("document", [OLD, report()])
def test_content_tells_the_format(document: Row) -> None:
    assert fits(Head(json.dumps(document).encode(), "x"))


@pytest.mark.parametrize("text", ['{"resolved": 1}', "{}", "[]", '{"a": {"resolved": 1}}', "a\n1"])
def test_other_content_is_not_taken(text: str) -> None:
    assert not fits(Head(text.encode(), "x"))


def test_the_real_list_joined_with_all_ids_gives_the_denominator(samples: Path) -> None:
    table = load_arm(
        ArmRequest(
            artifact="swe",
            arm="candidate",
            paths=(f"{RUN}/results/results.json",),
            base=samples,
            root=samples,
            reader="swe-bench",
            joins=(
                JoinRequest(
                    name="verified",
                    path="made/verified_ids.csv",
                    by=("instance_id",),
                    match="both",
                ),
            ),
        ),
        ("instance_id", "resolved", "verified.repo"),
    )
    request = SampleRequest(
        value="resolved",
        id=("instance_id",),
        cluster=("verified.repo",),
        range=(0, 1),
        missing="worst",
        max_missing=0.65,
        fill=0.0,
    )
    sample = extract(table, request)
    assert (sample.values.size, sample.missing) == (500, 318)
    assert len(set(sample.clusters or ())) == 12
    assert float(sample.values.mean()) == pytest.approx(0.336)  # 168 of 500


def test_the_real_reports_of_instances_agree_with_the_list(samples: Path) -> None:
    table = load_arm(
        ArmRequest(
            artifact="swe",
            arm="candidate",
            paths=(f"{RUN}/logs/*/report.json",),
            base=samples,
            root=samples,
            reader="auto",
        ),
        ("instance_id", "resolved"),
    )
    found = dict(zip(table.columns["instance_id"], table.columns["resolved"], strict=True))
    listed = json.loads((samples / RUN / "results" / "results.json").read_text())["resolved"]
    assert (len(found), sum(int(str(value)) for value in found.values())) == (20, 6)
    assert {one for one, value in found.items() if value} == set(listed) & set(found)


@pytest.mark.parametrize("name", ["resolved_by_repo.json", "resolved_by_time.json"])
def test_real_totals_are_no_results(samples: Path, name: str) -> None:
    data = (samples / RUN / "results" / name).read_bytes()
    assert not fits(Head(data, name))
    with pytest.raises(EvalGateError):
        list(parse(Content(path=name, data=data)).rows)


@pytest.mark.parametrize(("match", "is_warned"), [("both", False), ("some", True)])
def test_a_list_of_all_ids_answers_the_warning(
    tmp_path: Path, match: str, *, is_warned: bool
) -> None:
    (tmp_path / "results.json").write_text(json.dumps(OLD))
    (tmp_path / "all.csv").write_text("instance_id\na__a-1\na__a-2\nd__d-1\nd__d-2\ne__e-1\n")
    joined = JoinRequest(name="all", path="all.csv", by=("instance_id",), match=match)
    table = load_arm(
        ArmRequest(
            artifact="swe",
            arm="candidate",
            paths=("results.json",),
            base=tmp_path,
            root=tmp_path,
            reader="swe-bench",
            joins=(joined,),
        ),
        ("instance_id", "resolved"),
    )
    assert any(WARNING in note for note in table.notes) is is_warned
