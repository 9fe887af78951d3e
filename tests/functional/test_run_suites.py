"""Suites that put one thing beside another: readings of one encoder, repeats, samples, a split given as two files."""

import pytest

from harness.core.events import CellDone
from harness.results import Run
from tests.fakes.desk import SUITE, Desk, Watched, failed, reviews, scores, write_csv

PLAIN = SUITE.replace("keyboard, domain: {test: [barber]}, rare-words", "keyboard: {severity: 5}")


def facts(run: Run, encoder: str) -> dict[str, dict[str, object]]:
    """Facts and scores of an encoder's cells, by condition."""
    names = ("n_truncated", "n_texts", "texts_changed")
    return {
        c.address.condition: {
            **{name: getattr(c.facts, name) for name in names},
            **vars(c.scores["accuracy"]),
            "ids_unchanged": c.ids_unchanged,
        }
        for c in run.cells
        if c.address.encoder == encoder
    }


def test_one_checkpoint_under_two_names(desk: Desk) -> None:
    """Read at two lengths in one job: each row is what it would be alone."""
    short = PLAIN.replace("checkpoint: ./one", "checkpoint: ./one, max_length: 8").replace("name: one", "name: short")
    alone = {"one": desk.run(PLAIN, "one-alone"), "short": desk.run(short, "short-alone")}
    both = desk.run(
        PLAIN.replace("encoders: [", "encoders: [{name: short, checkpoint: ./one, max_length: 8}, "),
        "both",
        cache=False,
    )
    assert failed(both) == {}
    for name, run in alone.items():
        assert facts(both, name) == facts(run, name)
    assert facts(both, "short")["clean"]["n_truncated"] == facts(both, "short")["clean"]["n_texts"]
    assert both.manifest["encoders"]["short"]["max_length"] == 8
    assert both.manifest["encoders"]["one"]["max_length"] == 24


def test_more_repeats_keep_those_that_are_there(desk: Desk) -> None:
    """Clean cells stand once; each draw of typos is a cell of its own, and the page shows them as one."""
    one = desk.run(PLAIN)
    watched = Watched()
    three = desk.run(PLAIN + "repeats: {perturb: 3}\n", watch=watched)
    assert len(watched.of(CellDone)) == 3 * 2
    draws = {str(c.address.repeat): c.key for c in three.cells if c.address.encoder == "one"}
    assert set(draws) == {"–", "perturb=0", "perturb=1", "perturb=2"}
    assert draws["perturb=0"] in {c.key for c in one.cells}
    texts = [set(three.outcomes(draws[f"perturb={i}"]).prediction.tolist()) for i in range(3)]
    assert all(texts)
    report = (three.path / "report.md").read_text(encoding="utf-8")
    every = report[report.index("## Every condition") :]
    assert every.count("| keyboard@5 ") == 3


def test_samples_are_drawn_and_repeated(desk: Desk) -> None:
    run = desk.run(PLAIN + "max_samples: {train: 40, test: 20}\nrepeats: {sample: 2}\n")
    assert failed(run) == {}
    cells = [c for c in run.cells if c.address.encoder == "one" and c.kind == "clean"]
    assert [c.n for c in cells] == [20, 20]
    first, second = (set(run.outcomes(c.key).item) for c in cells)
    assert first != second
    (info,) = run.manifest["tasks"].values()
    assert (info["n_train"], info["n_test"]) == (40, 20)


def test_a_split_given_as_two_files(desk: Desk) -> None:
    rows = [row[:2] for row in reviews()]
    for name, part in (("train", rows[:100]), ("test", rows[100:])):
        write_csv(desk.path / f"{name}.csv", part, ("text", "label"))
    run = desk.run(PLAIN.replace("data: reviews.csv, domain: shop", "train: train.csv, test: test.csv"))
    (info,) = run.manifest["tasks"].values()
    assert (info["n_train"], info["n_test"]) == (100, 50)
    assert scores(run)["reviews/tfidf/–/–/clean/–"] > 0.9


FEW = """
name: few
encoders: [{name: one, checkpoint: ./one}]
poolers: [mean]
modes: [probe, finetune: {epochs: 1}, lp-ft: {epochs: 1}]
tasks:
  - {name: pairs, data: pairs.csv}
  - {name: sampled, data: pairs.csv, max_samples: {train: 8}}
latency: false
device: cpu
"""


def test_one_training_text_of_a_class_is_enough(desk: Desk) -> None:
    """Two texts each, one on either side; of a sample, it is told which test texts nobody can be right on."""
    rows = [(f"{text} {i}", f"{label} {i // 4}") for i, (text, label, _) in enumerate(reviews(24))]
    write_csv(desk.path / "pairs.csv", rows, ("text", "label"))
    run = desk.run(FEW)
    assert failed(run) == {}
    pairs, sampled = run.manifest["tasks"].values()
    assert (pairs["n_train"], pairs["n_test"]) == (12, 12)
    assert pairs["notes"][0].endswith("each class keeps a text on either side")
    assert sampled["notes"][-1] == (
        "4 test texts of 4 classes that the sample of train texts has none of (max_samples.train), wrong for every row"
    )


def test_clusters_are_counted_in_the_sample_that_is_drawn(desk: Desk) -> None:
    rows = [(text, label, f"{i % 23}") for i, (text, label, _) in enumerate(reviews(200))]
    write_csv(desk.path / "grouped.csv", rows, ("text", "label", "who"))
    suite = "name: seeded\ntasks: [{name: t, data: grouped.csv, group: who}]\nmax_samples: {test: 9}\nlatency: false\n"
    for seed in (0, 3, 5):
        run = desk.run(f"{suite}seed: {seed}\nbaselines: [majority]\n", f"seed {seed}")
        (cell,) = run.cells
        assert run.about.tasks["t"].n_clusters == cell.n_clusters == len(set(run.outcomes(cell.key).cluster.tolist()))


def test_an_encoder_that_cannot_tell_scores_near_chance(desk: Desk) -> None:
    """Labels by the toss of a coin: nothing is found where there is nothing."""
    from harness.core.seeds import rng_of

    rng = rng_of("coin")
    write_csv(desk.path / "reviews.csv", [(text, rng.choice(["a", "b"]), shop) for text, _, shop in reviews(400)])
    run = desk.run(PLAIN)
    assert failed(run) == {}
    for address, score in scores(run).items():
        assert score == pytest.approx(0.5, abs=0.2), address
    assert "better than chance" in (run.path / "report.md").read_text(encoding="utf-8")


def test_a_page_ends_with_the_note_of_its_suite(desk: Desk) -> None:
    run = desk.run(SUITE.replace("latency: false", 'latency: false\nreport: {note: "see <b>more</b>"}'))
    assert (run.path / "report.md").read_text(encoding="utf-8").rstrip().endswith("see &lt;b>more&lt;/b>")
    assert "see &lt;b&gt;more&lt;/b&gt;" in (run.path / "index.html").read_text(encoding="utf-8")
