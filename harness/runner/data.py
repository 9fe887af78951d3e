"""The examples of a job's splits, loaded once, perturbed once; and which of their texts a set of cells needs read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness import tasks
from harness.catalogue import catalogue
from harness.conditions import perturb
from harness.conditions.cut import perturb_words
from harness.conditions.edits import Perturbed
from harness.core.data import Examples
from harness.core.errors import DataError
from harness.core.inputs import Input, as_text
from harness.core.records import Cell, Head, Perturbation, Pooling, Split, Tokenization, read_as, sides_key
from harness.core.tags import kept
from harness.encoders.pieces import InBatches, batches
from harness.tasks.kinds import Kind
from harness.tasks.splits import joined, near_name

#: How an encoder reads by role.
Readings = Mapping[str, Tokenization]


@dataclass(frozen=True)
class Edited:
    """The texts of a split after its perturbations: edits a text; of perturbations of words, the share edited.

    `rarer`: of one that puts rare terms for words, how much rarer those are, the mean on the Zipf scale (2: 100 times).
    """

    texts: Sequence[Perturbed]
    per_text: float
    rate: float | None
    rarer: float | None = None


class Data:
    """Examples by split, kept for the length of a job."""

    def __init__(self, tasks_by_name: Mapping[str, tasks.Task]) -> None:
        self._tasks = tasks_by_name
        self._found: dict[str, Examples] = {}
        self._edited: dict[str, Edited] = {}
        self._alike: dict[str, dict[str, str]] = {}

    def __call__(self, task: str, split: Split) -> Examples:
        """The examples of a split, perturbations applied."""
        key = f"{task}/{split.key}"
        if key not in self._found:
            examples = self(task, split.clean) if split.perturbations else tasks.load(self._tasks[task], split)
            if not len(examples):
                where = f" of domain {', '.join(split.domains)}" if split.domains else ""
                raise DataError(
                    f"task {task!r}: there are no {split.side} texts{where}. Raise max_samples.{split.side}."
                )
            self._found[key] = self._perturbed(examples, split) if split.perturbations else examples
        return self._found[key]

    def sides(self, task: str, splits: Mapping[str, Split]) -> dict[str, Examples]:
        """The examples of splits by role."""
        return {role: self(task, split) for role, split in splits.items()}

    def alike(self, task: str, splits: Mapping[str, Split]) -> Mapping[str, str]:
        """What each item of these splits, by role, stays with where they are parted: one name for a group, for near
        copies and for pairs that share a text. Judged by texts before they are perturbed.
        """
        clean = {role: split.clean for role, split in splits.items()}
        key = f"{task}/{sides_key(clean)}"
        if key not in self._alike:
            sides = list(self.sides(task, clean).values())
            texts = zip(*(map(as_text, side.text) for side in sides), strict=True)
            parts = [[f"in:{own}", *map(near_name, some)] for own, some in zip(sides[0].clusters, texts, strict=True)]
            self._alike[key] = dict(zip(sides[0].items, joined(parts), strict=True))
        return self._alike[key]

    def read(self, head: Head, task: str, splits: Mapping[str, Split]) -> dict[str, Examples]:
        """What a head's encoder reads of these splits, by role; a joint one reads the sides of an item as one."""
        sides = self.sides(task, splits)
        return {"text": self.task_kind(task).joint(sides)} if head.is_joint else sides

    def learnt(self, head: Head, task: str) -> Examples:
        """What the encoder of a built head is trained on, a field a role that it reads."""
        kind, sides = self.task_kind(task), self.sides(task, head.train)
        return kind.joint(sides) if head.is_joint else kind.matched(sides)

    def task_kind(self, name: str) -> Kind:
        """The kind of a task."""
        return tasks.kind_of(self._tasks[name].kind)

    def edited(self, split: Split) -> "Edited":
        """What the perturbations of a loaded split did to its texts."""
        return self._edited[split.key]

    def n_changed(self, task: str, split: Split) -> int:
        """How many texts of a split its perturbations changed."""
        return sum(
            now != before for now, before in zip(self(task, split).text, self(task, split.clean).text, strict=True)
        )

    def _perturbed(self, examples: Examples, split: Split) -> Examples:
        now, done = edited(examples, split.perturbations)
        n_edits, n_eligible = (
            sum(counts) for counts in zip(*((len(p.edits), p.n_eligible) for p in done), strict=True)
        )
        before = list(map(as_text, examples.text))
        rate, rarer = n_edits / n_eligible if n_eligible else None, _rarer(before, done, split.perturbations)
        self._edited[split.key] = Edited(done, n_edits / len(done), rate, rarer)
        return now


def edited(examples: Examples, perturbations: Sequence[Perturbation]) -> tuple[Examples, Sequence[Perturbed]]:
    """The examples after perturbations of their texts, and what was done to each; words keep their tags."""
    if examples.tags is None:
        done = perturb(examples.text, perturbations, catalogue())
        return replace(examples, fields={**examples.fields, "text": tuple(p.text for p in done)}), done
    cut = perturb_words(examples.text, perturbations, catalogue())
    tags = tuple(kept(own, one.was) for own, one in zip(examples.tags, cut, strict=True))
    fields = {**examples.fields, "text": tuple(one.words for one in cut)}
    return replace(examples, fields=fields, tags=tags), [one.done for one in cut]


def _rarer(before: Sequence[str], done: Sequence[Perturbed], perturbations: Sequence[Perturbation]) -> float | None:
    """How much rarer than the words are the terms put in their place; None where that was not the aim."""
    facts = catalogue().get("perturbation", perturbations[0].name).facts
    if len(perturbations) > 1 or facts["stress"] != "rare terms" or not isinstance(facts["languages"], tuple):
        return None
    from wordfreq import zipf_frequency

    language = facts["languages"][0]
    drops = [
        zipf_frequency(text[edit.start : edit.end], language) - zipf_frequency(edit.replacement, language)
        for text, one in zip(before, done, strict=True)
        for edit in one.edits
    ]
    return sum(drops) / len(drops) if drops else None


@dataclass
class Needed:
    """Under one tokenization: the poolings asked for and the distinct inputs, in order of first mention.

    `in_batches` says what is read together.
    """

    poolings: dict[Pooling, None] = field(default_factory=dict)
    texts: dict[Input, None] = field(default_factory=dict)
    in_batches: InBatches = batches


def texts_needed(cells: Sequence[Cell], own: Sequence[Readings], data: Data) -> dict[Tokenization, Needed]:
    """All inputs that must be encoded for these cells of one checkpoint.

    `own` is how the suite's encoders of this checkpoint read by themselves: what a perturbed text or another
    reading is compared with. It is asked for here too, so that cells resumed alone have it.
    """
    found: dict[Tokenization, Needed] = {}
    for cell in cells:
        assert cell.head.pooling is not None
        for tokenization, examples in _read(cell, own, data):
            entry = found.setdefault(tokenization, Needed())
            entry.poolings[cell.head.pooling] = None
            entry.texts.update(dict.fromkeys(examples.text))
    return found


def _read(cell: Cell, own: Sequence[Readings], data: Data) -> Iterator[tuple[Tokenization, Examples]]:
    """Training and test texts as the cell reads them, and what the test texts are compared with."""
    head, task, readings = cell.head, cell.address.task, cell.head.readings
    assert readings is not None
    if not head.is_built:
        for role, examples in data.read(head, task, head.train).items():
            yield read_as(readings, role), examples
    clean = data.read(head, task, {role: split.clean for role, split in cell.test.items()})
    for role, examples in data.read(head, task, cell.test).items():
        yield readings[role], examples
        for tokenization in dict.fromkeys(read_as(one, role) for one in own):
            yield tokenization, clean[role]


def splits_of(cell: Cell) -> list[Split]:
    """The splits a cell needs: its head's training splits and its test splits."""
    return [*cell.head.train.values(), *cell.test.values()]
