"""What an encoder costs: parameters, operations, memory, and a first look at the clock."""

import os
import statistics
from dataclasses import replace

from harness.core.memory import peak_mb, reset_peak
from harness.core.records import Tokenization
from harness.doctor.loaded import Loaded
from harness.doctor.texts import SHORT, long_text
from harness.encoders.backends import Encoder
from harness.encoders.pieces import batches, pieces_of
from harness.encoders.tokens import Tokens
from harness.latency.subjects import EncoderSubject
from harness.wording.numbers import milliseconds, parameters, percent, significant

#: How often a text is read to warm up, and then timed.
_WARMUP, _TIMES = 2, 5


def sizes(loaded: Loaded) -> str:
    """Parameters: of embedding tables (words, positions, segments), which are looked up, and of the rest."""
    import torch

    model = loaded.encoder.model
    tables = {id(m.weight): m.weight for m in model.modules() if isinstance(m, torch.nn.Embedding)}
    total, embedding = loaded.encoder.n_parameters, sum(weight.numel() for weight in tables.values())
    share = percent(embedding / total)
    rest = parameters(total - embedding)
    return f"{parameters(total)}: {parameters(embedding)} in embeddings ({share}), {rest} in the rest"


def operations(loaded: Loaded) -> str:
    """FLOPs a token, of a short text and of one as long as is read (512 tokens at most): see `flops_a_token`."""
    found = dict(flops_a_token(loaded, text) for text in (SHORT, long_text(loaded.most)))
    return ", ".join(f"{parameters(round(flops))} in a text of {n} tokens" for n, flops in found.items())


def flops_a_token(loaded: Loaded, text: str) -> tuple[int, float]:
    """(tokens, floating-point operations a token of them) of a text read alone: see `flops_of`."""
    (tokens,) = loaded.encoder.tokenizer([text], _shortened(loaded))
    return len(tokens.ids), flops_of(loaded.encoder, tokens) / len(tokens.ids)


def flops_of(encoder: Encoder, tokens: Tokens) -> float:
    """Floating-point operations of an encoder in torch that reads one text.

    Counted as torch's FlopCounterMode does, from the matrix products that are really made: 2·m·k·n for (m, k) by
    (k, n), attention in its plain form; what does not multiply matrices (softmax, norms, activations) is left out. Of
    a layer of width d and inner width f in a text of n tokens that is 2·(4d² + 2df) + 4nd a token, as Hoffmann et
    al. (2022, arXiv:2203.15556, appendix F) count a forward pass; layers that share weights (ALBERT) and what
    DeBERTa adds are counted as often as they are computed.
    """
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        encoder.hidden_states([tokens])
    return float(counter.get_total_flops())


def memory(loaded: Loaded) -> str:
    """Megabytes of the weights, and how many more are taken while the largest batch is read."""
    weights = sum(p.numel() * p.element_size() for p in loaded.encoder.model.parameters()) / 1e6
    tokenization, n = _shortened(loaded), max(1, loaded.encoder.token_budget // loaded.most)
    texts = [f"{number} {long_text(loaded.most)}" for number in range(n)]
    pieces = pieces_of(dict(zip(texts, loaded.encoder.tokenizer(texts, tokenization), strict=True)))
    (first, *_) = batches(pieces, loaded.encoder.token_budget)
    before = _now_mb(loaded.device)
    reset_peak(loaded.device)
    loaded.encoder.hidden_states([pieces[piece] for piece in first])
    more = peak_mb(loaded.device) - before
    taken = f"{significant(more)} MB more" if more >= 1 else "under 1 MB more"
    shape = f"{len(first)} × {len(pieces[first[0]].ids)} tokens"
    return f"{significant(weights)} MB of weights; a batch of {shape} takes {taken}"


def _now_mb(device: str) -> float:
    """Megabytes taken now: by the process, or on the device."""
    if device != "cpu":
        import torch

        return float(torch.cuda.memory_allocated(device) / 1e6)
    import psutil

    return float(psutil.Process(os.getpid()).memory_info().rss / 1e6)


def clock(loaded: Loaded) -> str:
    """Milliseconds of a short text and of a long one, one at a time: medians of a few."""
    subject = EncoderSubject(loaded.encoder, _shortened(loaded), loaded.poolings, ("own",))
    told = []
    for text in (SHORT, long_text(loaded.most)):
        runs = [subject.one(text) for _ in range(_WARMUP + _TIMES)][_WARMUP:]
        seconds = [tokenise + forward + sum(pooled.values()) for tokenise, forward, pooled, _ in runs]
        told.append(f"{milliseconds(1000 * statistics.median(seconds))} for {runs[0][3]} tokens")
    return f"{', '.join(told)} (median of {_TIMES}, a first look; `latency:` in a suite measures)"


def _shortened(loaded: Loaded) -> Tokenization:
    return replace(loaded.folder.tokenization, max_length=loaded.most)
