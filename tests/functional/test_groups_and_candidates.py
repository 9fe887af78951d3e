"""Tasks that learn nothing: clusters of texts, and queries with candidates of their own, from file to gate."""

import json

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import average_precision_score, v_measure_score

from harness.core.address import PARTS
from harness.results import Run, RunCell
from tests.fakes.command import Command
from tests.fakes.components import component_of
from tests.fakes.desk import Desk, failed, reviews, write_csv

SUITE = """
name: groups
encoders: [{name: one, checkpoint: ./one}]
poolers: [mean]
modes: [zero-shot, {name: raw, mode: zero-shot, normalize: false}, probe]
tasks:
  - {name: topics, kind: clustering, data: topics.csv, domain: shop}
  - {name: answers, kind: reranking, data: answers.jsonl}
conditions: [keyboard, max-length: {tokens: 8}, rare-words]
baselines: [majority, tfidf, bm25]
latency: false
device: cpu
"""


def asked(n: int = 40) -> list[dict[str, object]]:
    """Queries with one or two answers that share words with them, and four texts that do not; some share candidates."""
    texts = [text for text, *_ in reviews()]
    rows: list[dict[str, object]] = []
    for i in range(n):
        right = [f"{texts[i]} again", *([f"so {texts[i]}"] if i % 3 == 0 else [])]
        rows.append({"query": texts[i], "positive": right, "negative": texts[50 + i : 54 + i]})
    return rows


@pytest.fixture
def files(desk: Desk) -> Desk:
    rows = [(text, f"{label} {'rare' if 'usual' not in text else 'plain'}", shop) for text, label, shop in reviews()]
    write_csv(desk.path / "topics.csv", rows)
    (desk.path / "answers.jsonl").write_text("\n".join(map(json.dumps, asked())), encoding="utf-8")
    return desk


def of(run: Run, **address: str) -> RunCell:
    (cell,) = (c for c in run.cells if address.items() <= dict(zip(PARTS, c.address.names, strict=True)).items())
    return cell


def test_clusters_and_candidates_run_from_file_to_page_and_gate(files: Desk, command: Command) -> None:
    run = files.run(SUITE, "accepted")
    assert failed(run) == {}
    assert {dropped["what"] for dropped in run.manifest["dropped"]} == {
        *(f"{name} on {task}" for name in ("probe", "majority") for task in ("topics", "answers")),
        "bm25 on topics",
    }
    _clusters(run)
    _candidates(run)
    page = (run.path / "report.md").read_text(encoding="utf-8")
    assert "V-measure" in page
    assert "4 (bad plain, bad rare, good plain, good rare)" in page
    assert "150 test items in " in page  # near copies together
    assert "5.3 candidates a query" in page
    assert command("baseline", "accepted", "-o", "b.json", "--reason", "first").code == 0
    said = command("gate", "accepted", "--baseline", "b.json")
    assert said.code == 0, said.out
    assert "0 other cells changed" in said.out
    others = asked()
    others[0]["negative"] = ["a text that stood nowhere before"]
    (files.path / "answers.jsonl").write_text("\n".join(map(json.dumps, others)), encoding="utf-8")
    files.run(SUITE, "again")
    said = command("gate", "again", "--baseline", "b.json")
    assert said.code == 0, said.out  # 39 of 40 queries have the candidates that they had


def _clusters(run: Run) -> None:
    cell = of(run, task="topics", encoder="one", mode="zero-shot", condition="clean")
    outcomes = run.outcomes(cell.key)
    starts = [name for name in outcomes.sums if name.startswith("start ")]
    assert len(starts) == 10
    expected = np.mean([v_measure_score(outcomes.gold, outcomes.sums[name]) for name in starts])
    score = cell.scores["v-measure"]
    assert score.value == pytest.approx(expected)
    assert score.low is not None
    assert score.low < score.value
    assert cell.facts.identity.n_predictions_changed == 0
    raw = of(run, task="topics", encoder="one", mode="raw", condition="clean")
    assert len(run.outcomes(raw.key)) == 150
    slice_ = of(run, task="topics", encoder="tfidf", condition="rare-words")
    assert slice_.status == "skipped"  # nothing is learnt, so no word is new


def _candidates(run: Run) -> None:
    rows = {str(row["query"]): row for row in asked()}
    for encoder in ("one", "tfidf", "bm25"):
        cell = next(c for c in run.cells if c.address.names[:2] == ("answers", encoder) and c.kind == "clean")
        outcomes = run.outcomes(cell.key)
        assert len(outcomes) == len(rows)
        assert {len(ranking.split("|")) for ranking in outcomes.ranking.tolist()} == {5, 6}
    tfidf = of(run, task="answers", encoder="tfidf", condition="clean")
    assert tfidf.scores["map"].value > 0.95
    assert tfidf.scores["map"].chance == pytest.approx(0.5, abs=0.1)
    typed = of(run, task="answers", encoder="one", mode="zero-shot", condition="keyboard@3")
    assert typed.facts.texts_changed > 0.5


def test_k_means_of_vectors_is_scikit_learns() -> None:
    from harness.modes.zero_shot import zero_shot

    vectors = np.random.default_rng(0).normal(size=(60, 5)).astype(np.float32)
    vectors[0] = 0
    group = zero_shot(None, None, None, normalize=False).group
    assert group is not None
    found = group(vectors, 4)
    assert found.shape == (60, 10)
    for seed in (0, 7):
        assert found[:, seed].tolist() == KMeans(4, n_init=1, random_state=seed).fit(vectors).labels_.tolist()
    assert group(np.zeros((7, 3), np.float32), 4).max() == 0  # all alike: one cluster, and no warning
    assert group(vectors[:2], 4).max() == 1


def test_average_precision_of_candidates_is_scikit_learns() -> None:
    """With ties broken by the order of documents, as in any search; a zero vector is as near to all."""
    from harness.metrics import in_ranking
    from harness.metrics.retrieval import mean_average_precision
    from harness.modes.zero_shot import zero_shot

    rng = np.random.default_rng(0)
    queries, documents = rng.normal(size=(20, 4)), rng.normal(size=(60, 4))
    among = [np.sort(rng.choice(60, size=rng.integers(2, 9), replace=False)) for _ in range(20)]
    queries[3] = 0
    rank = zero_shot(None, None, None).rank
    assert rank is not None
    order, similarity = rank(queries, documents, 20, None, among)
    names = np.array([f"d{i}" for i in range(60)])
    for query, (own, places) in enumerate(zip(among, order, strict=True)):
        ranked = places[places >= 0]
        assert sorted(ranked.tolist()) == own.tolist()
        answers = own[:: 2 if len(own) > 2 else 1][:-1] if len(own) > 2 else own[:1]
        judged = in_ranking([names[ranked].tolist()], [set(names[answers].tolist())])
        found = component_of(mean_average_precision).facts["per_query"](judged)
        if query == 3:
            assert ranked.tolist() == own.tolist()
            continue
        cosine = documents[own] @ queries[query] / np.linalg.norm(documents[own], axis=1)
        assert found[0] == pytest.approx(average_precision_score(np.isin(own, answers), cosine))
        assert np.isneginf(similarity[query, len(own) :]).all()
