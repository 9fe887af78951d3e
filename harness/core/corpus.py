"""Texts that an encoder is trained on, mostly without labels."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import cached_property

from harness.core.errors import DataError
from harness.core.fingerprint import fingerprint

#: An encoder that sees fewer texts again and again learns them, not the language.
LEAST = 20


@dataclass(frozen=True)
class Corpus:
    """Distinct texts, in order, with the domain of each ('' where there are none), and pairs that belong together,
    whose sides an encoder reads as these `roles`. `labels` has the class of each text, where these are asked for.

    `n_removed`: how many are left out because they are tested somewhere.
    """

    name: str
    texts: tuple[str, ...]
    domains: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    labels: tuple[str, ...] = ()
    roles: tuple[str, ...] = ("text", "text")
    n_removed: int = field(default=0, compare=False)

    @cached_property
    def key(self) -> str:
        """The hash of all texts, and of their labels where these are asked for: the name is in no key."""
        told = {"noun": "Corpus", "texts": self.texts, "domains": self.domains, "pairs": self.pairs}
        return fingerprint(told | ({"labels": self.labels} if self.labels else {}))

    def of(self, domains: Collection[str]) -> "Corpus":
        """The texts of these domains, all where none are named. DataError for a domain it has not, or too few texts."""
        if unknown := sorted(set(domains).difference(self.domains)):
            known = ", ".join(map(repr, sorted(filter(None, set(self.domains))))) or "none"
            raise DataError(f"{self.name} has no domain {unknown[0]!r}; its domains are: {known}.")
        both = zip(self.texts, self.domains, strict=True)
        kept = {text: domain for text, domain in both if not domains or domain in domains}
        labels = tuple(label for text, label in zip(self.texts, self.labels, strict=False) if text in kept)
        if len(kept) < LEAST:
            raise DataError(f"{self.name} has {len(kept)} distinct texts to train on; expected {LEAST} at least.")
        pairs = tuple(pair for pair in self.pairs if kept.keys() >= set(pair))
        return replace(self, texts=tuple(kept), domains=tuple(kept.values()), pairs=pairs, labels=labels)
