"""What jobs name, looked up where they run, and held to the hashes of the plan."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from harness import tasks
from harness.core.corpus import Corpus
from harness.core.errors import DataError
from harness.core.inputs import Input
from harness.core.user_files import refuse_changed
from harness.latency import read_requests
from harness.runner.jobs import StepJob, Workload
from harness.tasks.corpora import corpus_of, labelled_of


@dataclass(frozen=True)
class Timed:
    """The texts that are timed, and what rows without an encoder are fitted on."""

    texts: tuple[Input, ...]
    train_texts: tuple[Input, ...]
    train_labels: tuple[str, ...] | None


def texts_of(workload: Workload, known: Mapping[str, tasks.Task]) -> Timed:
    """The texts of a workload. DataError where a file is not what it was when the run was planned."""
    task = known[workload.task]
    test = tuple(text for split in workload.test for text in tasks.load(task, split).text)
    fitted = tasks.load(task, workload.train).learnt if workload.train else None
    fitted_on = (fitted.text, fitted.labels) if fitted else (test, None)
    if workload.requests:
        refuse_changed(workload.requests)
        test = tuple(read_requests(workload.requests.path))
    return Timed(test, *fitted_on)


def corpora_of(job: StepJob) -> dict[str, Corpus]:
    """The texts that parameters of a step name. DataError where they are not those of the plan."""
    found = {}
    for parameter, one in job.corpora.items():
        corpus = (labelled_of if one.has_labels else corpus_of)(str(one.path or one.name), job.tasks, Path())
        if corpus.key != one.key:
            raise DataError(
                f"the texts {one.name!r} changed since the run was planned (hash {corpus.key[:8]}, was {one.key[:8]}). "
                "Start the run again."
            )
        found[parameter] = replace(corpus, name=one.name)
    return found
