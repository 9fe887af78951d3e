"""The packaged tasks: counts, clusters and duplicates are those of the published data."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.core.data import Examples
from harness.core.errors import DataError
from harness.tasks import describe, load, make_split, resolve

pytestmark = pytest.mark.assets


def side(name: str, side_: str, **options: Any) -> Examples:
    task = resolve(name, Path())
    return load(task, make_split(task, describe(task), side_, **options))


def test_vader_sentiment_has_every_clear_text_of_four_domains() -> None:
    info = describe(resolve("vader-sentiment", Path()))
    assert sorted(info.domains) == ["editorials", "movies", "products", "tweets"]
    assert info.labels == ("negative", "positive")
    assert info.n_train + info.n_test + info.n_merged + info.n_duplicates == 23_703 - 4_244
    assert any("4,244 of 23,703" in note for note in info.notes)


def test_ratings_are_of_the_texts_of_the_sentiment_on_the_same_sides() -> None:
    """Copies under different ratings are left out, so that each side holds a part of the other task's side."""
    sentiment, rating = (describe(resolve(f"vader-{name}", Path())) for name in ("sentiment", "rating"))
    classes: Any
    numbers: Any
    for name in ("train", "test"):
        classes, numbers = (side(f"vader-{task}", name) for task in ("sentiment", "rating"))
        assert set(numbers.items) <= set(classes.items)
        by_item = dict(zip(classes.items, classes.labels or (), strict=True))
        both = zip(numbers.items, numbers.labels or (), strict=True)
        assert all((number > 0) == (by_item[item] == "positive") for item, number in both)
        assert len(numbers) > 0.99 * len(classes)
    assert rating.labels == ()
    assert sorted(rating.domains) == sorted(sentiment.domains)


def test_sentences_of_a_document_stay_together() -> None:
    train, test = side("vader-sentiment", "train"), side("vader-sentiment", "test")
    assert not set(train.clusters) & set(test.clusters)
    assert {cluster.partition("/")[0] for cluster in test.clusters if "/" in cluster} == {"products", "editorials"}
    # of 300 documents, two have no sentence of clear sentiment
    assert len({c for c in (*train.clusters, *test.clusters) if c.startswith("products/")}) == 298


def test_a_sample_is_even_over_domains_and_in_proportion_over_labels() -> None:
    test = side("vader-sentiment", "test", sample=400)
    assert [(test.domains or ()).count(d) for d in ("editorials", "movies", "products", "tweets")] == [100] * 4


def test_one_domain_has_the_items_it_has_among_four() -> None:
    movies, of_four = side("vader-sentiment/movies", "test"), side("vader-sentiment", "test", domains=["movies"])
    assert movies == of_four


def test_a_domain_elsewhere_is_the_task_of_that_domain() -> None:
    """Its counts, its keys with any sample, its items: what is trained on tweets can be judged on movies."""
    tweets = resolve("vader-sentiment/tweets", Path())
    info = describe(tweets)
    assert sorted(info.elsewhere) == ["editorials", "movies", "products"]
    for domain, counts in info.elsewhere.items():
        own = resolve(f"vader-sentiment/{domain}", Path())
        there = describe(own)
        assert counts == (there.n_train, there.n_test)
        for side_, sample in (("train", None), ("test", 40), ("test", counts[1] - 1), ("test", counts[1])):
            split = make_split(tweets, info, side_, sample=sample, sample_seed=3, domains=(domain,))
            assert split.key == make_split(own, there, side_, sample=sample, sample_seed=3).key
    split = make_split(tweets, info, "test", sample=40, domains=["movies"])
    assert load(tweets, split) == side("vader-sentiment/movies", "test", sample=40)
    assert make_split(tweets, info, "test", domains=["tweets"]) == make_split(tweets, info, "test")


def test_elsewhere_is_one_domain_alone() -> None:
    tweets = resolve("vader-sentiment/tweets", Path())
    info = describe(tweets)
    for domains in (["movies", "products"], ["movies", "tweets"]):
        with pytest.raises(DataError, match=r"together: 'movies'.*stands outside of it\. Choose one alone"):
            make_split(tweets, info, "test", domains=domains)
    with pytest.raises(DataError, match=r"no domain 'movie'.*Did you mean 'movies'.*'tweets', 'editorials', 'movies'"):
        make_split(tweets, info, "test", domains=["movie"])


def test_a_task_that_is_not_restricted_has_nothing_elsewhere() -> None:
    assert describe(resolve("vader-sentiment", Path())).elsewhere == {}
    assert describe(resolve("bbc-topics", Path())).elsewhere == {}


def test_bbc_topics_keeps_copies_of_a_body_on_one_side() -> None:
    info = describe(resolve("bbc-topics", Path()))
    assert info.labels == ("business", "entertainment", "politics", "sports", "tech")
    assert info.n_train + info.n_test + info.n_merged == 2_225
    train, test = side("bbc-topics", "train"), side("bbc-topics", "test")
    assert not set(train.clusters) & set(test.clusters)
    bodies = [{text.partition("\n")[2].strip() for text in part.text} for part in (train, test)]
    assert not bodies[0] & bodies[1]


def test_bbc_headlines_merges_copies_before_it_judges_relevance() -> None:
    info = describe(resolve("bbc-headlines", Path()))
    assert info.n_train + info.n_test + info.n_merged == 2_225
    assert any(note.startswith("129 repeated queries") for note in info.notes)
    queries = side("bbc-headlines", "test", role="query", sample=600)
    corpus = side("bbc-headlines", "test", role="corpus", sample=600)
    assert len(corpus) == 600
    assert len(set(queries.text)) == len(queries) >= 600
    assert {i for found in queries.relevant or () for i in found} == set(corpus.items)
    assert not any("\ufffd" in text for text in corpus.text)


@pytest.mark.processes
def test_looking_at_all_of_them_loads_no_heavy_library() -> None:
    """`plan` must come in under a second or two; what costs that is in sys.modules."""
    code = (
        "import sys; from pathlib import Path; from harness import tasks\n"
        "for task in tasks.builtin().values(): tasks.describe(task)\n"
        "print(*({'torch', 'pandas', 'pyarrow', 'datasets', 'sklearn', 'scipy', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_leads_are_pairs_scored_by_where_they_come_from() -> None:
    """Each text stands in one pair, so that no pair shares a text with another; pairs that exchange are on one side."""
    train, test = side("bbc-leads", "train"), side("bbc-leads", "test")
    assert not set(train.clusters) & set(test.clusters)
    scores = [*(train.labels or ()), *(test.labels or ())]
    assert {score: round(scores.count(score) / len(scores), 1) for score in set(scores)} == {
        0.0: 0.3,
        0.5: 0.3,
        1.0: 0.3,
    }
    info = describe(resolve("bbc-leads", Path()))
    assert (info.kind, info.n_duplicates, info.notes) == ("similarity", 0, ())
