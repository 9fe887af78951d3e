"""Numbers by their distance."""

from harness.training.objectives import Material, Objective, objective


@objective("squared-error", targets=("number", "value"))
def squared_error(material: Material) -> Objective:
    """The mean squared error of a linear head's number, in standard deviations of the numbers learnt."""
    from torch.nn import functional

    from harness.training.classify import regressing

    return regressing(material, functional.mse_loss)
