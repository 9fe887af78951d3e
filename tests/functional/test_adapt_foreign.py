"""Texts to train on that are in a language the tokenizer does not know: which they are, and where it is told."""

from pathlib import Path

import pytest

from harness import encoders
from harness.core.events import Remark
from harness.encoders.tokenizer import Tokenizer
from harness.runner import foreign
from harness.tasks import lessons
from harness.tasks.corpora import corpus_of
from tests.fakes.command import Command
from tests.fakes.desk import Desk, Watched

CYRILLIC = [f"Посылку номер {n} снова оставили у чужой двери, и никто не отвечает на звонки." for n in range(40)]
CHINESE = [f"包裹{n}又被放错了门口,打电话也没有人接听,请帮忙。" for n in range(40)]

SUITE = """
name: foreign
encoders:
  - {name: plain, checkpoint: ./one}
  - {name: adapted, checkpoint: ./one, adapt: [contrastive: {on: texts.txt, views: dropout, batch_size: 16}]}
poolers: [mean]
modes: [probe]
tasks: [{name: reviews, data: reviews.csv}]
latency: false
device: cpu
"""


@pytest.fixture(scope="module")
def minilm() -> Tokenizer:
    return Tokenizer(encoders.resolve(encoders.EncoderSpec("minilm", "minilm"), Path()))


@pytest.mark.parametrize(
    ("texts", "said"),
    [(CYRILLIC, "a token is "), (CHINESE, "of its tokens are unknown"), (None, ""), (["1 + 1 = 2 :)"], "")],
)
def test_a_language_is_unknown_by_unknown_tokens_or_by_short_ones(
    minilm: Tokenizer, texts: list[str] | None, said: str
) -> None:
    """Where no texts are given they are the tweets of a packaged task."""
    read = corpus_of("vader-sentiment", {}, Path()).of(("tweets",)).texts if texts is None else texts
    judged = foreign.judged(foreign.read(minilm, read), foreign.read(minilm, lessons.read().pieces))
    assert said in judged
    assert bool(said) == bool(judged)


def test_it_is_told_by_the_plan_where_a_run_begins_and_on_the_page(desk: Desk, command: Command) -> None:
    (desk.path / "texts.txt").write_text("\n".join(CYRILLIC), encoding="utf-8")
    desk.suite(SUITE)
    said = "adapted: contrastive: its tokenizer does not know the language of texts.txt ("
    planned = command("plan", "suite.yaml").out
    assert said in planned
    assert planned.count("does not know the language") == 1
    watched = Watched()
    run = desk.run(SUITE, watch=watched)
    assert [said in event.what for event in watched.of(Remark)] == [True]
    assert isinstance(watched.events[0][1], Remark) or isinstance(watched.events[1][1], Remark)
    assert said in (run.path / "report.md").read_text(encoding="utf-8")
