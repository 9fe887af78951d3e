"""What a task is, before and after its data has been looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from harness.suite.schema import MinClassModel


@dataclass(frozen=True)
class AssetSource:
    """A packaged data set (None: the reader has its own), and which of the readers in `sources/` reads it."""

    asset: str | None
    reader: str


@dataclass(frozen=True)
class FileSource:
    """A user's files: one that the rule splits (`data`), or a side each. CSV, TSV, JSON, JSONL or Parquet.

    `validation`, where there is one, is what is chosen by.
    `header`: whether the first row of a CSV or TSV file names its columns; None where the file decides.
    """

    data: Path | None = None
    train: Path | None = None
    test: Path | None = None
    validation: Path | None = None
    encoding: str = "utf-8"
    header: bool | None = None

    @property
    def paths(self) -> dict[str, Path]:
        """The files that there are, by side; `all` for the one that the rule splits."""
        paths = {"all": self.data, "train": self.train, "test": self.test, "validation": self.validation}
        return {side: path for side, path in paths.items() if path is not None}


@dataclass(frozen=True)
class TablesSource:
    """A user's search as three files, as BEIR has them: queries, documents, and which document answers which query."""

    queries: Path
    corpus: Path
    relevance: Path
    encoding: str = "utf-8"

    @property
    def paths(self) -> dict[str, Path]:
        """The files, by what they hold."""
        return {name: getattr(self, name) for name in TABLES}


#: The files of a search in tables, as a suite names them.
TABLES = tuple(name for name in TablesSource.__dataclass_fields__ if name != "encoding")


@dataclass(frozen=True)
class HubSource:
    """A data set of the Hugging Face hub."""

    repo: str
    config: str | None = None
    revision: str | None = None
    train_split: str | None = None
    test_split: str | None = None
    validation_split: str | None = None


Source = AssetSource | FileSource | TablesSource | HubSource


@dataclass(frozen=True)
class Columns:
    """Which columns are what. Several text columns are joined by a line break.

    `words` and `tags` are columns of lists: the words of a text that comes cut into words, and their tags.
    `second` holds the other text of a row, where it has two; `number` what its items are to be given. `whole` where
    no text may be empty. `drop_empty` leaves out rows that have no text, or nothing in a column named here (ids aside).
    `several` holds the labels of a row that may have many, as a list or as text with `separator` between; or `flags`
    are columns of 0 and 1, one a label. `positive` and `negative` hold lists of texts that answer `second`, or do not.
    """

    text: tuple[str, ...] = ("text",)
    label: str | None = "label"
    domain: str | None = None
    group: str | None = None
    id: str | None = None
    second: tuple[str, ...] = ()
    number: str | None = None
    time: str | None = None
    whole: bool = False
    drop_empty: bool = False
    several: str | None = None
    separator: str | None = None
    flags: tuple[str, ...] = ()
    positive: str | None = None
    negative: str | None = None
    words: str | None = None
    tags: str | None = None

    @property
    def lists(self) -> list[str]:
        """The columns whose cells may be lists, or empty."""
        named = (self.several, self.positive, self.negative, self.words, self.tags)
        return [name for name in named if name is not None]

    @property
    def values(self) -> list[str]:
        """The columns that are read beside texts and ids, none of them empty."""
        named = [self.words, self.tags, self.label, *self.second, self.number]
        named += [*self.flags, self.group, self.domain, self.time]
        return [name for name in named if name is not None]

    @property
    def named(self) -> tuple[str, ...]:
        """Every column that is read, once."""
        return tuple(
            dict.fromkeys([*self.text, *self.values, *self.lists, *([self.id] if self.id is not None else [])])
        )


#: The columns of a file that are asked for; None for all.
Wanted = tuple[str, ...] | None


def named_columns(given: str | Sequence[str]) -> tuple[str, ...]:
    """One column, or several, as a suite names them."""
    return (given,) if isinstance(given, str) else tuple(given)


@dataclass(frozen=True)
class Task:
    """A row: where the items come from and how they are read, split and scored. Hashable and plain data.

    `kind` is the name of a kind of task (`harness.tasks.kinds`). The first of `metrics` is the primary one. `domains`
    restricts the task to some of its domains; `labels` are (raw, name) pairs that rename classes and
    leave out the others. `test_share` is what the split rule gives to the test side.
    `by_time` says what `columns.time` is for: `split` (the latest are the test side) or `shift` (the domains
    `earlier` and `later`). `language` is the code of the texts' language where it is said; it decides no item.
    """

    name: str
    kind: str
    source: Source
    columns: Columns
    metrics: tuple[str, ...]
    domains: tuple[str, ...] | None = None
    labels: tuple[tuple[str, str], ...] = ()
    test_share: float = 0.3
    by_time: Literal["split", "shift"] | None = None
    min_class: MinClassModel | None = None
    language: str | None = None
    note: str = ""

    @property
    def shift_from(self) -> str | None:
        """The domain that a shift trains on, where time says it: what came first."""
        return "earlier" if self.by_time == "shift" else None


@dataclass(frozen=True)
class TaskInfo:
    """What is known of a task once its data was read, before any sample is drawn.

    `source` is the hash of the files, or the revision of a hub data set. Counts are of items; `n_scored` of those that
    have an outcome, which may be others (queries, where the items are documents). `domains` holds (n_train, n_test) by
    name; `elsewhere` those of the domains that
    the task is not restricted to, each as a task of its own. `n_duplicates` were removed from train because their
    text is in test, `n_merged` because it was there already. `median_words` is of the test texts or documents.
    `n_validation` texts serve to choose by alone. `sides_given` says whether the source has a train side of its
    own, `cluster` in words what is resampled together. `language` is that of the texts, said in the task or guessed
    from a sample of the test side (`language_guessed`); None where it is not known. `moved` where rows stand on
    another side than their hash says. `form` is not empty where a file's values are others than earlier versions
    read in it.
    """

    source: str
    kind: str
    metrics: tuple[str, ...]
    n_train: int
    n_test: int
    labels: tuple[str, ...]
    domains: Mapping[str, tuple[int, int]]
    n_duplicates: int
    n_merged: int
    median_words: float
    notes: tuple[str, ...]
    n_scored: int = 0
    elsewhere: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    sides_given: bool = False
    language: str | None = None
    language_guessed: bool = False
    n_validation: int = 0
    moved: bool = False
    cluster: str = ""
    form: str = ""
