"""What rounds of fuzzing see: what was read, what was refused in our own words, what should not have been."""

import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.core.errors import HarnessError

SLOW_S = 1.0


@dataclass
class Found:
    """Outcomes by name, and what was wrong: any error that is no `HarnessError`, and what took too long."""

    seen: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def attempt(self, what: str, read: Callable[[], Any]) -> None:
        """Read something, and note how it went under this name."""
        started = time.process_time()
        try:
            read()
            self.seen["read"] += 1
        except HarnessError as error:
            self.seen["refused"] += 1
            self.seen[f"  {type(error).__name__}"] += 1
            str(error).encode(errors="surrogatepass")
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            said = f"{type(error).__name__}: {str(error)[:120]} at {Path(last.filename).name}:{last.lineno}"
            self.wrong.append(f"{said}: {what}")
        if (seconds := time.process_time() - started) > SLOW_S:
            self.wrong.append(f"{seconds:.1f} s: {what}")

    def told(self, count: int) -> int:
        """Print what was seen; the exit code says whether something was wrong."""
        print(f"{count} mutations: {dict(self.seen)}")
        print("\n".join(self.wrong))
        return int(bool(self.wrong))
