"""Exit codes, and what is said with them: 0 ok, 2 the command or suite is wrong, 70 our bug, 130 interrupted.

3 (cells failed) is with the runs, in tests/functional.
"""

import errno
from pathlib import Path

import pytest

from harness import api
from tests.fakes.command import Command

SHIPPED = ", ".join(sorted(file.stem for file in (Path(__file__).parents[2] / "suites").glob("*.yaml")))
SUITE = "name: x\nencoders: [./none]\ntasks: [{name: t, data: t.csv}]\nlatency: false\ndevice: cpu\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "Missing argument 'SUITE'"),
        (["run", "x.yaml", "--fast"], "No such option: --fast"),
        (["rn", "x.yaml"], "No such command 'rn'"),
        (
            ["run", "quik"],
            f"error: quik: no such suite file. Did you mean 'quick'? Shipped: {SHIPPED}.",
        ),
        (["run", "."], f"error: .: no such suite file. Shipped: {SHIPPED}."),
        (["plan", "x.yaml", "--only", "model=x"], "error: --only model=x: expected AXIS=GLOB with an axis of task, "),
        (["plan", "x.yaml", "--only", "encodr=x"], "condition. Did you mean 'encoder'?"),
        (["plan", "x.yaml", "--only", "encoder"], "error: --only encoder: expected AXIS=GLOB"),
        (["plan", "x.yaml", "--only", "encoder=two"], "error: --only encoder=two: matches no cell; `harness plan`"),
        (["run", "x.yaml", "--set", "seed"], "--set seed: expected KEY=VALUE."),
        (["run", "x.yaml", "-o", "x.yaml"], "error: x.yaml: cannot be made a run folder (Not a directory)"),
        (["run", "x.yaml", "-o", "x.yaml/run"], "error: x.yaml/run: cannot be made a run folder (Not a directory)"),
        (["run", "x.yaml", "-o", "y" * 300], "cannot be made a run folder (File name too long). Name another with -o."),
        (["report", "nowhere"], "error: nowhere: not a run folder (no run.json). `harness run SUITE -o nowhere`"),
        (["report", "."], "error: .: not a run folder (no run.json)."),
        (["report", "cut"], "cut/run.json: cannot be read as JSON"),
        (
            ["report", "other"],
            "other/run.json: not what a run leaves: it is an empty list; expected a mapping. Run the ",
        ),
        (["list", "encodr"], "error: list encodr: not a kind. Did you mean 'encoder'? Kinds: backend, "),
        (["list", "xyz"], "error: list xyz: not a kind. Kinds: backend, "),
        (["fetch", "minilmm"], "error: no asset is named 'minilmm'. Did you mean 'minilm'?"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_a_wrong_command_ends_with_2_and_says_why(command: Command, arguments: list[str], message: str) -> None:
    Path("x.yaml").write_text(SUITE)
    for name, text in (("cut", "{"), ("other", "[]")):
        Path(name).mkdir()
        Path(name, "run.json").write_text(text)
    said = command(*arguments)
    assert said.code == 2
    assert message in said.err
    assert "Traceback" not in said.err


def test_a_wrong_suite_ends_with_2_and_the_number_of_faults(command: Command) -> None:
    Path("bad.yaml").write_text("name: x\ntasks: [bbc-topic]\nseed: -1\n")
    said = command("run", "bad.yaml", "--set", "device=gpu")
    assert said.code == 2
    assert [line.split(": ")[0] for line in said.err.splitlines()[:-1]] == [
        "--set device=gpu",
        "bad.yaml:2:9",
        "bad.yaml:3:7",
    ]
    assert said.err.splitlines()[-1] == "3 things are wrong in the suite; nothing was run."
    assert not Path("reports").exists()


def test_a_bug_ends_with_70_and_its_traceback(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours must never look like a finding, or like the user's."""

    def suite(*_: object) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(api, "suite", suite)
    said = command("plan", "x.yaml")
    assert said.code == 70
    assert "ZeroDivisionError: ours" in said.err
    assert said.err.endswith("This is a bug in the harness; please report it with the lines above.\n")


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, 2), (errno.EROFS, 2), (errno.EACCES, 2), (errno.EBADF, 70)]
)
def test_what_the_disk_refuses_is_no_bug(
    command: Command, monkeypatch: pytest.MonkeyPatch, number: int, code: int
) -> None:
    def suite(*_: object) -> None:
        raise OSError(number, "No room", "run.json")

    monkeypatch.setattr(api, "suite", suite)
    said = command("plan", "x.yaml")
    assert said.code == code
    start = "error: run.json: cannot be written (" if code == 2 else "This is a bug"
    assert said.err.splitlines()[-1].startswith(start)


def test_an_interrupt_ends_with_130(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def suite(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "suite", suite)
    said = command("plan", "x.yaml")
    assert said.code == 130
    assert "Traceback" not in said.err


def test_a_list_ends_with_0(command: Command) -> None:
    """Every kind, or one; in the plural too."""
    said = command("list")
    assert said.code == 0
    kinds = [line for line in said.out.splitlines() if not line.startswith(" ")]
    assert {"encoders", "tasks", "poolers", "modes", "bundles", "perturbations", "metrics", "assets", "suites"} <= set(
        kinds
    )
    assert command("list", "pooler").out == command("list", "poolers").out
    assert command("list", "pooler").out.splitlines()[0] == "poolers"


def test_a_list_says_what_a_suite_may_set(command: Command) -> None:
    """Parameters with their defaults, members of a bundle, domains of a task, weights of an encoder."""
    out = command("list").out
    assert "[keep=0.5; side=first; apply=test; to; draws]" in out
    assert "[members: keyboard@3, keyboard@5, human-misspellings@3]" in out
    assert "[domains: editorials, movies, products, tweets]" in out
    assert "[weights: pretrained, trained with mean pooling]" in out
