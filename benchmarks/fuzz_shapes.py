"""Files of other shapes: a stored run and its baseline, mutated, must be read or refused in our own words, and soon.

`python -m benchmarks.fuzz_shapes RUN [COUNT] [SEED] [FILE...]` mutates the files of a copy of RUN (these files, or all)
one at a time, COUNT times, and reads each by every way that reads it: report, frame, gate, baseline, resume. It prints
what was raised that is no `HarnessError`, and what took longer than a second.
"""

import copy
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.found import Found
from harness import gate, report
from harness.gate import junit, markdown
from harness.results import Run
from harness.runner import manifest

#: How often each file is mutated, of all times.
FILES = {
    "run.json": 4,
    "baseline.json": 4,
    "cells.jsonl": 2,
    "builds.jsonl": 1,
    "timings.jsonl": 1,
    "comparisons.jsonl": 1,
}
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 10**30, 10**400, 1.5, -0.5, 1e308, -1e308, 5e-324),
    *(
        float("nan"),
        float("inf"),
        "",
        "x",
        "–",
        "clean",
        "done",
        "failed",
        "a/b",
        "\ud800",
        "\x00",
        "\x1b[31m",
        "z" * 5000,
    ),
    *([], {}, [None], [[]], {"": None}, {"x": {}}, [1, 2, 3], ["a"] * 500, {"name": []}, [{"name": "a"}]),
)


def paths(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all values inside a value."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*here, key)
        yield from paths(inner, (*here, key))


def mutated(value: Any, rng: random.Random) -> Any:
    """A copy with one to three places dropped, replaced, moved, wrapped, doubled or renamed."""
    value = json.loads(json.dumps(value))
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if places := list(paths(value)):
            _mutate(value, _place(places, rng), places, rng)
    return value


def _place(places: list[tuple[Any, ...]], rng: random.Random) -> tuple[Any, ...]:
    """A place; those of few fellows as often as those of which a long list has many."""
    kinds: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for place in places:
        kinds.setdefault(tuple("*" if isinstance(part, int) else part for part in place), []).append(place)
    return rng.choice(kinds[rng.choice(list(kinds))])


def _mutate(value: Any, place: tuple[Any, ...], places: list[tuple[Any, ...]], rng: random.Random) -> None:
    *above, last = place
    node = value
    for part in above:
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            return
    how = rng.randrange(7)
    try:
        if how == 0:
            del node[last]
        elif how == 1 and isinstance(node, list):
            node.extend([node[last]] * rng.choice((1, 50)))
        elif how == 2:
            other: Any = value
            for part in rng.choice(places):
                other = other[part]
            node[last] = json.loads(json.dumps(other))
        elif how == 3:
            node[last] = rng.choice(([node[last]], {"x": node[last]}, str(node[last])))
        elif how == 4 and isinstance(node, dict):
            node[rng.choice(("x", "", str(last) + "s"))] = node.pop(last)
        else:
            node[last] = copy.deepcopy(rng.choice(VALUES))
    except (KeyError, IndexError, TypeError):
        return


@dataclass(frozen=True)
class Desk:
    """A copy of a run and its baseline, to be mutated. `complete` is its run.json without what failed in it."""

    folder: Path
    run: dict[str, str]
    baseline: Path
    complete: str

    @classmethod
    def of(cls, run: Path, folder: Path) -> "Desk":
        """A copy in `folder`; the baseline is made of what is complete in it."""
        shutil.copytree(run, folder / "run")
        baseline = folder / "baseline.json"
        kept = {name: (folder / "run" / name).read_text(encoding="utf-8") for name in FILES if "baseline" not in name}
        stored = Run(folder / "run")
        done = {cell.key for cell in stored.cells if cell.status in ("done", "skipped")}
        plan = [entry for entry in stored.manifest["plan"] if entry["key"] in done]
        complete = json.dumps({**stored.manifest, "plan": plan})
        (folder / "run" / "run.json").write_text(complete, encoding="utf-8")
        made = gate.baseline_of(Run(folder / "run"), reason="a start", date="2026-01-01")
        baseline.write_text(gate.dump(made), encoding="utf-8")
        return cls(folder, {**kept, "baseline.json": gate.dump(made)}, baseline, complete)

    def file(self, name: str) -> Path:
        """Where a file lies."""
        return self.baseline if name == "baseline.json" else self.folder / "run" / name


def readers(desk: Desk) -> dict[str, Callable[[], Any]]:
    """Every way in which these files are read."""
    path = desk.folder / "run"

    def reported() -> None:
        run = Run(path)
        view = report.build(run)
        report.write(run, view)
        report.summary(view)
        report.rows(view)

    def resumed() -> None:
        manifest.known_facts(manifest.old_run(path))

    def gated() -> None:
        judged = gate.judge(Run(path), gate.read(desk.baseline), name="b")
        markdown.render(judged, 60_000)
        junit.render(judged)

    def renewed() -> None:
        before = gate.read(desk.baseline)
        gate.dump(gate.baseline_of(Run(path), reason="a", date="2026-01-01", before=before))

    return {
        "report": reported,
        "gate": gated,
        "thresholds": lambda: gate.judge(Run(path), None),
        "renewed": renewed,
        "resume": resumed,
    }


def fuzz(desk: Desk, count: int, seed: int, names: Sequence[str]) -> Found:
    """Mutate one of these files and read, so many times."""
    rng, found = random.Random(seed), Found()
    for number in range(count):
        name = rng.choices(names, [FILES[name] for name in names])[0]
        if name != "run.json":
            desk.file("run.json").write_text(rng.choice((desk.run["run.json"], desk.complete)), encoding="utf-8")
        source = desk.complete if name == "run.json" and rng.random() < 0.5 else desk.run[name]
        desk.file(name).write_text(_text(name, source, rng), encoding="utf-8", errors="surrogatepass")
        what = rng.choice(("gate", "renewed") if name == "baseline.json" else list(readers(desk)))
        found.attempt(f"{name} {what} {seed}:{number}", readers(desk)[what])
        for again in {name, "comparisons.jsonl"}:  # reading adds to these
            desk.file(again).write_text(desk.run[again], encoding="utf-8")
    return found


def _text(name: str, text: str, rng: random.Random) -> str:
    """The file with something else in it."""
    if rng.random() < 0.02:
        return rng.choice(
            ("", "null", "[]", "{}", "[" * 100_000, "\ufeff" + text, text[: len(text) // 2], "9" * 10_000)
        )
    if name.endswith(".json"):
        return json.dumps(mutated(json.loads(text), rng))
    lines = [json.loads(line) for line in text.splitlines()]
    return "".join(json.dumps(line) + "\n" for line in mutated(lines, rng))


def main(run: str, count: str = "1000", seed: str = "0", *names: str) -> int:
    """Fuzz; the exit code says whether something was wrong."""
    with tempfile.TemporaryDirectory() as folder:
        found = fuzz(Desk.of(Path(run), Path(folder)), int(count), int(seed), names or list(FILES))
    return found.told(int(count))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
