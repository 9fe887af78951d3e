"""Latency: what is timed, in which order, and how. Replicate = process, order = interleaved."""

from harness.latency.scenarios import Subject, memory, offline, single_stream
from harness.latency.workload import REQUESTS, choose, interleaved, read_requests

__all__ = ["REQUESTS", "Subject", "choose", "interleaved", "memory", "offline", "read_requests", "single_stream"]
