"""Training texts as they are read, and the part of them that is held out to judge epochs."""

from collections import Counter, defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any

from harness.core.data import Examples
from harness.core.seeds import seed_of
from harness.encoders.tokens import Tokens


@dataclass(frozen=True)
class Row:
    """One training item: what is read of it, an input or several, and what the objective wants of it."""

    read: tuple[Tokens, ...]
    target: Any

    @property
    def tokens(self) -> Tokens:
        """The only input, or the first."""
        return self.read[0]

    @property
    def n_tokens(self) -> int:
        """Of all that is read."""
        return sum(len(one.ids) for one in self.read)


@dataclass(frozen=True)
class Parts:
    """Rows to learn from, and rows to judge an epoch by (none: the last epoch is kept)."""

    train: Sequence[Row]
    validation: Sequence[Row]


def parts_of(rows: Sequence[Row], held_out: Set[int]) -> Parts:
    """The rows in two parts; the held-out one from long to short, so that little is padding."""
    validation = sorted((rows[i] for i in held_out), key=lambda row: -row.n_tokens)
    return Parts([row for i, row in enumerate(rows) if i not in held_out], validation)


def held_out_of(examples: Examples, share: float, seed: int) -> set[int]:
    """Places of the held-out examples: those that are marked so (a validation file), else `share` of every label's.

    Clusters are held out whole, and at least one is left of each label; numbers count as one label. A cluster counts
    for its commonest label. Passed over are those that overshoot the share by more than they fill, and those that hold
    the last examples of any label.
    """
    if examples.held_out is not None:
        return {place for place, is_held_out in enumerate(examples.held_out) if is_held_out}
    labels = examples.labels if isinstance((examples.labels or (0.0,))[0], str) else None
    labels = labels or ("",) * len(examples)
    members: dict[str, list[int]] = defaultdict(list)
    for place, cluster in enumerate(examples.clusters):
        members[cluster].append(place)
    by_label: dict[str, list[str]] = defaultdict(list)
    own = {cluster: Counter(labels[place] for place in places) for cluster, places in members.items()}
    for cluster, counts in own.items():
        by_label[min(counts, key=lambda label: (-counts[label], label))].append(cluster)
    chosen, left = set[int](), Counter(labels)
    for _, clusters in sorted(by_label.items()):
        wanted, n = share * sum(len(members[c]) for c in clusters), 0
        for cluster in sorted(clusters, key=lambda c: seed_of(seed, "validation", c))[:-1]:
            fits = n + len(members[cluster]) / 2 <= wanted
            if fits and all(left[label] > count for label, count in own[cluster].items()):
                chosen.update(members[cluster])
                left -= own[cluster]
                n += len(members[cluster])
    return chosen
