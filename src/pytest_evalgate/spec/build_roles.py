"""What the columns of a metric beside its value do, and what planning may assume of it."""

from pytest_evalgate.spec.fields import Fields
from pytest_evalgate.spec.keys import ASSUME, NORMALIZE
from pytest_evalgate.spec.model import Assumed, Over
from pytest_evalgate.spec.nodes import Node
from pytest_evalgate.spec.numerals import number
from pytest_evalgate.spec.problems import refusal
from pytest_evalgate.spec.scalars import choice, text, word


_TASK_KEYS = ("task", "macro")  # `macro: column` is `task: column` with `over: fixed`


def build_task(fields: Fields) -> tuple[str | None, Over]:
    """Read the column of tasks, and what the mean over them is about."""
    columns = {key: fields.read(key, text, None) for key in _TASK_KEYS}
    over = fields.read("over", choice(Over), Over.FIXED)
    if all(fields.has(key) for key in _TASK_KEYS):
        fields.add(
            f"{fields.what} has both 'task' and 'macro'",
            key="macro",
            hint="keep one: `macro: column` is short for `task: column` with `over: fixed`",
        )
    if fields.has("over") and not any(fields.has(key) for key in _TASK_KEYS):
        fields.add(
            "'over' has no effect without 'task' or 'macro'",
            key="over",
            hint="add `task: column`, or take it out",
        )
    return columns["task"] or columns["macro"], over


def task_key(fields: Fields) -> str:
    """Say by which key the file names the column of tasks."""
    return "task" if fields.has("task") else "macro"


def build_normalize(fields: Fields) -> tuple[str, str] | None:
    """Read the columns that hold what becomes 0 and 1."""
    references = fields.open("normalize", NORMALIZE)
    if references is None:
        return None
    references.require(NORMALIZE)
    zero = references.read("zero", text, None)
    one = references.read("one", text, None)
    if zero is None or one is None:
        return None
    if zero == one:
        references.add(
            f"'zero' and 'one' are the same column {zero!r}: nothing is left to divide by",
            key="one",
            hint="name two columns, such as `{zero: refs.random, one: refs.human}`",
        )
    return zero, one


def build_judged(fields: Fields) -> bool:
    """Say whether a model measured the metric; a gold column says so too."""
    said = fields.read("judge", word(("true", "false")), None)
    if said == "false" and fields.has("gold"):
        fields.add(
            "'judge: false' with 'gold': gold labels correct the measurement of a judge",
            key="judge",
            hint="take one of them out",
        )
    return said == "true" or fields.has("gold")


def build_assumed(fields: Fields) -> Assumed | None:
    """Read what planning takes for granted of a metric."""
    given = fields.open("assume", ASSUME)
    if given is None:
        return None
    if given.is_mapping and not given.entries:
        given.add(
            "'assume' must name at least one number, found {}",
            hint="write `assume: {sd: 0.4}`, or take it out",
        )
    return Assumed(
        sd=given.read("sd", _above_zero, None),
        correlation=given.read("correlation", _correlation, 0.0),
        sd_run=given.read("sd_run", _not_negative, 0.0),
        rate=given.read("rate", _rate, None),
        discordance=given.read("discordance", _discordance, None),
    )


def _above_zero(node: Node) -> float:
    value = number(node)
    if value <= 0:
        raise refusal(node, f"must be above 0, found {value:g}", "write a standard deviation")
    return value


def _not_negative(node: Node) -> float:
    value = number(node)
    if value < 0:
        raise refusal(node, f"must not be negative, found {value:g}", "write 0 or more")
    return value


def _correlation(node: Node) -> float:
    value = number(node)
    if not 0 <= value < 1:
        raise refusal(node, f"must lie from 0 to below 1, found {value:g}", "write 0.5")
    return value


def _rate(node: Node) -> float:
    value = number(node)
    if not 0 < value < 1:
        hint = f"did you mean {value / 100:g}?" if 1 < value < 100 else "write 0.8 for 80 %"
        raise refusal(node, f"must be a share between 0 and 1, found {value:g}", hint)
    return value


def _discordance(node: Node) -> float:
    value = number(node)
    if not 0 < value <= 1:
        hint = f"did you mean {value / 100:g}?" if 1 < value <= 100 else "write 0.1 for 10 %"
        raise refusal(node, f"must be a share above 0 and up to 1, found {value:g}", hint)
    return value
