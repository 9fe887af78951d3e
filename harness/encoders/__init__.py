"""Encoders: where weights come from, how texts are read, and the fast path to their vectors."""

from harness.encoders.checkpoints import EncoderFolder, builtin, refuse_changed
from harness.encoders.encode import encode
from harness.encoders.encoded import Encoded
from harness.encoders.recipes import resolve
from harness.suite.model import EncoderSpec

__all__ = ["Encoded", "EncoderFolder", "EncoderSpec", "builtin", "encode", "refuse_changed", "resolve"]
