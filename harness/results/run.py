"""Reading a run folder back."""

import json
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.core.data import Outcomes
from harness.core.errors import RunFolderError, of_encoder
from harness.results.folder import read_lines
from harness.results.outcomes import read_outcomes


class Run:
    """A stored run, finished or not: its manifest, the cells of its plan, outcomes and timings."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        file = self.path / "run.json"
        if not file.is_file():
            raise RunFolderError(
                f"{self.path}: not a run folder (no run.json). `harness run SUITE -o {self.path}` makes one.",
                reason="missing-file",
            )
        try:
            self.manifest: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise RunFolderError(f"{file}: cannot be read as JSON ({error}). Run the suite again.") from None
        if not isinstance(self.manifest, dict) or "plan" not in self.manifest:
            raise RunFolderError(f"{file}: not what a run leaves. Run the suite again.")

    @cached_property
    def results(self) -> dict[str, dict[str, Any]]:
        """The latest line of every cell key ever written into this folder."""
        return {line["key"]: line for line in read_lines(self.path / "cells.jsonl") if line.get("key")}

    @cached_property
    def cells(self) -> list[dict[str, Any]]:
        """The cells of the plan that have a result, in plan order, each with its plan entry's fields.

        Two addresses may share a key (a reading longer than what the encoder reads anyway).
        """
        found = []
        for planned in self.manifest["plan"]:
            result = planned if planned.get("status") == "failed" else self.results.get(planned["key"])
            if result is not None:
                own = {**self._own_message(result, planned), **self._own_facts(result, planned)}
                found.append({**result, **planned, "status": result["status"], **own})
        return found

    def _own_message(self, result: dict[str, Any], planned: dict[str, Any]) -> dict[str, Any]:
        """What failed, told of this address's encoder where another one shares the key."""
        if not result.get("message"):
            return {}
        was, now = (str(line["address"]["encoder"]) for line in (result, planned))
        return {"message": of_encoder(str(result["message"]), was, now)}

    def _own_facts(self, result: dict[str, Any], planned: dict[str, Any]) -> dict[str, Any]:
        """The facts as this address sees them: `ids_unchanged` is against its encoder's own reading."""
        facts = result.get("facts")
        if not isinstance(facts, dict) or not isinstance(facts.get("ids_unchanged"), dict):
            return {}
        encoder = self.manifest.get("encoders", {}).get(planned["address"]["encoder"], {})
        return {"facts": {**facts, "ids_unchanged": facts["ids_unchanged"].get(encoder.get("tokenization"))}}

    @cached_property
    def _outcomes(self) -> dict[str, Outcomes]:
        return read_outcomes(self.path / "outcomes")

    def outcomes(self, key: str) -> Outcomes:
        """The outcomes of a finished cell. KeyError for a cell that has none."""
        return self._outcomes[key]

    @cached_property
    def timings(self) -> list[dict[str, Any]]:
        """All timings, in the order they were taken."""
        wanted = self.manifest.get("timings")
        lines = read_lines(self.path / "timings.jsonl")
        return [line for line in lines if wanted is None or line.get("key") in wanted]

    @cached_property
    def builds(self) -> list[dict[str, Any]]:
        """The latest line of every checkpoint that the plan builds, in the order of the file."""
        wanted = {entry["build"] for entry in self.manifest["plan"] if entry.get("build")}
        lines = read_lines(self.path / "builds.jsonl")
        return list({line["checkpoint"]: line for line in lines if line.get("checkpoint") in wanted}.values())

    def finished(self) -> set[str]:
        """Keys of cells that are done and whose outcomes are there: what a resumed run keeps."""
        return {k for k, line in self.results.items() if line["status"] == "done" and k in self._outcomes}
