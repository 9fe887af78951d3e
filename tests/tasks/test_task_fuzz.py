"""A few hundred of the files that `benchmarks/fuzz_files.py` makes: no error but ours, and none takes long."""

import pytest

from benchmarks.fuzz_files import base, found, mutated


@pytest.mark.parametrize("kind", ["csv", "tsv", "json", "jsonl"])
def test_mutated_files_are_read_or_refused(kind: str) -> None:
    import pandas  # noqa: F401 - a second that is not the first file's

    assert {seed: wrong for seed in range(100) if (wrong := found(kind, seed))} == {}


def test_the_files_are_mutated_and_made_again_from_their_seed() -> None:
    from random import Random

    made = [mutated("csv", Random(seed)) for seed in range(50)]
    assert made == [mutated("csv", Random(seed)) for seed in range(50)]
    assert len(set(made)) > 40
    assert len({base("csv", Random(seed)) for seed in range(50)}) > 40
