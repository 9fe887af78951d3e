"""What folds of training texts keep whole: groups, near copies, pairs that share a text, the words of a sentence."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness import tasks
from harness.core.records import Checkpoint, Head, Mode, Perturbation, Split
from harness.modes import Predictor
from harness.runner.data import Data
from harness.runner.heads import Heads

TEXTS = """text,label,who
a good day in town,good,ann
A good day in town!,good,bob
a bad day in town,bad,ann
nothing works here,bad,cid
all is well there,good,cid
{}
"""
PAIRS = """a,b,score
the sun is up,it is day,5
it is night,The sun is up.,1
rain falls,snow falls,3
"""
WORDS = "Ann B-per\nsleeps O\n\nann B-per\nSleeps O\n! O\n\nBob B-per\nsings O\nloud O\n"


def alike(folder: Path, train: str, test: str, ending: str = "csv", **more: Any) -> tuple[Data, dict[str, Split]]:
    for side, text in (("train", train), ("test", test)):
        (folder / f"{side}.{ending}").write_text(text, encoding="utf-8")
    spec = {"name": "t", "train": f"train.{ending}", "test": f"test.{ending}", **more}
    task = tasks.resolve(spec, folder)
    info = tasks.describe(task)
    roles = tasks.kind_of(task.kind).roles
    return Data({"t": task}), {role: tasks.make_split(task, info, "train", role=role) for role in roles}


def together(data: Data, splits: Mapping[str, Split]) -> set[frozenset[str]]:
    """The first texts of items that have one name."""
    found: dict[str, set[str]] = {}
    first = next(iter(data.sides("t", splits).values()))
    names = data.alike("t", splits)
    for item, text in zip(first.items, first.text, strict=True):
        found.setdefault(names[item], set()).add(str(text))
    return {frozenset(texts) for texts in found.values()}


def test_groups_and_near_copies_stay_together_whatever_is_done_to_their_texts(tmp_path: Path) -> None:
    """`ann` wrote two of them, `cid` others; case and an exclamation mark make no other text."""
    more = {"text": "text", "label": "label"}
    test = "text,label,who\nsomething else,good,dan\nnothing more,bad,eve\n"
    data, splits = alike(tmp_path, TEXTS.format("one alone,bad,fay"), test, **more, group="who")
    assert sorted(map(len, together(data, splits))) == [1, 2, 3]
    data, splits = alike(tmp_path, TEXTS.format("one alone,bad,fay"), test, **more)
    copies = {frozenset({"a good day in town", "A good day in town!"})}
    assert {some for some in together(data, splits) if len(some) > 1} == copies
    typos = Perturbation("keyboard", 1, {"severity": 5}, 0)
    changed = {role: replace(split, perturbations=(typos,)) for role, split in splits.items()}
    assert data.alike("t", changed) == data.alike("t", splits)


def test_pairs_that_share_a_text_stay_together(tmp_path: Path) -> None:
    test = "a,b,score\none,two,1\nthree,four,2\n"
    data, splits = alike(tmp_path, PAIRS, test, kind="similarity", text_a="a", text_b="b", score="score")
    assert together(data, splits) == {frozenset({"the sun is up", "it is night"}), frozenset({"rain falls"})}


def test_a_head_of_words_gets_the_cluster_of_their_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    data, splits = alike(tmp_path, WORDS, WORDS.replace("s O", "t O"), "conll", kind="tagging")

    def fit(self: Heads, head: Head, component: Any, given: Any, learnt: Any) -> Predictor:
        seen.append(learnt)
        return Predictor()

    monkeypatch.setattr(Heads, "_fit", fit)
    head = Head(Checkpoint("none"), None, None, None, Mode("tfidf", 1, {}), splits)
    Heads(data, {}).make(head, "t", data.sides("t", splits))
    (learnt,) = seen
    assert len(learnt.labels) == len(learnt.clusters)
    assert sorted(Counter(learnt.clusters.tolist()).values()) == [3, 5]  # near copies of a sentence have five words
