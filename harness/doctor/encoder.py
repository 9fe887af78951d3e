"""An encoder: the checks that it has to pass, and what it is."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from harness.doctor import cost, tokenizer, vectors
from harness.doctor.finding import Finding, Part, tried
from harness.doctor.hub import Hub, is_hub_id
from harness.doctor.loaded import MOST_COMPUTED, Loaded, find, load
from harness.doctor.texts import SAMPLES
from harness.encoders import backends
from harness.encoders.families import TESTED
from harness.wording.numbers import count

Check = Callable[[Loaded], Finding]
#: In the order in which they are told; of what comes first later ones may make use.
_CHECKS: dict[str, Check] = {
    "tokenizer of these weights": tokenizer.fits,
    "values": vectors.finite,
    "texts told apart": vectors.spread,
    "in a batch = alone": vectors.batched,
    "padded = unpadded": vectors.padded,
    "longer than is read": tokenizer.truncation,
    **{f"tokens of {sample}": partial(tokenizer.knows, sample=sample) for sample in SAMPLES},
    "bf16 against fp32": vectors.reduced,
}


def encoder_parts(name: str, device: str = "auto") -> Iterator[Part]:
    """Checks, then facts, of an encoder by built-in name, folder or hub id; of the last first what the hub says."""
    hub = Hub()
    if is_hub_id(name, Path()):
        said = tried("hub", lambda: hub.model("hub", name, None))
        yield Part("Before anything is downloaded", (said,))
        if said.status == "failed":
            return
    found: list[Loaded] = []

    def loading() -> Finding:
        found.append(load(find(name), backends.resolve_device(device)))
        return Finding("", f"from {found[0].folder.path}", "ok")

    loads = tried("loading", loading, name)
    if not found:
        yield Part("Checks", (loads,))
        return
    (loaded,) = found
    memory = tried("memory", lambda: Finding("", cost.memory(loaded)), name)  # before other batches take some
    checks = (tried(what, partial(check, loaded), name) for what, check in _CHECKS.items())
    yield Part("Checks", (loads, _family(loaded.family), *checks))
    yield Part("What it is", _facts(loaded, memory, hub.licence(name)))


def _family(family: str) -> Finding:
    """Whether this family's vectors are held against transformers' by the tests of the harness."""
    if family in TESTED:
        return Finding("family", f"{family}: tested here", "ok")
    said = f"{family}: family untested here ({', '.join(sorted(TESTED))} are); the other checks are all that is known"
    return Finding("family", said, "warning")


def _facts(loaded: Loaded, memory: Finding, licence: str) -> tuple[Finding, ...]:
    folder = loaded.folder
    length = folder.tokenization.max_length
    facts: dict[str, Callable[[], str]] = {
        "family": lambda: f"{loaded.family} ({type(loaded.encoder.model).__name__})",
        "weights": lambda: folder.weights + (f", revision {folder.revision}" if folder.revision else ""),
        "tokenizer": lambda: loaded.encoder.tokenizer.kind,
        "parameters": lambda: cost.sizes(loaded),
        "FLOPs a token": lambda: cost.operations(loaded),
        "milliseconds": lambda: cost.clock(loaded),
        "longest reading": lambda: f"{count(length)} tokens" + _computed(length),
        "own pooling": lambda: _pooling(loaded),
        "licence": lambda: folder.licence or licence or _licence(Path(folder.path)) or "not said",
    }
    found = {what: tried(what, partial(_fact, fact), folder.name) for what, fact in facts.items()}
    found["memory"] = memory
    order = [*list(facts)[:5], "memory", *list(facts)[5:]]
    return tuple(found[what] for what in order)


def _fact(fact: Callable[[], str]) -> Finding:
    return Finding("", fact())


def _computed(length: int) -> str:
    return f" ({MOST_COMPUTED} of them are computed here)" if length > MOST_COMPUTED else ""


def _pooling(loaded: Loaded) -> str:
    ((pooling, _),) = loaded.poolings
    d, own = loaded.vectors(["a text"]).shape[1], loaded.folder.own
    layers = f", then {own.kinds}" if own and own.kinds else ""
    prefixes = {role: reading.prefix for role, reading in loaded.folder.readings.items() if reading.prefix}
    before = "; prefix " + ", ".join(f"{role} {prefix!r}" for role, prefix in prefixes.items()) if prefixes else ""
    return f"{pooling.pooler}{layers}, {count(d)} dimensions{before}"


def _licence(folder: Path) -> str:
    """What the model card in a folder says."""
    card = folder / "README.md"
    if not card.is_file():
        return ""
    with card.open(encoding="utf-8", errors="replace") as opened:
        front = opened.read(20_000).partition("\n---")[0]
    found = re.search(r"^license:\s*(\S+)", front, re.MULTILINE)
    return found[1][:60] if front.startswith("---") and found else ""
