"""What the page says under Machine of several workers, a cluster, and jobs that had to begin again."""

from typing import Any

from harness import report
from harness.report import html, markdown
from tests.fakes import synthetic_run

TWO_KINDS = {"Some CPU, 8 cores": 2, "Other CPU, 4 cores, Some GPU": 1}
CLUSTER = {"n": 6, "threads": 4, "executor": "ray://10.0.0.1:6379", "nodes": TWO_KINDS, "timed_on": "Some CPU, 8 cores"}
RETRIES = [{"job": "minilm", "why": "NodeDiedError: <b>gone</b>", "n_times": 1}]


def view_of(**told: Any) -> report.View:
    run = synthetic_run.make()
    run.manifest.update(told)
    return report.build(run)


def test_nodes_and_what_was_begun_again_are_on_the_page() -> None:
    view = view_of(workers=CLUSTER, retries=RETRIES)
    text, page = markdown.render(view), html.render(view)
    for line in (
        "6, with 4 threads each",
        "2 of Some CPU, 8 cores; 1 of Other CPU, 4 cores, Some GPU",
        "begun again after a worker, a node or a part of an encode was lost (latest run into this folder)",
    ):
        assert line in text
        assert line in page
    assert "minilm (NodeDiedError: &lt;b&gt;gone&lt;/b&gt;)" in page
    assert "<b>gone</b>" not in page


def test_workers_of_one_machine_have_no_nodes() -> None:
    text = markdown.render(view_of(workers={"n": 2, "threads": 1, "executor": "local"}))
    assert "2, with 1 thread each" in text
    assert "timed on" not in text
    assert "begun again" not in text


def test_one_worker_is_not_told() -> None:
    one = view_of(workers={"n": 1, "threads": 2, "executor": "local"})
    assert markdown.render(one) == markdown.render(view_of())
