from pathlib import Path
from typing import Annotated, Any

from annotated_types import Interval

from harness.core.errors import EncoderError, MissingFileError
from harness.core.user_files import UserFile, refuse_changed
from harness.encoders.checkpoints import EncoderFolder
from harness.encoders.steps import step
from harness.tasks import lessons


def _becomes(base: EncoderFolder, **parameters: Any) -> dict[str, Any]:
    """Its layers are counted anew; EncoderError for a file without texts, or weights that are drawn when loaded."""
    if base.random is not None:
        raise EncoderError("its weights are random and are drawn when they are loaded; name an encoder with files.")
    if (file := parameters.get("texts")) is not None:
        _lines(file.path)
    return {"layers": None}


@step("prune-vocabulary", builds=True, becomes=_becomes, reads=lessons.content)
def prune_vocabulary(
    base: EncoderFolder,
    out: Path,
    rng: Any,
    *,
    texts: UserFile | None = None,
    min_count: Annotated[int, Interval(ge=1)] = 1,
) -> None:
    """Only the tokens that these texts are read as, `min_count` times or more; they are read as before.

    `texts` is a file of UTF-8, a text a line, relative to the suite; without one the packaged texts that students learn
    from. Special tokens, single characters and what other pieces are merged from stay, so that other texts are read as
    smaller pieces, or as the unknown token. Embeddings of the tokens that stay are those of the base (Abdaoui et al.
    2020, arXiv:2010.05609).
    """
    from harness.encoders import vocabulary

    if texts is not None:
        refuse_changed(texts)
    read = lessons.read().pieces if texts is None else _lines(texts.path)
    vocabulary.prune(base, out, read, min_count)


def _lines(file: Path) -> list[str]:
    """EncoderError where a file is no UTF-8 or holds no text, MissingFileError where it cannot be read."""
    try:
        found = [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise MissingFileError(
            f"texts: {file} cannot be read ({error.strerror}); expected a file, a text a line."
        ) from None
    except UnicodeDecodeError as error:
        raise EncoderError(
            f"texts: {file} is no UTF-8 at byte {error.start}. Save it as UTF-8, a text a line."
        ) from None
    if not found:
        raise EncoderError(f"texts: {file} holds no text, and nothing would be left. Give it a text a line.")
    return found
