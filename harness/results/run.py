"""Reading a run folder back."""

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from harness.core.data import Example, Negatives, Outcomes
from harness.core.errors import RunFolderError
from harness.core.shapes import read, read_json
from harness.results.checked import sound
from harness.results.comparisons import Comparisons
from harness.results.folder import EXAMPLES, above, read_lines
from harness.results.manifest import Manifest
from harness.results.outcomes import OutcomeReader
from harness.results.records import Build, Line, RunCell, Timing


class AnyRun(Protocol):
    """What report and gate read of a run: a `Run`, or anything alike."""

    path: Path

    @property
    def about(self) -> Manifest:
        """What run.json says."""

    @property
    def cells(self) -> Sequence[RunCell]:
        """The cells of the plan, in its order."""

    @property
    def timings(self) -> Sequence[Timing]:
        """Lines of timings.jsonl."""

    @property
    def builds(self) -> Sequence[Build]:
        """What is known of every checkpoint that the plan builds."""

    @property
    def comparisons(self) -> Comparisons:
        """What is known of several cells together."""

    def examples(self, key: str | None) -> Sequence[Example]:
        """What is kept of a cell's items, to look at."""

    def negatives(self, key: str | None) -> Negatives:
        """What stands above the answers of a cell's queries, to look at."""


class Stored:
    """What was ever computed into a folder, whatever its plan is now. Lines are checked where they are read."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._reader = OutcomeReader(self.path / "outcomes")

    @cached_property
    def results(self) -> dict[str, Line]:
        """The latest line of every cell key ever written into this folder."""
        return {line.key: line for line in read_lines(self.path / "cells.jsonl", Line)}

    @cached_property
    def all_timings(self) -> list[Timing]:
        """The timings ever written into this folder, in the order they were taken."""
        return read_lines(self.path / "timings.jsonl", Timing)

    @cached_property
    def all_builds(self) -> dict[str, Build]:
        """The latest line of every checkpoint ever built for this folder, in the order of the file."""
        return {line.checkpoint: line for line in read_lines(self.path / "builds.jsonl", Build)}

    @cached_property
    def comparisons(self) -> Comparisons:
        """What was computed of several cells together."""
        return Comparisons(self.path / "comparisons.jsonl")

    @cached_property
    def _examples(self) -> dict[str, str]:
        try:
            return sound(read_lines(self.path / EXAMPLES))
        except RunFolderError:  # a file that cannot be read; a page does without
            return {}

    def examples(self, key: str | None) -> tuple[Example, ...]:
        """What is kept of a cell's items, to look at; nothing where that is missing or damaged."""
        try:
            found: tuple[Example, ...] = read(tuple[Example, ...], json.loads(self._examples.get(str(key), "[]")))
        except (ValueError, RecursionError):
            return ()
        return found

    def negatives(self, key: str | None) -> Negatives:
        """What stands above the answers of a cell's queries, to look at; nothing where that is missing or damaged."""
        try:
            found: Negatives = read(Negatives, json.loads(self._examples.get(above(str(key)), "{}")))
        except (ValueError, RecursionError):
            return Negatives()
        return found

    def outcomes(self, key: str) -> Outcomes:
        """The outcomes of a finished cell, read when asked for. KeyError for a cell that has none.

        RunFolderError where they are those of an earlier version.
        """
        line = self.results[key]
        found = self._reader.read(line.places) if line.status == "done" else None
        if found is None:
            raise KeyError(key)
        return found

    def finished(self) -> set[str]:
        """Keys of cells that are done and whose outcomes are whole: what a resumed run keeps. None is decoded."""
        done = {key: line.places for key, line in self.results.items() if line.status == "done"}
        return {key for key, places in done.items() if places and self._reader.is_whole(places)}


class Run(Stored):
    """A stored run, finished or not: what run.json says, as records (`about`) and as it is (`manifest`), and the rest.

    RunFolderError where the folder holds none, or one of another shape; it names file, place and value.
    """

    def __init__(self, path: Path | str) -> None:
        super().__init__(path)
        try:
            self.about: Manifest = read(Manifest, _manifest(self.path))
        except ValueError as error:
            raise RunFolderError(f"{self.path / 'run.json'}: not what a run leaves: {error}. {_AGAIN}") from None

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """run.json as it stands, read when asked for."""
        return _manifest(self.path)

    @cached_property
    def cells(self) -> tuple[RunCell, ...]:
        """The cells of the plan in its order, with what became of each.

        Two addresses may share a key (a reading longer than what the encoder reads anyway).
        """
        own = {name: about.tokenization for name, about in self.about.encoders.items()}
        return tuple(
            cell.after(self.results.get(str(cell.key)), own.get(cell.address.encoder), self._reader.read)
            for cell in self.about.plan
        )

    @cached_property
    def timings(self) -> list[Timing]:
        """The timings of the plan, in the order they were taken."""
        wanted = self.about.timings
        return [line for line in self.all_timings if wanted is None or line.key in wanted]

    @cached_property
    def builds(self) -> tuple[Build, ...]:
        """What is known of every checkpoint that the plan builds, in the order of the file."""
        wanted = {cell.build for cell in self.about.plan} | {one.checkpoint for one in self.about.encoders.values()}
        return tuple(build for key, build in self.all_builds.items() if key in wanted)


def _manifest(path: Path) -> dict[str, Any]:
    file = path / "run.json"
    try:
        manifest: dict[str, Any] = read_json(file)
        return manifest
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise RunFolderError(
            f"{path}: not a run folder (no run.json). `harness run SUITE -o {path}` makes one.", reason="missing-file"
        ) from None
    except OSError as error:
        raise RunFolderError(f"{file}: cannot be read ({error.strerror}).") from None
    except ValueError as error:
        raise RunFolderError(f"{file}: cannot be read as JSON ({error}). {_AGAIN}") from None


_AGAIN = "Run the suite again: it writes this file anew and keeps what is finished."
