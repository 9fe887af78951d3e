"""Tiny random encoders of several families, as folders like those that transformers saves."""

import atexit
import math
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

FAMILIES = ("bert", "roberta", "distilbert", "mpnet", "deberta-v2")
#: Others, which are held to the same promises.
OTHER_FAMILIES = ("electra", "albert", "xlm-roberta", "modernbert", "longformer")
#: Tokens a tiny encoder reads at most, special ones included.
MAX_LENGTH = 24
N_LAYERS = 2
N_DIMENSIONS = 32

_CORPUS = (
    "the service was slow but the food was good and the waiter was kind",
    "I would not buy this phone again, the battery dies before noon!",
    "Naïve café owners said: “50 % of guests never came back” – in 2004.",
    "日本語 and שלום עולם and مرحبا بالعالم and 😀👩‍👩‍👧 are texts too",
    "rates rose, markets fell, and analysts were surprised by neither",
)


def corpus() -> list[str]:
    """Sentences that tiny vocabularies are made from."""
    return list(_CORPUS)


def tiny_encoder(family: str, folder: Path) -> Path:
    """A folder with a random encoder of 2 layers and 32 dimensions; built once a process, then copied."""
    return Path(shutil.copytree(_built(family), folder / f"tiny-{family}"))


@cache
def _built(family: str) -> Path:
    import torch
    from transformers import AutoModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    folder = Path(tempfile.mkdtemp(prefix=f"tiny-{family}-"))
    atexit.register(_remove, folder, os.getpid())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed((*FAMILIES, *OTHER_FAMILIES).index(family))
        tokenizer, config = _MAKERS[family]()
        model = AutoModel.from_config(config)
        for name, weight in model.named_parameters():
            if name.endswith("bias"):
                torch.nn.init.normal_(weight, std=0.3)  # zero biases would hide a wrong mask
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    return folder


def _remove(folder: Path, process: int) -> None:
    """Not by a process that was forked from the one that made it."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


def _sizes(tokenizer: Any, n_positions: int) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "max_position_embeddings": n_positions,
        "pad_token_id": tokenizer.pad_token_id,
        "initializer_range": 0.3,  # at the usual 0.02 attention hardly tells one token from another
        "hidden_size": N_DIMENSIONS,
        "num_hidden_layers": N_LAYERS,
        "num_attention_heads": 2,
        "intermediate_size": 64,
    }


def _pieces_of(words: Iterable[str], special: list[str], within: str) -> list[tuple[str, int]]:
    """A vocabulary with how often each piece occurs: special tokens, single characters, words, and parts of words.

    `within` marks what does not start a word. The trainers of `tokenizers` are not asked, since their WordPiece and
    Unigram vocabularies differ from process to process: what a tiny encoder scores would too.
    """
    found, whole = Counter[str](), Counter(words)
    for word, count in whole.items():
        for start in range(len(word)):
            for length in range(1, min(4, len(word) - start) + 1):
                found[(within if start else "") + word[start : start + length]] += count

    def rank(piece: str) -> tuple[bool, bool, int, str]:
        return len(piece.removeprefix(within)) > 1, piece not in whole, -found[piece], piece

    return [*((name, 1) for name in special), *((piece, found[piece]) for piece in sorted(found | whole, key=rank))][
        :300
    ]


def _wordpieces(special: list[str]) -> dict[str, int]:
    from tokenizers import normalizers, pre_tokenizers

    normalizer, split = normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()
    words = [word for text in corpus() for word, _ in split.pre_tokenize_str(normalizer.normalize_str(text))]
    return {piece: place for place, (piece, _) in enumerate(_pieces_of(words, special, "##"))}


def _bert() -> tuple[Any, Any]:
    from transformers import BertConfig, BertTokenizer

    tokenizer = BertTokenizer(vocab=_wordpieces(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    return tokenizer, BertConfig(**_sizes(tokenizer, MAX_LENGTH))


def _distilbert() -> tuple[Any, Any]:
    from transformers import DistilBertConfig, DistilBertTokenizer

    tokenizer = DistilBertTokenizer(vocab=_wordpieces(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    sizes = _sizes(tokenizer, MAX_LENGTH)
    names = {"hidden_size": "dim", "num_hidden_layers": "n_layers", "num_attention_heads": "n_heads"}
    names |= {"intermediate_size": "hidden_dim"}
    return tokenizer, DistilBertConfig(**{names.get(key, key): value for key, value in sizes.items()})


def _mpnet() -> tuple[Any, Any]:
    from transformers import MPNetConfig, MPNetTokenizer

    tokenizer = MPNetTokenizer(vocab=_wordpieces(["<s>", "<pad>", "</s>", "[UNK]", "<mask>"]))
    return tokenizer, MPNetConfig(bos_token_id=0, eos_token_id=2, **_sizes(tokenizer, MAX_LENGTH + 2))


def _roberta() -> tuple[Any, Any]:
    import json

    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import RobertaConfig, RobertaTokenizer

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(corpus(), trainer)
    model = json.loads(bpe.to_str())["model"]
    tokenizer = RobertaTokenizer(vocab=model["vocab"], merges=[tuple(merge) for merge in model["merges"]])
    return tokenizer, RobertaConfig(bos_token_id=0, eos_token_id=2, **_sizes(tokenizer, MAX_LENGTH + 2))


def _pieces(special: list[str]) -> list[tuple[str, float]]:
    """A Unigram vocabulary: pieces with their scores."""
    found = _pieces_of((f"▁{word}" for text in corpus() for word in text.split()), special, "")
    total = sum(count for _, count in found)
    return [(piece, math.log(max(1, count) / total)) for piece, count in found]


def _deberta() -> tuple[Any, Any]:
    from transformers import DebertaV2Config, DebertaV2Tokenizer

    tokenizer = DebertaV2Tokenizer(vocab=_pieces(["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"]))
    relative = {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_biased_input": False}
    shared = {"share_att_key": True, "norm_rel_ebd": "layer_norm", "position_buckets": 8, "max_relative_positions": -1}
    sizes = _sizes(tokenizer, MAX_LENGTH)
    return tokenizer, DebertaV2Config(type_vocab_size=0, **relative, **shared, **sizes)


def _electra() -> tuple[Any, Any]:
    """With embeddings narrower than its layers."""
    from transformers import ElectraConfig

    tokenizer, _ = _bert()
    return tokenizer, ElectraConfig(embedding_size=16, **_sizes(tokenizer, MAX_LENGTH))


def _albert() -> tuple[Any, Any]:
    """One layer, taken twice."""
    from transformers import AlbertConfig, AlbertTokenizer

    tokenizer = AlbertTokenizer(vocab=_pieces(["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]))
    names = {"bos_token_id": 2, "eos_token_id": 3}
    return tokenizer, AlbertConfig(embedding_size=16, **names, **_sizes(tokenizer, MAX_LENGTH))


def _xlm_roberta() -> tuple[Any, Any]:
    from transformers import XLMRobertaConfig, XLMRobertaTokenizer

    tokenizer = XLMRobertaTokenizer(vocab=_pieces(["<s>", "<pad>", "</s>", "<unk>", "<mask>"]))
    return tokenizer, XLMRobertaConfig(bos_token_id=0, eos_token_id=2, **_sizes(tokenizer, MAX_LENGTH + 2))


def _modernbert() -> tuple[Any, Any]:
    """Rotary positions; its second layer sees 4 tokens to either side."""
    from transformers import ModernBertConfig

    tokenizer, _ = _bert()
    names = {"cls_token_id": 2, "sep_token_id": 3, "bos_token_id": 2, "eos_token_id": 3}
    local = {"local_attention": 8, "global_attn_every_n_layers": 2}
    return tokenizer, ModernBertConfig(**names, **local, **_sizes(tokenizer, MAX_LENGTH))


def _longformer() -> tuple[Any, Any]:
    """Windows of 4 tokens, so that its texts are filled up to whole ones."""
    from transformers import LongformerConfig

    tokenizer, _ = _roberta()
    names = {"bos_token_id": 0, "eos_token_id": 2, "sep_token_id": 2}
    return tokenizer, LongformerConfig(attention_window=[4, 4], **names, **_sizes(tokenizer, MAX_LENGTH + 2))


_MAKERS = {
    "bert": _bert,
    "roberta": _roberta,
    "distilbert": _distilbert,
    "mpnet": _mpnet,
    "deberta-v2": _deberta,
    "electra": _electra,
    "albert": _albert,
    "xlm-roberta": _xlm_roberta,
    "modernbert": _modernbert,
    "longformer": _longformer,
}
