"""What every pooler promises, whichever there are."""

import importlib
import pkgutil
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import poolers
from harness.core.data import TokenStates
from harness.core.registry import Component, collect

MODULES = [importlib.import_module(f"harness.poolers.{m.name}") for m in pkgutil.iter_modules(poolers.__path__)]
POOLERS = {component.name: component for component in collect(MODULES)}
#: Every pooler as it is, and where it may be otherwise of two layers and without special tokens.
WAYS: dict[str, tuple[Component, dict[str, Any]]] = {
    f"{name}{' of two layers' * two}{' without specials' * bare}": (
        component,
        {**({"layers": (1, -1)} if two else {}), **({"special_tokens": False} if bare else {})},
    )
    for name, component in POOLERS.items()
    for two in (False, True)
    for bare in (False, True)
    if not (two and (component.parameters.keys() <= {"of", "special_tokens"} or name == "last2-mean"))
    and not (bare and "special_tokens" not in component.parameters)
}
every_way = pytest.mark.parametrize(("pooler", "given_parameters"), WAYS.values(), ids=WAYS.keys())
shapes = given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.integers(1, 7), st.integers(0, 2**31))
LAYERS = (-1, -2, 0, 1)


def states(lengths: list[int], size: int, seed: int, *, n_padding: int = 0, filler: float = 0.0) -> TokenStates:
    """Random states of texts of these lengths, all between the first and the last token two to a word.

    `filler` stands where there is padding.
    """
    longest = max(lengths) + n_padding
    places, ends = torch.arange(longest), torch.tensor(lengths).unsqueeze(-1)
    mask, special = places < ends, (places == 0) | (places == ends - 1)
    layers = {layer: torch.full((len(lengths), longest, size), filler) for layer in LAYERS}
    for row, length in enumerate(lengths):
        generator = torch.Generator().manual_seed(seed + row)
        for hidden in layers.values():
            hidden[row, :length] = torch.randn(length, size, generator=generator)
    words = torch.where(mask & ~special, (places - 1) // 2, -1)
    return TokenStates(layers, mask, special, words, n_words=max(1, (max(lengths) - 1) // 2))


def pool(pooler: Component, given_states: TokenStates, parameters: dict[str, Any] | None = None) -> Any:
    return pooler.function(given_states, **pooler.filled(parameters or {}))


def rows_of(pooler: Component, vectors: Any, row: int, length: int) -> Any:
    """What a pooler gave for a text of this length: of words no more than it has."""
    return vectors[row, : max(1, (length - 1) // 2)] if pooler.facts.get("per") == "word" else vectors[row]


def test_the_known_poolers_are_there() -> None:
    assert {"cls", "mean", "max"} <= POOLERS.keys()
    assert all(component.kind == "pooler" and component.summary for component in POOLERS.values())
    assert {name for name, pooler in POOLERS.items() if pooler.facts.get("per") == "word"} == {
        "word-first",
        "word-mean",
    }


@every_way
@shapes
@settings(deadline=None, max_examples=20)
def test_one_vector_a_text_or_a_word_in_fp32(
    pooler: Component, given_parameters: dict[str, Any], lengths: list[int], size: int, seed: int
) -> None:
    vectors = pool(pooler, states(lengths, size, seed), given_parameters)
    n_joined = len(pooler.filled({}).get("of", [pooler.name]))
    n_words = [max(1, (max(lengths) - 1) // 2)] if pooler.facts.get("per") == "word" else []
    assert vectors.shape == (len(lengths), *n_words, n_joined * size)
    assert vectors.dtype == torch.float32
    assert vectors.isfinite().all()


@every_way
@pytest.mark.parametrize("filler", [0.0, 1e30, float("nan"), float("-inf")])
@shapes
@settings(deadline=None, max_examples=10)
def test_padding_changes_nothing(
    filler: float, pooler: Component, given_parameters: dict[str, Any], lengths: list[int], size: int, seed: int
) -> None:
    """However much of it there is, and whatever it holds."""
    expected = pool(pooler, states(lengths, size, seed), given_parameters)
    padded = pool(pooler, states(lengths, size, seed, n_padding=4, filler=filler), given_parameters)
    torch.testing.assert_close(padded, expected, atol=1e-6, rtol=1e-6)


@every_way
@shapes
@settings(deadline=None, max_examples=20)
def test_a_text_alone_has_the_vector_it_has_in_a_batch(
    pooler: Component, given_parameters: dict[str, Any], lengths: list[int], size: int, seed: int
) -> None:
    together = pool(pooler, states(lengths, size, seed), given_parameters)
    for row, length in enumerate(lengths):
        alone = pool(pooler, states([length], size, seed + row), given_parameters)
        torch.testing.assert_close(alone[0], rows_of(pooler, together, row, length), atol=1e-6, rtol=1e-6)


@every_way
@shapes
@settings(deadline=None, max_examples=20)
def test_gradients_are_finite_and_padding_has_none(
    pooler: Component, given_parameters: dict[str, Any], lengths: list[int], size: int, seed: int
) -> None:
    """Training goes through a pooler and all its layers, with a tail of nothing but padding."""
    given_states = states(lengths, size, seed, n_padding=3)
    read = pooler.filled(given_parameters).get("layers", (-1,))
    for layer in read:
        given_states.layers[layer].requires_grad_()
    pool(pooler, given_states, given_parameters).square().sum().backward()
    for layer in read:
        gradient = given_states.layers[layer].grad
        assert gradient is not None
        assert gradient.isfinite().all()
        assert (gradient[~given_states.mask] == 0).all()
        counts = (given_states.words >= 0).any(dim=1) | (pooler.facts.get("per") != "word")
        assert all((gradient[row] != 0).any() for row in range(len(lengths)) if counts[row])


@pytest.mark.parametrize("name", [name for name, pooler in POOLERS.items() if "special_tokens" in pooler.parameters])
@shapes
@settings(deadline=None, max_examples=20)
def test_special_tokens_that_are_left_out_decide_nothing(name: str, lengths: list[int], size: int, seed: int) -> None:
    """Unless a text has no others: then it is pooled over them, so that its vector is one."""
    given_states = states(lengths, size, seed)
    found = pool(POOLERS[name], given_states, {"special_tokens": False})
    for hidden in given_states.layers.values():
        hidden[given_states.special] = 7.0
    again = pool(POOLERS[name], given_states, {"special_tokens": False})
    whole = pool(POOLERS[name], given_states)
    for row, length in enumerate(lengths):
        if length > 2:
            assert torch.equal(again[row], found[row])
            assert not torch.equal(again[row], whole[row])
        else:
            assert torch.equal(again[row], whole[row])


@every_way
def test_a_pooler_does_not_write_into_what_it_is_given(pooler: Component, given_parameters: dict[str, Any]) -> None:
    given_states = states([3, 1], 4, 0, n_padding=2)
    layers, mask = {n: one.clone() for n, one in given_states.layers.items()}, given_states.mask.clone()
    pool(pooler, given_states, given_parameters)
    assert all(torch.equal(given_states.layers[layer], before) for layer, before in layers.items())
    assert torch.equal(given_states.mask, mask)


def test_each_pooler_by_hand() -> None:
    """Two texts of two and one tokens: the numbers that a person would write down."""
    hidden = torch.tensor([[[1.0, -4.0], [3.0, -2.0]], [[-5.0, 6.0], [9.0, 9.0]]])
    mask = torch.tensor([[True, True], [True, False]])
    words = torch.tensor([[0, 0], [0, -1]])
    layers = {-1: hidden, -2: 3 * hidden, 1: -hidden}
    given_states = TokenStates(
        layers, mask, special=torch.tensor([[True, False], [True, False]]), words=words, n_words=1
    )
    expected = {
        "cls": [[1, -4], [-5, 6]],
        "mean": [[2, -3], [-5, 6]],
        "max": [[3, -2], [-5, 6]],
        "last-token": [[3, -2], [-5, 6]],
        "weighted-mean": [[7 / 3, -8 / 3], [-5, 6]],
        "mean-sqrt-len": [[4 / 2**0.5, -6 / 2**0.5], [-5, 6]],
        "concat": [[1, -4, 2, -3], [-5, 6, -5, 6]],
        "first-last-mean": [[0, 0], [0, 0]],
        "last2-mean": [[4, -6], [-10, 12]],
        "word-first": [[[1, -4]], [[-5, 6]]],
        "word-mean": [[[2, -3]], [[-5, 6]]],
    }
    assert expected.keys() == POOLERS.keys()
    for name, vectors in expected.items():
        torch.testing.assert_close(pool(POOLERS[name], given_states), torch.tensor(vectors, dtype=torch.float32))
    bare = pool(POOLERS["mean"], given_states, {"special_tokens": False, "layers": (1,)})
    torch.testing.assert_close(bare, torch.tensor([[-3.0, 2.0], [5.0, -6.0]]))
