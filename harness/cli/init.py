import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from harness.cli import app


def _column(help_: str, *flags: str) -> Any:
    return typer.Option(*flags, metavar="COLUMN", help=help_)


_Side = Annotated[str | None, typer.Option(metavar="FILE", help="The file of this side, where names do not tell.")]
_DATA = (
    "A .csv, .tsv, .json, .jsonl or .parquet file, hub:owner/name, a train and a test file, or a folder with queries, "
    "corpus and qrels."
)
_HEADER = "Whether the first row of a .csv or .tsv names its columns."


@app.command()
def init(
    data: Annotated[list[str] | None, typer.Argument(metavar="DATA…", help=_DATA)] = None,
    out: Annotated[
        str | None, typer.Option("-o", "--out", metavar="FOLDER", help="Where files go; default: beside the data.")
    ] = None,
    text: Annotated[list[str] | None, _column("Give it again for a second column.")] = None,
    label: Annotated[str | None, _column("What is to be predicted.")] = None,
    text_a: Annotated[str | None, _column("The first of two texts compared.")] = None,
    text_b: Annotated[str | None, _column("The second of them.")] = None,
    score: Annotated[str | None, _column("A number that is told of a text, or of two: how alike they are.")] = None,
    query: Annotated[str | None, _column("What asks: the data is a search.")] = None,
    document: Annotated[list[str] | None, _column("What is found; again for a second column.")] = None,
    group: Annotated[str | None, _column("Its rows stay on one side of the split; `none` for no group.")] = None,
    time: Annotated[str | None, _column("Train on the earlier rows, test on the latest.")] = None,
    domain: Annotated[str | None, _column("Where a text comes from; `none` for no domain.")] = None,
    id_: Annotated[str | None, _column("What names a row; `none` for no id.", "--id")] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of suite and files; default: that of the data.")
    ] = None,
    train: _Side = None,
    test: _Side = None,
    validation: _Side = None,
    config: Annotated[str | None, typer.Option(metavar="NAME", help="Which config of a data set of the hub.")] = None,
    header: Annotated[bool | None, typer.Option("--header/--no-header", help=_HEADER, show_default=False)] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
) -> None:
    """Look at your own data, and write a suite, a Makefile fragment and a CI workflow for it."""
    named = {"text": text, "label": label, "text_a": text_a, "text_b": text_b, "score": score, "query": query}
    named |= {"document": document, "group": group, "time": time, "domain": domain, "id": id_}
    given = {part: [value] if isinstance(value, str) else value for part, value in named.items() if value}
    sides = {"train": train, "test": test, "validation": validation}
    _look(_Asked(data or [], sides, config, header, out, name, force), given)


class _Asked(NamedTuple):
    """What was asked for, beside the columns."""

    data: list[str]
    sides: dict[str, str | None]
    config: str | None
    header: bool | None
    out: str | None
    name: str | None
    force: bool


def _look(asked: _Asked, given: dict[str, list[str]]) -> None:
    """Look at the data and write what there is to write of it; `given` are the columns that were named."""
    from harness import audit
    from harness.core.errors import HarnessError
    from harness.suite.schema import SUITE_NAME

    if asked.name is not None and not re.match(SUITE_NAME, asked.name):
        raise HarnessError(f"--name {asked.name}: expected letters, digits, dots, dashes and underscores.")
    source = audit.read_all(asked.data, asked.sides, asked.config, asked.header)
    chosen = asked.name or audit.name_of(source.stem)
    files = audit.targets(Path(asked.out) if asked.out else source.folder, chosen, asked.force)
    if (by_name := audit.by_name.guess(source, given)) is not None:
        _by_name(source, by_name, chosen, files)
        return
    columns = audit.guess(source, given)
    found = audit.audit(source, columns, chosen, files["suite"].parent)
    sections = audit.sections(found)
    typer.echo(audit.plain(sections))
    audit.write(found, sections, chosen, files)
    typer.echo(f"\nwritten: {', '.join(map(str, files.values()))}\n\n{_next(files, chosen)}")


def _by_name(source: Any, guessed: dict[str, Any], name: str, files: dict[str, Path]) -> None:
    """Write the suite alone, of a task that the names of columns tell."""
    from harness import audit
    from harness.wording.visible import visible

    suite, folder = files["suite"], files["suite"].parent
    text, info = audit.by_name.suite(source, guessed, name, folder)
    folder.mkdir(parents=True, exist_ok=True)
    suite.write_text(text, encoding="utf-8")
    columns = ", ".join(f"{field} {value!r}" for field, value in guessed.items() if field != "kind")
    lines = [
        f"kind: {guessed['kind']}; {columns}, by their names",
        f"{info.n_train:,} to train, {info.n_test:,} to test" if info.n_train else f"{info.n_test:,} to test",
    ]
    lines += [*audit.by_name.otherwise(guessed), *info.notes, "the texts are not audited for this kind"]
    typer.echo("\n".join(visible(line) for line in lines))
    typer.echo(f"\nwritten: {suite}\n\nnext:\n  harness run {shlex.quote(str(suite))}")


def _next(files: dict[str, Path], name: str) -> str:
    """What to type next, with the command as it was called. Make splits paths at spaces: it is called in the folder."""
    called = ["harness"] if shutil.which("harness") else [sys.argv[0]]
    if Path(called[0]).name == "__main__.py":
        called = [sys.executable, "-m", "harness"]
    harness, suite, run = shlex.join(called), shlex.quote(str(files["suite"])), f"reports/{name}"
    baseline = shlex.quote(str(files["suite"].with_name(f"{name}.baseline.json")))
    folder, fragment = files["make"].parent, shlex.quote(files["make"].name)
    make = f"make -f {fragment} run" if folder == Path() else f"cd {shlex.quote(str(folder))} && make -f {fragment} run"
    if called != ["harness"]:
        path = shlex.join([str(Path(called[0]).absolute()), *called[1:]])
        make += f" HARNESS={shlex.quote(path)}"  # quoted for make's shell, and for this one
    steps = [
        (f"{_minutes(files['suite'], Path(run))}; the page is {run}/index.html", f"{harness} run {suite}"),
        ("accept the result; commit the file", f'{harness} baseline {run} -o {baseline} --reason "first run"'),
        ("after a change: run again, and hold it to that", f"{harness} gate {run} --baseline {baseline}"),
        ("the same with make, and in CI", make),
        ("", f"cp {shlex.quote(str(files['workflow']))} .github/workflows/"),
    ]
    return "next:\n" + "\n".join((f"  # {what}\n" if what else "") + f"  {command}" for what, command in steps)


def _minutes(suite: Path, run: Path) -> str:
    """How long the run of the suite takes here: the data is counted, and the speed of this machine measured."""
    from harness import api
    from harness.core.errors import HarnessError
    from harness.runner import run as runner
    from harness.runner.preview import preview

    try:
        seconds = sum(preview(runner.prepare(api.suite(str(suite)), {}), run).parts.values())
    except HarnessError:  # `run` says what is wrong
        return "some minutes"
    minutes = seconds / 60
    return f"about {minutes:.{0 if minutes >= 10 else 1}f} min on this machine, as fast as it was just now"
