"""What this processor computes by instructions of its own."""

import re
from pathlib import Path

#: What a processor that computes in a precision has at least one of, as Linux calls them.
INSTRUCTIONS = {
    "bf16": frozenset({"avx512_bf16", "amx_bf16", "bf16", "svebf16"}),
    "fp16": frozenset({"avx512_fp16", "amx_fp16", "asimdhp"}),
    "int8": frozenset({"avx_vnni", "avx512_vnni", "amx_int8", "asimddp", "i8mm", "svei8mm"}),
}
#: What else tells how fast vectors are multiplied.
_WIDTHS = frozenset({"avx2", "avx512f", "asimd", "sve"})
_CPU = Path("/proc/cpuinfo")


def has(precision: str) -> bool:
    """Whether it computes in one of `INSTRUCTIONS`; True where it does not tell what it has."""
    found = _flags(_CPU)
    return found is None or not INSTRUCTIONS[precision].isdisjoint(found)


def instructions() -> tuple[str, ...]:
    """Those of its instruction sets that matter here, by Linux's names; none where it does not tell."""
    return tuple(sorted((_flags(_CPU) or frozenset()) & _WIDTHS.union(*INSTRUCTIONS.values())))


def _flags(file: Path) -> frozenset[str] | None:
    found = (
        re.search(r"^(flags|Features)\s*:(.*)", file.read_text(errors="replace"), re.MULTILINE)
        if file.is_file()
        else None
    )
    return None if found is None else frozenset(found[2].split())
