from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli import app
from harness.cli.options import Plugin

if TYPE_CHECKING:
    from harness.core.events import Progress

index = typer.Typer(help="Build an index of documents, and search it.", no_args_is_help=True)
app.add_typer(index, name="index")

_ENCODER = "A built-in name, folder or hub id; or a mapping as a suite has it, '{name: e5, checkpoint: …, prefix: …}'."
_Pooler = Annotated[str | None, typer.Option(metavar="POOLER", help="As in a suite; default: the encoder's own.")]
_Device = Annotated[str, typer.Option(metavar="DEVICE", help="auto, cpu, cuda, cuda:1.")]
_Normalize = Annotated[
    bool | None,
    typer.Option("--normalize/--raw", help="Compare cosines (default), or dot products of raw vectors."),
]
_SHOWN = 100


@index.command()
def build(
    encoder: Annotated[str, typer.Argument(metavar="ENCODER", help=_ENCODER)],
    texts: Annotated[Path, typer.Argument(metavar="TEXTS", help="JSON Lines, CSV, TSV, Parquet; .txt: a text a line.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FOLDER", help="A new folder.")],
    pooler: _Pooler = None,
    normalize: _Normalize = None,
    text: Annotated[str | None, typer.Option(metavar="COLUMN", help="What is searched; default: text.")] = None,
    id_: Annotated[str | None, typer.Option("--id", metavar="COLUMN", help="Default: _id or id, else rows.")] = None,
    device: _Device = "auto",
    plugin: Plugin = [],  # noqa: B006 - typer wants a list
) -> None:
    """Encode the documents of a file and keep them in a folder."""
    from harness.core.errors import HarnessError
    from harness.index import Index
    from harness.index import texts as files

    if out.exists():
        raise HarnessError(f"{out}: there already. Name another folder with -o, or remove it first.")
    documents = files.read(texts, text, id_)
    typer.echo(f"encoding {len(documents):,} documents with {encoder} …", err=True)
    made = Index.build(
        encoder, documents, pooler=pooler, normalize=normalize is not False, device=device, watch=_Lines()
    )
    made.save(out)
    typer.echo(f"{out}: {len(made):,} documents in {made.vectors.shape[1]:,} dimensions")


@index.command()
def query(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="An index.")],
    queries: Annotated[list[str], typer.Argument(metavar='"QUERY"…', help="What is looked for.")],
    k: Annotated[int, typer.Option("-k", metavar="N", help="How many documents of each.", min=1)] = 10,
    encoder: Annotated[
        str | None, typer.Option(metavar="ENCODER", help=f"Default: the index's own. {_ENCODER}")
    ] = None,
    pooler: _Pooler = None,
    normalize: _Normalize = None,
    device: _Device = "auto",
    plugin: Plugin = [],  # noqa: B006 - typer wants a list
) -> None:
    """The documents most similar to a query: similarity, id, text."""
    from harness.index import Index
    from harness.wording.numbers import fixed
    from harness.wording.visible import visible

    opened = Index.load(folder)
    given = {"encoder": encoder, "pooler": pooler, "normalize": normalize, "device": device}
    for asked, hits in zip(queries, opened.query(queries, k, **given), strict=True):  # type: ignore[arg-type]
        if len(queries) > 1:
            typer.echo(visible(asked))
        for hit in hits:
            said = " ".join(hit.text.split())
            shown = said if len(said) <= _SHOWN else f"{said[: _SHOWN - 1]}…"
            typer.echo("\t".join([fixed(hit.similarity, 4), visible(hit.id), visible(shown)]))


class _Lines:
    """A line now and then while documents are encoded."""

    def __init__(self) -> None:
        self._said = 0

    def __call__(self, progress: "Progress") -> None:
        tenth = progress.n_texts // 10 + 1
        if progress.n_done - self._said >= max(tenth, 100):
            self._said = progress.n_done
            typer.echo(f"{progress.n_done:,} of {progress.n_texts:,} different texts", err=True)
