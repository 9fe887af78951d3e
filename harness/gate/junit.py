"""The verdict as JUnit XML: a test case a check, for the test view of a CI."""

import xml.etree.ElementTree as ET

from harness.gate import words
from harness.gate.model import FAILS, UNJUDGED, WEAK, Check, Judgement
from harness.wording.visible import visible


def render(judged: Judgement) -> str:
    """`failure` for what is worse, `error` for what could not be judged, `skipped` for what is too weak to say.

    The last is an `error` too where it alone keeps the build from being judged.
    """
    suite = ET.Element("testsuite", name=visible(f"harness gate: {judged.suite}"), tests=str(len(judged.checks)))
    for check in judged.checks:
        _case(suite, check, judged)
    for tag, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(name, str(len(suite.findall(f"testcase/{tag}"))))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(suite: ET.Element, check: Check, judged: Judgement) -> None:
    case = ET.SubElement(suite, "testcase", classname=visible(judged.primary), name=visible(check.name), time="0")
    said = visible(words.told(check, judged.margin))
    tag = _tag(check, judged.strict or judged.blind)
    if tag is None:
        ET.SubElement(case, "system-out").text = said
    else:
        ET.SubElement(case, tag, message=said, type=check.verdict)


def _tag(check: Check, weak_counts: bool) -> str | None:
    if check.verdict in FAILS:
        return "failure"
    if check.verdict in UNJUDGED or (weak_counts and check.verdict in WEAK):
        return "error"
    return "skipped" if check.verdict in WEAK else None
