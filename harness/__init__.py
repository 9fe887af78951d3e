"""Benchmark pretrained text encoders: quality, robustness and latency from one suite file."""

from typing import Any

__version__ = "0.1.0"
__all__ = ["Index", "__version__", "encoder", "export_row", "load", "run"]


def __getattr__(name: str) -> Any:
    """Load the notebook functions on first use, so that `import harness` stays instant."""
    if name in ("load", "run"):
        from harness import api

        return getattr(api, name)
    if name == "encoder":
        from harness.index import TextEncoder

        return TextEncoder.of
    if name == "export_row":
        from harness.export import export

        return export
    if name == "Index":
        from harness.index import Index

        return Index
    raise AttributeError(f"module 'harness' has no attribute {name!r}")
