"""Texts and names that want to be more than texts: through a run and onto the page, where they stay texts."""

import json
import re
import shutil
import unicodedata
from html.parser import HTMLParser
from pathlib import Path

import pytest

from harness.results import Run
from tests.fakes.command import Command
from tests.fakes.desk import Desk, failed, reviews, write_csv

SCRIPT = "<script>alert(1)</script>"
TEXTS = [
    f"{SCRIPT} & \"quoted\", 'so' <img src=x onerror=alert(2)>",
    "control \x00\x07\x1b[31m characters\x7f\x85 and \r\n breaks\u2028",
    "x" * 1_000_000,
    "",
    " \t ",
    "emoji 👩‍👩‍👧‍👦 and 🇺🇦",
    "\u202eright to left\u202c עברית العربية",
    "`code` **bold** | a | cell [link](javascript:alert(3))",
    "=cmd|' /C calc'!A0",
]
SHOPS = (f'"><{SCRIPT}', "\x1b]0;title\x07shop", "shop | `b` \u202e")
SUITE = f"""
name: hostile
encoders: [{{name: "../../{SCRIPT}|`{"n" * 300}", checkpoint: ./one}}]
poolers: [{{name: "<b>mean</b>", pooler: mean}}]
modes: [probe]
tasks: [{{name: "<img src=x onerror=alert(4)>", data: hostile.csv, domain: shop}}]
conditions: [{{name: "</td <td", condition: keyboard}}, domain]
latency: false
device: cpu
"""


@pytest.fixture(scope="module")
def hostile(_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run once, deep in a folder that is otherwise empty."""
    folder = shutil.copytree(_made, tmp_path_factory.mktemp("hostile") / "some" / "deep" / "desk")
    labels = {"good": SCRIPT, "bad": "\x1b[2Jbad"}
    rows = [(text, labels[label], SHOPS[i % 3]) for i, (text, label, _) in enumerate(reviews(160))]
    rows += [(text, labels["good"], SHOPS[i % 3]) for i, text in enumerate(TEXTS)]
    write_csv(folder / "hostile.csv", rows)
    return Desk(folder).run(SUITE, cache=False)


class Page(HTMLParser):
    """Every element of a page, with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def unseen(text: str) -> set[str]:
    """Characters that steer a terminal or turn the direction of reading; line breaks are fine."""
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")} - {"\n"}


def test_hostile_texts_are_scored_like_others(hostile: Run) -> None:
    assert failed(hostile) == {}
    assert hostile.manifest["complete"]
    assert len(hostile.cells) == 3 * (1 + 1 + 2 * 2)
    (info,) = hostile.manifest["tasks"].values()
    assert info["n_train"] + info["n_test"] == 160 + len(TEXTS) - 1  # "" and " \t " are one text


def test_the_page_has_no_element_of_theirs(hostile: Run) -> None:
    text = (hostile.path / "index.html").read_text(encoding="utf-8")
    elements = Page(text).elements
    scripts = [attributes for tag, attributes in elements if tag == "script"]
    assert SCRIPT not in text
    assert len(scripts) <= 1
    assert text.count("<script") == len(scripts)
    assert not {tag for tag, _ in elements} & {"img", "b", "iframe", "object"}
    assert not [name for _, attributes in elements for name in attributes if name.startswith("on")]
    assert not [
        v for _, attributes in elements for k, v in attributes.items() if k in ("href", "src") and ":" in (v or "")
    ]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_what_is_printed_has_no_control_characters(
    hostile: Run, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in the files of the report, nor on the terminal."""
    for name in ("report.md", "index.html", "results.csv"):
        assert unseen((hostile.path / name).read_text(encoding="utf-8")) == set()
    assert "\\x1b" in (hostile.path / "report.md").read_text(encoding="utf-8")
    monkeypatch.chdir(hostile.path.parent)
    for arguments in (["report", "run"], ["plan", "suite.yaml", "--cells", "-o", "other"]):
        said = command(*arguments)
        assert said.code == 0
        assert unseen(said.out + said.err) == set()


def test_a_report_in_markdown_stays_a_table(hostile: Run) -> None:
    """Bars and backticks in names do not end a cell: every row has as many as its header."""
    text = (hostile.path / "report.md").read_text(encoding="utf-8")
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(tables) >= 3
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1
    assert not re.findall(r"(?<!\\)<(?!br)", text)


def test_names_do_not_leave_the_run_folder(hostile: Run) -> None:
    """The outcomes of `../../…` lie where all outcomes lie, under a name that every disk takes."""
    above = hostile.path.parents[3]
    assert [p.name for p in above.iterdir()] == ["some"]
    assert [p.name for p in (above / "some").iterdir()] == ["deep"]
    files = sorted(p.name for p in (hostile.path / "outcomes").iterdir())
    assert files
    assert all(re.fullmatch(r"[\w.-]+", name) for name in files)


def test_results_are_plain_json(hostile: Run) -> None:
    """One object a line, whatever the names hold."""
    lines = (hostile.path / "cells.jsonl").read_text(encoding="utf-8").split("\n")
    assert [type(json.loads(line)) for line in lines[:-1]] == [dict] * len(hostile.cells)
    assert lines[-1] == ""


BAD_FILES = {
    "a-row": (b'text,label\nfine,a\n"so, so",b\none field\nfine too,b\n', "row 4: 1 field; expected 2"),
    "no-column": (
        b"txt,label\nfine,a\nso,b\n",
        "no column 'text'. The columns are 'txt', 'label'. Did you mean 'txt'?",
    ),
    "one-class": (b"text,label\nfine,a\nso,a\n", "every row has the label 'a' in column 'label'"),
    "encoding": ("text,label\ncafé,a\nso,b\n".encode("latin-1"), "line 2: byte 0xe9 (at 14) is not utf-8. It reads as"),
    "empty": (b"", "the file is empty; expected a header and rows."),
    "no-label": (b"text,label\nfine,a\nso,\n", "row 3: column 'label' is empty; expected a value"),
    "quote": (b'text,label\nfine,a\n"so,b\n', "row 3: a quote that is never closed."),
    "semicolons": (b"text;label\nfine;a\nso;so;b\n", "row 3: 3 fields; expected 2. Fields are separated by semicolons"),
}


@pytest.mark.processes
def test_files_that_cannot_be_used_fail_their_own_rows(desk: Desk, command: Command) -> None:
    """The command says file, row and what was expected, runs the rest, and ends with 3."""
    for name, (data, _) in BAD_FILES.items():
        (desk.path / f"{name}.csv").write_bytes(data)
    tasks = ", ".join(f"{{name: {name}, data: {name}.csv}}" for name in BAD_FILES)
    suite = Path(
        desk.suite(f"name: x\ntasks: [{tasks}, {{name: fine, data: reviews.csv}}]\nlatency: false\ndevice: cpu\n")
    )
    said = command("run", suite.name, "-o", "run")
    assert said.code == 3
    lines = said.err.splitlines()
    for name, (_, message) in BAD_FILES.items():
        (line,) = (one for one in lines if f" {name}.csv" in one)
        assert line.startswith("plan: failed: bad-data: ")
        assert message in line
    run = Run(desk.path / "run")
    assert {c.reason for c in run.cells if c.status == "failed"} == {"bad-data"}
    assert {c.address.task for c in run.cells if c.status == "done"} == {"fine"}
