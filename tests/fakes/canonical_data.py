"""Small made-up data sets in the file layout of three of the hub: names of files and columns, labels as numbers."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Files = dict[str, bytes]
_LABELS = {"good": ("kind", "warm", "lovely", "fresh"), "bad": ("rude", "cold", "dirty", "stale")}
_TOPICS = {"World": "election", "Sports": "match", "Business": "market", "Sci/Tech": "software"}
_ASKED = {"ABBR": "what stands for", "ENTY": "which thing is", "DESC": "why is", "HUM": "who was"}
_ASKED |= {"LOC": "where is", "NUM": "how many are"}


def sst2() -> Files:
    """stanfordnlp/sst2: the labels of the test split are withheld (-1)."""
    words = list(_LABELS.values())

    def rows(n: int, side: str) -> list[dict[str, Any]]:
        texts = [f"the {words[i % 2][i % 4]} waiter of {side} {i} was {words[i % 2][i // 2 % 4]}" for i in range(n)]
        labels = [-1 if side == "test" else i % 2 for i in range(n)]
        return [
            {"idx": i, "sentence": t, "label": label} for i, (t, label) in enumerate(zip(texts, labels, strict=True))
        ]

    classes = {"label": ("negative", "positive")}
    return {
        f"data/{side}-00000-of-00001.parquet": _parquet(rows(n, side), classes)
        for side, n in (("train", 60), ("validation", 30), ("test", 30))
    } | {"README.md": b"# SST-2\n"}


def ag_news() -> Files:
    """fancyzhx/ag_news."""
    topics = list(_TOPICS.values())
    sides = {
        side: [{"text": f"the {topics[i % 4]} of {side} {i} was good", "label": i % 4} for i in range(n)]
        for side, n in (("train", 60), ("test", 32))
    }
    files = {
        f"data/{side}-00000-of-00001.parquet": _parquet(rows, {"label": tuple(_TOPICS)}) for side, rows in sides.items()
    }
    return files | {"README.md": b"# AG News\n"}


def trec() -> Files:
    """CogComp/trec as the hub's own Parquet copy has it (refs/convert/parquet)."""
    asked = list(_ASKED.values())
    sides = {
        side: [
            {"text": f"{asked[i % 6]} the {side} of number {i} ?", "coarse_label": i % 6, "fine_label": i % 2}
            for i in range(n)
        ]
        for side, n in (("train", 72), ("test", 36))
    }
    classes = {"coarse_label": tuple(_ASKED), "fine_label": ("a:b", "c:d")}
    return {f"default/{side}/0000.parquet": _parquet(rows, classes) for side, rows in sides.items()}


#: By the id that stands in for.
DATA: Mapping[str, Callable[[], Files]] = {
    "stanfordnlp/sst2": sst2,
    "fancyzhx/ag_news": ag_news,
    "CogComp/trec": trec,
}


def _parquet(rows: Sequence[Mapping[str, Any]], classes: Mapping[str, Sequence[str]]) -> bytes:
    """A table whose columns of `classes` are numbers with names, as the data sets library notes them in the file."""
    import pyarrow
    from pyarrow.parquet import write_table

    table = pyarrow.table({name: [row[name] for row in rows] for name in rows[0]})
    plain = {"int64": "int64", "string": "string"}
    features: dict[str, Any] = {
        field.name: {"dtype": plain[str(field.type)], "_type": "Value"} for field in table.schema
    }
    features |= {name: {"names": list(names), "_type": "ClassLabel"} for name, names in classes.items()}
    buffer = io.BytesIO()
    about = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    write_table(table.replace_schema_metadata(about), buffer)
    return buffer.getvalue()
