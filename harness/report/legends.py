"""What a condition does, in the words of its component."""

from typing import Any

from annotated_types import Interval

from harness.catalogue import catalogue
from harness.conditions import in_words
from harness.core.registry import Parameter
from harness.report.model import CONDITIONS, Result
from harness.wording import numbers

_PARTS = {0.5: "half", 0.25: "quarter", 0.75: "three quarters"}
#: What is said before the legend of a perturbation that changes the texts of the training side.
_APPLIED = {"train": "in the training texts: ", "both": "in training and test texts: "}


def legend(result: Result) -> str:
    """Its condition in words; the name of it where its component has none, or is not to be had."""
    component = catalogue().find(result.component, CONDITIONS)
    if component is None or not component.facts["legend"]:
        return result.condition
    given = {**result.parameters, component.facts["severity"]: result.severity}
    applied = _APPLIED.get(given.pop("apply", ""), "")
    if to := given.pop("to", None):
        applied += f"in each {to}: "
    words = {name: _word(component.parameters.get(name), value) for name, value in given.items() if value is not None}
    try:
        if rates := component.facts.get("rates"):
            words["rate"] = numbers.percent(rates[int(given[component.facts["severity"]])])
        return applied + in_words(component, words)
    except (LookupError, TypeError, ValueError):  # a run of a version that had other parameters
        return result.condition


def _word(parameter: Parameter | None, value: Any) -> str:
    """A value as people write it: shares of something as `half` or `10 %`."""
    marks = getattr(parameter.annotation, "__metadata__", ()) if parameter else ()
    if isinstance(value, float) and Interval(ge=0, le=1) in marks:
        return _PARTS.get(value) or numbers.percent(value)
    return f"{value:.15g}" if isinstance(value, float) else str(value)
