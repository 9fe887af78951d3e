"""What flows between rooms: examples, the hidden states of a batch, outcomes. No keys here, only contents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from harness.core.errors import DataError

#: A part of a text that stayed, or one that was changed: as it was, and as it is now.
Piece = str | tuple[str, str]


@dataclass(frozen=True)
class Example:
    """A test item that a perturbation flipped, to look at: by role its texts, cut to what is around the edits.

    `tokens` are those that the encoder reads of the changed ones, with spaces between; none where there is no encoder.
    """

    item: str
    texts: Mapping[str, tuple[Piece, ...]]
    tokens: Mapping[str, tuple[Piece, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Outranked:
    """A query of a search above whose best answer a wrong document stands; texts are cut.

    `rank` is that of the answer, None beyond those that are kept; `similarities` are those of the answer and of the
    wrong document, which stands first, to the query. None where it is not known.
    """

    item: str
    query: str
    answer: str
    wrong: str
    rank: int | None
    similarities: tuple[float | None, float | None]


@dataclass(frozen=True)
class Negatives:
    """What stands above answers in a search: some such queries, and by their hash the texts of the documents that do so
    most often.
    """

    queries: tuple[Outranked, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Examples:
    """Ordered items of a split. All tuples have one entry an item.

    `fields` are the named texts (`text`, or what else an encoder reads at a time). `labels` are class names.
    `relevant` gives, for queries, the item ids of the corpus that answer them, and `grades` how well, where people
    graded that; `candidates` those that are ranked for a query, where these are not the whole corpus. `tags` has, for
    lists of words, a tag in IOB2 for each word. `clusters` are what is resampled together: a document, a group.
    `held_out` marks training items that serve to choose by and are never learnt from; None where there are none.
    `places` are those of the items among the rows of their side's source, from 0: what other programs draw by.
    """

    items: tuple[str, ...]
    clusters: tuple[str, ...]
    fields: Mapping[str, tuple[Any, ...]]
    labels: tuple[Any, ...] | None = None
    domains: tuple[str, ...] | None = None
    relevant: tuple[tuple[str, ...], ...] | None = None
    held_out: tuple[bool, ...] | None = None
    grades: tuple[tuple[float, ...], ...] | None = None
    places: tuple[int, ...] | None = field(default=None, compare=False)
    candidates: tuple[tuple[str, ...], ...] | None = None
    tags: tuple[tuple[str, ...], ...] | None = None

    def __post_init__(self) -> None:
        answers = [self.relevant, self.grades, self.candidates]
        optional = [self.labels, self.domains, self.held_out, self.places, self.tags, *answers]
        columns = [self.clusters, *optional, *self.fields.values()]
        if any(c is not None and len(c) != len(self.items) for c in columns):
            raise ValueError("every column of Examples needs one entry an item")

    def __len__(self) -> int:
        return len(self.items)

    @property
    def text(self) -> tuple[Any, ...]:
        """What an encoder reads: texts, or pairs of them (`Input`)."""
        return self.fields["text"]

    @property
    def n_asked(self) -> tuple[int, int]:
        """What a head is fitted on: how many items, or words that have tags; and of how many classes."""
        tags = [tag for own in self.tags or () for tag in own]
        return (len(tags), len(set(tags))) if self.tags else (len(self), len(set(self.labels or ())))

    def asked_as(self, now: "Examples") -> "Examples":
        """These items, with what is asked of them once their texts were changed, which are their `read` then.

        Words that an edit took away are not asked for any more.
        """
        return self if now.tags is None else replace(self, tags=now.tags, fields={**self.fields, "read": now.text})

    def take(self, index: list[int]) -> "Examples":
        """These items, in this order."""

        def pick(column: tuple[Any, ...] | None) -> Any:
            return None if column is None else tuple(column[i] for i in index)

        columns = {one.name: pick(getattr(self, one.name)) for one in fields(self) if one.name != "fields"}
        return Examples(**columns, fields={name: pick(column) for name, column in self.fields.items()})

    @property
    def learnt(self) -> "Examples":
        """Those that are not held out."""
        if self.held_out is None:
            return self
        return self.take([place for place, is_out in enumerate(self.held_out) if not is_out])


def utf8(text: str, place: str) -> str:
    """The text, if UTF-8 can carry it; lone surrogates crash tokenizers and Arrow. DataError names the place."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        char = text[error.start]
        raise DataError(
            f"{place}: a lone surrogate (U+{ord(char):04X}) at character {error.start + 1}; "
            "expected text that UTF-8 can carry. Read the file with its true encoding, or remove the character."
        ) from None
    return text


@dataclass(frozen=True)
class TokenStates:
    """What a model made of a batch: hidden states (batch, n_tokens, d) fp32 by `layers`, of those that were asked for.

    Layer -1 is the last and always there; 0 is what the embeddings gave, 1 the first layer. (batch, n_tokens) are
    `mask`, True for real tokens; `special`, True for those that the tokenizer put around the texts; and `words`, the
    number of the word that a token belongs to, -1 for none (None unless some input of the batch is a list of words;
    the longest list has `n_words`). The first `n_prompt` tokens of each text are those of the prefix put before it.
    """

    layers: Mapping[int, Any]
    mask: Any
    special: Any
    words: Any = None
    n_words: int = 0
    n_prompt: int = 0

    @property
    def hidden(self) -> Any:
        """The states of the last layer."""
        return self.layers[-1]


@dataclass(frozen=True)
class Outcomes:
    """What happened to each item of a cell, in one schema for every task. All arrays have one entry an item.

    item, cluster: str. gold, prediction: str, or float64 where they are numbers. draw: int (which repeat). score: float
    (what the prediction was ranked by). sums: float columns of any name that a metric looks at (`ndcg@10` a query …),
    NaN where an item has no value. content: str, the hash of what the item is before anything was done to its text: two
    runs compare items by it ('' where unknown).
    Of tags, gold and prediction are the entities of a sentence (`core.tags.written`), `answers` and `ranking` hashes of
    their words and types, with bars between.
    Of a search, `answers` and `ranking` are hashes of texts of documents, with bars between them: those that answer,
    with `=` and the grade where it is not 1, and those that were found first, the best first ('' elsewhere).
    """

    item: Any
    cluster: Any
    draw: Any
    gold: Any
    prediction: Any
    score: Any
    sums: Mapping[str, Any] = field(default_factory=dict)
    content: Any = None
    answers: Any = None
    ranking: Any = None

    def __post_init__(self) -> None:
        for name in ("content", "answers", "ranking"):
            if getattr(self, name) is None:
                object.__setattr__(self, name, np.full(len(self.item), ""))

    def __len__(self) -> int:
        return len(self.item)

    def take(self, index: Any) -> "Outcomes":
        """The items that a boolean mask or an index array selects."""
        sums = {name: column[index] for name, column in self.sums.items()}
        return Outcomes(**{name: getattr(self, name)[index] for name in _COLUMNS}, sums=sums)


_COLUMNS = tuple(one.name for one in fields(Outcomes) if one.name != "sums")


def concatenate(parts: Sequence[Outcomes]) -> Outcomes:
    """Outcomes one after the other, with the sums that all have; clusters keep their names, so that repeats of an item
    stay together.
    """
    if len(parts) == 1:
        return parts[0]
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS}
    sums = [name for name in parts[0].sums if all(name in part.sums for part in parts)]
    return Outcomes(**columns, sums={name: np.concatenate([p.sums[name] for p in parts]) for name in sums})
