"""A private run keeps back what the texts say."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness import tasks
from harness.catalogue import catalogue
from harness.conditions.shifts import domain
from harness.core.data import Outcomes
from harness.core.errors import DataError, HarnessError
from harness.latency import read_requests
from harness.runner.prepare import prepare, resolve
from harness.runner.privacy import hashed, known_words, private_message, private_outcomes
from harness.scoring.classification import Classification
from harness.scoring.retrieval import Retrieval
from harness.suite import Suite, parse
from harness.suite.cells import Missing


def outcomes(gold: list[str], prediction: list[str]) -> Outcomes:
    n = len(gold)
    return Outcomes(
        item=np.array([f"ann-{i}" for i in range(n)]),
        cluster=np.array(["ann"] * n),
        draw=np.zeros(n, np.int32),
        gold=np.array(gold),
        prediction=np.array(prediction),
        score=np.ones(n),
    )


def test_items_and_clusters_become_hashes_and_classes_stay() -> None:
    hidden = private_outcomes(outcomes(["billing", "login"], ["login", "login"]), Classification())
    assert hidden.item.tolist() == [hashed("ann-0"), hashed("ann-1")]
    assert set(hidden.cluster.tolist()) == {hashed("ann")}
    assert hidden.gold.tolist() == ["billing", "login"]
    assert hidden.prediction.tolist() == ["login", "login"]


def test_documents_of_a_search_become_hashes_that_still_match() -> None:
    """A prediction is right where its hash stands among those of the gold documents."""
    hidden = private_outcomes(outcomes(["doc-1|doc-2"], ["doc-2"]), Retrieval())
    assert hidden.gold[0] == f"{hashed('doc-1')}|{hashed('doc-2')}"
    assert hidden.prediction[0] in hidden.gold[0].split("|")


def test_a_message_keeps_the_words_of_the_suite_and_no_others() -> None:
    said = "a.csv, row 7: queue \"it's my card 4711\" is not the file's 'queue'; 'x y' isn't either."
    told = private_message(said, "bad-data", {"queue"})
    assert "4711" not in told
    assert "'queue'" in told
    assert "row 7" in told
    assert f"<{hashed('x y')}>" in told
    assert "the file's" in told


def test_of_a_bug_only_the_kind_and_the_places_are_left() -> None:
    said = (
        "ValueError: could not read my card 4711\nTraceback (most recent call last):\n"
        '  File "a.py", line 3, in f\n    f(x)\nValueError: my card 4711\n'
    )
    told = private_message(said, "bug", frozenset())
    assert told.startswith("ValueError (")
    assert 'File "a.py", line 3' in told
    assert "4711" not in told


def suite_of(folder: Path, rows: Sequence[Sequence[str]], fields: str, more: str = "") -> Suite:
    """A private suite over `t.csv`, which holds these rows, the header first."""
    with (folder / "t.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    text = f"name: x\nencoders: [./gone]\ntasks: [{{name: t, data: t.csv, {fields}}}]\nreport: {{texts: none}}\n{more}"
    return parse(text, str(folder / "suite.yaml"), catalogue(), (), tasks.faults)


def said_of(folder: Path, rows: Sequence[Sequence[str]], fields: str) -> str:
    """What a private run says of a task that it cannot use."""
    task = resolve(suite_of(folder, rows, fields), "cpu").materials.tasks["t"]
    assert isinstance(task, Missing)
    return task.message


def tickets(**sizes: int) -> list[tuple[str, str]]:
    return [(f"my card {i}, {label}", label) for label, n in sizes.items() for i in range(n)]


TICKETS = tickets(billing=30, access=30)
HEADER = ("text", "queue")


def test_a_wrong_name_of_a_column_is_told_with_those_there_are(tmp_path: Path) -> None:
    said = said_of(tmp_path, [HEADER, *TICKETS], "label: queu")
    assert "no column 'queu'. The columns are 'text', 'queue'. Did you mean 'queue'?" in said


def test_the_first_row_of_a_file_without_a_header_is_kept_back(tmp_path: Path) -> None:
    said = said_of(tmp_path, TICKETS, "label: queue")
    assert "row 1 looks like data" in said
    assert "my card" not in said
    first = ("my card 0, rare", "rare")  # may be a header
    said = said_of(tmp_path, [first, *TICKETS], "label: queue")
    assert "no column 'text'" in said
    assert "my card" not in said
    assert hashed(first[0]) in said


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", "text,Anna owes money\n" + "my card,billing\n" * 3),
        ("t.jsonl", "".join(f'{{"Anna owes money": "neg", "text": "{i}"}}\n{{"Ida {i}": "neg"}}\n' for i in range(3))),
        ("u.jsonl", '{"Anna owes money": "neg"}\n{"my card": "pos"}\n'),
    ],
)
def test_what_may_be_a_value_is_kept_back_beside_what_is_a_name(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        tasks.describe(tasks.resolve({"name": "t", "data": name, "label": "queue"}, tmp_path))
    said = private_message(str(caught.value), "bad-data", caught.value.plain)
    assert "no column" in said
    assert "Anna" not in said
    assert hashed("Anna owes money") in said


def test_names_are_told_where_the_wanted_ones_are_there_but_for_one(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("text,odd one,when\n" + "a,b,2024-01-01\n" * 3, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        tasks.describe(tasks.resolve({"name": "t", "data": "t.csv", "time": "when"}, tmp_path))
    assert "'text', 'odd one', 'when'" in private_message(str(caught.value), "bad-data", caught.value.plain)


def test_keys_of_json_lines_are_names_of_columns(tmp_path: Path) -> None:
    """Such a file has no first row that could be taken for them."""
    (tmp_path / "t.jsonl").write_text('{"body": "my card", "queue": "billing"}\n', encoding="utf-8")
    with pytest.raises(DataError) as caught:
        tasks.describe(tasks.resolve({"name": "t", "data": "t.jsonl"}, tmp_path))
    assert "The columns are 'body', 'queue'" in private_message(str(caught.value), "bad-data", caught.value.plain)


@pytest.mark.parametrize(
    ("rows", "fields", "told"),
    [
        ([*TICKETS[:30], ("one", "refund")], "label: queue", "1 class of one text left out (1 text): 'refund' (1)"),
        (TICKETS, "label: queue, min_class: 50", "The largest are 'billing' (30), 'access' (30)"),
        (
            TICKETS,
            "label: queue, labels: {acess: a, billing: b}",
            "Did you mean 'access'? The labels there are: 'access'",
        ),
        (tickets(billing=9), "label: queue", "every row has the label 'billing' in column 'queue'"),
    ],
)
def test_names_of_classes_are_told(tmp_path: Path, rows: list[tuple[str, str]], fields: str, told: str) -> None:
    assert told in said_of(tmp_path, [HEADER, *rows], fields)


@pytest.mark.parametrize(
    "fields",
    ["label: text", "label: text, min_class: 5", "label: text, labels: {a: a, b: b}"],
)
@pytest.mark.parametrize("rows", [TICKETS, TICKETS[26:34]])
def test_texts_in_the_place_of_labels_are_kept_back(tmp_path: Path, rows: list[tuple[str, str]], fields: str) -> None:
    said = said_of(tmp_path, [HEADER, *rows], fields)
    assert "my card" not in said
    assert "<" in said or "too few rows to train on" in said


def test_a_label_as_long_as_a_text_is_kept_back(tmp_path: Path) -> None:
    said = said_of(tmp_path, [HEADER, *TICKETS[:30], ("billing", f"my card {'4711 ' * 9}")], "label: queue")
    assert "1 class of one text left out (1 text)" in said
    assert "4711" not in said


def test_a_file_with_nearly_that_name_is_told(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, [HEADER, *TICKETS], "label: queue")
    (tmp_path / "t.csv").rename(tmp_path / "t1.csv")
    task = resolve(suite, "cpu").materials.tasks["t"]
    assert isinstance(task, Missing)
    assert task.message.endswith("Did you mean 't1.csv'?")


def test_a_shift_back_in_time_is_told_in_words(tmp_path: Path) -> None:
    rows = [(*row, str(2000 + i)) for i, row in enumerate(TICKETS)]
    fields = "label: queue, time: {column: year, as: shift}"
    suite = suite_of(tmp_path, [(*HEADER, "year"), *rows], fields, "conditions: [domain: {from: later}]\n")
    said = r"condition 'domain\[from=later\]': from 'later' would train .* goes from 'earlier'"
    with pytest.raises(HarnessError, match=said):
        prepare(suite)


@pytest.mark.parametrize(
    ("sizes", "own", "parameters"),
    [
        ({"my card": 3, "your card": 2}, None, {"from_": "bogus"}),
        ({"my card": 3, "your card": 2}, ("your card",), {"from_": "my card"}),
        ({"my card": 3}, None, {}),
    ],
)
def test_an_error_about_a_shift_tells_no_domain(
    sizes: dict[str, int], own: tuple[str, ...] | None, parameters: dict[str, Any]
) -> None:
    with pytest.raises(DataError) as caught:
        domain(sizes, own, **parameters)
    assert "card" in str(caught.value)
    assert "card" not in private_message(str(caught.value), "bad-data", caught.value.plain)


@pytest.mark.parametrize("domains", [["bogus"], ["my card", "your card"]])
def test_an_error_about_a_split_tells_no_domain(tmp_path: Path, domains: list[str]) -> None:
    suite_of(tmp_path, [(*HEADER, "shop"), *[(*row, "your card") for row in TICKETS]], "label: queue")
    task = tasks.resolve({"name": "t", "data": "t.csv", "label": "queue", "domain": "shop"}, tmp_path)
    info = replace(tasks.describe(task), elsewhere={"my card": (9, 9)})
    with pytest.raises(DataError) as caught:
        tasks.make_split(task, info, "test", domains=domains)
    assert "card" in str(caught.value)
    assert "card" not in private_message(str(caught.value), "bad-data", caught.value.plain)


def test_an_error_about_a_request_quotes_nothing(tmp_path: Path) -> None:
    (tmp_path / "requests.jsonl").write_text('{"text": "fine"}\n{"txt": "my card 4711"}\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"requests\.jsonl:2: expected an object with a text") as caught:
        read_requests(tmp_path / "requests.jsonl")
    assert "4711" not in str(caught.value)
    words = known_words(suite_of(tmp_path, [HEADER, *TICKETS], "label: queue"))
    assert private_message(str(caught.value), "bad-data", words).endswith('like {"text": "…"}.')
