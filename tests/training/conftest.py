from collections.abc import Iterator

import pytest

from harness.encoders import EncoderFolder
from tests.fakes.trainings import tiny


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """Tensors this small are computed faster by one thread."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> EncoderFolder:
    """A tiny BERT of two layers, with dropout."""
    return tiny(tmp_path_factory.mktemp("base"))
