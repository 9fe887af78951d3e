"""`harness perturb`: texts of a person changed line by line, and a task written with its texts changed."""

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import tasks
from harness.catalogue import catalogue
from harness.core.errors import HarnessError
from harness.runner import perturbed
from harness.suite import load
from tests.fakes.command import Command, Said

pytestmark = pytest.mark.assets


@pytest.fixture
def perturb(command: Command, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """`harness perturb` with these bytes as standard input."""

    def call(*arguments: str, stdin: bytes = b"text\n") -> Said:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        return command("perturb", *arguments)

    return call


def test_lines_of_standard_input_are_changed(perturb: Callable[..., Said]) -> None:
    said = perturb("keyboard", "--severity", "5", stdin=b"Hello there my friend\n\nThat was wonderful\n")
    assert said.code == 0
    lengths = [len(line) for line in said.out.split("\n")]
    assert lengths == [len(line) for line in ("Hello there my friend", "", "That was wonderful", "")]
    assert "words that fit" in said.err
    assert "asked for 48 %" in said.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("keybord",), "perturbation 'keybord' is not known. Did you mean 'keyboard'?"),
        (("keyboard", "--severity", "9"), "keyboard: severity is 9; expected 0 to 5."),
        (("keyboard", "--set", "layout=dvorak"), "layout is 'dvorak'; expected one of qwerty, azerty, qwertz"),
        (("keyboard", "--set", "layout"), "--set layout: expected KEY=VALUE"),
        (("keyboard", "--task", "bbc-topics"), "needs both --task TASK and -o DIR"),
        (("keyboard", "--set", "protect=['ab(']"), "expected regular expressions; 'ab(' is none (missing )"),
    ],
)
def test_what_is_wrong_is_told(perturb: Callable[..., Said], arguments: tuple[str, ...], expected: str) -> None:
    said = perturb(*arguments)
    assert said.code == 2
    assert expected in said.err
    assert said.out == ""


def test_lines_that_are_not_utf8_are_named(perturb: Callable[..., Said]) -> None:
    said = perturb("keyboard", stdin=b"fine\nnot \xff\n")
    assert said.code == 2
    assert "standard input, line 2: not UTF-8" in said.err


@pytest.mark.parametrize("task", ["vader-sentiment/tweets", "bbc-headlines"])
def test_a_task_is_written_and_a_suite_names_its_folder(task: str, tmp_path: Path) -> None:
    chosen = perturbed.named("human-misspellings", {}, seed=0)
    done = perturbed.write(perturbed.task_of(task), chosen, tmp_path / "mis")
    about = json.loads((tmp_path / "mis" / "perturbation.json").read_text(encoding="utf-8"))
    assert about["sha256"] == {
        name: hashlib.sha256((tmp_path / "mis" / name).read_bytes()).hexdigest() for name in about["sha256"]
    }
    suite = tmp_path / "suite.yaml"
    suite.write_text("name: s\nencoders: [minilm]\ntasks: [{name: mis, data: mis, max_samples: {test: 50}}]\n")
    (entry,) = load(suite, catalogue(), (), tasks.faults).tasks
    written, before = tasks.resolve(entry.spec, tmp_path), perturbed.task_of(task)
    now, was = tasks.describe(written), tasks.describe(before)
    assert (now.n_test, now.n_scored) == (was.n_test, was.n_scored)
    assert task == "bbc-headlines" or now.n_train == was.n_train
    texts = tasks.load(written, tasks.make_split(written, now, "test")).text  # of a search the queries
    assert set(texts) == {one.text for one in done}
    assert any(one.edits for one in done)


def test_a_folder_may_be_changed_again(tmp_path: Path) -> None:
    first = perturbed.write(
        perturbed.task_of("vader-sentiment/tweets"), perturbed.named("keyboard", {}, 0), tmp_path / "a"
    )
    task = perturbed.task_of(str(tmp_path / "a"))
    second = perturbed.write(task, perturbed.named("lowercase", {}, 0), tmp_path / "b")
    assert sorted(one.text.lower() for one in first) == sorted(one.text.lower() for one in second)
    assert any(one.edits for one in second)


def test_a_perturbation_of_another_language_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="is for texts in French"):
        perturbed.write(
            perturbed.task_of("vader-sentiment/tweets"), perturbed.named("keyboard", {"layout": "azerty"}, 0), tmp_path
        )


def test_a_task_file_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "task.yaml").write_text("- not\n- fields\n")
    suite = tmp_path / "suite.yaml"
    suite.write_text("name: s\nencoders: [minilm]\ntasks: [{name: mis, data: data}]\n")
    with pytest.raises(HarnessError, match=r"task\.yaml: cannot be read; expected fields of a task"):
        load(suite, catalogue(), (), tasks.faults)
