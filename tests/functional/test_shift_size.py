"""Shifts between domains, run: what is computed, how far the texts are apart, what the page says."""

from collections import Counter

import pytest
from transformers import AutoTokenizer

from harness import tasks
from harness.conditions import vocabulary
from harness.core.data import Examples
from harness.results import Run, RunCell
from tests.fakes.desk import SUITE, Desk, Watched, reviews, write_csv

SHIFTS = SUITE.replace(
    "[keyboard, domain: {test: [barber]}, rare-words]", "[keyboard, domain, domain-matrix, leave-one-out]"
)


@pytest.fixture
def ran(desk: Desk) -> tuple[Run, Watched]:
    write_csv(desk.path / "reviews.csv", reviews(400))
    watched = Watched()
    return desk.run(SHIFTS, watch=watched), watched


def cell(run: Run, condition: str, encoder: str = "one") -> RunCell:
    return next(c for c in run.cells if (c.address.condition, c.address.encoder) == (condition, encoder))


def side(desk: Desk, name: str, *domains: str) -> Examples:
    task = tasks.resolve({"name": "reviews", "data": "reviews.csv", "domain": "shop"}, desk.path)
    return tasks.load(task, tasks.make_split(task, tasks.describe(task), name, domains=domains))


def test_what_shifts_share_is_computed_once(ran: tuple[Run, Watched]) -> None:
    """Clean and keyboard; nine pairs of the matrix, its diagonal among them; three times one left out."""
    run, watched = ran
    assert {c.status for c in run.cells} == {"done"}
    n_computed = len([c for c in run.cells if c.key in set(watched.cells)])
    assert len(watched.cells) == len(set(watched.cells)) == 3 * (2 + 9 + 3)
    assert n_computed == len(run.cells) == 3 * (2 + 4 + 9 + 6)


def test_words_are_known_from_the_texts_learnt_from(ran: tuple[Run, Watched], desk: Desk) -> None:
    run, _ = ran
    for condition, train in (
        ("domain-matrix[bakery>barber]", ("bakery",)),
        ("leave-one-out[bakery+bookshop>barber]", ("bakery", "bookshop")),
        ("domain-matrix[barber>barber]", ("barber",)),
    ):
        known = {word for text in side(desk, "train", *train).text for word in vocabulary(text)}
        words = Counter(word for text in side(desk, "test", "barber").text for word in vocabulary(text))
        for encoder in ("one", "tfidf"):
            size = cell(run, condition, encoder).facts.shift
            assert size.types_known == pytest.approx(sum(word in known for word in words) / len(words))
            n_known = sum(n for word, n in words.items() if word in known)
            assert size.words_known == pytest.approx(n_known / words.total())


def test_subwords_are_those_of_the_texts_alone(ran: tuple[Run, Watched], desk: Desk) -> None:
    run, _ = ran
    tokenizer = AutoTokenizer.from_pretrained(desk.path / "one")
    size = cell(run, "domain-matrix[bakery>barber]").facts.shift
    for found, texts in (
        (size.subwords_train, side(desk, "train", "bakery").text),
        (size.subwords_test, side(desk, "test", "barber").text),
    ):
        ids = tokenizer(list(texts), add_special_tokens=False)["input_ids"]
        assert found == pytest.approx(sum(map(len, ids)) / sum(len(text.split()) for text in texts))


def test_only_cells_of_domains_have_a_size_and_rows_without_an_encoder_know_words_alone(
    ran: tuple[Run, Watched],
) -> None:
    run, _ = ran
    for one in run.cells:
        assert (one.facts.shift is not None) == (one.kind in ("shift", "oracle")), one.address
    size = cell(run, "domain-matrix[bakery>barber]", "tfidf").facts.shift
    assert (size.subwords_train, size.told_apart, size.distance) == (None, None, None)


def test_texts_of_another_kind_are_told_apart(desk: Desk) -> None:
    """Shops whose texts are alike are not told apart, however they are called; one that writes otherwise is."""
    rows = [(text if shop != "barber" else f"zz zz {text} zz zz", label, shop) for text, label, shop in reviews(400)]
    write_csv(desk.path / "reviews.csv", rows)
    run = desk.run(SHIFTS)
    far, near = (cell(run, f"domain-matrix[bakery>{shop}]").facts.shift for shop in ("barber", "bookshop"))
    assert far.told_apart > 0.7  # of tiny encoders whose vocabularies differ from run to run
    assert far.distance > 0.8
    assert near.told_apart < 0.75  # of thirty texts
    assert near.told_apart < far.told_apart
    assert cell(run, "domain-matrix[barber>barber]").facts.shift.told_apart < 0.75
    again = desk.run(SHIFTS, out="again")
    assert cell(again, "domain-matrix[bakery>barber]").facts.shift == far


def test_few_texts_are_not_told_apart(desk: Desk) -> None:
    write_csv(desk.path / "reviews.csv", reviews(100))
    run = desk.run(SHIFTS)
    size = cell(run, "domain-matrix[bakery>barber]").facts.shift
    assert size.told_apart is None
    assert size.words_known is not None


def test_the_page_has_the_matrix_and_the_size(ran: tuple[Run, Watched]) -> None:
    run, _ = ran
    text = (run.path / "report.md").read_text(encoding="utf-8")
    assert "### reviews: across domains" in text
    assert "| all others " in text
    assert "### reviews: how far the domains are apart" in text
    assert "training on all domains but barber, testing on barber" in text


def test_one_domain_of_a_task_has_a_matrix_of_one_line_and_nothing_to_leave_out(desk: Desk) -> None:
    text = SHIFTS.replace("{name: reviews, data: reviews.csv, domain: shop}", "vader-sentiment/products")
    text = text.replace("latency: false", "latency: false\nmax_samples: {train: 60, test: 60}\nbaselines: []")
    run = desk.run(text.replace("keyboard, domain, domain-matrix, leave-one-out", "domain-matrix, domain-shift"))
    shifts = [c for c in run.cells if c.kind == "shift" and c.address.condition.startswith("domain-matrix")]
    assert [c.parameters["from"] for c in shifts] == ["products"] * 3
    assert all(c.facts.shift is not None for c in run.cells)
