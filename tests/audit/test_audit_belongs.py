"""People as groups, companies and places as domains; what says the label again is neither."""

from collections.abc import Callable

import pytest

from harness import audit
from harness.audit.column import Column
from harness.audit.parts import tells
from tests.audit.test_audit_guess import table
from tests.fakes.own_search import tweets

Make = Callable[..., audit.Source]
LABEL: Callable[[int], object] = lambda i: "ab"[i % 2]  # noqa: E731


def test_tweets_to_companies(source_of: Make) -> None:
    """Who wrote, to which company and when; the id on every row; what else could be predicted is told."""
    found = audit.guess(source_of(tweets()), {})
    assert (found.text, found.label, found.id) == (("text",), "airline_sentiment", "tweet_id")
    assert (found.group, found.domain, found.time) == ("name", "airline", "tweet_created")
    assert "could be too: 'mood' (3) and 'retweet_count' (3)" in found.why["label"]


@pytest.mark.parametrize(
    ("name", "value", "is_group"),
    [
        ("name", "jo {}", True),
        ("userName", "jo{}", True),
        ("from", "jo{}", True),
        ("x", "@jo{}", True),
        ("x", "jo{}@example.com", True),
        ("user_id", "{}", True),
        ("x", "jo{}", False),
        ("user_timezone", "zone {}", False),
        ("customer_age", "{}", False),
        ("user_location", "place {}", False),
        ("name", "the rather long name of thing {}", False),  # is a text
    ],
)
def test_who_wrote(source_of: Make, name: str, value: str, is_group: bool) -> None:
    content = table(300, label=LABEL, **{name: lambda i: value.format(i % 90)})
    assert audit.guess(source_of(content), {}).group == (name if is_group else None)


def test_the_surest_name_is_the_group(source_of: Make) -> None:
    many = {"name": lambda i: f"jo {i % 70}", "conversation": lambda i: f"c{i % 60}", "seen_by": lambda i: f"s{i % 50}"}
    assert audit.guess(source_of(table(300, label=LABEL, **many)), {}).group == "conversation"


@pytest.mark.parametrize(
    ("name", "make", "is_domain"),
    [
        ("airline", lambda i: f"line {i % 5}", True),
        ("city", lambda i: ("Oslo", "Rome")[i % 3 == 0], True),
        ("company", lambda i: ("red", "blue", "green")[i % 3], True),
        ("whatever", lambda i: ("red", "blue", "green")[i % 3], False),  # words, under all classes: a hint
        ("emotion", lambda i: ("joy", "fear", "anger")[i % 3], False),  # a second label
        ("confidence", lambda i: ("low", "mid", "high")[i % 3], False),
        ("weekday", lambda i: ("mo", "tu", "we")[i % 3], False),
        ("whatever", lambda i: i % 3, False),  # numbers
        ("whatever", lambda i: ("yes", "no")[i % 3 == 0], False),
        ("whatever", lambda i: ("red", "blue", "green")[i % 3] if i % 4 else "", False),  # not on every row
        ("priority", lambda i: ("red", "blue", "green")[i % 3], False),  # is called a class
        ("split", lambda i: ("red", "blue", "green")[i % 3], False),
        ("weekday_created", lambda i: ("mo", "tu", "we")[i % 3], False),
        ("airline", lambda i: f"line {i % 30}", False),  # too many
        ("source", lambda i: ("good", "bad")[i % 2], False),  # the label in other words
        ("source", lambda i: ("good", "fine", "bad", "awful")[i % 4], False),  # and cut finer
        ("source", lambda i: "all" if i % 2 or not i % 100 else "some", False),  # but for a few rows
    ],
)
def test_where_texts_come_from(source_of: Make, name: str, make: Callable[[int], object], is_domain: bool) -> None:
    content = table(300, label=LABEL, **{name: make})
    found = audit.guess(source_of(content), {"label": ["label"]})
    assert found.domain == (name if is_domain else None)
    assert audit.guess(source_of(content), {"label": ["label"], "domain": ["none"]}).domain is None


def test_what_could_be_a_domain_is_told_and_not_taken(source_of: Make) -> None:
    """With what to type; and nothing of it where there is one, or the user said so."""
    said = "'color used' (3 values) could be a domain: --domain 'color used'"
    many = {"color used": lambda i: ("red", "blue", "green")[i % 3]}
    source = source_of(table(300, label=LABEL, **many))
    assert said in audit.guess(source, {}).notes
    for given in ({"domain": ["none"]}, {"domain": ["color used"]}):
        assert said not in audit.guess(source, given).notes
    named = source_of(table(300, label=LABEL, **many, airline=lambda i: f"line {i % 5}"))
    assert said not in audit.guess(named, {}).notes


def test_a_column_tells_another_where_it_settles_most_of_it() -> None:
    """A skewed column tells nothing by its commonest value."""

    def told(*pairs: tuple[str, int]) -> bool:
        rows = [pair for pair, n in pairs for _ in range(n)]
        return tells(Column("a", [pair[0] for pair in rows]), Column("b", [pair[1] for pair in rows]))

    assert told(("xp", 50), ("yq", 50))
    assert told(("xp", 90), ("yq", 10), ("xq", 3))
    assert not told(("xp", 90), ("yp", 10))
    assert not told(("xp", 60), ("xq", 30), ("yp", 20), ("yq", 25))
    assert not tells(Column("a", ["x", "y"]), None)
