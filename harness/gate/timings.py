"""What the gate keeps of timings: ratios to the reference of the same run, and padding, replicate by replicate."""

from collections.abc import Iterable, Mapping
from typing import Any

from harness.latency import REQUESTS
from harness.report import latency
from harness.results import AnyRun
from harness.results.records import Timing


def timings(run: AnyRun) -> list[dict[str, Any]]:
    """A line each encoder, pooler and timed texts (a task's name, or `requests`).

    `ratio`: by replicate, the median time of a text over that of the reference (its first timed pooler).
    `padding_waste`: by replicate, the share of computed tokens that is padding in the `offline` scenario.
    `texts`: by replicate, a digest of what was timed; None in runs of a version that kept none.
    """
    found = []
    stored = run.timings
    for task in dict.fromkeys(line.task for line in stored):
        lines = latency.of_task(stored, task)
        reference = _reference(run, lines)
        base = latency.medians(lines, *reference) if reference else {}
        for encoder, pooler in _timed(lines):
            mine = latency.medians(lines, encoder, pooler)
            own = [line for line in lines if line.scenario != "memory" and line.encoder == encoder]
            waste = {line.replicate: line.padding_waste for line in own if line.scenario == "offline"}
            found.append(
                {
                    "task": task,
                    "encoder": encoder,
                    "pooler": pooler,
                    "reference": reference[0] if reference else None,
                    "ratio": {str(r): round(mine[r] / base[r], 5) for r in sorted(mine.keys() & base.keys())},
                    "padding_waste": {str(r): round(share, 6) for r, share in waste.items() if share is not None},
                    "texts": {str(line.replicate): line.texts for line in own},
                }
            )
    return sorted(found, key=lambda line: (line["task"], line["encoder"], line["pooler"]))


def line_of(lines: Iterable[Mapping[str, Any]], task: str, encoder: str, pooler: str) -> Mapping[str, Any] | None:
    """The line of a row: on its task's texts, or on the suite's own requests."""
    mine = [one for one in lines if (one["encoder"], one["pooler"]) == (encoder, pooler)]
    return next((one for name in (task, REQUESTS) for one in mine if one["task"] == name), None)


def other_texts(then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Why two lines of a row may not be compared; empty where both timed the same texts in each shared replicate."""
    shared = then["texts"].keys() & now["texts"].keys()
    return "" if shared and all(then["texts"][r] == now["texts"][r] for r in shared) else "other texts were timed"


def _reference(run: AnyRun, lines: Iterable[Timing]) -> tuple[str, str] | None:
    """The encoder that others are held against in this run, under its first timed pooler."""
    suite = run.about.suite
    wanted = suite.latency.reference or suite.reference
    return next((one for one in _timed(lines) if one[0] == wanted), None)


def _timed(lines: Iterable[Timing]) -> list[tuple[str, str]]:
    single = [line for line in lines if line.scenario == "single-stream"]
    return list(dict.fromkeys((line.encoder, pooler) for line in single for pooler in line.total_ms))
