"""New vocabularies for students, learnt from texts in seconds, and embeddings to begin with. Imports late."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Pieces of a new vocabulary, special tokens included.
N_PIECES = 16_000


@dataclass(frozen=True)
class Form:
    """Special tokens in the order of their ids, the names of those around a text, and what makes the tokenizer."""

    special: Mapping[str, str]
    around: tuple[str, str]
    learn: Callable[[Iterable[str], Sequence[str]], Any]
    space: str
    byte_level: bool


def _byte_level(texts: Iterable[str], special: Sequence[str]) -> Any:
    """Byte pairs over the bytes of cased text, as RoBERTa has them (Radford et al. 2019)."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=N_PIECES,
        min_frequency=2,
        special_tokens=list(special),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def _unigram(texts: Iterable[str], special: Sequence[str]) -> Any:
    """A unigram language model over pieces of cased text (Kudo 2018), by SentencePiece, as DeBERTa-v3 has one.

    With one thread it learns the same from the same texts; the trainer of `tokenizers` does not.
    """
    from io import BytesIO

    from sentencepiece import SentencePieceProcessor, SentencePieceTrainer
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

    model, names = BytesIO(), ("pad", "bos", "eos", "unk")
    settings: dict[str, Any] = {f"{name}_id": i for i, name in enumerate(names)}
    settings |= {f"{name}_piece": special[i] for i, name in enumerate(names)}
    SentencePieceTrainer.train(
        sentence_iterator=(line for text in texts for line in text.split("\n") if line.strip()),
        model_writer=model,
        vocab_size=N_PIECES,
        model_type="unigram",
        normalization_rule_name="nfkc",
        num_threads=1,
        hard_vocab_limit=False,
        max_sentence_length=1_000_000,
        minloglevel=2,
        user_defined_symbols=[special[4]],
        **settings,
    )
    pieces = SentencePieceProcessor(model_proto=model.getvalue())
    scores = [(pieces.id_to_piece(i), pieces.get_score(i)) for i in range(pieces.get_piece_size())]
    tokenizer = Tokenizer(models.Unigram(scores, unk_id=3, byte_fallback=False))
    tokenizer.add_special_tokens(list(special))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace("\n", " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


_BERT = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]", "mask_token": "[MASK]"}
_ROBERTA = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>", "mask_token": "<mask>"}
_BYTE_PAIRS = Form(_ROBERTA, ("<s>", "</s>"), _byte_level, "Ġ", True)
_UNIGRAM = Form(_BERT, ("[CLS]", "[SEP]"), _unigram, "▁", False)


def form_of(family: str) -> Form:
    """What is made for a family: byte pairs for RoBERTa, else a unigram model."""
    return _BYTE_PAIRS if family == "roberta" else _UNIGRAM


def learnt(form: Form, texts: Sequence[str], max_length: int, folder: Path) -> Any:
    """A tokenizer of these texts, written into a folder as `tokenizer.json` and what transformers asks beside it."""
    from tokenizers import processors

    tokenizer = form.learn(texts, list(form.special.values()))
    begin, end = form.around
    ids = [(token, tokenizer.token_to_id(token)) for token in form.around]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}", pair=f"{begin} $A {end} $B:1 {end}:1", special_tokens=ids
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    more = {"cls_token": begin, "sep_token": end}
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": max_length, **form.special, **more}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1), encoding="utf-8")
    return tokenizer


def ids_of(form: Form, tokenizer: Any) -> dict[str, int]:
    """The ids of special tokens as a configuration names them."""
    return {f"{name}_id": tokenizer.token_to_id(token) for name, token in form.special.items() if name != "mask_token"}


def embeddings(form: Form, tokenizer: Any, old: Any, table: Any) -> Any:
    """(n, d): of each new piece the mean of what the old tokenizer reads of the same string, in the old `table`.

    A piece that goes on a word is looked for among the old pieces that do too (`##ing`). Special tokens begin as the
    old ones of their purpose; what the old one knows nothing of as its unknown token.
    """
    import torch

    purpose = {form.special.get("bos_token"): "cls_token", form.special.get("eos_token"): "sep_token"}
    purpose |= {token: name for name, token in form.special.items() if name not in ("bos_token", "eos_token")}
    known, unknown = old.get_vocab(), old.unk_token_id
    rows = []
    for number in range(tokenizer.get_vocab_size()):
        piece = tokenizer.id_to_token(number)
        if piece in purpose:
            found = [getattr(old, f"{purpose[piece]}_id")]
        else:
            text = tokenizer.decoder.decode([piece]) if form.byte_level else piece.replace(form.space, " ")
            word = text.strip().lower() if getattr(old, "do_lower_case", True) else text.strip()
            begins = piece.startswith(form.space)
            whole = known.get(word if begins else f"##{word}")
            found = [whole] if whole is not None else old(word, add_special_tokens=False)["input_ids"]
        found = [one for one in found if one is not None] or [unknown]
        rows.append(table[found].mean(dim=0))
    return torch.stack(rows)
