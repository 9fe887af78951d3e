"""Quality and milliseconds over how many tokens of a text are read: a line a row, in the colours of severities."""

import math
from collections.abc import Callable, Sequence

from harness.report.blocks import Figure
from harness.report.drawing import Drawing, Space, Spec, axis, layer, numeric, padded
from harness.report.lengths_model import AtLength, Sweep
from harness.report.measure import Measure
from harness.report.severity import SHAPES, colour
from harness.wording import numbers

SPACE = Space(380, 240, left=46, right=12, top=8, bottom=40)


def figure(sweeps: Sequence[Sweep], measure: Measure) -> Figure | None:
    """A drawing of scores and, where encoders that read less were timed, one of times; None where no row has several.

    The rows that score best where they read most have a colour; of the others the table tells.
    """
    best = sorted(sweeps, key=lambda one: one.points[-1].score.value, reverse=measure.higher_is_better)
    shown = best[: len(SHAPES)]
    if not shown:
        return None
    timed = [one for one in shown if sum(point.p50_ms is not None for point in one.points) > 1]
    drawn = [_quality(shown, measure)]
    drawn += [_times(shown, timed)] if timed else []
    caption = "The same weights reading less of each text. Bars: 95 % intervals."
    caption += " Times are the median of one text at a time." if timed else ""
    caption += " Of the other rows the table tells." if len(best) > len(shown) else ""
    return Figure(tuple(drawn), caption, keys=tuple(zip(SHAPES, (one.title for one in shown), strict=False)))


def _quality(sweeps: Sequence[Sweep], measure: Measure) -> Drawing:
    def spot(point: AtLength) -> Spec:
        value, low, high = (measure.factor * b for b in (point.score.value, point.score.low, point.score.high))
        return {"y": value, **({"low": low, "high": high} if math.isfinite(low + high) else {})}

    words = [
        _said(one, [f"{measure.number(point.score.value)} at {point.n_tokens:,}" for point in one.points])
        for one in sweeps
    ]
    what = f"{measure.label}, {measure.unit}"
    spots = _spots(sweeps, sweeps, spot)
    return _drawing("Quality", what, spots, words, is_reversed=not measure.higher_is_better)


def _times(shown: Sequence[Sweep], timed: Sequence[Sweep]) -> Drawing:
    spots = _spots(shown, timed, lambda point: {} if point.p50_ms is None else {"y": point.p50_ms})
    words = [
        _said(one, [f"{numbers.fixed(p.p50_ms, 1)} at {p.n_tokens:,}" for p in one.points if p.p50_ms is not None])
        for one in timed
    ]
    return _drawing("Time", "p50, ms", spots, words)


def _said(sweep: Sweep, values: Sequence[str]) -> str:
    return f"{sweep.title}: {', '.join(values)}."


def _spots(shown: Sequence[Sweep], drawn: Sequence[Sweep], of: Callable[[AtLength], Spec]) -> list[Spec]:
    """The points that have a value; rows stand a little beside each other."""
    found = []
    for place, (one, shape) in enumerate(zip(shown, SHAPES.values(), strict=False)):
        looks = {
            "row": str(place),
            "colour": colour(place),
            "shape": shape,
            "dodge": 2.5 * (place - (len(shown) - 1) / 2),
        }
        for point in one.points if one in drawn else ():
            if value := of(point):
                found.append({"tokens": point.n_tokens, **value, **looks})
    return found


def _drawing(
    title: str, what: str, spots: Sequence[Spec], words: Sequence[str], *, is_reversed: bool = False
) -> Drawing:
    tokens = sorted({spot["tokens"] for spot in spots})
    x = numeric("tokens", domain=padded([math.log2(one) for one in tokens]))
    x |= {"field": "at", "axis": axis("tokens read", SPACE, "bottom", values=[math.log2(one) for one in tokens])}
    x["axis"] |= {"labelExpr": "format(round(pow(2, datum.value)), ',')"}
    bounds = [spot[name] for spot in spots for name in ("y", "low", "high") if name in spot]
    y = numeric("y", domain=padded(bounds), reverse=is_reversed) | {"axis": axis(what, SPACE, "left", tickCount=5)}
    spots = [spot | {"at": math.log2(spot["tokens"])} for spot in spots]
    moved = {"xOffset": {"expr": "datum.dodge"}}
    row = {"detail": {"field": "row", "type": "nominal"}}
    bars = [spot for spot in spots if "low" in spot]
    layers = (
        layer({"type": "line", "strokeWidth": 1.6, **moved}, spots, "line", x=x, y=y, stroke="colour", **row),
        layer(
            {"type": "rule", "opacity": 0.7, **moved}, bars, "bar", x=x, y=y | {"field": "low"}, y2={"field": "high"},
            stroke="colour",
        ),
        layer(
            {"type": "point", "opacity": 1, "size": 45, **moved}, spots, "point", x=x, y=y, fill="colour",
            stroke="colour", shape="shape",
        ),
    )  # fmt: skip
    return Drawing(title, f"{what}, by how many tokens of a text are read. {' '.join(words)}", SPACE, layers)
