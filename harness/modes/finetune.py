from functools import wraps
from typing import Annotated, Any, Literal

from annotated_types import Interval

from harness.core.registry import Named
from harness.modes import mode

#: Both train a new checkpoint, once a train seed.
_FACTS: dict[str, Any] = {"builds": True, "uses": ("train",), "probability": True}
#: Targets that a head may be learnt for.
_HEADS = ("class", "labels", "number", "value", "tags")


@mode("finetune", targets=(*_HEADS, "relevant"), needs_train=(*_HEADS, "relevant"), **_FACTS)
def finetune(
    *,
    epochs: Annotated[float, Interval(ge=0.01, le=1000)] = 3.0,
    batch_size: Annotated[int, Interval(ge=1, le=1024)] = 16,
    encoder_lr: Annotated[float, Interval(ge=0, le=1)] = 5e-5,
    head_lr: Annotated[float, Interval(ge=0, le=1)] = 5e-3,
    layer_decay: Annotated[float, Interval(gt=0, le=1)] = 1.0,
    freeze: Annotated[float, Interval(ge=0, le=1)] | Literal["embeddings"] = 0.0,
    lora: Annotated[int, Interval(ge=0, le=1024)] = 0,
    warmup: Annotated[float, Interval(ge=0, le=1)] = 0.1,
    weight_decay: Annotated[float, Interval(ge=0, le=1)] = 0.01,
    validation: Annotated[float, Interval(ge=0, le=0.5)] = 0.1,
    patience: Annotated[int, Interval(ge=0, le=1000)] = 0,
    precision: Literal["auto", "fp32", "bf16"] = "auto",
    batches: Literal["texts", "tokens"] = "texts",
    objective: Annotated[str | None, Named("objective")] = None,
) -> None:
    """All weights and a linear head, trained together; of an objective without a head the vectors, then compared.

    AdamW at two rates, rising over the `warmup` share of the steps, then falling to 0. `layer_decay`: a layer's rate is
    so many times that of the layer above it, the embeddings' that of the lowest (Howard and Ruder 2018,
    arXiv:1801.06146). `freeze`: share of the layers, from the lowest, that stay as they are, with them all that is in
    no layer; `embeddings`: that alone. `lora`: the rank of low-rank updates (Hu et al. 2021, arXiv:2106.09685) of every
    linear layer, scaled by 2, that are trained in place of the encoder's weights and added to them when it is saved
    (needs peft; 0: none). `objective`: unless said otherwise `cross-entropy` for classes, `binary-cross-entropy` for
    several labels, `squared-error` for numbers, `token-cross-entropy` for tags of words, `contrastive` for searches.
    `validation`: share of the training texts held out; the epoch with the lowest loss on them is kept, and after
    `patience` epochs without a lower one training ends (0: never). `batches`: of `batch_size` texts of about one
    length, or as many batches of about as many tokens, padding included, whose losses are summed so that every text
    counts alike. Biases and norms do not decay.
    """


@mode("lp-ft", version=2, starts_from="probe", targets=_HEADS, needs_train=_HEADS, **_FACTS)
@wraps(finetune, assigned=("__annotations__",), updated=())
def lp_ft(**parameters: Any) -> None:
    """The probe's head first, then all weights with it (Kumar et al. 2022, arXiv:2202.10054).

    The probe is fitted on the training texts that are not held out.
    """
