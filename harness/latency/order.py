"""The order of processes: there and back again, so that drift of the machine falls on all alike."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def interleaved(subjects: Sequence[T], n_replicates: int) -> list[tuple[int, T]]:
    """(replicate, subject) in the order they run: A B C, C B A, A B C …"""
    order = []
    for replicate in range(n_replicates):
        turn = subjects if replicate % 2 == 0 else list(reversed(subjects))
        order += [(replicate, subject) for subject in turn]
    return order
