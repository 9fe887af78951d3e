"""What work is put at: more of it takes longer, and a machine of half the speed twice as long."""

import itertools
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.records import Tokenization
from harness.runner import costs, place
from harness.runner.checkpoints import Stores
from harness.runner.costs import Machine, machine, work_of
from harness.runner.place import Place

FAST, SLOW = Machine(100.0, 60.0), Machine(50.0, 30.0)
READING = Tokenization(256)
TEXTS = ["a text of some words"] * 300


def test_half_the_speed_is_twice_the_time() -> None:
    asks: Iterable[Callable[[Machine], float]] = (
        lambda m: m.head(2000, 384, 77),
        lambda m: m.tfidf(TEXTS),
        lambda m: m.tfidf_reading(TEXTS),
        lambda m: m.cell(2000, 77),
        lambda m: m.reading(50.0),
        lambda m: m.training(50.0, 2.0, 40, 2e7),
        lambda m: m.timing(0.5, 44, "single-stream"),
        lambda m: m.timing(0.5, 44, "offline"),
        lambda m: m.imports(),
        lambda m: m.process(),
        lambda m: m.page(60),
    )
    for ask in asks:
        assert ask(SLOW) == pytest.approx(2 * ask(FAST))


def test_more_work_takes_longer() -> None:
    assert FAST.head(2000, 384, 150) > 1.5 * FAST.head(2000, 384, 77) > 3 * FAST.head(2000, 384, 5) / 2
    assert FAST.head(100, 768, 5) == FAST.head(100, 100, 5)  # of few texts, no more dimensions than texts
    assert FAST.training(50.0, 2.0, 40, 2e7) > 6 * FAST.reading(50.0)
    assert work_of("word " * 900, READING, 384, 6) == work_of("word " * 300, READING, 384, 6)


def test_a_second_thread_does_not_halve_what_encoding_takes() -> None:
    """As seen of minilm in quick.yaml: 55 s of one thread, 33 s of two."""
    one, two = Machine(150.0, 150.0), Machine(298.0, 150.0)
    assert two.reading(50.0) / one.reading(50.0) == pytest.approx(33 / 55, rel=0.1)


def test_a_head_on_many_classes_is_put_at_seconds() -> None:
    """As measured where one thread multiplies at 72 billion a second: 2.5 s of 77 classes, 0.2 s of two."""
    calm = Machine(140.0, 72.0)
    assert calm.head(2000, 384, 77) == pytest.approx(2.5, rel=0.3)
    assert calm.head(800, 384, 2) == pytest.approx(0.21, rel=0.3)


def test_the_speed_of_this_machine_is_operations_by_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock on which each product takes a hundredth of a second, and the end another."""
    clock = itertools.count()
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock) / 100)
    n_products = round(costs._MOMENT_S * 100)
    seconds = (n_products + 1) / 100
    assert costs._speed(1) == pytest.approx(n_products * 2 * 512 * 384 * 1536 / 1e9 / seconds)


def test_this_machine_is_measured_by_turns_with_the_threads_it_is_given_and_with_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each thread multiplies alone; between two turns a machine may get busier."""
    from threadpoolctl import threadpool_info

    turns = itertools.count()

    def speed(n_threads: int) -> float:
        assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {1}
        return n_threads * 10.0 + next(turns)

    monkeypatch.setattr(costs, "_speed", speed)
    found = machine.__wrapped__(2, 1)
    assert found == Machine(20.0 + costs._TURNS - 1, 10.0 + costs._TURNS)


def test_a_worker_is_as_fast_as_it_is_while_the_others_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four threads at once do no more than three that are alone would; a machine of eight cores has room for two."""
    monkeypatch.setattr(costs, "_speed", lambda n_threads: min(n_threads, 3) * 10.0)
    assert machine.__wrapped__(2, 2) == Machine(15.0, 10.0)
    assert machine.__wrapped__(1, 4) == Machine(7.5, 7.5)
    monkeypatch.setattr(place, "n_cores", lambda: 8)
    here = Place("cpu", 4, Stores(None, Path()))
    assert [place.at_once([here] * n) for n in (1, 2, 9)] == [(4, 1), (4, 2), (4, 2)]
    assert place.at_once([replace(here, device="cuda:0")] * 2) == (4, 1)


def test_what_a_head_or_protocol_takes_is_told_by_it() -> None:
    """More texts, classes, folds and epochs take longer; few-shot learning nearly nothing."""
    from harness.catalogue import catalogue

    head, protocol = catalogue().of("head"), catalogue().of("protocol")
    works = {name: one.facts["work"] for of in (head, protocol) for name, one in of.items() if "work" in one.facts}
    assert set(works) >= {"linear-svm", "knn", "nearest-centroid", "mlp", "senteval", "mteb"}
    for name, work in works.items():
        assert work(4000, 384, 6, {}) > 0
        assert work(4000, 384, 6, {}) >= work(1000, 384, 6, {}), name
    assert works["mlp"](1000, 384, 2, {"epochs": 400}) == pytest.approx(2 * works["mlp"](1000, 384, 2, {}), rel=0.01)
    assert works["senteval"](4000, 384, 2, {"crossed": True}) > 5 * works["senteval"](4000, 384, 2, {})
    assert FAST.fitting(works["mteb"](100_000, 384, 6, {})) < 0.2
