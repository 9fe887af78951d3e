"""Searches by what belongs together and what does not."""

from typing import Annotated

from annotated_types import Interval

from harness.training.objectives import Material, Objective, objective


@objective("contrastive", targets=("relevant",), joint=False)
def contrastive(
    material: Material,
    *,
    temperature: Annotated[float, Interval(gt=0, le=10)] = 0.05,
    hard_negatives: Annotated[int, Interval(ge=0, le=100)] = 0,
) -> Objective:
    """The document that answers a query against all others of its batch (van den Oord et al. 2018, arXiv:1807.03748).

    The cross-entropy of their cosine similarities divided by `temperature`; other documents that answer the query are
    left out. `hard_negatives`: so many documents more a query, those with the most words of it, weighed by their rarity
    (tf-idf), that do not answer it (Karpukhin et al. 2020, arXiv:2004.04906).
    """
    from harness.training.contrast import telling_apart

    return telling_apart(material, temperature, hard_negatives)
