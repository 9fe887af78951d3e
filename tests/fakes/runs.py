"""A run that tests make in memory: the lines that a run folder would hold, read as `harness.results.Run` reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.core.data import Example, Negatives, Outcomes
from harness.core.shapes import read
from harness.results import Build, Comparisons, Run, RunCell, RunFolder, records
from harness.results.manifest import Bundle, Environment, LeftOut, Manifest, Suite

NAMES = ("task", "encoder", "pooler", "mode", "condition", "repeat")
#: How every encoder reads.
OWN = "as it does"


@dataclass(kw_only=True)
class FakeRun:
    """`manifest` is run.json; `lines`, `build_lines` and `timing_lines` are files; `made` are the outcomes by key,
    `looks` the items to look at, `above` what outranks answers.

    Whatever a test changes of these is seen by the next reader.
    """

    path: Path = Path("run")
    manifest: dict[str, Any] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)
    timing_lines: list[dict[str, Any]] = field(default_factory=list)
    build_lines: list[dict[str, Any]] = field(default_factory=list)
    made: dict[str, Outcomes] = field(default_factory=dict)
    looks: dict[str, tuple[Example, ...]] = field(default_factory=dict)
    above: dict[str, Negatives] = field(default_factory=dict)

    @property
    def about(self) -> Manifest:
        """What run.json says."""
        found: Manifest = read(Manifest, self.manifest)
        return found

    @property
    def timings(self) -> list[records.Timing]:
        """The timings, read."""
        return [read(records.Timing, line) for line in self.timing_lines]

    @property
    def cells(self) -> tuple[RunCell, ...]:
        """The cells of the plan, in its order."""
        known = {line["key"]: read(records.Line, line) for line in self.lines if line["key"]}
        return tuple(cell.after(known.get(str(cell.key)), OWN, self._made(str(cell.key))) for cell in self.about.plan)

    def _made(self, key: str) -> records.Reader:
        return lambda places: self.made.get(key)

    @property
    def builds(self) -> tuple[Build, ...]:
        """What the plan builds."""
        return tuple(read(Build, line) for line in self.build_lines)

    @property
    def comparisons(self) -> Comparisons:
        """Nothing is kept."""
        return Comparisons(None)

    def examples(self, key: str | None) -> tuple[Example, ...]:
        """What is kept of a cell's items."""
        return self.looks.get(str(key), ())

    def negatives(self, key: str | None) -> Negatives:
        """What stands above answers."""
        return self.above.get(str(key), Negatives())

    def written(self) -> Run:
        """The run in its folder, as a run leaves it, and read back."""
        with RunFolder(self.path).locked() as folder:
            folder.write_manifest(self.manifest)
            writer = folder.outcome_writer()
            for line in self.lines:
                kept = {"outcomes": writer.append(self.made[line["key"]])} if line["status"] == "done" else {}
                folder.append_cell({**line, **kept})
            writer.close()
            for key, looks in self.looks.items():
                folder.append_examples(key, looks)
            for key, negatives in self.above.items():
                folder.append_negatives(key, negatives)
            for append, lines in ((folder.append_timing, self.timing_lines), (folder.append_build, self.build_lines)):
                for line in lines:
                    append(line)
        return Run(self.path)


def of_bundles(bundles: Mapping[str, Bundle], left_out: tuple[LeftOut, ...] = ()) -> Manifest:
    """What run.json says of a run that has these bundles and nothing else."""
    return Manifest(Suite("s"), "0", Environment({}), {}, {}, (), bundles, left_out)


def address(names: Sequence[str]) -> dict[str, str]:
    """The address of a plan entry, from its six names."""
    return dict(zip(NAMES, names, strict=True))
