from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """BLAS is held to one thread, as it is when a run fits heads."""
    import sklearn.linear_model  # noqa: F401 - what is not loaded yet cannot be held
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield
