"""Steps of recipes: what is done to an encoder before it is read. One function a file."""

from functools import partial

from harness.core.registry import component

#: `@step("cut")` above `(base: EncoderFolder, *, …) -> EncoderFolder` makes it a step: a key of a suite's encoder. What
#: it gives is known from the files of the base alone, and had when they are loaded. EncoderError where the base cannot
#: take it; whoever asks says whose step it was.
step = partial(component, "step")
