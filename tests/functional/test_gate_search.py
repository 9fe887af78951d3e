"""The gate of searches end to end: documents that are new, others or lost, and an encoder that finds less."""

import re
from pathlib import Path

import pytest

from tests.fakes.command import Command
from tests.fakes.desk import Desk, reviews, write_csv
from tests.fakes.gates import gate


def test_a_search_is_compared_query_by_query(desk: Desk, command: Command) -> None:
    """Answers that are added are told and change nothing; what is lost beside them fails, private or not."""
    text = """
name: faq
encoders: [{name: one, checkpoint: ./one}]
poolers: [{name: main, pooler: mean}]
modes: [zero-shot]
tasks: [{name: faq, kind: retrieval, data: faq.csv, query: question, document: answer}]
conditions: [misspellings]
latency: false
device: cpu
"""
    rows = [
        (f"why was number {i} {word}?", f"number {i}: {word} {text}") for i, (text, _, word) in enumerate(reviews())
    ]
    write_csv(desk.path / "faq.csv", rows, ("question", "answer"))
    desk.run(text, "accepted")
    assert command("baseline", "accepted", "-o", "b.json", "--reason", "first").code == 0
    assert gate(desk, command, text).code == 0
    said = gate(desk, command, text.replace("pooler: mean", "pooler: max"))
    assert re.search(r"- pooler main: mean \(.*\) -> max \(.*\)", said.out)
    assert " 0 of " not in next(line for line in said.out.splitlines() if line.startswith("| clean "))
    more = [(f"what is new {i}?", f"new answer {i}") for i in range(6)]
    write_csv(desk.path / "faq.csv", [*rows, *more], ("question", "answer"))
    said = gate(desk, command, text)
    assert said.code == 0
    new = "6 documents are new: compared on 150 questions whose answers are as they were"
    assert re.search(f"- clean: (ok|too weak): .*{new}", said.out)
    clean = next(line for line in said.out.splitlines() if line.startswith("| clean "))
    n_changed = re.search(r" (\d+) of 150 \|", clean)
    assert n_changed
    assert int(n_changed[1]) <= 2  # documents that are as near as rounding tells may change places
    edited = [(question, answer if i > 70 else f"{answer}, we think") for i, (question, answer) in enumerate(rows)]
    write_csv(desk.path / "faq.csv", edited, ("question", "answer"))
    said = gate(desk, command, text)
    assert said.code == 3
    assert (
        "clean: not comparable: the documents that are searched are others: 79 questions have the answers" in said.out
    )
    assert "renew the baseline: the old code on today's data; or keep a frozen copy" in said.out


def test_a_worse_search_fails_though_the_faq_grew(desk: Desk, command: Command) -> None:
    """In a private run too, whose file of questions keeps hashes alone."""
    text = """
name: faq
encoders: [{name: one, checkpoint: ./one}]
poolers: [{name: main, pooler: mean}]
modes: [zero-shot]
tasks: [{name: faq, kind: retrieval, data: faq.csv, query: question, document: answer}]
latency: false
device: cpu
report: {texts: none}
"""
    rows = [(text, text) for text, *_ in reviews()]
    write_csv(desk.path / "faq.csv", rows, ("question", "answer"))
    desk.run(text, "accepted")
    assert command("baseline", "accepted", "-o", "b.json", "--reason", "first").code == 0
    assert "waiter" not in (desk.path / "b.json").read_text()
    write_csv(desk.path / "faq.csv", [*rows, ("what is new?", "a new answer")], ("question", "answer"))
    assert gate(desk, command, text).code == 0
    said = gate(desk, command, text.replace("checkpoint: ./one", "checkpoint: ./one, max_length: 5"))
    assert said.code == 1
    assert said.out.startswith("## Gate failed: clean regressed")
    assert "- clean: regressed: 1 document is new: compared on 150 questions" in said.out


@pytest.mark.assets
def test_layers_less_under_the_same_name_fail_where_they_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """minilm cut to three layers finds far fewer articles by their headline; back at six it passes."""
    monkeypatch.chdir(tmp_path)
    desk, command = Desk(tmp_path), Command(monkeypatch, capsys)
    whole = (
        "name: x\nencoders: [{name: one, checkpoint: minilm}]\npoolers: [mean]\nmodes: [zero-shot]\nbaselines: []\n"
        "tasks: [{name: bbc-headlines, max_samples: {test: 40}}]\nlatency: false\ndevice: cpu\n"
    )
    desk.run(whole, "accepted")
    assert command("baseline", "accepted", "-o", "b.json", "--reason", "six layers").code == 0
    said = gate(desk, command, whole.replace("checkpoint: minilm", "checkpoint: minilm-3layers"))
    assert said.code == 1
    assert said.out.startswith("## Gate failed: clean regressed (nDCG@10 ")
    assert "- encoder one: checkpoint: " in said.out
    assert gate(desk, command, whole).code == 0
