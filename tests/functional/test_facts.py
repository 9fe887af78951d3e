"""Facts of cells: what was cut, what a condition changed, the identity control; and whom they belong to."""

from pathlib import Path

import numpy as np
import pytest
from transformers import AutoTokenizer

from harness import api, conditions, tasks
from harness.catalogue import catalogue
from harness.core.records import Backend, Pooling
from harness.encoders import EncoderSpec, resolve
from harness.encoders.encoded import Row
from harness.results import Run, RunCell
from harness.runner import perturbed
from harness.runner.prepare import prepare
from harness.runner.turns import time_jobs
from harness.runner.vectors import CacheView, open_cache
from harness.wording import numbers
from tests.fakes.desk import Desk
from tests.fakes.stores import found as stored
from tests.fakes.stores import keep

RARE = Path(conditions.__file__).parent / "perturbations/rare_synonyms.txt"
PLAIN = """
name: facts
encoders: [{name: one, checkpoint: ./one}]
poolers: [mean]
modes: [probe]
tasks: [{name: reviews, data: reviews.csv}]
conditions: [%s]
baselines: []
latency: false
device: cpu
"""


def cell(run: Run, condition: str, encoder: str = "one") -> RunCell:
    (found,) = [c for c in run.cells if (c.address.condition, c.address.encoder) == (condition, encoder)]
    return found


def ids_of(desk: Desk, texts: list[str], max_length: int) -> list[list[int]]:
    tokenizer = AutoTokenizer.from_pretrained(desk.path / "one")
    return list(tokenizer(texts, truncation=True, max_length=max_length)["input_ids"])


def test_what_is_cut_and_changed_is_counted(desk: Desk) -> None:
    """As the transformers tokenizer says, for the test texts, against the clean reading."""
    run = desk.run(PLAIN % "{keyboard: {severity: 5}}, {max-length: {tokens: 8}}")
    task = tasks.resolve({"name": "reviews", "data": "reviews.csv"}, desk.path)
    texts = list(tasks.load(task, tasks.make_split(task, tasks.describe(task), "test")).text)
    own = ids_of(desk, texts, resolve(EncoderSpec("one", "./one"), desk.path).tokenization.max_length)
    short = ids_of(desk, texts, 8)
    uncut = [len(ids) for ids in ids_of(desk, texts, 10_000)]
    cut = cell(run, "max-length@8")
    assert cut.facts.n_truncated == sum(n > 8 for n in uncut)
    assert cut.ids_unchanged == pytest.approx(np.mean([a == b for a, b in zip(own, short, strict=True)]))
    assert cut.facts.texts_changed is None
    typed = cell(run, "keyboard@5")
    assert 0 < typed.facts.texts_changed <= 1
    assert typed.ids_unchanged >= 1 - typed.facts.texts_changed
    assert typed.facts.edits_per_text > 1
    assert typed.facts.edit_rate == pytest.approx(0.48, abs=0.05)
    assert cell(run, "clean").ids_unchanged is None
    assert cell(run, "clean").facts.content != typed.facts.content


def test_what_the_encoder_sees_of_an_edit_is_told(desk: Desk) -> None:
    """As transformers and numpy count it; an uncased encoder sees nothing of capitals, and the page says so."""
    run = desk.run(PLAIN % "{keyboard: {severity: 5}}, uppercase, {truncate: {keep: 0.5}}")
    task = tasks.resolve({"name": "reviews", "data": "reviews.csv"}, desk.path)
    split = tasks.make_split(task, tasks.describe(task), "test")
    texts = list(tasks.load(task, split).text)
    changed = perturbed.changed(texts, perturbed.named("keyboard", {"severity": 5}, seed=0))
    now = [one.text for one in changed]
    seen, unknown = cell(run, "keyboard@5").facts.seen, AutoTokenizer.from_pretrained(desk.path / "one").unk_token_id
    for which, some in (("before", texts), ("now", now)):
        ids = ids_of(desk, some, 10_000)
        n_words = sum(len(text.split()) for text in some)
        assert getattr(seen, f"tokens_per_word_{which}") == pytest.approx(sum(map(len, ids)) / n_words)
        read = ids_of(desk, some, resolve(EncoderSpec("one", "./one"), desk.path).tokenization.max_length)
        n_unknown = sum(one.count(unknown) for one in read)
        assert getattr(seen, f"unknown_{which}") == pytest.approx(n_unknown / sum(map(len, read)))
    assert 0 < seen.drift < 2
    unseen = cell(run, "uppercase@5")
    assert unseen.facts.texts_changed == 1
    assert unseen.ids_unchanged == 1
    assert unseen.facts.seen.drift is None
    assert cell(run, "truncate@0.5").facts.edit_rate is None
    assert cell(run, "clean").facts.seen is None
    page = (run.path / "report.md").read_text(encoding="utf-8")
    assert "reviews: what the encoders see" in page
    assert "(0.0)" in page
    assert f"reached {numbers.percent(cell(run, 'keyboard@5').facts.edit_rate)} of what fits" in page


def test_how_much_rarer_rare_terms_are_is_told(desk: Desk) -> None:
    """As wordfreq has the words of the list."""
    from wordfreq import zipf_frequency

    run = desk.run(
        PLAIN.replace("data: reviews.csv", "data: reviews.csv, language: en") % "{rare-synonyms: {severity: 5}}"
    )
    task = tasks.resolve({"name": "reviews", "data": "reviews.csv"}, desk.path)
    texts = tasks.load(task, tasks.make_split(task, tasks.describe(task), "test")).text
    rarer = dict(line.split() for line in RARE.read_text(encoding="utf-8").splitlines())
    words = [word for text in texts for word in text.lower().split() if word in rarer]
    drops = [zipf_frequency(word, "en") - zipf_frequency(rarer[word], "en") for word in words]
    found = cell(run, "rare-synonyms@5").facts.rarer
    assert found == pytest.approx(np.mean(drops), abs=1e-6)
    assert found > 1
    page = (run.path / "report.md").read_text(encoding="utf-8")
    assert f"{numbers.significant(10**found, 2)} times rarer than the words they stand for" in page


def test_the_identity_control_finds_another_vector(desk: Desk) -> None:
    """A cache that gives what the encoder does not is told, though its checksums are right."""
    folder = resolve(EncoderSpec("one", "./one"), desk.path)
    first = desk.run(PLAIN % "")
    assert cell(first, "clean").facts.identity.max_abs_difference < 1e-5
    task = tasks.resolve({"name": "reviews", "data": "reviews.csv"}, desk.path)
    texts = tasks.load(task, tasks.make_split(task, tasks.describe(task), "test")).text
    cache = open_cache()
    view = CacheView(cache, folder.checkpoint, Backend(), folder.tokenization)
    mean = Pooling("mean", parameters=catalogue().get("pooler", "mean").filled({}))
    rows = stored(view, mean, list(dict.fromkeys(texts)))
    keep(view, mean, {t: Row(-row.vectors, row.n_tokens, row.digest) for t, row in rows.items()})
    cache.close()
    identity = cell(desk.run(PLAIN % "", out="second"), "clean").facts.identity
    assert identity.max_abs_difference > 0.1
    assert identity.n_predictions_changed > 0
    assert "Identity control" in (desk.path / "second" / "report.md").read_text(encoding="utf-8")


def test_a_clean_cell_keeps_its_control_where_a_reading_is_its_own(desk: Desk) -> None:
    """`max-length` beyond what the encoder reads is the same cell under another address."""
    run = desk.run(PLAIN % "{max-length: {tokens: 5000}}")
    clean, reading = cell(run, "clean"), cell(run, "max-length@5000")
    assert clean.key == reading.key
    assert clean.facts.identity.n > 0


@pytest.mark.parametrize("order", ["one, short", "short, one"])
def test_two_readings_of_one_checkpoint_keep_their_facts_apart(desk: Desk, order: str) -> None:
    """What is unchanged is against the encoder's own reading, whichever stands first."""
    rows = {"one": "{name: one, checkpoint: ./one}", "short": "{name: short, checkpoint: ./one, max_length: 8}"}
    listed = ", ".join(rows[name] for name in order.split(", "))
    text = (PLAIN % "{max-length: {tokens: 8}}").replace(rows["one"], listed)
    run = desk.run(text)
    assert cell(run, "max-length@8", "one").ids_unchanged < 1
    assert cell(run, "clean", "short").ids_unchanged is None
    assert cell(run, "max-length@8", "one").key == cell(run, "clean", "short").key


def test_the_primary_metric_decides_chance(desk: Desk) -> None:
    """The same folder, the metrics the other way round: nothing of the old primary metric is left."""
    task = "{name: reviews, data: reviews.csv, metrics: [%s]}"
    found = {}
    for metrics in ("accuracy, macro-f1", "macro-f1, accuracy"):
        text = (PLAIN % "").replace("{name: reviews, data: reviews.csv}", task % metrics)
        here, fresh = cell(desk.run(text), "clean"), cell(desk.run(text, out=metrics[:5]), "clean")
        assert (here.metric, here.chance) == (fresh.metric, fresh.chance)
        found[here.metric] = here.chance
    assert found["accuracy"] > found["macro-f1"]


@pytest.mark.parametrize(
    "other", ["{name: one, checkpoint: ./one, max_length: 8}", '{name: one, checkpoint: ./one, prefix: "query: "}']
)
def test_a_timing_is_not_reused_for_another_reading(desk: Desk, other: str) -> None:
    timed = (PLAIN % "").replace("latency: false", "latency: {scenarios: [offline], replicates: 1}")
    keys = []
    for text in (timed, timed.replace("{name: one, checkpoint: ./one}", other)):
        jobs = time_jobs(prepare(api.suite(desk.suite(text))), set())
        keys.append({key for job in jobs for key in job.keys.values()})
    assert keys[0]
    assert keys[0].isdisjoint(keys[1])


def test_a_name_that_could_be_taken_for_a_condition_is_refused(desk: Desk) -> None:
    for name in ("clean", "keyboard@3", "rare-words", "mine:control"):
        path = desk.suite(PLAIN % f'{{name: "{name}", condition: keyboard, severity: 1}}')
        with pytest.raises(Exception, match="could be taken for another condition"):
            api.suite(path)
    assert api.suite(desk.suite(PLAIN % "{name: typos, condition: keyboard}")).conditions[0].name == "typos"


def test_editing_a_file_in_a_run_does_not_spoil_its_end(desk: Desk) -> None:
    """The manifest is made once, so the run ends as it began; the next one sees the new file."""
    file = Path("reviews.csv")

    def touch(told: object) -> None:
        with file.open("a", encoding="utf-8") as out:
            out.write("one more line,good,bakery\n")

    run = desk.run(PLAIN % "", watch=touch)
    assert run.manifest["finished"] is not None
