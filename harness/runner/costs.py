"""What a run costs on this machine as busy as it is now: work counted, over a speed that is measured when asked.

Work is counted in multiplications and additions as a large float32 product makes them. What does not multiply is put
at what the machine would have multiplied meanwhile; so a slower or busier machine makes all of it longer.
"""

import math
import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from harness.core.records import Tokenization
from harness.core.truncation import Windows
from harness.modes.baselines import MOST_TO_CHOOSE

#: Share of the speed of one large product that reading texts reaches; what a request costs beside that.
_ENCODING, _REQUEST = 0.65, 0.4
#: Share of encoding that further threads do not help with, as two threads had it against one: 20 to 33 % of three jobs.
_SERIAL = 0.25
#: Billions of operations that each of these takes: the imports that all processes wait for once, a process with its
#: model, a cell, a page, TF-IDF a word and text³.
_IMPORTS, _PROCESS, _CELL, _PAGE = 440.0, 200.0, 2.0, 300.0
_TFIDF_WORD, _TFIDF_CUBE, _TFIDF_READ = 0.0035, 1.8e-8, 0.0008
_SCORE = 3e-5
#: A head: what any takes, its axes, and each pass over texts, dimensions and classes.
_HEAD, _AXES, _PASSES = 3.0, 70.0, 650
#: Training: forward, and beside it backward, as often as reading; an update of a weight, which waits for memory.
_FORWARD, _BACKWARD, _UPDATE = 0.9, 1.8, 1.2e-6
#: Requests before timing begins.
_WARMUP = 20
TOKENS_A_WORD = 1.3
#: How often the speed is measured, and for how many seconds each time.
_TURNS, _MOMENT_S = 4, 0.06


@dataclass(frozen=True)
class Machine:
    """Billions of operations a second, as measured: of all threads of a job together, and of one."""

    threads: float
    single: float

    def head(self, n: int, d: int, n_classes: int) -> float:
        """Seconds to fit a probe's head on n texts, its choice of C included."""
        rank = min(n, d)
        axes, passes = (rank**3 + n * rank**2) / 1e9, 4 * n * rank * n_classes / 1e9
        return (_HEAD + _AXES * axes + _PASSES * passes) / self.single

    def fitting(self, work: float) -> float:
        """Seconds to fit a head that is so much work, in billions of operations."""
        return (_HEAD + work) / self.single

    def tfidf(self, texts: Sequence[str]) -> float:
        """Seconds to fit TF-IDF and its classifier."""
        return (_TFIDF_WORD * _words(texts) + _TFIDF_CUBE * min(len(texts), MOST_TO_CHOOSE) ** 3) / self.single

    def tfidf_reading(self, texts: Sequence[str]) -> float:
        """Seconds that TF-IDF takes to predict."""
        return _TFIDF_READ * _words(texts) / self.single

    def cell(self, n: int, n_classes: int) -> float:
        """Seconds to score a cell of n test texts."""
        return (_CELL + _SCORE * n * n_classes) / self.single

    def reading(self, work: float) -> float:
        """Seconds to encode texts of so much work, in billions of operations."""
        return work / _ENCODING * (_SERIAL / self.single + (1 - _SERIAL) / self.threads)

    def _passes(self, work: float) -> float:
        """Seconds that the model alone takes for so much work."""
        return work / (_ENCODING * self.threads)

    def training(self, work: float, epochs: float, n_steps: float, n_weights: float, share: float = 1.0) -> float:
        """Seconds to train on texts that are so much work to read: each epoch, and every update of `n_weights`.

        `share`: of the layers that are trained; the others are read alone.
        """
        passes = self._passes(work * epochs * (_FORWARD + share * _BACKWARD))
        return passes + n_steps * n_weights * _UPDATE / self.single

    def timing(self, work: float, n_requests: int, scenario: str) -> float:
        """Seconds to time so many requests of so much work each: one by one after a warm-up, or all at once."""
        each = self._passes(work)
        if scenario == "single-stream":
            return (n_requests + _WARMUP) * (each + _REQUEST / self.single)
        return 1.25 * n_requests * each

    def imports(self) -> float:
        """Seconds until the first process can begin: the server that all are forked from imports what they need."""
        return _IMPORTS / self.single

    def process(self) -> float:
        """Seconds until a job has its data and model."""
        return _PROCESS / self.single

    def page(self, n_cells: int) -> float:
        """Seconds to make the plan, and tables and page of so many cells."""
        return (_PAGE + _CELL * n_cells) / self.single


def _words(texts: Sequence[str]) -> int:
    return sum(len(text.split()) for text in texts)


def work_of(text: str, tokenization: Tokenization, hidden: int, n_layers: int) -> float:
    """Billions of operations of reading a text: 24 h² a layer and token."""
    return n_read(text, tokenization) * n_layers * 24 * hidden**2 / 1e9


def n_tokens(text: str, tokenization: Tokenization) -> float:
    """About how many tokens a text has, those around it included."""
    return len(text.split()) * TOKENS_A_WORD + _n_around(tokenization)


def n_read(text: str, tokenization: Tokenization) -> float:
    """About how many tokens are read of a text, in all windows together where it is read in windows."""
    n, most, how = n_tokens(text, tokenization), tokenization.max_length, tokenization.truncation
    if n <= most or not isinstance(how, Windows):
        return min(n, most)
    around = _n_around(tokenization)
    room = max(1.0, most - around)
    n_more = math.ceil((n - most) / (how.stride * room))
    return n + n_more * (around + room * (1 - how.stride))


def _n_around(tokenization: Tokenization) -> float:
    """About how many tokens stand around a text: special ones, and those of the prefix."""
    return 2 + len(tokenization.prefix.split()) * TOKENS_A_WORD


@cache
def machine(n_threads: int, n_workers: int) -> Machine:
    """Measure it, by turns of a few moments: so many threads of each worker, one thread of each, all again.

    It is as fast as one of these workers is while the others work: what cores share, such as the way to memory, or the
    two halves of one core, they wait for.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        turns = [(_speed(n_threads * n_workers), _speed(n_workers)) for _ in range(_TURNS)]
    return Machine(*(statistics.mean(each) / n_workers for each in zip(*turns, strict=True)))


def _speed(n_threads: int) -> float:
    """Products of (512, 384) with (384, 1536) for a moment, by so many threads of which none waits for another.

    One product shared by all threads ends with the last of them: beside other programs it is two to three times slower
    than encoding is.
    """
    import numpy as np

    left, right = np.ones((512, 384), np.float32), np.ones((384, 1536), np.float32)
    left @ right
    started = time.perf_counter()

    n_done = [0] * n_threads

    def multiply(place: int) -> None:
        while not n_done[place] or time.perf_counter() - started < _MOMENT_S:
            left @ right
            n_done[place] += 1

    # daemons, so that nothing waits for them when a Ctrl-C ends this
    threads = [threading.Thread(target=multiply, args=(place,), daemon=True) for place in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(n_done) * 2 * 512 * 384 * 1536 / 1e9 / (time.perf_counter() - started)
