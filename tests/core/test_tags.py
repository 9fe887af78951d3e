"""Tags of words: schemes, the entities that they mark, and how these are written."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.tags import Entity, entities, iob2, kept, parts, read_written, scheme_of, written

WORDS = st.lists(st.sampled_from(("O", "B-a", "I-a", "B-b", "I-b", "E-a", "E-b", "S-a", "S-b")), max_size=9)


def by_conlleval(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """The rules of conlleval, as seqeval's default mode has them: ends and starts of chunks by pairs of tags."""
    found, before, kind, start = [], "O", "", 0
    for place, tag in enumerate([*tags, "O"]):
        letter, own = tag[0], tag[2:]
        ends = (
            before in "ES"
            or (before in "BI" and letter in "BSO")
            or (before not in "O." and kind != own)
        )  # fmt: skip
        if ends and before != "O":
            found.append((kind, start, place))
        starts = (
            letter in "BS"
            or (before in "ESO" and letter in "EI")
            or (letter not in "O." and kind != own)
        )  # fmt: skip
        start = place if starts else start
        before, kind = letter, own
    return found


@given(WORDS)
@settings(max_examples=300)
def test_entities_are_those_that_conlleval_finds(tags: list[str]) -> None:
    assert entities(tags) == [Entity(*one) for one in by_conlleval(tags)]


@given(WORDS)
@settings(max_examples=50)
def test_entities_come_back_from_iob2_and_from_what_a_person_reads(tags: list[str]) -> None:
    found = entities(tags)
    assert entities(iob2(found, len(tags))) == found
    assert read_written(written(found)) == found


@pytest.mark.parametrize(
    ("name", "n_broken", "tags"),
    [
        ("IOB2", 0, ["B-a", "I-a", "O", "B-a", "B-a"]),
        ("IOB2", 1, ["B-a", "I-a", "O", "I-a"]),
        ("IOB1", 0, ["I-a", "I-a", "B-a", "O", "I-b"]),
        ("IOB1", 0, ["O", "I-a"]),
        ("BIOES", 0, ["S-a", "B-a", "I-a", "E-a", "O"]),
        ("BIOES", 2, ["B-a", "O", "E-a"]),
        ("BILOU", 0, ["U-a", "B-a", "L-a"]),
    ],
)
def test_a_scheme_is_told_by_how_its_tags_stand(name: str, n_broken: int, tags: list[str]) -> None:
    assert scheme_of([tags, ["O"]]) == (name, n_broken)


def test_tags_that_are_all_outside_are_of_no_scheme() -> None:
    assert scheme_of([["O", "O"]]) is None


@pytest.mark.parametrize("tag", ["", "3", "PER", "B_PER", "b-per", "B-", "o"])
def test_what_is_no_tag_is_none(tag: str) -> None:
    assert parts(tag) is None


def test_a_type_may_have_hyphens_and_spaces_or_be_left_out() -> None:
    assert [parts(tag) for tag in ("B-creative-work", "I-creative work", "B", "U-x")] == [
        ("B", "creative-work"), ("I", "creative_work"), ("B", "entity"), ("S", "x"),
    ]  # fmt: skip


def test_words_that_go_take_their_tags_along_and_new_ones_are_outside() -> None:
    assert kept(("B-a", "I-a", "O", "B-b"), (1, None, 3)) == ("B-a", "O", "B-b")
    assert kept(("B-a", "I-a", "I-a"), (0, 2)) == ("B-a", "I-a")
