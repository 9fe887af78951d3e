"""Tags of words by likelihood."""

from harness.training.objectives import Material, Objective, objective


@objective("token-cross-entropy", targets=("tags",))
def token_cross_entropy(material: Material) -> Objective:
    """The mean cross-entropy of a linear head's tags, over the words of a batch."""
    from harness.training.tag import tagging_words

    return tagging_words(material)
