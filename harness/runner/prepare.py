"""A suite with everything it names resolved, and its plan."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.catalogue import catalogue
from harness.core.errors import HarnessError
from harness.encoders import backends
from harness.results.environment import n_cores
from harness.runner.materials import Resolved, resolve
from harness.runner.privacy import redacted
from harness.suite import Suite
from harness.suite.plan import Plan, only, plan


@dataclass(frozen=True)
class Prepared:
    """A suite with everything it names resolved, and its plan."""

    suite: Suite
    resolved: Resolved
    plan: Plan
    device: str
    n_threads: int


def prepare(suite: Suite, selection: Mapping[str, str] | None = None) -> Prepared:
    """Resolve and plan. Fetches what is missing; loads no weights."""
    with redacted(suite):
        return _prepared(suite, selection)


def _prepared(suite: Suite, selection: Mapping[str, str] | None) -> Prepared:
    device = backends.resolve_device(suite.device)
    resolved = resolve(suite, device)
    planned = plan(suite, catalogue(), resolved.materials)
    if selection:
        planned = only(planned, selection)
        if not planned.cells:
            raise HarnessError(f"--only {_shown(selection)}: matches no cell; `harness plan` lists them.")
    return Prepared(suite, resolved, planned, device, n_cores())


def _shown(selection: Mapping[str, str]) -> str:
    return ",".join(f"{k}={v}" for k, v in selection.items())
