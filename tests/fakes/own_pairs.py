"""Pairs of texts, as newcomers bring them, with a class or a number that says how alike they are. From templates."""

from random import Random

from tests.fakes.own_data import _csv

_WHO = ("A man", "A woman", "Two children", "The old farmer", "A musician", "Some tourists", "The cook", "A student")
_DOES = ("plays the guitar", "slices a potato", "rides a brown horse", "reads a long letter", "climbs over the fence")
_WHERE = ("in the kitchen", "near the river", "on a busy street", "behind the house", "at the station", "in the park")


def pairs(
    n: int = 200, told: str = "score", header: tuple[str, str] = ("sentence1", "sentence2"), seed: int = 1
) -> str:
    """A CSV of two sentences and a `score` from 0 to 5, or, by any other name, 1 where they say the same and 0."""
    rng, rows = Random(seed), []
    for number in range(n):
        parts = [rng.choice(_WHO), rng.choice(_DOES), rng.choice(_WHERE), f"before {number} o'clock"]
        others = [part if rng.random() < 0.6 else rng.choice(_WHERE) for part in parts[:3]]
        alike = sum(a == b for a, b in zip(parts, others, strict=False))
        value = round(5 * alike / 3 + rng.random() / 10, 1) if told == "score" else int(alike > 1)
        rows.append([" ".join(parts), " ".join([*others, parts[3]]), value])
    return _csv([[*header, told], *rows])
