"""What the page says of documents that stand above answers in a search, as values."""

from dataclasses import dataclass

from harness.core.data import Outranked


@dataclass(frozen=True)
class Above:
    """Of one row, its queries on texts as they are: `n`, of `n_outranked` a wrong document stands first, of `n_beyond`
    no answer is among the first ten.

    `n_documents` different ones stand above answers; `offenders` are those that do so most often: how many queries of,
    and their text where it is kept. `share` of the outranked queries have one of these above their answer. `examples`
    are some of the outranked queries.
    """

    names: tuple[str, str, str]
    n: int
    n_outranked: int
    n_beyond: int
    n_documents: int
    share: float
    offenders: tuple[tuple[int, str], ...]
    examples: tuple[Outranked, ...]
