"""What counting questions of one answer as independent does to a gate and to an interval.

`python benchmarks/clusters.py` draws pairs of builds in which whole answers move by chance and nothing is truly
worse; nothing is encoded. Prints the table that docs/ci.md quotes.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from harness.core.seeds import generator_of
from harness.metrics import retrieval
from harness.stats import interval, p_greater

N, ALPHA = 1000, 0.05
#: Questions of each answer.
SIZES = {
    "125 answers with 11 questions each": [11] * 125,
    "3,000 answers with 1 question, 1 with 3,000": [1] * 3000 + [3000],
}
#: An answer is found in so many builds; so many of the questions do as their answer does, the others the reverse;
#: for so many answers a new build draws anew whether it finds them.
FOUND, ALIKE, ANEW = 0.85, 0.9, 0.5
TRUTH = FOUND * ALIKE + (1 - FOUND) * (1 - ALIKE)


class Shares(NamedTuple):
    """Of all replays: those that a one-sided test calls worse, those whose interval holds the true score."""

    worse: float
    covered: float


def builds(sizes: Sequence[int], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The answer of each question, and whether it is right then and now (n_questions,): two builds alike."""
    answer = np.repeat(np.arange(len(sizes)), sizes)
    then = rng.random(len(sizes)) < FOUND
    now = np.where(rng.random(len(sizes)) < ANEW, rng.random(len(sizes)) < FOUND, then)
    is_alike = rng.random(len(answer)) < ALIKE
    return answer, then[answer] == is_alike, now[answer] == is_alike


def replays(sizes: Sequence[int], n: int, *seed: str) -> dict[str, Shares]:
    """`n` pairs of builds, judged with each question as its own cluster and with each answer as one."""
    found: dict[str, list[tuple[bool, bool]]] = {"questions": [], "answers": []}
    for i in range(n):
        answer, *both = builds(sizes, generator_of("clusters", *seed, i))
        then, now = (np.stack([right, np.ones(len(right))], axis=1) for right in both)
        for what, clusters in (("questions", np.arange(len(answer))), ("answers", answer)):
            rng = generator_of("clusters", what, *seed, i)
            p = p_greater("sign-flip", retrieval.recall, (then, clusters), (now, clusters), rng=rng, n_resamples=1000)
            score = interval(retrieval.recall, (then, clusters), rng=rng, n_resamples=1000)
            found[what].append((p < ALPHA, score.low <= TRUTH <= score.high))
    return {what: Shares(*np.mean(each, axis=0).tolist()) for what, each in found.items()}


def main() -> None:
    columns = ["questions", "called worse, by question", "by answer", "interval holds the truth, by question"]
    print(f"| {' | '.join([*columns, 'by answer'])} |\n|{'---|' * 5}", flush=True)
    for name, sizes in SIZES.items():
        found = replays(sizes, N, name)
        shares = [found[what][i] for i in (0, 1) for what in ("questions", "answers")]
        print(f"| {name} | {' | '.join(f'{100 * share:.1f} %' for share in shares)} |", flush=True)


if __name__ == "__main__":
    main()
