"""Text from data, suites and exceptions is shown, never obeyed."""

import re
from html.parser import HTMLParser

import pytest

from harness.report import View, markdown
from harness.wording import markdown as wording
from harness.wording.visible import visible
from tests.fakes import synthetic_run as fake_run
from tests.fakes.runs import FakeRun

VOID = {"meta", "link", "br", "wbr", "img", "circle", "line", "path", "polyline"}


class Outline(HTMLParser):
    """Tags opened and closed, and every attribute that could fetch something."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "data", "action", "srcset")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")


@pytest.fixture(scope="module")
def outline(page_text: str) -> Outline:
    parser = Outline()
    parser.feed(page_text)
    return parser


def test_page_is_well_formed(outline: Outline) -> None:
    """Every element is closed, in order."""
    assert outline.faults == []
    assert outline.open == []


def test_page_fetches_nothing(outline: Outline, page_text: str) -> None:
    """It opens from a disk without network: links lead to its own sections alone."""
    assert outline.links
    assert all(link.startswith("#") for link in outline.links)
    assert not re.search(r"url\(|@import|https?://", page_text)


def test_hostile_names_do_not_become_elements(outline: Outline, page_text: str) -> None:
    """One script, the page's own; no image from a message."""
    assert outline.tags.count("script") == 1
    assert "img" not in outline.tags
    assert "<script>alert" not in page_text
    assert "&lt;script&gt;alert" in page_text


def test_hostile_names_do_not_become_markdown(view: View) -> None:
    """No HTML, no broken table row, no code span from a message."""
    text = markdown.render(view)
    assert "<script" not in text
    assert "<img" not in text
    table = [line for line in text.splitlines() if line.startswith("|") and "huge" in line and "Killed" in line]
    assert len(table) == 1
    assert len(re.findall(r"(?<!\\)\|", table[0])) == 5


def test_control_characters_are_shown(page_text: str, view: View) -> None:
    """Escape codes and direction marks of a message are spelt out on the page and in Markdown."""
    for text in (page_text, markdown.render(view)):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "u202e" in text


def test_visible_keeps_what_can_be_printed() -> None:
    assert visible("naïve 日本 – é") == "naïve 日本 – é"
    assert visible("a\x00b\n\u202e\ud800") == "a\\x00b\\n\\u202e\\ud800"


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a|b", r"a\|b"),
        ("<b>", "&lt;b>"),
        ("[x](javascript:y)", r"[x]\(javascript:y)"),
        ("*a* `b`", r"\*a\* \`b\`"),
        ("n_items _x_", r"n_items \_x\_"),
        ("back\\slash &amp;", r"back\\slash &amp;amp;"),
    ],
)
def test_markdown_escapes(text: str, escaped: str) -> None:
    assert wording.escape(text) == escaped


def test_fence_is_longer_than_what_it_holds() -> None:
    """A command with backticks in it cannot end its own block."""
    assert wording.fenced("echo ```x```").startswith("````\n")


def test_page_is_small(page_text: str) -> None:
    assert len(page_text.encode()) < 500_000


def test_every_row_and_condition_is_named_on_both(page_text: str, view: View) -> None:
    """Nothing that was planned is missing from a report, failed or not."""
    from markupsafe import escape

    text = markdown.render(view)
    rows = [*fake_run.SENTIMENT, *fake_run.HEADLINES]
    for encoder, pooler, mode in rows:
        assert escape(encoder) in page_text
        assert wording.escape(f"{encoder} / {pooler} / {mode}") in text
    for conditions in fake_run.CONDITIONS.values():
        for condition in conditions:
            assert escape(condition) in page_text
            assert condition in text


def test_banner_counts_what_is_not_done(page_text: str) -> None:
    assert "This run is not finished. Of 189 planned cells: 167 done, 21 failed, 1 not run yet." in page_text


def test_a_whole_run_has_no_banner(run: FakeRun, view: View) -> None:
    from dataclasses import replace

    from harness.report import page

    whole = replace(view, complete=True, n_done=view.n_planned, n_failed=0)
    assert page.banner(whole) == ""
    assert "failed" in page.banner(replace(whole, n_done=view.n_planned - 1, n_failed=1))
