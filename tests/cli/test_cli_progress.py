"""What a run shows of how far it is: on terminals of some widths, and as plain lines."""

import io
from itertools import count

import pytest
from rich.console import Console as Terminal

from harness.cli import progress
from harness.cli.progress import Console
from harness.core.events import Built, CellFailed, Event, Phase, Progress, Timing, TrainingStep
from harness.runner.run import Told

TRAINING = "a-rather-long-encoder-name cls finetune banking, training"


def told(event: Event, n_done: int = 12, *, job: str = "minilm", process: tuple[int, int] | None = None) -> Told:
    return Told(job, event, n_done, 210, 250.0, (3, 9), process)


def shown(width: int, *events: Told) -> str:
    """The line that stands on a terminal after these events."""
    page = Terminal(file=io.StringIO(), width=width, color_system=None)
    with Console(Terminal(file=io.StringIO(), width=width, force_terminal=True)) as console:
        for event in events:
            console.watch(event)
        with page.capture() as capture:
            page.print(console._bars.get_renderable())
    return capture.get().rstrip("\n")


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize(
    ("phase", "event", "counted"),
    [
        ("encoding at 256 tokens", Progress(5270, 9373, 100), "5,270/9,373 texts, 12/210 cells, about 4.2 min left"),
        ("training", TrainingStep(72, 339, 2.3), "72/339 steps, 12/210 cells, about 4.2 min left"),
    ],
)
def test_bar_count_and_time_left_are_whole_at_any_width(width: int, phase: str, event: Event, counted: str) -> None:
    line = shown(width, told(Phase(phase), job=TRAINING), told(event, job=TRAINING))
    assert len(line.splitlines()) == 1
    assert len(line) <= width
    assert counted in line
    assert "━━" in line
    assert line.startswith("[3/9] a-rather")


def test_a_timing_counts_its_processes() -> None:
    process = told(Phase("offline on reviews"), job="time-minilm-offline-1", process=(5, 9))
    assert "5/9 processes, about 4.2 min left" in shown(80, process)
    assert "?" not in shown(80, process)


def test_no_cells_are_counted_in_a_training_before_there_are_any() -> None:
    assert "cells" not in shown(80, told(Phase("training")), told(TrainingStep(1, 9, 1.0), 0))


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still until its only number is moved."""
    now = [100.0]
    monkeypatch.setattr("harness.cli.progress.time.monotonic", lambda: now[0])
    return now


def test_plain_lines_come_with_a_phase_and_every_half_minute(
    seconds: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with Console() as console:
        console.watch(told(Phase("encoding at 256 tokens")))
        for done in range(1000, 9000, 1000):
            seconds[0] += 10
            console.watch(told(Progress(done, 9373, 0)))
    assert capsys.readouterr().err.splitlines() == [
        "[3/9] minilm: encoding at 256 tokens (12 of 210 cells, about 4.2 min left)",
        "[3/9] minilm: encoding at 256 tokens (3,000 of 9,373 texts, 12 of 210 cells, about 4.2 min left)",
        "[3/9] minilm: encoding at 256 tokens (6,000 of 9,373 texts, 12 of 210 cells, about 4.2 min left)",
    ]


def test_plain_lines_count_what_is_done(seconds: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    """Also while heads are fitted, and in a training its steps and loss."""
    with Console() as console:
        console.watch(told(Phase("fitting and scoring"), 0))
        seconds[0] += 31
        console.watch(told(CellFailed("key", "missing-file", "no such file"), 10))
        console.watch(told(Phase("training"), 10, job=TRAINING))
        seconds[0] += 31
        console.watch(told(TrainingStep(72, 339, 2.317), 10, job=TRAINING))
    said = capsys.readouterr().err.splitlines()
    assert said[2] == "[3/9] minilm: fitting and scoring (10 of 210 cells, about 4.2 min left)"
    assert said[4].endswith("training: training (72 of 339 steps, loss 2.317, 10 of 210 cells, about 4.2 min left)")


def test_plain_lines_of_timing_are_few(seconds: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with Console() as console:
        for turn, scenario in zip(count(1), ("single-stream", "offline") * 4, strict=False):
            seconds[0] += 5
            process = (turn, 8)
            console.watch(told(Phase(f"{scenario} on reviews"), job=f"time-minilm-{turn}", process=process))
            console.watch(told(Timing({}), job=f"time-minilm-{turn}", process=process))
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_what_a_training_took_is_said_on_a_terminal_too() -> None:
    terminal = Terminal(file=(stream := io.StringIO()), width=100, force_terminal=True, color_system=None)
    with Console(terminal) as console:
        console.watch(told(Phase("training")))
        console.watch(told(Built({"seconds": 12.0, "n_steps": 9, "n_tokens": 900}, [])))
        console.watch(told(Built({"seconds": 3.0}, [])))
    assert "minilm: trained in 12 s: 9 steps, 900 tokens" in stream.getvalue()
    assert "minilm: built in 3 s" in stream.getvalue()


@pytest.mark.parametrize(
    ("seconds_left", "words"),
    [
        (3.0, "under 1 min left"),
        (56.0, "under 1 min left"),
        (58.0, "about 1.0 min left"),
        (130.0, "about 2.2 min left"),
        (598.0, "about 10 min left"),
        (9000.0, "about 2 h left"),
    ],
)
def test_time_left_is_no_more_exact_than_it_is_known(seconds_left: float, words: str) -> None:
    assert progress._left(seconds_left) == words
