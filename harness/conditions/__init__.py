"""What may happen to an encoder's texts: perturbations, readings, shifts, slices, and bundles of them.

To add one, write a function in `perturbations/` (or `readings`, `shifts`, `slices`) and decorate it.
"""

from harness.conditions.bundles import LONG_TEXT_TOKENS, bundle
from harness.conditions.declare import RATES, in_words, perturbation, reading, shift, slice_, word_perturbation
from harness.conditions.edits import Edit, perturb
from harness.conditions.matching import matched_control
from harness.conditions.resources import resource
from harness.conditions.words import vocabulary
from harness.core.user_files import UserFile

__all__ = [
    "LONG_TEXT_TOKENS",
    "RATES",
    "Edit",
    "UserFile",
    "bundle",
    "in_words",
    "matched_control",
    "perturb",
    "perturbation",
    "reading",
    "resource",
    "shift",
    "slice_",
    "vocabulary",
    "word_perturbation",
]
