"""What is learnt of a cell beside its scores, as records; each is the shape of a part of its line (`core.shapes`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator, Field

from harness.core.lengths import Lengths
from harness.core.shapes import Amount, Count, Flag, Number, Share, null_is
from harness.wording.visible import visible

Name = Annotated[str, Field(strict=True), AfterValidator(visible)]


@dataclass(frozen=True)
class Identity:
    """The identity control."""

    n: Count
    max_abs_difference: Amount
    n_predictions_changed: Count


@dataclass(frozen=True)
class Seen:
    """What an encoder sees of changed texts, and saw of them before.

    Tokens a word (runs of non-space characters), with special ones and before any are cut; the share of tokens that the
    vocabulary has no piece for; tokens a text beyond what is read. `drift`: 1 − cosine between a text's vectors before
    and after, the mean over the texts that are read as other tokens. `sensitivity`: of the pairs that people judged
    unlike the share that are farther apart than a text is from its changed form, where the task is to tell.
    """

    tokens_per_word_before: Amount | None = None
    tokens_per_word_now: Amount | None = None
    unknown_before: Share | None = None
    unknown_now: Share | None = None
    tokens_cut_before: Amount | None = None
    tokens_cut_now: Amount | None = None
    drift: Amount | None = None
    sensitivity: Share | None = None


@dataclass(frozen=True)
class Shift:
    """How far the texts of the test side are from those that are learnt from, in a cell of domains.

    The share of the words of the tested texts that occur in the learnt ones, each once (`types_known`) and as often as
    it stands there (`words_known`); tokens a word of either side, without those around every text; how well a linear
    model tells the sides apart by the row's own vectors, cross-validated: 0.5 is not at all.
    """

    types_known: Share | None = None
    words_known: Share | None = None
    subwords_train: Amount | None = None
    subwords_test: Amount | None = None
    told_apart: Share | None = None

    @property
    def distance(self) -> float | None:
        """The proxy A-distance, 2 (1 − 2 error), 0 to 2 (Ben-David et al. 2007)."""
        return None if self.told_apart is None else max(0.0, 2 * (1 - 2 * (1 - self.told_apart)))


@dataclass(frozen=True)
class Facts:
    """What was learnt of a cell while it was scored. `ids_unchanged` is by the reading it is compared with.

    `rarer`: how much rarer the terms are that stand for words, on the Zipf scale (Speer 2022, wordfreq). `n_short`:
    labels with fewer training texts than a protocol asks for.
    """

    n_texts: Count | None = None
    n_truncated: Count | None = None
    n_unmatched: Count | None = None
    n_parameters: Count | None = None
    disk_mb: Amount | None = None
    n_short: Count | None = None
    n_unread: Count | None = None
    entities: Annotated[Mapping[Name, tuple[Count, Count, Count]], null_is({})] = field(default_factory=dict)
    texts_changed: Share | None = None
    edits_per_text: Amount | None = None
    edit_rate: Share | None = None
    rarer: Number | None = None
    seen: Seen | None = None
    shift: Shift | None = None
    tokens_per_text: Amount | None = None
    ids_unchanged: Annotated[Mapping[str, Share], null_is({})] = field(default_factory=dict)
    content: Annotated[Mapping[Name, Name], null_is({})] = field(default_factory=dict)
    lengths: Annotated[Mapping[Name, Lengths], null_is({})] = field(default_factory=dict)
    converged: Annotated[Flag, null_is(True)] = True
    identity: Identity | None = None


NO_FACTS = Facts()
