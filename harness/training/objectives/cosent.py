"""Similarities by their order."""

from typing import Annotated

from annotated_types import Interval

from harness.training.objectives import Material, Objective, objective


@objective("cosent", targets=("number",), joint=False)
def cosent(material: Material, *, temperature: Annotated[float, Interval(gt=0, le=10)] = 0.05) -> Objective:
    """Pairs of a batch in the order of their numbers, by the cosine similarities of their vectors (Su 2022).

    log(1 + sum of exp((s_j - s_i) / `temperature`)) over pairs i and j of which i has the larger number
    (https://kexue.fm/archives/8847).
    """
    from harness.training.contrast import ordering

    return ordering(material, temperature)
