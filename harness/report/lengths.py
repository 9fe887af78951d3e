"""How long the texts of a task are for each encoder, and what reading less of them costs and saves."""

from collections.abc import Iterator, Mapping, Sequence

from harness.catalogue import catalogue
from harness.core.lengths import Lengths
from harness.report.lengths_model import AtLength, Reading, Sweep
from harness.report.model import CONDITIONS, Result, Row, Task
from harness.report.source import Source, grouped
from harness.report.standing import Standing
from harness.report.table import DASH, Cell, Column, Line, Section, Table, number
from harness.results.manifest import Encoder
from harness.stats import Interval
from harness.tasks.kinds import roles
from harness.wording import numbers


def readings(rows: Sequence[Row]) -> tuple[Reading, ...]:
    """Of each side what encoders count and read, those together that do so alike."""
    found = grouped(
        ((role, own), row.encoder) for row in rows if row.clean for role, own in row.clean.facts.lengths.items()
    )
    called = roles()
    return tuple(
        Reading(tuple(dict.fromkeys(names)), called.get(role, role), own)
        for (role, own), names in sorted(found.items(), key=lambda one: list(called).index(one[0][0]))
    )


def table(task: Task) -> Table | None:
    """A line a side and encoder; None where nothing was counted."""
    if not task.readings:
        return None
    return Table(
        caption=f"{task.name}, lengths in the tokens of each encoder.",
        explains=(
            "Of the test side, special tokens and prefix included, before anything is cut. 90 %, 95 %, 99 %: so many "
            "texts have at most these tokens. Reads: the most that is read of a text. Cut: texts that are longer. "
            "Unread: the share of all tokens that is never read."
        ),
        sections=(Section(tuple(_reading(one, one.lengths) for one in task.readings)),),
    )


def _reading(one: Reading, own: Lengths) -> Line:
    ranks = {"median": own.median, "90 %": own.p90, "95 %": own.p95, "99 %": own.p99}
    return {
        Column("encoder", is_number=False): Cell(", ".join(one.encoders)),
        Column("side", is_number=False): Cell(one.what),
        Column("texts"): Cell(numbers.count(own.n)),
        **{Column(name): Cell(numbers.fixed(value, 0)) for name, value in ranks.items()},
        Column("longest"): Cell(numbers.count(own.longest)),
        Column("reads"): Cell("all, in windows" if own.read is None else numbers.count(own.read)),
        Column("cut"): Cell(numbers.percent(own.cut)),
        Column("unread"): Cell(numbers.percent(own.unread)),
    }


def sweeps(source: Source, rows: Sequence[Row], known: Standing) -> tuple[Sweep, ...]:
    """The same weights, pooled and used alike, where a suite reads with them at several lengths."""
    abouts = source.manifest.encoders
    known_rows = [row for row in rows if row.score is not None and abouts.get(row.encoder, Encoder()).checkpoint]
    alike = grouped((_weights(abouts, row), row) for row in known_rows)
    found = []
    for mine in alike.values():
        mine = sorted(mine, key=lambda row: -_read(abouts, row))
        points = dict[int, AtLength]()
        for point in (*_by_rows(abouts, mine, known), *_by_conditions(abouts, mine[0])):
            points.setdefault(point.n_tokens, point)
        if len(points) > 1:
            found.append(Sweep(mine[0].label, tuple(points[n] for n in sorted(points))))
    return tuple(found)


def _weights(abouts: Mapping[str, Encoder], row: Row) -> tuple[str | None, ...]:
    about = abouts[row.encoder]
    return about.checkpoint, about.backend, about.precision, about.truncation, str(about.prefix), row.pooler, row.mode


def _by_rows(abouts: Mapping[str, Encoder], rows: Sequence[Row], known: Standing) -> Iterator[AtLength]:
    """The rows themselves, which have times; the first reads most."""
    longest = rows[0]
    for row in rows:
        loss = None if row is longest else known.gain(longest.names, row.names, alone=True)
        n_tokens, speed = _read(abouts, row), row.speed
        if n_tokens and row.score is not None:
            times = (speed.p50_ms, speed.texts_per_s) if speed else (None, None)
            yield AtLength(n_tokens, row.encoder, row.score, loss, _cut(row.clean), *times)


def _by_conditions(abouts: Mapping[str, Encoder], row: Row) -> Iterator[AtLength]:
    """What a row scores under conditions that read less."""
    for result in row.results:
        if _is_length(result) and result.score is not None and result.drop is not None and result.severity:
            n_tokens = min(int(result.severity), _read(abouts, row))
            yield AtLength(n_tokens, result.condition, result.score, result.drop.loss, _cut(result), None, None)


def _read(abouts: Mapping[str, Encoder], row: Row) -> int:
    """How many tokens a row reads of a text; of a search, of the side that it reads most of."""
    sides = row.clean.facts.lengths.values() if row.clean else ()
    return max((own.read for own in sides if own.read), default=abouts[row.encoder].max_length or 0)


def _is_length(result: Result) -> bool:
    """Whether a condition reads another number of tokens."""
    component = catalogue().find(result.component, CONDITIONS)
    return component is not None and component.kind == "reading" and component.facts["severity"] == "tokens"


def _cut(result: Result | None) -> float | None:
    if result is None or result.facts.n_truncated is None or not result.facts.n_texts:
        return None
    return result.facts.n_truncated / result.facts.n_texts


def by_length(task: Task) -> Table | None:
    """A section a row, a line a length; None where no row has several."""
    if not task.sweeps:
        return None
    return Table(
        caption=f"{task.name}, quality and time by how much is read.",
        explains=(
            f"The same weights reading less of each text. Lost: {task.measure.unit} against the longest reading, on "
            "the same items, with the interval of this difference alone; negative is a gain. Cut: texts longer than "
            "that. Times are those of encoders that read so by themselves."
        ),
        sections=tuple(Section(tuple(_point(p, task) for p in one.points), one.title) for one in task.sweeps),
        grouped_by="row",
    )


def _point(point: AtLength, task: Task) -> Line:
    measure = task.measure
    return {
        Column("tokens"): Cell(numbers.count(point.n_tokens), sort=point.n_tokens),
        Column("by", is_number=False): Cell(point.by),
        Column("cut"): DASH if point.cut is None else Cell(numbers.percent(point.cut)),
        Column(measure.label): Cell(measure.number(point.score.value), measure.bounds(point.score)),
        Column("lost", measure.unit): _lost(point.loss, task),
        Column("p50", "ms"): number(point.p50_ms),
        Column("texts/s"): number(point.texts_per_s),
    }


def _lost(loss: Interval | None, task: Task) -> Cell:
    return DASH if loss is None else Cell(task.measure.number(loss.value), task.measure.bounds(loss))
