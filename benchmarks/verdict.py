"""Is the row that a verdict names as close to the best as it says? 30 rows, 60 to 2,000 texts, equal and unequal.

`python -m benchmarks.verdict [DRAWS]` (default 200). Right and wrong answers are drawn for 30 rows that get much the
same texts wrong (the answers of two rows differ on about a seventh of the texts), the cheapest row first, and the rule
of the page is applied: the cheapest row that is shown to lose less than `within`. Prints the table that docs/verdict.md
quotes. Nothing is encoded.
"""

import sys
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from benchmarks.rows import correlated
from harness.core.seeds import generator_of
from harness.metrics.classification import accuracy
from harness.stats import Part, comparisons

N_ROWS, SIZES, WITHIN = 30, (60, 200, 600, 2000), (0.01, 0.03, 0.10)


def truths(within: float) -> Mapping[str, NDArray[np.float64]]:
    """How far each row truly is below the best, the cheapest row first."""
    over = within + 0.0005
    return {
        "all equal": np.zeros(N_ROWS),
        "20 points, evenly": np.linspace(0.20, 0.0, N_ROWS),
        "all but the best a hair too bad": np.array([over] * (N_ROWS - 1) + [0.0]),
        "the cheaper half a hair too bad": np.array([over] * (N_ROWS // 2) + [0.0] * (N_ROWS - N_ROWS // 2)),
        "the cheaper half far too bad": np.array([2 * within + 0.05] * (N_ROWS // 2) + [0.0] * (N_ROWS // 2)),
    }


def drawn(below: NDArray[np.float64], n: int, within: float, i: int) -> tuple[bool, bool, bool]:
    """Whether a row is shown to be close, whether it is not, whether the one with the best score is not."""
    rng = generator_of("verdict", n, within, i)
    names = np.arange(n).astype(str)
    rows = [[Part(np.stack([r, np.ones(n)], axis=1), names)] for r in correlated(rng, n, below)]
    known = comparisons(accuracy.component.function, rows, rng)  # type: ignore[attr-defined]
    shown = [row for row in range(N_ROWS) if known.may_lose(row, range(N_ROWS))[0] <= within]
    bad = below - below.min() > within
    return bool(shown), bool(shown and bad[shown[0]]), bool(bad[int(np.argmax(known.scores))])


def main() -> None:
    n_draws = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print("| truth | within | texts | a row is shown to be close | and is not | best score, not close |")
    print("|---|---|---|---|---|---|")
    for within in WITHIN:
        for name, below in truths(within).items():
            for n in SIZES:
                found = np.mean([drawn(below, n, within, i) for i in range(n_draws)], axis=0)
                shares = " | ".join(f"{100 * share:.1f} %" for share in found)
                print(f"| {name} | {100 * within:.0f} points | {n:,} | {shares} |", flush=True)


if __name__ == "__main__":
    main()
