"""The human-rated texts of Hutto and Gilbert (2014), read from the archive inside the source distribution."""

import tarfile
from collections.abc import Iterator

from harness import assets
from harness.tasks.sources.row import Reading, Row, reader
from harness.tasks.task import AssetSource, Columns, Task

#: Texts whose mean rating (-4 to 4) is nearer to zero have no clear sentiment.
NEUTRAL = 0.5
_INNER = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz"
_FILES = {
    "tweets": "tweets_GroundTruth.txt",
    "movies": "movieReviewSnippets_GroundTruth.txt",
    "products": "amazonReviewSnippets_GroundTruth.txt",
    "editorials": "nytEditorialSnippets_GroundTruth.txt",
}
#: Domains whose ids are `document_sentence`.
_DOCUMENTS = ("products", "editorials")

_SOURCE = AssetSource("vader-sentiment", "vader")
TASKS = (
    Task(
        name="vader-sentiment",
        kind="classification",
        source=_SOURCE,
        columns=Columns(),
        metrics=("accuracy", "macro-f1"),
        language="en",
        note="sign of the mean human rating (-4 to 4); texts rated between -0.5 and 0.5 are left out",
    ),
    Task(
        name="vader-rating",
        kind="regression",
        source=_SOURCE,
        columns=Columns(number="rating"),
        metrics=("spearman", "rmse"),
        language="en",
        note="the mean human rating (-4 to 4) itself, of the texts of vader-sentiment, split as there",
    ),
)


@reader("vader", asset="vader-sentiment", tasks=TASKS, domains=tuple(sorted(_FILES)))
def read(columns: Columns) -> Reading:
    """All texts with a clear sentiment, with a column for it their rating too. Sentences of one document are one group.

    The sign decides the side that a text is on in both tasks, so that they share texts and vectors.
    """
    with tarfile.open(assets.path("vader-sentiment")) as outer, tarfile.open(fileobj=outer.extractfile(_INNER)) as tar:
        rated = list[tuple[float, Row]]()
        for domain, name in _FILES.items():
            file = tar.extractfile(f"hutto_ICWSM_2014/{name}")
            assert file is not None, name
            rated += _rows(domain, file.read().decode())
    clear = [(rating, row) for rating, row in rated if abs(rating) >= NEUTRAL]
    rows = tuple(row._replace(number=rating) if columns.number else row for rating, row in clear)
    n_left = len(rated) - len(rows)
    note = f"{n_left:,} of {len(rated):,} texts (all domains) are left out: rated within ±{NEUTRAL}"
    return Reading("vader-sentiment", {"all": rows}, (note,))


def _rows(domain: str, text: str) -> Iterator[tuple[float, Row]]:
    """Lines of id, mean rating, text, between tabs."""
    for line in text.split("\n"):
        if line.strip():
            name, rating, content = line.rstrip("\r").split("\t", 2)
            group = f"{domain}/{name.split('_')[0]}" if domain in _DOCUMENTS else ""
            label = "positive" if float(rating) > 0 else "negative"
            yield float(rating), Row(f"{domain}/{name}", content, label, domain, group)
