"""A run that tests make in memory: the lines that a run folder would hold, read as `harness.results.Run` reads them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.core.data import Outcomes
from harness.core.shapes import read
from harness.results import Build, Comparisons, Run, RunCell, RunFolder, records

NAMES = ("task", "encoder", "pooler", "mode", "condition", "repeat")
#: How every encoder reads.
OWN = "as it does"


@dataclass(kw_only=True)
class FakeRun:
    """`lines` are those of cells.jsonl, `build_lines` those of builds.jsonl, `made` are the outcomes by key.

    Whatever a test changes of these is seen by the next reader.
    """

    path: Path = Path("run")
    manifest: dict[str, Any] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)
    timings: list[dict[str, Any]] = field(default_factory=list)
    build_lines: list[dict[str, Any]] = field(default_factory=list)
    made: dict[str, Outcomes] = field(default_factory=dict)

    @property
    def cells(self) -> tuple[RunCell, ...]:
        """The cells of the plan, in its order."""
        known = {line["key"]: read(records.Line, line) for line in self.lines if line["key"]}
        plan = (read(records.Entry, entry) for entry in self.manifest["plan"])
        return tuple(cell.after(known.get(cell.key), OWN, self.outcomes) for cell in plan)

    @property
    def builds(self) -> tuple[Build, ...]:
        """What the plan builds."""
        return tuple(read(Build, line) for line in self.build_lines)

    @property
    def comparisons(self) -> Comparisons:
        """Nothing is kept."""
        return Comparisons(None)

    def outcomes(self, key: str) -> Outcomes:
        """KeyError for a cell that has none."""
        return self.made[key]

    def written(self) -> Run:
        """The run in its folder, as a run leaves it, and read back."""
        with RunFolder(self.path).locked() as folder:
            folder.write_manifest(self.manifest)
            writer = folder.outcome_writer()
            for line in self.lines:
                kept = {"outcomes": writer.append(self.made[line["key"]])} if line["status"] == "done" else {}
                folder.append_cell({**line, **kept})
            writer.close()
            for append, lines in ((folder.append_timing, self.timings), (folder.append_build, self.build_lines)):
                for line in lines:
                    append(line)
        return Run(self.path)


def address(names: Sequence[str]) -> dict[str, str]:
    """The address of a plan entry, from its six names."""
    return dict(zip(NAMES, names, strict=True))
