"""A private run keeps back what the texts say."""

import numpy as np

from harness.core.data import Outcomes
from harness.runner.privacy import hashed, private_message, private_outcomes


def outcomes(gold: list[str], prediction: list[str]) -> Outcomes:
    n = len(gold)
    return Outcomes(
        item=np.array([f"ann-{i}" for i in range(n)]),
        cluster=np.array(["ann"] * n),
        draw=np.zeros(n, np.int32),
        gold=np.array(gold),
        prediction=np.array(prediction),
        score=np.ones(n),
    )


def test_items_and_clusters_become_hashes_and_classes_stay() -> None:
    hidden = private_outcomes(outcomes(["billing", "login"], ["login", "login"]), is_search=False)
    assert hidden.item.tolist() == [hashed("ann-0"), hashed("ann-1")]
    assert set(hidden.cluster.tolist()) == {hashed("ann")}
    assert hidden.gold.tolist() == ["billing", "login"]
    assert hidden.prediction.tolist() == ["login", "login"]


def test_documents_of_a_search_become_hashes_that_still_match() -> None:
    """A prediction is right where its hash stands among those of the gold documents."""
    hidden = private_outcomes(outcomes(["doc-1|doc-2"], ["doc-2"]), is_search=True)
    assert hidden.gold[0] == f"{hashed('doc-1')}|{hashed('doc-2')}"
    assert hidden.prediction[0] in hidden.gold[0].split("|")


def test_a_message_keeps_the_words_of_the_suite_and_no_others() -> None:
    said = "a.csv, row 7: queue \"it's my card 4711\" is not the file's 'queue'; 'x y' isn't either."
    told = private_message(said, "bad-data", {"queue"})
    assert "4711" not in told
    assert "'queue'" in told
    assert "row 7" in told
    assert f"<{hashed('x y')}>" in told
    assert "the file's" in told


def test_of_a_bug_only_the_kind_and_the_places_are_left() -> None:
    said = (
        "ValueError: could not read my card 4711\nTraceback (most recent call last):\n"
        '  File "a.py", line 3, in f\n    f(x)\nValueError: my card 4711\n'
    )
    told = private_message(said, "bug", frozenset())
    assert told.startswith("ValueError (")
    assert 'File "a.py", line 3' in told
    assert "4711" not in told
