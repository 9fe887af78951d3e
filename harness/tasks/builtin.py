"""The built-in tasks: packaged data that every machine with the package index can have."""

from collections.abc import Mapping
from types import MappingProxyType

from harness.tasks.fields import DEFAULT_METRICS
from harness.tasks.task import AssetSource, Columns, Task

#: The domains that the readers of packaged data give.
DOMAINS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"vader-sentiment": ("editorials", "movies", "products", "tweets")}
)

_ROWS = (
    Task(
        name="vader-sentiment",
        kind="classification",
        source=AssetSource("vader-sentiment", "vader"),
        columns=Columns(),
        metrics=DEFAULT_METRICS["classification"],
        language="en",
        note="sign of the mean human rating (-4 to 4); texts rated between -0.5 and 0.5 are left out",
    ),
    Task(
        name="bbc-topics",
        kind="classification",
        source=AssetSource("bbc", "bbc"),
        columns=Columns(),
        metrics=DEFAULT_METRICS["classification"],
        language="en",
        note="five topics of news articles; saturated (a linear model on word counts scores 98 %)",
    ),
    Task(
        name="bbc-headlines",
        kind="retrieval",
        source=AssetSource("bbc", "bbc"),
        columns=Columns(query="headline"),
        metrics=DEFAULT_METRICS["retrieval"],
        language="en",
        note="headline -> body of the article",
    ),
)


def builtin() -> Mapping[str, Task]:
    """The built-in tasks by name."""
    return MappingProxyType({row.name: row for row in _ROWS})
