"""Several labels an item, each by likelihood."""

from harness.training.objectives import Material, Objective, objective


@objective("binary-cross-entropy", targets=("labels",))
def binary_cross_entropy(material: Material) -> Objective:
    """The mean cross-entropy of a linear head's labels, each had or not."""
    from torch.nn import functional

    from harness.training.classify import labelling

    return labelling(material, functional.binary_cross_entropy_with_logits)
