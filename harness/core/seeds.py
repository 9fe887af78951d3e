"""Random generators from what they are for. No global state: a generator is always an argument."""

import hashlib
import random
from dataclasses import dataclass

import numpy as np

from harness.core.fingerprint import canonical

ROLES = ("perturb", "sample", "train")


def seed_of(*parts: str | int | float) -> int:
    """64 bits from the parts: the same on every machine, process and hash seed."""
    return int.from_bytes(hashlib.blake2b(canonical(parts).encode(), digest_size=8).digest(), "big")


def rng_of(*parts: str | int | float) -> random.Random:
    """A `random.Random` for these parts alone."""
    return random.Random(seed_of(*parts))


def generator_of(*parts: str | int | float) -> np.random.Generator:
    """A numpy generator for these parts alone."""
    return np.random.default_rng(seed_of(*parts))


@dataclass(frozen=True)
class Repeat:
    """Which draw of each role a cell stands for; None where the cell does not depend on the role."""

    perturb: int | None = None
    sample: int | None = None
    train: int | None = None

    def only(self, uses: frozenset[str]) -> "Repeat":
        """The same repeat without the roles that are not used: how repeats that cannot differ collapse."""
        return Repeat(**{role: getattr(self, role) if role in uses else None for role in ROLES})

    @property
    def known(self) -> dict[str, int]:
        """The roles that are drawn, with their numbers."""
        return {role: number for role in ROLES if (number := getattr(self, role)) is not None}

    @classmethod
    def named(cls, name: str) -> "Repeat":
        """The repeat that prints as `name`: files of earlier versions have no other form of it."""
        parts = [part.partition("=") for part in name.split(",")]
        return cls(**{role: int(number) for role, _, number in parts if role in ROLES and number.isdigit()})

    def __str__(self) -> str:
        """`perturb=1,sample=0`, or `–` where nothing is drawn."""
        return ",".join(f"{role}={number}" for role, number in self.known.items()) or "–"
