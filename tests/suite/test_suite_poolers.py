"""Poolers in a suite: layers, special tokens, joined ones, and those that give a vector a word."""

import re

import pytest

from harness.core.errors import SuiteError
from harness.core.records import Checkpoint, Tokenization
from harness.suite.cells import EncoderFacts
from tests.suite.test_suite_plan import cells, planned, task


def test_a_pooler_may_name_layers_leave_out_tokens_and_be_joined() -> None:
    entries = (
        "[{name: no-specials, pooler: mean, special_tokens: false}, first-last-mean, cls+max, mean: {layers: [0]}]"
    )
    found = planned(f"poolers: {entries}\n", t=task())
    pooled = {c.address.pooler: c.cell.head.pooling for c in cells(found, encoder="one") if c.cell}
    assert list(pooled) == ["no-specials", "first-last-mean", "cls+max", "mean[layers=0]"]
    made = {name: (p.pooler, p.layers, p.parameters.get("special_tokens")) for name, p in pooled.items() if p}
    assert made == {
        "no-specials": ("mean", (-1,), False),
        "first-last-mean": ("first-last-mean", (1, -1), True),
        "cls+max": ("concat", (-1,), None),
        "mean[layers=0]": ("mean", (0,), True),
    }


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("cls+word-mean", "concat: of is ['cls', 'word-mean']; expected a list of cls, max, mean, mean-sqrt-len, "),
        ("cls+men", "pooler 'cls+men' is not known"),
        ("{name: a, pooler: cls+max, of: [max]}", "pooler 'cls+max' is not known"),
        ("mean: {layers: []}", "mean: layers is an empty list; nothing would run"),
        ("mean: {layers: [first]}", "mean: layers is ['first']; expected a list of whole numbers"),
        ("first-last-mean: {layers: [2, -1]}", "first-last-mean: layers is [2, -1]; expected [0 or 1, -1]"),
        ("last2-mean: {layers: [-1]}", "last2-mean: layers is [-1]; expected [-2, -1]"),
    ],
)
def test_what_a_pooler_may_not_be_is_told(entry: str, said: str) -> None:
    with pytest.raises(SuiteError, match=re.escape(said)):
        planned(f"poolers: [{entry}]\n", t=task())


def test_an_encoder_without_a_layer_is_left_out_where_a_pooler_reads_it() -> None:
    """Its other rows are planned, and so are those of a deeper one."""
    shallow, deep = (EncoderFacts(Checkpoint(str(n)), Tokenization(8), "mean", n_layers=n) for n in (2, 6))
    text = "poolers: [mean, {name: third, pooler: mean, layers: [3]}, {name: up, pooler: max, layers: [-3]}]\n"
    found = planned(text, encoders={"one": shallow, "two": deep}, t=task())
    assert [c.address.pooler for c in cells(found, encoder="one")] == ["mean"]
    assert [c.address.pooler for c in cells(found, encoder="two")] == ["mean", "third", "up"]
    why = "it reads layer 3, and one has 2 (0 is what the embeddings give)"
    assert {"what": "third of one", "why": why} in [dict(d) for d in found.dropped]


@pytest.mark.parametrize("pooler", ["word-first", "word-mean"])
def test_a_pooler_of_words_is_refused_where_no_task_has_words(pooler: str) -> None:
    with pytest.raises(SuiteError, match=rf"pooler '{pooler}' gives a vector to each word.* Name .* mean, cls, max"):
        planned(f"poolers: [mean, {pooler}]\n", t=task())
