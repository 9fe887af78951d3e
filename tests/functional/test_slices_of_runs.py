"""Slices that ask the harness for something: tokens by the reference encoder, texts that were learnt or searched."""

import re

import numpy as np
from transformers import AutoTokenizer

from harness import tasks
from harness.core.data import Examples
from harness.results import Run
from tests.fakes.desk import Desk, write_csv

SUITE = """
name: sliced
encoders: [{name: one, checkpoint: ./one, max_length: 8, prefix: "query: "}, {name: two, checkpoint: ./two}]
poolers: [mean]
modes: [probe]
tasks: [{name: reviews, data: reviews.csv}]
conditions: [length: {share: 0.2}, fertility: {share: 0.2}, out-of-vocabulary: {share: 0.2}]
baselines: [majority]
latency: false
device: cpu
"""
_NEW = ("zyx", "wvu", "qpo", "nml")


def rows(n: int = 160) -> list[tuple[str, str]]:
    """(text, label): some texts have words that no other has, some are twice as long."""
    found = []
    for i in range(n):
        label = ("good", "bad")[i % 2]
        new = f"{_NEW[i % 4]}{'abcdefghij'[i // 16]}{'abcdefghijklmnop'[i % 16]}" if i % 4 == 0 else "usual"
        text = f"the {label} waiter was {new} and day {i} was {'very ' * (i % 7)}{label}"
        found.append((f"{text} {text}" if i % 5 == 0 else text, label))
    return found


def side(desk: Desk, side: str, spec: dict[str, str], role: str = "text") -> Examples:
    task = tasks.resolve(spec, desk.path)
    return tasks.load(task, tasks.make_split(task, tasks.describe(task), side, role=role))


def chosen(run: Run, condition: str, encoder: str = "one") -> set[str]:
    (cell,) = [c for c in run.cells if (c.address.condition, c.address.encoder) == (condition, encoder)]
    assert cell.status == "done"
    return set(run.outcomes(cell.key).item.tolist())


def words(text: str) -> list[str]:
    return re.findall(r"(?<!\w)[a-z]+(?!\w)", text.lower())


def test_slices_hold_what_they_say(desk: Desk) -> None:
    """Each the texts with most of it, but for those without a match; the same for all rows."""
    write_csv(desk.path / "reviews.csv", rows(), ("text", "label"))
    run = desk.run(SUITE)
    spec = {"name": "reviews", "data": "reviews.csv"}
    test, train = side(desk, "test", spec), side(desk, "train", spec)
    tokenizer = AutoTokenizer.from_pretrained(desk.path / "one")
    n_words = np.array([len(text.split()) for text in test.text])
    subwords = np.array([len(tokenizer(text, add_special_tokens=False)["input_ids"]) for text in test.text]) / n_words
    known = {word for text in train.text for word in words(text)}
    new = np.array([np.mean([word not in known for word in words(text)]) for text in test.text])
    for condition, values in (
        ("length[share=0.2]", n_words),
        ("fertility[share=0.2]", subwords),
        ("out-of-vocabulary[share=0.2]", new),
    ):
        found = chosen(run, condition)
        n_wanted = int(0.2 * len(test) + 0.5)
        border = sorted(values)[-n_wanted]
        inside = {item: value for item, value in zip(test.items, values, strict=True) if item in found}
        assert 0 < len(found) <= n_wanted
        assert min(inside.values()) >= border > np.median(values) * (condition[0] == "l")
        control = chosen(run, f"{condition}:control")
        assert len(control) == len(found)
        assert not control & found
        for encoder in ("two", "majority"):
            assert chosen(run, condition, encoder) == found


def test_of_a_search_the_words_are_those_of_no_document(desk: Desk) -> None:
    """And what is sliced are the queries."""
    found = [(text, f"which {'zebra' if i % 3 == 0 else 'waiter'} is number {i}") for i, (text, _) in enumerate(rows())]
    write_csv(desk.path / "faq.csv", found, ("answer", "ask"))
    task = "{name: faq, kind: retrieval, data: faq.csv, query: ask, document: answer}"
    text = SUITE.replace("{name: reviews, data: reviews.csv}", task).replace("[probe]", "[zero-shot]")
    run = desk.run(text.replace("majority", "tfidf"))
    spec = {"name": "faq", "kind": "retrieval", "data": "faq.csv", "query": "ask", "document": "answer"}
    queries = side(desk, "test", spec, "query")
    asked = dict(zip(queries.items, queries.text, strict=True))
    inside = chosen(run, "out-of-vocabulary[share=0.2]")
    assert inside
    assert all("zebra" in asked[item] for item in inside)
    assert chosen(run, "out-of-vocabulary[share=0.2]", "tfidf") == inside
