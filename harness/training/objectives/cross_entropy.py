"""Classes by likelihood."""

from harness.training.objectives import Material, Objective, objective


@objective("cross-entropy", targets=("class",))
def cross_entropy(material: Material) -> Objective:
    """The mean cross-entropy of a linear head's classes."""
    from torch.nn import functional

    from harness.training.classify import classifying

    return classifying(material, functional.cross_entropy)
