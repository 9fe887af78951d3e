"""A first row that may be data reaches no file: `init` sees it, or asks. And what lies beside is not read whole."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.audit import Source, audit, guess, read, read_all, sections, sides, targets, write
from harness.core.errors import DataError
from harness.tasks import describe, resolve

Make = Callable[..., Source]
ROWS = "".join(f"order {i} has not arrived and nobody answers,{('pos', 'neg')[i % 2]}\n" for i in range(80))


def test_a_short_first_text_is_data(source_of: Make) -> None:
    source = source_of(f"Anna Schmidt owes,pos\n{ROWS}")
    assert list(source.columns) == ["column1", "column2"]
    assert len(source.numbers) == 81
    assert "no header: the first row looks like data" in source.notes[0]


def test_where_it_may_be_either_the_user_is_asked(source_of: Make, tmp_path: Path) -> None:
    source = source_of(f"Anna Schmidt owes,rare\n{ROWS}")
    with pytest.raises(DataError) as caught:
        guess(source, {})
    assert "the first row may be a header or data" in str(caught.value)
    assert "add --header or --no-header to the command." in str(caught.value)
    assert "Anna" not in str(caught.value)
    assert guess(source, {"text": ["Anna Schmidt owes"], "label": ["rare"]}).label == "rare"
    path = str(tmp_path / "data.csv")
    assert guess(read(path, header=True), {}).label == "rare"
    assert list(read(path, header=True).columns) == ["Anna Schmidt owes", "rare"]
    without = read_all([path], {}, header=False)
    assert list(without.columns) == ["column1", "column2"]
    assert "no header: as you said" in without.notes[0]
    with pytest.raises(DataError, match="if it is the header, say --header"):
        guess(without, {"text": ["Anna"]})


@pytest.mark.parametrize("first", ["text,label", "v1,v2", "tekst,soort", "How was it today?,label"])
def test_a_header_is_one(source_of: Make, first: str) -> None:
    source = source_of(f"{first}\n{ROWS}")
    assert (list(source.columns), source.notes) == (first.split(","), ())
    assert guess(source, {}).label == first.split(",")[1]


@pytest.mark.usefixtures("small_assets")
def test_what_the_user_said_of_the_header_stands_in_the_suite(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(f"pos,neg\n{ROWS}")
    source = read(str(tmp_path / "data.csv"), header=True)
    found = audit(source, guess(source, {"text": ["pos"], "label": ["neg"]}), "data", tmp_path)
    write(found, sections(found), "data", targets(tmp_path, "data"))
    assert "    header: true\n    text: pos\n    label: neg\n" in (tmp_path / "data.yaml").read_text()
    info = describe(resolve({"name": "t", "data": "data.csv", "header": True, "text": "pos", "label": "neg"}, tmp_path))
    assert info.n_train + info.n_test == 80


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "json", "parquet"])
def test_what_lies_beside_is_told_by_its_head(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import pandas

    monkeypatch.setattr(sides, "_N_BYTES", 2000)
    monkeypatch.chdir(tmp_path)
    data = pandas.DataFrame(
        {"text": [f'a "text"\nof row {i} and so on' for i in range(200)], "label": ["a", "b"] * 100}
    )
    if kind == "tsv":
        data["text"] = data["text"].str.replace("\n", " ")
    for name, table in (("train", data), ("test", data), ("dev", data.rename(columns={"label": "other"}))):
        path = Path(f"{name}.{kind}")
        if kind == "parquet":
            table.to_parquet(path)
        elif kind in ("csv", "tsv"):
            table.to_csv(path, sep="," if kind == "csv" else "\t", index=False)
        else:
            rows = [json.dumps(row) for row in table.to_dict("records")]
            path.write_text("\n".join(rows) if kind == "jsonl" else f"[{', '.join(rows)}]")
    said = f"test.{kind} lies beside it and is not used; as sides: harness init train.{kind} test.{kind}"
    assert said in read_all([f"train.{kind}"], {}).notes
    for n in range(2000, 2040):  # wherever the head ends, in a cell too
        monkeypatch.setattr(sides, "_N_BYTES", n)
        assert sides.has_columns(Path(f"test.{kind}"), ["text", "label"], header=True)
        assert not sides.has_columns(Path(f"dev.{kind}"), ["text", "label"], header=True)
