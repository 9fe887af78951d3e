"""Workloads, the order of processes, and what scenarios report, with a subject whose times are known."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from harness.core.errors import DataError, MissingFileError
from harness.core.memory import reset_peak
from harness.latency import choose, interleaved, memory, offline, read_requests, single_stream
from harness.latency.subjects import BaselineSubject

TEXTS = [f"text number {i} " + "word " * (i % 7) for i in range(50)]


class Clockwork:
    """A subject that takes as long as it says: the first calls are slow, as caches are cold."""

    def __init__(self, n_cold: int = 5) -> None:
        self.n_calls, self.n_cold = 0, n_cold
        self.seen: list[str] = []

    def one(self, text: str) -> tuple[float, float, Mapping[str, float], int]:
        self.n_calls += 1
        self.seen.append(text)
        forward = 0.5 if self.n_calls <= self.n_cold else 0.004
        return 0.001, forward, {"cls": 0.0001, "mean": 0.0002}, len(text.split())

    def many(self, texts: Sequence[str]) -> tuple[int, int]:
        self.n_calls += 1
        return 60, 80


def test_processes_go_there_and_back_again() -> None:
    order = interleaved(["a", "b", "c"], 3)
    assert [name for _, name in order] == ["a", "b", "c", "c", "b", "a", "a", "b", "c"]
    assert [replicate for replicate, _ in order] == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_replicates_see_different_texts_and_every_encoder_the_same() -> None:
    first, second = choose(TEXTS, 20, 0), choose(TEXTS, 20, 1)
    assert set(first).isdisjoint(second)
    assert choose(list(TEXTS), 20, 0) == first
    assert set(choose(list(reversed(TEXTS)), 20, 0)) == set(first)


def test_few_texts_are_gone_round_again() -> None:
    assert sorted(choose(["a", "b"], 5, 0)) == sorted(choose(["a", "b"], 4, 0) + choose(["a", "b"], 1, 0))


def test_requests_are_the_texts_of_a_jsonl_file(tmp_path: Path) -> None:
    file = tmp_path / "requests.jsonl"
    file.write_text('{"text": "first", "id": 1}\n\n{"text": ""}\n', encoding="utf-8")
    assert read_requests(file) == ["first", ""]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"text": "a"}\n{"query": "b"}\n', ":2: expected an object with a text"),
        (b'{"text": "a"}\n["b"]\n', ":2: expected an object with a text"),
        (b"not json\n", ":1: expected an object with a text"),
        (b'{"text": 3}\n', ":1: expected an object with a text"),
        (b'{"text": "\\ud800"}\n', ":1: a lone surrogate"),
        (b"\xff\xfe", "not UTF-8"),
        (b"\n", "holds no requests"),
    ],
)
def test_bad_requests_are_told_with_their_line(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "requests.jsonl"
    file.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_requests(file)
    assert said in str(caught.value)
    assert str(file) in str(caught.value)


def test_missing_requests_are_told(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"latency\.texts"):
        read_requests(tmp_path / "none.jsonl")


def test_warm_up_lasts_until_times_are_steady_and_is_not_measured() -> None:
    subject = Clockwork(n_cold=5)
    line = single_stream(subject, TEXTS)
    assert 5 + 8 <= line["n_warmup"] <= 5 + 2 * 8
    assert line["forward_ms"] == [4.0] * len(TEXTS)
    assert subject.seen[line["n_warmup"] :] == TEXTS
    assert len(set(subject.seen[: line["n_warmup"]])) == 1


def test_where_each_text_is_to_be_taken_once_before_none_is_measured_at_its_first() -> None:
    """As on a GPU: the first text of a length takes ten times as long."""
    subject = Clockwork(n_cold=len(TEXTS))
    line = single_stream(subject, TEXTS, each_once=True)
    assert subject.seen[: len(TEXTS)] == TEXTS
    assert line["forward_ms"] == [4.0] * len(TEXTS)


def test_a_gpu_that_nothing_has_used_yet_is_woken_before_its_peak_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import torch

    done = list[str]()
    monkeypatch.setattr(torch.cuda, "init", lambda: done.append("init"))
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", done.append)
    reset_peak("cuda:0")
    assert done == ["init", "cuda:0"]


def test_warm_up_gives_up_on_times_that_never_settle() -> None:
    assert single_stream(Clockwork(n_cold=10**6), TEXTS)["n_warmup"] <= 64


def test_a_request_is_told_by_phase_and_in_total() -> None:
    line = single_stream(Clockwork(), TEXTS)
    assert line["n"] == len(TEXTS)
    assert line["pool_ms"] == {"cls": [0.1] * 50, "mean": [0.2] * 50}
    assert line["total_ms"]["mean"] == pytest.approx([1 + 4 + 0.2] * 50)
    assert line["n_tokens"] == [len(t.split()) for t in TEXTS]
    json.dumps(line, allow_nan=False)


def test_offline_counts_real_tokens_and_padding() -> None:
    line = offline(Clockwork(), TEXTS)
    assert line["padding_waste"] == pytest.approx(0.25)
    assert line["tokens_per_s"] / line["texts_per_s"] == pytest.approx(60 / 50)


def _peaks() -> tuple[float, float]:
    """Megabytes of a pass that holds next to nothing, and of one that holds 60, after 200 were held and given back."""
    big = bytearray(200_000_000)
    big[::4096] = b"x" * len(big[::4096])
    del big
    held: list[bytearray] = []

    def load() -> Clockwork:
        block = bytearray(60_000_000)
        block[::4096] = b"x" * len(block[::4096])
        held.append(block)
        return Clockwork()

    return memory(Clockwork, TEXTS, "cpu")["peak_mb"], memory(load, TEXTS, "cpu")["peak_mb"]


@pytest.mark.processes
def test_memory_sees_what_loading_takes() -> None:
    """The peak is that of the pass, not of what the process once held; in a process of its own, as passes are."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        small, large = pool.submit(_peaks).result()
    assert 40 < large - small < 150


def test_tfidf_is_timed_in_two_steps() -> None:
    subject = BaselineSubject(lambda texts: [len(t) for t in texts], lambda features: features)
    vectorise, predict, pool, n_words = subject.one("three short words")
    assert vectorise >= 0
    assert predict >= 0
    assert (dict(pool), n_words) == ({"–": 0.0}, 3)
    assert subject.many(["a b", "c"]) == (3, 3)
