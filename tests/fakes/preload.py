"""What tests have the server of their processes import beside what a run has it import, so that none begins with it."""

import pandas  # noqa: F401
import pyarrow.parquet  # noqa: F401
import vl_convert  # noqa: F401
import wordfreq
from transformers.conversion_mapping import get_checkpoint_conversion_mapping

import harness.cli.run
import harness.report.html  # noqa: F401
from harness.tasks.language import guess

wordfreq.zipf_frequency("word", "en")
get_checkpoint_conversion_mapping("bert")
guess(["the language of a text is guessed from what a second is needed to read"] * 9)
