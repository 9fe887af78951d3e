"""Vectors between runs: blocks of one width, an index in SQLite that says where, a thread that writes.

And a place behind a URL that machines share them through.
"""

from harness.store.blocks import row_bytes
from harness.store.cache import VectorCache
from harness.store.index import Index
from harness.store.leases import at_work
from harness.store.remote import Remote, checked, shown
from harness.store.room import blocks, remove

__all__ = ["Index", "Remote", "VectorCache", "at_work", "blocks", "checked", "remove", "row_bytes", "shown"]
