"""Students beside their teachers: what they keep of the score, and how much faster they are."""

from collections.abc import Sequence
from dataclasses import replace

from harness.report.model import Row
from harness.report.source import Source
from harness.report.standing import Standing
from harness.report.taught_model import Taught
from harness.results.manifest import Encoder
from harness.stats import Interval


def rows(source: Source, found: Sequence[Row], known: Standing) -> list[Row]:
    """The rows, students with what they are beside their teachers."""
    by_names, told = {row.names: row for row in found}, []
    for row in found:
        name = source.manifest.encoders.get(row.encoder, Encoder()).teacher
        teacher = by_names.get((name, row.pooler, row.mode)) if name else None
        if name and teacher is not None:
            fast, slow = (one.speed.p50_ms if one.speed else None for one in (row, teacher))
            row = replace(
                row, taught=Taught(name, _retained(row, teacher, known), slow / fast if fast and slow else None)
            )
        told.append(row)
    return told


def _retained(row: Row, teacher: Row, known: Standing) -> Interval | None:
    gain, score = known.gain(row.names, teacher.names, alone=True), teacher.score
    chance = teacher.clean.chance if teacher.clean else None
    room = score.value - chance if score is not None and chance is not None else 0.0
    return Interval(*(1 + value / room for value in vars(gain).values())) if gain is not None and room > 0 else None
