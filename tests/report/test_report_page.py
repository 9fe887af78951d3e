"""The page in a browser: narrow, sorted, unharmed."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--virtual-time-budget=4000",
]

pytestmark = [
    pytest.mark.page,
    pytest.mark.processes,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine (chromium, google-chrome or chrome)"),
]

PROBE = """
<script>
addEventListener("load", () => {
  const table = document.querySelector("table.sorts");
  const names = () => [...table.tBodies[0].rows].map((row) => row.cells[0].firstChild.textContent);
  const before = names();
  const head = [...table.tHead.rows[0].cells].find((cell) => cell.textContent.startsWith("p50"));
  head.querySelector("button").click();
  const shown = [...document.querySelectorAll("svg.chart")].find((svg) => svg.getBoundingClientRect().width > 0);
  const box = (text) => { const r = text.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]; };
  parent.postMessage({
    width: innerWidth, scroll: document.documentElement.scrollWidth,
    before, after: names(), order: head.getAttribute("aria-sort"),
    scripts: document.scripts.length, images: document.images.length,
    labels: [...shown.querySelectorAll(".label text")].map(box), drawing: box(shown),
  }, "*");
});
</script>
"""
FRAME = """<!doctype html><script>
addEventListener("message", (event) => { document.body.textContent = "FOUND" + JSON.stringify(event.data) + "END"; });
</script><body style="margin:0"><iframe src="page.html" style="border:0;width:%dpx;height:900px"></iframe>"""


def look(page_text: str, folder: Path, width: int) -> dict[str, Any]:
    """Open the page in a frame of this width, sort its first table by latency, and measure."""
    (folder / "page.html").write_text(page_text.replace("</body>", PROBE + "</body>"), encoding="utf-8")
    (folder / "frame.html").write_text(FRAME % width, encoding="utf-8")
    command = [BROWSER or "", *FLAGS, f"--user-data-dir={folder / 'profile'}", "--window-size=1400,1000", "--dump-dom"]
    done = subprocess.run(
        [*command, (folder / "frame.html").as_uri()], capture_output=True, text=True, timeout=120, check=False
    )
    found = re.search('FOUND({"width".*})END', done.stdout)
    assert found, done.stderr[-2000:]
    seen: dict[str, Any] = json.loads(unescape(found[1]))
    return seen


@pytest.mark.parametrize("width", [400, 1280])
def test_page_in_a_browser(width: int, page_text: str, tmp_path: Path) -> None:
    """It never scrolls sideways, its labels do not cover each other, a click sorts, names run no script."""
    seen = look(page_text, tmp_path, width)
    assert seen["width"] == width
    assert seen["scroll"] <= width
    assert seen["scripts"] == 2  # the page's own, and this test's
    assert seen["images"] == 0
    assert seen["order"] == "descending"
    assert seen["after"][0] == "mpnet"
    assert seen["after"][-1] == "huge"  # not timed: last either way
    assert sorted(seen["after"]) == sorted(seen["before"])
    left, top, right, bottom = seen["drawing"]
    for i, (l1, t1, r1, b1) in enumerate(seen["labels"]):
        assert left - 1 <= l1 <= r1 <= right + 1
        assert top - 1 <= t1 <= b1 <= bottom + 1
        for l2, t2, r2, b2 in seen["labels"][i + 1 :]:
            overlap = max(0, min(r1, r2) - max(l1, l2)) * max(0, min(b1, b2) - max(t1, t2))
            assert overlap < 12, (seen["labels"][i], (l2, t2, r2, b2))


def test_page_can_be_read_without_scripts(page_text: str) -> None:
    """All tables, charts and words are in the file; scripts only sort."""
    without = re.sub(r"<script>.*</script>", "", page_text, flags=re.DOTALL)
    assert without.count("<table") == page_text.count("<table") > 5
    # one of latency in two sizes, a curve a fine-tuned row, a profile a row above chance, the severities of keyboard,
    # quality and time by how much is read
    assert without.count("<svg") == 2 + 3 + 9 + 1 + 1
