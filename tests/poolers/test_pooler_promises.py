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
every_pooler = pytest.mark.parametrize("pooler", POOLERS.values(), ids=POOLERS.keys())
shapes = given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.integers(1, 7), st.integers(0, 2**31))


def states(lengths: list[int], size: int, seed: int, *, n_padding: int = 0, filler: float = 0.0) -> TokenStates:
    """Random states of texts of these lengths; `filler` stands where there is padding."""
    longest = max(lengths) + n_padding
    mask = torch.arange(longest) < torch.tensor(lengths).unsqueeze(-1)
    hidden = torch.full((len(lengths), longest, size), filler)
    for row, length in enumerate(lengths):
        generator = torch.Generator().manual_seed(seed + row)
        hidden[row, :length] = torch.randn(length, size, generator=generator)
    return TokenStates(hidden=hidden, mask=mask)


def pool(pooler: Component, given_states: TokenStates) -> Any:
    return pooler.function(given_states, **pooler.filled({}))


def test_the_known_poolers_are_there() -> None:
    assert {"cls", "mean", "max"} <= POOLERS.keys()
    assert all(component.kind == "pooler" and component.summary for component in POOLERS.values())


@every_pooler
@shapes
@settings(deadline=None, max_examples=30)
def test_one_vector_a_text_in_fp32(pooler: Component, lengths: list[int], size: int, seed: int) -> None:
    vectors = pool(pooler, states(lengths, size, seed))
    n_joined = len(pooler.filled({}).get("of", [pooler.name]))
    assert vectors.shape == (len(lengths), n_joined * size)
    assert vectors.dtype == torch.float32
    assert vectors.isfinite().all()


@every_pooler
@pytest.mark.parametrize("filler", [0.0, 1e30, -1e30, float("nan"), float("inf")])
@shapes
@settings(deadline=None, max_examples=20)
def test_padding_changes_nothing(pooler: Component, filler: float, lengths: list[int], size: int, seed: int) -> None:
    """However much of it there is, and whatever it holds."""
    expected = pool(pooler, states(lengths, size, seed))
    padded = pool(pooler, states(lengths, size, seed, n_padding=4, filler=filler))
    torch.testing.assert_close(padded, expected, atol=1e-6, rtol=1e-6)


@every_pooler
@shapes
@settings(deadline=None, max_examples=30)
def test_a_text_alone_has_the_vector_it_has_in_a_batch(
    pooler: Component, lengths: list[int], size: int, seed: int
) -> None:
    together = pool(pooler, states(lengths, size, seed))
    for row, length in enumerate(lengths):
        alone = pool(pooler, states([length], size, seed + row))
        torch.testing.assert_close(alone[0], together[row], atol=1e-6, rtol=1e-6)


@every_pooler
@shapes
@settings(deadline=None, max_examples=30)
def test_gradients_are_finite_and_padding_has_none(pooler: Component, lengths: list[int], size: int, seed: int) -> None:
    """Training goes through a pooler, with a tail of nothing but padding."""
    given_states = states(lengths, size, seed, n_padding=3)
    given_states.hidden.requires_grad_()
    pool(pooler, given_states).square().sum().backward()
    gradient = given_states.hidden.grad
    assert gradient is not None
    assert gradient.isfinite().all()
    assert (gradient[~given_states.mask] == 0).all()
    assert all((gradient[row] != 0).any() for row in range(len(lengths)))


@every_pooler
def test_a_pooler_does_not_write_into_what_it_is_given(pooler: Component) -> None:
    given_states = states([3, 1], 4, 0, n_padding=2)
    hidden, mask = given_states.hidden.clone(), given_states.mask.clone()
    pool(pooler, given_states)
    assert torch.equal(given_states.hidden, hidden)
    assert torch.equal(given_states.mask, mask)


def test_each_pooler_by_hand() -> None:
    """Two texts of two and one tokens: the numbers that a person would write down."""
    hidden = torch.tensor([[[1.0, -4.0], [3.0, -2.0]], [[-5.0, 6.0], [9.0, 9.0]]])
    mask = torch.tensor([[True, True], [True, False]])
    given_states = TokenStates(hidden=hidden, mask=mask)
    expected = {
        "cls": [[1, -4], [-5, 6]],
        "mean": [[2, -3], [-5, 6]],
        "max": [[3, -2], [-5, 6]],
        "lasttoken": [[3, -2], [-5, 6]],
        "weightedmean": [[7 / 3, -8 / 3], [-5, 6]],
        "mean_sqrt_len_tokens": [[4 / 2**0.5, -6 / 2**0.5], [-5, 6]],
        "concat": [[1, -4, 2, -3], [-5, 6, -5, 6]],
    }
    assert expected.keys() == POOLERS.keys()
    for name, vectors in expected.items():
        torch.testing.assert_close(pool(POOLERS[name], given_states), torch.tensor(vectors, dtype=torch.float32))
