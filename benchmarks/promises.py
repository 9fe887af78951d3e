"""The minutes that `plan` says against those that `run` then takes, of any suites, each into a new folder.

    benchmarks/promises.py [SUITE …]  # default: smoke

The speed of the machine is measured before and after, since other programs come and go: a run beside which it changed
by half says little.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from tabulate import tabulate

from harness import api, report
from harness.results import Run
from harness.runner import costs
from harness.runner import run as runner
from harness.runner.preview import preview


def main() -> None:
    rows = []
    for name in sys.argv[1:] or ["smoke"]:
        suite = api.suite(name)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "run"
            costs.machine.cache_clear()
            prepared = runner.prepare(suite)
            before, seen = costs.machine(prepared.n_threads), preview(prepared, path)
            started = time.perf_counter()
            runner.run(suite, path, runner.Options(estimate=True))
            stored = Run(path)
            report.write(stored, report.build(stored))
            took = time.perf_counter() - started
        costs.machine.cache_clear()
        after = costs.machine(prepared.n_threads)
        said = sum(seen.parts.values())
        rows.append([suite.name, said / 60, took / 60, took / said, after.single / before.single])
        figures = {"suite": suite.name, "said_s": said, "took_s": took, "parts": seen.parts}
        print(json.dumps({"benchmark": "promises", **figures, "speed": [before.single, after.single]}), flush=True)
    print(tabulate(rows, ["suite", "said, min", "took, min", "ratio", "speed after / before"], floatfmt=".2f"))


if __name__ == "__main__":
    main()
