"""Imported once by the server that job processes are forked from, so that a child starts in 0.3 s, not 4."""

import sklearn.feature_extraction.text  # noqa: TID253 - this module exists to import these
import sklearn.linear_model  # noqa: TID253
import sklearn.model_selection  # noqa: TID253
import sklearn.pipeline  # noqa: TID253
import sklearn.preprocessing  # noqa: TID253, F401
import torch  # noqa: TID253, F401
import transformers  # noqa: TID253
import transformers.models.auto.modeling_auto  # noqa: TID253
import transformers.models.auto.tokenization_auto  # noqa: TID253
import transformers.models.bert.modeling_bert  # noqa: TID253, F401

import harness.runner.score  # noqa: F401
