"""What a key depends on: on everything that decides the value, and on nothing else."""

import pickle
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from harness.core.address import Address
from harness.core.data import Examples, utf8
from harness.core.errors import DataError
from harness.core.fingerprint import fingerprint, plain
from harness.core.records import (
    Backend,
    Cell,
    Checkpoint,
    Head,
    Keyed,
    Mode,
    Perturbation,
    Pooling,
    Slice,
    Split,
    Step,
    Tokenization,
)
from harness.core.seeds import Repeat
from harness.core.truncation import Windows
from harness.core.user_files import Content

TYPOS = Perturbation("keyboard", 1, {"severity": 3}, 0)
CUT = Step("cut", 1, {"layers": [0, 1]})
SPLIT = Split("hash", {"text": "body"}, {"0": "neg"}, "test", {"name": "hash", "share": 0.3})
HEAD = Head(
    checkpoint=Checkpoint("weights"),
    backend=Backend(),
    readings={"text": Tokenization(256)},
    pooling=Pooling("mean"),
    mode=Mode("probe", 1, {"head": "logistic"}),
    train={"text": replace(SPLIT, side="train")},
)
SLICE = Slice("rare-words", 1, {"below": 3.0}, "slice")
CELL = Cell(HEAD, {"text": SPLIT}, None, {"accuracy": 1}, Address("t", "e", "mean", "probe"))

#: For every noun, another value of each of its fields.
OTHERS: list[tuple[Any, Mapping[str, Any]]] = [
    (
        SPLIT,
        {
            "source": "other", "columns": {"text": "title"}, "label_map": {}, "side": "train",
            "rule": {"name": "hash", "share": 0.2}, "sample": 100, "sample_seed": 1, "domains": ("movies",),
            "role": "query", "perturbations": (TYPOS,),
        },
    ),
    (TYPOS, {"name": "ocr", "version": 2, "parameters": {"severity": 4}, "draw_seed": 1}),
    (
        CUT,
        {
            "operation": "quantise", "version": 2, "parameters": {"layers": [1, 0]}, "train": "split",
            "seed": 0, "teacher": "checkpoint", "makes_head": True,
        },
    ),
    (Checkpoint("weights"), {"source": "others", "lineage": (CUT,)}),
    (
        Backend(),
        {"runtime": "onnx", "precision": "bf16", "device": "cuda", "version": 2, "calibration": "hash"},
    ),
    (Tokenization(256), {"max_length": 128, "prefix": "query: ", "truncation": "tail"}),
    (Tokenization(256, truncation=Windows()), {"max_length": 128, "prefix": "a: ", "truncation": Windows("max")}),
    (Pooling("mean"), {"pooler": "cls", "version": 2, "parameters": {"a": 1}, "per": "word"}),
    (HEAD.mode, {"name": "zero-shot", "version": 2, "parameters": {}}),
    (
        HEAD,
        {
            "checkpoint": Checkpoint("weights", (CUT,)), "backend": Backend(device="cuda"),
            "readings": {"text": Tokenization(128)}, "pooling": Pooling("cls"), "mode": Mode("probe", 2, {}),
            "train": None, "seed": 0,
        },
    ),
    (
        SLICE,
        {"name": "long", "version": 2, "parameters": {"below": 2.0}, "part": "control", "reference": "checkpoint"},
    ),
]  # fmt: skip
EVERY_FIELD = [(noun, name, value) for noun, others in OTHERS for name, value in others.items()]


@pytest.mark.parametrize(
    ("noun", "name", "value"), EVERY_FIELD, ids=[f"{type(n).__name__}.{f}" for n, f, _ in EVERY_FIELD]
)
def test_a_key_changes_with_each_field(noun: Any, name: str, value: Any) -> None:
    changed = replace(noun, **{name: value})
    assert changed.key != noun.key
    assert changed != noun
    assert replace(changed, **{name: getattr(noun, name)}) == noun


def test_every_field_of_every_noun_is_tried() -> None:
    assert {type(noun) for noun, _ in OTHERS} == set(Keyed.__subclasses__())
    for noun, others in OTHERS:
        assert {f.name for f in fields(noun) if f.compare} == set(others)


def test_where_a_file_lies_is_in_no_key() -> None:
    """Nor in that of what it is a part of."""
    placed = replace(TYPOS, files={"file": Content(Path("made.csv"), "hash")})
    assert (placed.key, placed) == (TYPOS.key, TYPOS)
    assert replace(SPLIT, perturbations=(placed,)).key == replace(SPLIT, perturbations=(TYPOS,)).key
    assert pickle.loads(pickle.dumps(placed)).files == placed.files


def test_a_field_that_came_later_is_in_no_key_while_it_has_its_default() -> None:
    """What was stored before it came is found: keys of a tokenization, and of what has one, are those of then."""
    assert Tokenization(256, "query: ").key == fingerprint(
        {"noun": "Tokenization", "max_length": 256, "prefix": "query: "}
    )
    assert HEAD.key == "47f98f6fd5ce243b32aebbde9a315cb7"
    windows = Tokenization(256, truncation=Windows())
    assert plain(windows)["truncation"] == {"aggregate": "mean", "stride": 1.0}
    assert replace(windows, truncation=Windows(stride=0.5)).key != windows.key


def test_equal_records_are_one_key_in_a_mapping() -> None:
    """Mappings as fields do not hinder that, nor the order in which they were written."""
    one, two = (Mode("probe", 1, dict(pairs)) for pairs in ([("a", 1), ("b", 2)], [("b", 2), ("a", 1)]))
    assert one == two
    assert {one: 1}[two] == 1
    assert len({SPLIT, replace(SPLIT), replace(SPLIT, side="train")}) == 2


def test_another_noun_with_the_same_fields_is_another_key() -> None:
    assert Mode("a", 1, {}).key != Slice("a", 1, {}, "").key
    assert Mode("a", 1, {}) != ("a", 1, {})


def test_keys_stay_across_processes() -> None:
    """Also of a record that went through a pipe to a child, its key asked before or after."""
    copy = pickle.loads(pickle.dumps(HEAD))
    assert copy.key == HEAD.key == pickle.loads(pickle.dumps(HEAD)).key
    assert Backend().key == "3b1196565ba0a3126b2fe6a29586471d"  # stored results are found by it


# cells

OTHER_ADDRESSES: list[Callable[[Address], Address]] = [
    lambda a: replace(a, task="other"),
    lambda a: replace(a, encoder="other"),
    lambda a: replace(a, pooler="main"),
    lambda a: replace(a, mode="other"),
    lambda a: replace(a, condition="misspellings v2"),
    lambda a: replace(a, repeat=Repeat(perturb=1)),
]


@pytest.mark.parametrize("rename", OTHER_ADDRESSES)
def test_the_address_is_not_in_the_key_of_a_cell(rename: Callable[[Address], Address]) -> None:
    """A result is reused under whatever names the user gives."""
    renamed = replace(CELL, address=rename(CELL.address))
    assert renamed.address != CELL.address
    assert renamed.key == CELL.key


CHANGES: dict[str, dict[str, Any]] = {
    "head": {"head": replace(HEAD, seed=1)},
    "test": {"test": {"text": replace(SPLIT, perturbations=(TYPOS,))}},
    "role": {"test": {"query": SPLIT}},
    "metrics": {"metrics": {"accuracy": 2}},
    "more metrics": {"metrics": {"accuracy": 1, "macro-f1": 1}},
    "slice": {"slice": SLICE},
    "control": {"slice": replace(SLICE, part="control")},
    "reference": {"slice": replace(SLICE, reference="encoder")},
}


def test_the_key_of_a_cell_changes_with_all_else() -> None:
    """Head, test split, role, metrics' versions; a slice's is another than its parent's and its control's."""
    keys = [CELL.key, *(replace(CELL, **change).key for change in CHANGES.values())]
    assert len(set(keys)) == len(keys)


def test_a_slice_of_another_parent_is_another_cell() -> None:
    one, other = (replace(CELL, slice=SLICE, head=replace(HEAD, seed=seed)) for seed in (0, 1))
    assert one.key != other.key


def test_an_address_reads_as_a_line() -> None:
    assert str(CELL.address) == "t / e / mean / probe / clean"
    again = replace(CELL.address, condition="keyboard@3", repeat=Repeat(perturb=2))
    assert str(again) == "t / e / mean / probe / keyboard@3 (perturb=2)"


# examples


def examples() -> Examples:
    return Examples(("a", "b", "c"), ("k", "k", "l"), {"text": ("x", "y", "z")}, ("p", "q", "p"), None, None)


def test_examples_are_picked_in_the_order_asked_for() -> None:
    some = examples().take([2, 0, 2])
    assert (some.items, some.clusters, some.text) == (("c", "a", "c"), ("l", "k", "l"), ("z", "x", "z"))
    assert some.labels == ("p", "p", "p")
    assert some.domains is None
    assert len(some) == 3


@pytest.mark.parametrize(
    "change", [{"clusters": ("k",)}, {"labels": ()}, {"fields": {"text": ("x",)}}, {"relevant": ((), ())}]
)
def test_columns_of_another_length_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="one entry an item"):
        replace(examples(), **change)


def test_a_lone_surrogate_is_refused_with_its_place() -> None:
    """It would crash tokenizers and Arrow later, without a word on where it came from."""
    with pytest.raises(DataError, match=r"^a\.csv, row 7: a lone surrogate \(U\+D83D\) at character 4; expected"):
        utf8("abc\ud83d", "a.csv, row 7")
    for text in ("", "naïve 😀", "\x00\ufffe\ufeff"):
        assert utf8(text, "nowhere") == text
