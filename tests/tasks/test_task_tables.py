"""A search in tables: queries, documents, and which document answers which query."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.core.data import Examples
from harness.core.errors import DataError, SuiteError
from harness.core.records import Split
from harness.tasks import Task, describe, load, make_split, resolve
from tests.tasks.conftest import said_of

QUERIES = [{"_id": f"q{i}", "text": f"who made thing {'abcdefghij'[i]}?"} for i in range(10)]
CORPUS = [
    {"_id": f"d{i}", "title": f"thing {i}" if i % 2 else "", "text": f"people made number {i}"} for i in range(40)
]
#: Query i is answered by document i (well) and 10 + i; document 20 + i was judged and does not.
RELEVANCE = [(f"q{i}", f"d{10 * (2 - grade) + i}", grade) for i in range(10) for grade in (2, 1, 0)]
SPEC = {"name": "things", "kind": "retrieval", "queries": "queries.jsonl", "corpus": "corpus.jsonl"}
Made = Callable[..., Task]


def lines(rows: Sequence[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def tsv(rows: Sequence[Sequence[Any]], header: str = "query-id\tcorpus-id\tscore") -> str:
    return "\n".join([*filter(None, [header]), *("\t".join(map(str, row)) for row in rows)]) + "\n"


@pytest.fixture
def things(tmp_path: Path) -> Made:
    """Write the three files, some of them otherwise, and give the task."""

    def make(relevance: str = tsv(RELEVANCE), name: str = "test.tsv", **files: str) -> Task:
        for file, text in ({"queries": lines(QUERIES), "corpus": lines(CORPUS)} | files).items():
            (tmp_path / f"{file}.jsonl").write_text(text)
        (tmp_path / name).write_text(relevance)
        return resolve({**SPEC, "relevance": name}, tmp_path)

    return make


def sides(task: Task, **options: Any) -> tuple[Examples, Examples]:
    info = describe(task)
    queries, corpus = (load(task, make_split(task, info, "test", role=r, **options)) for r in ("query", "corpus"))
    return queries, corpus


def test_ids_grades_titles_and_documents_that_answer_nothing_are_kept(things: Made) -> None:
    task = things()
    queries, corpus = sides(task)
    assert queries.items == tuple(f"q{i}" for i in range(10))
    assert set(corpus.items) == {f"d{i}" for i in range(40)}
    assert queries.relevant is not None
    assert queries.grades is not None
    assert dict(zip(queries.relevant[3], queries.grades[3], strict=True)) == {"d3": 2.0, "d13": 1.0}
    texts = dict(zip(corpus.items, corpus.text, strict=True))
    assert (texts["d1"], texts["d2"]) == ("thing 1\npeople made number 1", "people made number 2")
    info = describe(task)
    assert (info.n_train, info.n_test, info.n_scored, info.n_merged) == (0, 40, 10, 0)
    assert info.cluster == "near copies of a query together"


@pytest.mark.parametrize(
    ("name", "relevance"),
    [
        ("bare.tsv", tsv(RELEVANCE, header="")),
        ("trec.tsv", tsv([(q, 0, d, grade) for q, d, grade in RELEVANCE], header="")),
        ("trec.txt", "\n".join(f"{q} 0 {d}  {grade}" for q, d, grade in RELEVANCE)),
        ("named.csv", "score,corpus_id,query_id\n" + "\n".join(f"{g},{d},{q}" for q, d, g in RELEVANCE)),
        ("lines.jsonl", lines([{"query-id": q, "corpus-id": d, "score": g} for q, d, g in RELEVANCE])),
        ("list.json", json.dumps([{"query-id": q, "corpus-id": d, "score": g} for q, d, g in RELEVANCE])),
    ],
)
def test_relevance_in_other_forms_says_the_same(things: Made, name: str, relevance: str) -> None:
    assert sides(things(relevance, name)) == sides(things())


def test_all_tables_as_parquet_and_csv_say_the_same(things: Made, tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    expected = sides(things())
    pd.DataFrame(QUERIES).rename(columns={"_id": "id"}).to_csv(tmp_path / "q.csv", index=False)
    pd.DataFrame(CORPUS).to_parquet(tmp_path / "c.parquet")
    pd.DataFrame(RELEVANCE, columns=["query-id", "corpus-id", "score"]).to_parquet(tmp_path / "r.parquet")
    spec = {**SPEC, "queries": "q.csv", "corpus": "c.parquet", "relevance": "r.parquet"}
    assert sides(resolve(spec, tmp_path)) == expected


def test_numbers_as_ids_are_those_of_the_table_of_texts(things: Made) -> None:
    queries, corpus = lines([{"_id": 1, "text": "a question"}]), lines([{"_id": i, "text": f"t {i}"} for i in range(3)])
    found, _ = sides(things("1\t2\t1\n", queries=queries, corpus=corpus))
    assert (found.items, found.relevant) == (("1",), (("2",),))


def test_a_sample_holds_all_answers_of_the_queries_that_it_keeps(things: Made) -> None:
    task = things()
    before: set[str] = set()
    for n in (4, 8, 20, 39):
        queries, corpus = sides(task, sample=n)
        assert len(corpus) == n
        assert before <= set(corpus.items)
        before = set(corpus.items)
        answers = {document for own in queries.relevant or () for document in own}
        assert all(len(own) == 2 for own in queries.relevant or ())
        assert answers <= before
        assert len(queries) >= n // 4
    assert sides(task, sample=20) != sides(task, sample=20, sample_seed=1)


def test_a_sample_too_small_for_any_query_says_what_to_do(things: Made) -> None:
    relevance = tsv([("q1", f"d{i}", 1) for i in range(20)])
    with pytest.raises(DataError, match=r"10 documents holds all .* no query \(the fewest are 20\); raise `max_samp"):
        sides(things(relevance), sample=10)


def test_queries_of_a_group_are_one_cluster(things: Made, tmp_path: Path) -> None:
    """Of who asked, say. The group is in the key, and a task without one is as it was."""
    asked = [{**query, "who": f"person {i % 3}"} for i, query in enumerate(QUERIES)]
    task = things(queries=lines(asked))
    grouped = resolve({**SPEC, "relevance": "test.tsv", "group": "who"}, tmp_path)
    queries, corpus = sides(grouped)
    assert dict(zip(queries.items, queries.clusters, strict=True)) == {f"q{i}": f"person {i % 3}" for i in range(10)}
    assert corpus == sides(task)[1]
    info = describe(grouped)
    assert info.cluster == "values of who"
    assert make_split(grouped, info, "test").key != make_split(task, describe(task), "test").key
    lacking = [*asked[:4], {**QUERIES[4]}, {**asked[5], "who": ""}, *asked[6:]]
    (tmp_path / "queries.jsonl").write_text(lines(lacking))
    told = said_of(grouped)
    assert "line 5: no 'who'" in told
    assert "line 6: column 'who' is empty; expected a value" in told
    (tmp_path / "queries.jsonl").write_text(lines(QUERIES))
    assert "no column 'who'" in said_of(grouped)


def test_copies_stay_and_near_copies_of_a_query_are_one_cluster(things: Made) -> None:
    more = [{"_id": "d40", "title": "", "text": "people made number 2"}]
    queries = [*QUERIES, {"_id": "q10", "text": "Who made thing a"}]
    relevance = tsv([*RELEVANCE, ("q10", "d40", 1)])
    task = things(relevance, corpus=lines([*CORPUS, *more]), queries=lines(queries))
    found, corpus = sides(task)
    assert len(corpus) == 41
    assert len(set(found.clusters)) == 10
    assert "1 document with the text of another kept, as answers go by id" in describe(task).notes


def test_queries_that_nothing_answers_are_left_out_and_counted(things: Made) -> None:
    task = things(tsv([("q0", "d1", 1), ("q1", "d1", 0)]))
    assert sides(task)[0].items == ("q0",)
    assert "9 queries without a document that answers left out" in describe(task).notes


BAD = {
    "unknown": ([("q0", "d0", 1), *((f"x{i}", "d1", 1) for i in range(4)), ("q1", "y", 1)],
                r"names 4 queries that .*queries.jsonl has not: 'x0' \(row 3\), 'x1' \(row 4\), 'x2' \(row 5\) … and 1 "
                r"document that .*corpus.jsonl has not: 'y' \(row 7\). Give the files that belong together"),
    "no number": ([("q0", "d0", 1), ("q0", "d1", "good")], "test.tsv, row 3: 'score' is 'good'; expected a number, 0"),
    "below zero": ([("q0", "d0", -1), ("q0", "d1", 1)], "row 2: 'score' is '-1'; expected a number, 0 or above.*0 is"),
    "infinite": ([("q0", "d0", "inf")], "row 2: 'score' is 'inf'"),
    "none left": ([("q0", "d0", 0)], "no query has a document that answers it; expected a score above 0"),
    "two grades": ([("q0", "d0", 1), ("q0", "d0", 2)], "row 3: query 'q0' and document 'd0' have score 1 in another"),
    "empty": ([("q0", "", 1)], "row 2: 'corpus-id' is empty; expected an id"),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "said"), BAD.values(), ids=BAD)
def test_relevance_that_cannot_be_used_is_told_with_its_row(things: Made, rows: list[Any], said: str) -> None:
    with pytest.raises(DataError, match=f"(?s){said}"):
        describe(things(tsv(rows)))


def test_other_files_that_cannot_be_used_are_told_with_their_row(things: Made) -> None:
    said = said_of(things(queries=lines([*QUERIES, QUERIES[0]])))
    assert "queries.jsonl, line 11: _id 'q0' is that of line 1 too; expected one row an id" in said
    assert "line 41: _id 'd0' is that of line 1 too" in said_of(things(corpus=lines([*CORPUS, CORPUS[0]])))
    empty = said_of(things(queries=lines([{"_id": "q0", "text": " "}])))
    assert "line 1: column 'text' is empty" in empty
    assert "drop_empty" not in empty  # it has no meaning here
    assert "no column '_id'" in said_of(things(queries=lines([{"key": "q0", "text": "why?"}])))
    assert "2 columns; expected query-id, corpus-id, score, or TREC's four" in said_of(things("q0\td0\n"))
    assert "no column 'query-id'. The columns are" in said_of(things("q\td\tgrade\nq0\td0\t1\n"))
    assert "line 2: 3 fields; expected 4" in said_of(things("q0 0 d0 1\nq1 0 d1\n", "trec.txt"))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "no `relevance`: a search in tables has all of `queries`, `corpus` and `relevance`."),
        ({"relevance": "r.tsv", "data": "d.csv"}, "`data` has no meaning beside `queries`, `corpus` and `relevance`"),
        ({"relevance": "r.tsv", "query": "question"}, "`query` has no meaning beside"),
        ({"relevance": "r.tsv", "header": False}, "`header` has no meaning beside"),
        ({"relevance": "r.tsv", "domain": "shop"}, "`domain` has no meaning beside"),
        ({"relevance": "r.xlsx"}, "`relevance` is 'r.xlsx'; expected a file that ends in"),
        ({"relevance": "r.tsv", "encoding": "klingon"}, "`encoding` 'klingon' is not known"),
        ({"relevance": "r.tsv", "kind": "classification"}, "`queries` has no meaning for classification"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(tmp_path: Path, more: Any, said: str) -> None:
    with pytest.raises(SuiteError) as caught:
        resolve({**SPEC, **more}, tmp_path)
    assert said in str(caught.value)


def test_each_file_is_in_the_hash_and_in_the_key(things: Made, tmp_path: Path) -> None:
    def split(task: Task) -> Split:
        return make_split(task, describe(task), "test")

    found = [split(things())]
    found.append(split(things(tsv(RELEVANCE[:-1]))))
    found.append(split(things(corpus=lines(CORPUS[::-1]))))
    found.append(split(things(queries=lines(QUERIES[::-1]))))
    assert len({one.key for one in found}) == 4
    task = things()
    info = describe(task)
    planned = make_split(task, info, "test")
    (tmp_path / "test.tsv").write_text(tsv(RELEVANCE[:-2]))
    with pytest.raises(DataError, match="changed since the run was planned"):
        load(task, planned)
