"""A row of a run as a folder that other libraries load: its encoder, its head, and a model card."""

from harness.export.export import export

__all__ = ["export"]
