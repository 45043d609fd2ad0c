"""What JUnit files may hold: the rules of the schema `junit-10.xsd` of Jenkins' xUnit plugin.

That name has stood for two schemas. ``JENKINS`` is the narrower one, of version 2.3 and later;
``JENKINS_OLD`` also knows where a test case stands. Neither allows an unknown attribute or text
between elements. Elements that no writer here uses (`rerunFailure`, `flakyError`, ...) count as
unknown. GitLab's reader is retold from its documented behaviour.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from xml.etree import ElementTree as ET


@dataclass(frozen=True, kw_only=True)
class Element:
    """What one element may hold."""

    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    children: frozenset[str] = frozenset()
    has_text: bool = False


Schema = dict[str, Element]


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PROBLEM = Element(optional=words("type message"), has_text=True)
_OUTPUT = Element(has_text=True)
JENKINS: Schema = {
    "testsuites": Element(
        optional=words("name time tests failures errors"), children=words("testsuite")
    ),
    "testsuite": Element(
        required=words("name tests failures errors"),
        optional=words("group time skipped timestamp hostname id package file log url"),
        children=words("testsuite properties testcase system-out system-err"),
    ),
    "testcase": Element(
        required=words("name"),
        optional=words("time classname group"),
        children=words("skipped error failure system-out system-err"),
    ),
    "properties": Element(children=words("property")),
    "property": Element(required=words("name value")),
    "failure": _PROBLEM,
    "error": _PROBLEM,
    "skipped": _PROBLEM,
    "system-out": _OUTPUT,
    "system-err": _OUTPUT,
}
_PLACE = words("assertions timestamp status class file line log url")
JENKINS_OLD: Schema = {
    **JENKINS,
    "testcase": replace(JENKINS["testcase"], optional=JENKINS["testcase"].optional | _PLACE),
}
_SECONDS = re.compile(r"[0-9]*(\.[0-9]{0,3})?")


def faults(text: str, *, schema: Schema) -> list[str]:
    """List what ``schema`` does not allow in a JUnit file; empty where it is valid."""
    root = ET.fromstring(text)  # noqa: S314 - a file that the test wrote
    if root.tag != "testsuites":
        return [f"the root is {root.tag}"]
    return list(_faults(root, schema=schema))


def _faults(element: ET.Element, *, schema: Schema) -> Iterator[str]:
    if element.tag not in schema:
        yield f"unknown element {element.tag}"
        return
    rule = schema[element.tag]
    found = set(element.keys())
    for name in sorted(rule.required - found):
        yield f"{element.tag} has no {name}"
    for name in sorted(found - rule.required - rule.optional):
        yield f"{element.tag} may not have {name}"
    is_suite = element.tag in {"testsuite", "testsuites"}
    if is_suite and not _SECONDS.fullmatch(element.get("time", "")):
        yield f"{element.tag} has time {element.get('time')}"
    texts = [element.text or "", *(child.tail or "" for child in element)]
    if not rule.has_text and "".join(texts).strip():
        yield f"{element.tag} holds text"
    for child in element:
        if child.tag not in rule.children:
            yield f"{element.tag} may not hold {child.tag}"
        yield from _faults(child, schema=schema)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A test case as GitLab shows it."""

    suite: str
    classname: str
    name: str
    status: str
    output: str
    attachment: str | None


def as_gitlab_shows(text: str) -> list[Shown]:
    """Read a JUnit file as GitLab does: of equal names it keeps the first."""
    root = ET.fromstring(text)  # noqa: S314 - a file that the test wrote
    shown: dict[tuple[str, str], Shown] = {}
    for suite in root.iter("testsuite"):
        for case in suite.findall("testcase"):
            one = _shown(case, suite=suite.get("name", ""))
            shown.setdefault((one.classname, one.name), one)
    return list(shown.values())


def _shown(case: ET.Element, *, suite: str) -> Shown:
    output = case.findtext("system-out", "")
    status, text = "success", ""
    for tag, name in (("failure", "failed"), ("error", "error"), ("skipped", "skipped")):
        if case.find(tag) is not None:
            status, text = name, f"{case.findtext(tag, '')}\n\nSystem Out:\n\n{output}"
            break
    attached = re.search(r"\[\[ATTACHMENT\|([^\[\]|]+?)\]\]", output)
    return Shown(
        suite=suite,
        classname=case.get("classname", ""),
        name=case.get("name", ""),
        status=status,
        output=text,
        attachment=attached and attached[1],
    )
