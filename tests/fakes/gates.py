"""Runs that are accepted as a baseline, and held to it."""

import shutil

from tests.fakes.command import Command, Said
from tests.fakes.desk import Desk, reviews, write_csv

SUITE = """
name: reviews
encoders: [{name: one, checkpoint: ./one}]
poolers: [{name: main, pooler: mean}]
modes: [probe]
tasks: [{name: reviews, data: reviews.csv}]
conditions: [misspellings]
latency: false
device: cpu
gate: {margin: 0.02}
"""


def accept(desk: Desk, command: Command, text: str = SUITE, n: int = 700) -> None:
    """A run of the suite, accepted as b.json."""
    write_csv(desk.path / "reviews.csv", [row[:2] for row in reviews(n)], ("text", "label"))
    desk.run(text, "accepted")
    said = command("baseline", "accepted", "-o", "b.json", "--reason", "first baseline")
    assert said.code == 0, said.err


def gate(desk: Desk, command: Command, text: str = SUITE, *options: str) -> Said:
    """A run of the suite held to b.json."""
    shutil.rmtree(desk.path / "run", ignore_errors=True)
    desk.run(text, "run")
    return command("gate", "run", "--baseline", "b.json", *options)
