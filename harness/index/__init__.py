"""A search as it is served: an index of documents, kept in a folder, and asked by an encoder that must fit it."""

from harness.index.encoder import TextEncoder
from harness.index.index import Hit, Index
from harness.index.texts import Documents, documents_of

__all__ = ["Documents", "Hit", "Index", "TextEncoder", "documents_of"]
