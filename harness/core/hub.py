"""What is said of a model or data set that the Hugging Face hub does not give: why, and what to do."""

import errno
from pathlib import Path

from harness.core import disk

#: What makes room, or another place, for what is fetched.
_PLACE = "set HF_HOME to a folder elsewhere"


def why_not(error: BaseException, what: str, repo: str, revision: str | None) -> str:
    """Why the hub refuses a `model` or `data set`, from the error of whichever of its libraries, told by its class."""
    from huggingface_hub.constants import ENDPOINT

    names = {cls.__name__ for cls in type(error).__mro__}
    if "GatedRepoError" in names or "gated dataset" in str(error):
        page = f"{ENDPOINT}/{'' if what == 'model' else 'datasets/'}{repo}"
        return (
            f"its owners decide who may fetch it (a gated {what}). Ask for access at {page}, then log in with "
            "`hf auth login`, or set HF_TOKEN."
        )
    if "RevisionNotFoundError" in names:
        return (
            f"the hub has no revision {revision!r} of it. Name a branch, a tag, or a commit with all its 40 digits; "
            "without `revision` it is the newest."
        )
    if "HFValidationError" in names:
        return "no hub id; expected owner/name, of letters, digits, `-`, `_` and `.`."
    return f"the hub has no such {what} open to you. Check the id; for a private one, log in with `hf auth login`."


def no_room(number: int, n_bytes: int | None = None) -> str:
    """What is said where the system refuses (`number`, see `disk.REFUSED`) to keep what is fetched."""
    from huggingface_hub.constants import HF_HUB_CACHE

    return disk.told(number, Path(HF_HUB_CACHE), n_bytes, _PLACE)


def refusal_of(error: BaseException) -> int | None:
    """The number of an error that says that the system keeps no more; None for any other."""
    number = errno.ENOSPC if "Not enough disk space" in str(error) else disk.number_of(error)
    return number if number in disk.REFUSED else None
