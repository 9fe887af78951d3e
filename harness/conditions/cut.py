"""Perturbations of texts that come cut into words: edits are made in place, so that each word keeps its tag."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import accumulate
from typing import NamedTuple

from harness.conditions.edits import Edit, Perturbed, apply_edits, perturb
from harness.core.inputs import Words
from harness.core.records import Perturbation
from harness.core.registry import Catalogue

#: The number of a word before an edit; None of one that was put in.
Was = int | None


class Recut(NamedTuple):
    """Words after edits, and which each was before. `done` speaks of the words with spaces between."""

    words: Words
    was: tuple[Was, ...]
    done: Perturbed


def perturb_words(lists: Sequence[Words], perturbations: Sequence[Perturbation], catalogue: Catalogue) -> list[Recut]:
    """Every list after all perturbations, which are given its words with spaces between: see `recut`."""
    found = [Recut(one, tuple(range(len(one.words))), Perturbed(" ".join(one.words))) for one in lists]
    for perturbation in perturbations:
        texts = [one.done.text for one in found]
        for i, after in enumerate(perturb(texts, (perturbation,), catalogue)):
            words, places = recut(found[i].words.words, after.edits)
            was = tuple(None if place is None else found[i].was[place] for place in places)
            before = found[i].done
            done = Perturbed(" ".join(words), (*before.edits, *after.edits), before.n_eligible + after.n_eligible)
            found[i] = Recut(Words(words), was, done)
    return found


def recut(words: Sequence[str], edits: Iterable[Edit]) -> tuple[tuple[str, ...], tuple[Was, ...]]:
    """Words (n,) after edits of them with spaces between: the new words, and the number that each had.

    A word stays one word, be it split or run into the next. One of which nothing is left goes, unless it is the last
    that there is. Several words that an edit takes together stay in step where it puts as many in their place; where
    not, those stay that both have, and others are new. What is put in beside a word is new words.
    """
    text, starts = " ".join(words), [*accumulate((len(word) + 1 for word in words), initial=0)][:-1]
    ends = [start + len(word) for start, word in zip(starts, words, strict=True)]
    new: list[tuple[str, Was]] = []
    done = 0
    for span, own in _spans(starts, ends, sorted(edits)):
        new += zip(words[done : span.start], range(done, span.start), strict=True)
        begin, end = min(starts[span.start], own[0].start), max(ends[span.stop - 1], *(edit.end for edit in own))
        inside = [Edit(edit.start - begin, edit.end - begin, edit.replacement) for edit in own]
        new += _renewed(span, words, apply_edits(text[begin:end], inside))
        done = span.stop
    new += zip(words[done:], range(done, len(words)), strict=True)
    if not new and words:
        new = [("", 0)]
    return tuple(word for word, _ in new), tuple(place for _, place in new)


def _spans(starts: Sequence[int], ends: Sequence[int], edits: Sequence[Edit]) -> list[tuple[range, list[Edit]]]:
    """The words that edits touch, and which do; edits of spaces alone touch none."""
    spans: list[tuple[range, list[Edit]]] = []
    for edit in edits:
        if edit.start == edit.end:
            first = bisect_left(ends, edit.start)
            last = first + (first < len(starts) and starts[first] <= edit.start)
        else:
            first, last = bisect_right(ends, edit.start), bisect_left(starts, edit.end)
        if first >= last:
            continue
        if spans and first < spans[-1][0].stop:
            span, own = spans.pop()
            spans.append((range(span.start, max(span.stop, last)), [*own, edit]))
        else:
            spans.append((range(first, last), [edit]))
    return spans


def _renewed(span: range, words: Sequence[str], text: str) -> Iterator[tuple[str, Was]]:
    """What a text that stands in place of these words is made of."""
    old, pieces = words[span.start : span.stop], text.split()
    if len(span) == 1 and pieces and (len(pieces) == 1 or old[0] not in pieces):
        yield text.strip(), span.start
    elif len(pieces) == len(old):
        yield from zip(pieces, span, strict=True)
    else:
        same = SequenceMatcher(None, old, pieces, autojunk=False).get_matching_blocks()
        was = {block.b + i: span.start + block.a + i for block in same for i in range(block.size)}
        yield from ((piece, was.get(place)) for place, piece in enumerate(pieces))
