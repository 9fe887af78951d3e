"""Two texts and the class of the pair."""

from harness.tasks.kinds import task_kind
from harness.tasks.labelled import Labelled
from harness.tasks.pairs import Pairs


@task_kind("pair-classification")
class PairClassification(Pairs):
    """Two texts an item, and one class of several: a paraphrase or not, an answer that fits or does not."""

    fields = {**Pairs.fields, **Labelled.fields}
