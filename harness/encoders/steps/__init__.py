"""Steps of recipes: what is done to an encoder before it is read. One function a file."""

from functools import partial

from harness.core.registry import component

#: `@step("cut")` above a function makes it a step, whose name is a key of a suite's encoders.
#:
#: `(base: EncoderFolder, *, …) -> EncoderFolder` where what it gives is had when the files of the base are loaded. One
#: that `builds` is `(base: EncoderFolder, out: Path, rng, *, …)` and writes weights, config and tokenizer of a new
#: checkpoint, which reads texts as its base does, into the empty folder `out`: that is done once, into the store. One
#: that also `trains` gives what is learnt from (`training.steps`), and `out` is what training begins with.
#: `becomes(base, *, …)` tells what of the encoder is other than of its base, before it is there; `reads()` the hash of
#: the texts that it is made with, `learns(*, …)` which of these for a plan, in how many steps and epochs; `first(base)`
#: gives the steps that are taken before it. A parameter `Annotated[str, Named("texts")]` names texts to train on.
#: EncoderError where the base cannot take it; whoever asks says whose step it was.
step = partial(component, "step", builds=False, trains=False, becomes=None, reads=None, learns=None, first=None)
