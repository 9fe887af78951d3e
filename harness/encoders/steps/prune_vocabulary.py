from pathlib import Path
from typing import Annotated, Any

from annotated_types import Interval

from harness.core.corpus import Corpus
from harness.core.errors import EncoderError
from harness.core.registry import Named
from harness.encoders.checkpoints import EncoderFolder
from harness.encoders.steps import step
from harness.tasks import lessons


def _becomes(base: EncoderFolder, **parameters: Any) -> dict[str, Any]:
    """Its layers are counted anew; EncoderError for weights that are drawn when they are loaded."""
    if base.random is not None:
        raise EncoderError("its weights are random and are drawn when they are loaded; name an encoder with files.")
    return {"layers": None}


@step("prune-vocabulary", builds=True, becomes=_becomes, reads=lessons.content)
def prune_vocabulary(
    base: EncoderFolder,
    out: Path,
    rng: Any,
    *,
    texts: Annotated[str | None, Named("texts")] = None,
    min_count: Annotated[int, Interval(ge=1)] = 1,
) -> None:
    """Only the tokens that these texts are read as, `min_count` times or more; they are read as before.

    `texts`: a task, whose training texts are read, or a file with a text a line; without one the packaged texts that
    students learn from. Special tokens, single characters and what other pieces are merged from stay, so that other
    texts are read as smaller pieces, or as the unknown token. Embeddings of the tokens that stay are those of the base
    (Abdaoui et al. 2020, arXiv:2010.05609).
    """
    from harness.encoders import vocabulary

    read = texts.texts if isinstance(texts, Corpus) else lessons.read().pieces
    vocabulary.prune(base, out, read, min_count)
