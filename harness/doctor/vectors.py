"""Checks of vectors: are they numbers, does a text's hang on what is read beside it, what do fewer bits change?"""

from typing import Any

import numpy as np

from harness.core.errors import HarnessError
from harness.doctor.finding import Finding, Status
from harness.doctor.loaded import Loaded, load
from harness.doctor.texts import ALL, ENGLISH, long_text
from harness.encoders.backends import pytorch
from harness.wording.numbers import count, fixed

#: How far the same vector may be off in fp32, of its largest value (1 at least): rounding; more than rounding.
ROUNDING, MORE = 1e-5, 1e-3
#: The cosine of a text's vectors in fp32 and bf16: below the one it is worth a warning, below the other it is lost.
NEAR, FAR = 0.999, 0.9
#: Tokens that all texts of a batch without padding are cut to.
_ALIKE = 6


def finite(loaded: Loaded) -> Finding:
    """Whether all values of vectors are numbers, of an empty and a long text too."""
    texts = ["", *ALL, long_text(loaded.most)]
    vectors = loaded.vectors(texts)
    return Finding(
        "", f"{len(texts)} texts, an empty and a long one among them: all values are numbers", _moves(vectors)
    )


def _moves(vectors: Any) -> Status:
    return "ok" if np.isfinite(vectors).all() else "failed"


def spread(loaded: Loaded) -> Finding:
    """Whether different texts have different vectors."""
    vectors = loaded.vectors(ENGLISH)
    highest = float(_cosines(vectors, np.roll(vectors, 1, axis=0)).max())
    if highest > 1 - ROUNDING:
        why = "different texts have the same vector: the weights may be damaged or of another model"
        return Finding("", f"{why} (highest cosine {fixed(highest, 4)})", "failed")
    return Finding("", f"highest cosine of two different texts {fixed(highest, 3)}", "ok")


def batched(loaded: Loaded) -> Finding:
    """A text's vector among others of its length, against the same text read alone."""
    texts, length = list(ENGLISH[1:]), min(_ALIKE, loaded.most)
    together = loaded.vectors(texts, max_length=length)
    return _same(together, loaded.vectors(texts, alone=True, max_length=length), "is read beside it")


def padded(loaded: Loaded) -> Finding:
    """A text's vector beside longer ones, so filled up with padding, against the same text read alone."""
    texts = list(ENGLISH)
    return _same(loaded.vectors(texts), loaded.vectors(texts, alone=True), "it is filled up with")


def _same(some: Any, others: Any, cause: str) -> Finding:
    largest = max(1.0, float(np.abs(others).max()))
    difference = float(np.abs(some - others).max()) / largest
    figure = f"largest difference {difference:.1e}, of values up to {largest:.1f}; bound {ROUNDING:.0e}"
    if difference <= ROUNDING:
        return Finding("", figure, "ok")
    if difference <= MORE:
        return Finding("", f"{figure}: more than rounding in fp32; figures may change in the last digit", "warning")
    return Finding("", f"{figure}: a text's vector hangs on what {cause}. Its scores would be chance", "failed")


def reduced(loaded: Loaded) -> Finding:
    """The cosine of each text's vectors in fp32 and in bf16; the least of them."""
    texts = list(ENGLISH)
    try:
        fewer = load(loaded.folder, loaded.device, "bf16").vectors(texts)
    except HarnessError as error:
        why = str(error).removeprefix(f"encoder {loaded.folder.name!r}: ")
        return Finding("", f"not to be had in bf16; fp32, which is what is used, is: {why}", "warning")
    least = float(_cosines(loaded.vectors(texts), fewer).min())
    figure = f"least cosine {fixed(least, 5)} over {count(len(texts))} texts; bound {NEAR}"
    if least >= NEAR:
        remark = pytorch.check(loaded.device, "bf16")
        return Finding("", f"{figure}{'; ' * bool(remark)}{remark}", "ok")
    how = "loses much" if least < FAR else "loses some"
    return Finding("", f"{figure}: `precision: bf16` {how} here; leave it at fp32, which is what is used", "warning")


def _cosines(a: Any, b: Any) -> Any:
    return (a * b).sum(axis=1) / np.maximum(np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1), 1e-12)
