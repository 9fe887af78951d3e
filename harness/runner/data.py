"""The examples of a job's splits: loaded once, perturbed once."""

from collections.abc import Mapping
from dataclasses import replace

from harness import tasks
from harness.conditions import perturb
from harness.core import resources
from harness.core.data import Examples
from harness.core.errors import DataError
from harness.core.fingerprint import fingerprint
from harness.core.records import Head, Split
from harness.core.registry import Catalogue
from harness.tasks.kinds import Kind


class Data:
    """Examples by split, kept for the length of a job."""

    def __init__(self, tasks_by_name: Mapping[str, tasks.Task], catalogue: Catalogue) -> None:
        self._tasks, self._catalogue = tasks_by_name, catalogue
        self._found: dict[str, Examples] = {}
        self._n_edits: dict[str, float] = {}

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

    def read(self, head: Head, task: str, splits: Mapping[str, Split]) -> dict[str, Examples]:
        """What a head's encoder reads of these splits, by role; one that was trained reads an item's sides as one."""
        sides = self.sides(task, splits)
        return {"text": self.task_kind(task).joint(sides)} if head.is_built else sides

    def task_kind(self, name: str) -> Kind:
        """The kind of a task."""
        return tasks.kind_of(self._tasks[name].kind)

    def content(self, task: str, split: Split) -> str:
        """The hash of a split's items and texts: whether two runs saw the same."""
        examples = self(task, split)
        return fingerprint([examples.items, examples.text])

    def edits_per_text(self, split: Split) -> float:
        """How many edits the perturbations of a loaded split made in a text, on average."""
        return self._n_edits[split.key]

    def _perturbed(self, examples: Examples, split: Split) -> Examples:
        done = perturb(
            examples.text,
            split.perturbations,
            lambda name: self._catalogue.get("perturbation", name),
            lambda user, one: resources.values(user, self._catalogue, one.parameters.get("resources", {})),
        )
        self._n_edits[split.key] = sum(len(p.spans) for p in done) / len(done)
        return replace(examples, fields={**examples.fields, "text": tuple(p.text for p in done)})
