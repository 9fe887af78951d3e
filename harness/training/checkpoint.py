"""The finished checkpoint: a folder that any loader of encoders reads, with head, lineage and what training told."""

import json
import shutil
from pathlib import Path
from typing import Any

from harness.core.fingerprint import file_hash, seal
from harness.encoders.refusals import TOKENIZER_FILES
from harness.training.job import TrainingJob
from harness.training.objectives import Objective


def write(objective: Objective, job: TrainingJob, part: Path) -> None:
    """Weights, config, tokenizer, head and lineage, into the folder `part`; tokenizer files byte for byte."""
    encoder: Any = objective.module.encoder
    encoder.save_pretrained(part)
    for name in TOKENIZER_FILES:
        if (Path(job.base.path) / name).is_file():
            shutil.copyfile(Path(job.base.path) / name, part / name)
    objective.save(part)
    write_json(part / "lineage.json", job.lineage)


def finish(part: Path, told: dict[str, Any]) -> dict[str, Any]:
    """Add `training.json`, with the hash and size of the weights among its facts; seal."""
    disk_mb = round(sum(f.stat().st_size for f in part.glob("*.safetensors")) / 1e6, 1)
    weights = {"weights": file_hash(part / "model.safetensors"), "disk_mb": disk_mb}
    told = {**told, "facts": {**told["facts"], **weights}}
    write_json(part / "training.json", told)
    seal(part)
    return told


def write_json(file: Path, value: Any) -> None:
    """A file of the checkpoint's own."""
    file.write_text(json.dumps(value, indent=1, ensure_ascii=False), encoding="utf-8")
