"""One encoder that cannot be read costs its own rows, wherever it stands in the suite, and each row names its own."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.core.events import Phase
from harness.results import Run
from tests.fakes.command import Command
from tests.fakes.desk import Desk, Watched, count, failed, timing_lines
from tests.functional.test_run_failures import spoil_weights


def no_tokenizer(folder: Path) -> None:
    """One that is there and cannot be read."""
    (folder / "tokenizer.json").write_text("[]")


def other_tokenizer(folder: Path) -> None:
    """One that counts tokens, and does not belong to these weights."""
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(folder.parent / "two" / file, folder / file)


def pointer(folder: Path) -> None:
    (folder / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\nsize 9\n")


def other_weights(folder: Path) -> None:
    config = folder / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "num_hidden_layers": 3}))


BREAKS: dict[str, Callable[[Path], None]] = {
    "tokenizer": no_tokenizer,
    "other-tokenizer": other_tokenizer,
    "pointer": pointer,
    "weights": other_weights,
    "nan": spoil_weights,
}
SUITE = """
name: broken
encoders: [{encoders}]
poolers: [mean]
modes: [probe]
tasks: [{{name: reviews, data: reviews.csv}}]
conditions: [longer-than-read]
baselines: [majority]
latency: false
device: cpu
"""


def suite(*names: str, conditions: str = "longer-than-read", modes: str = "probe") -> str:
    entries = ", ".join(f"{{name: {n}, checkpoint: ./{n}, max_length: 16}}" for n in names)
    text = SUITE.format(encoders=entries)
    return text.replace("[longer-than-read]", f"[{conditions}]").replace("[probe]", f"[{modes}]")


def broken(desk: Desk, how: str, name: str = "bad") -> None:
    shutil.copytree(desk.path / "one", desk.path / name)
    BREAKS[how](desk.path / name)


def statuses(run: Run, condition: str = "clean") -> dict[str, str]:
    return {c.address.encoder: c.status for c in run.cells if c.address.condition == condition}


@pytest.mark.parametrize("how", BREAKS)
@pytest.mark.parametrize("order", [("bad", "one", "two"), ("one", "two", "bad")], ids=["first", "last"])
def test_the_other_encoders_and_the_baseline_are_judged(desk: Desk, how: str, order: tuple[str, ...]) -> None:
    broken(desk, how)
    run = desk.run(suite(*order))
    expected = {"one": "done", "two": "done", "bad": "failed", "majority": "done"}
    assert statuses(run) == expected
    assert {address.split("/")[1] for address in failed(run)} <= {"bad"} | (
        {"one", "two", "majority"} if (how, order[0]) == ("other-tokenizer", "bad") else set()
    )
    (row,) = (c for c in run.cells if c.address.encoder == "bad" and c.address.condition == "clean")
    assert "'bad'" in row.message or row.reason == "not-finite"
    assert run.manifest["complete"]


def test_texts_are_measured_by_the_next_encoder_and_that_is_said(desk: Desk, command: Command) -> None:
    """On the console, on the page, by `plan`; the slice by length is that of the suite without the broken one."""
    broken(desk, "tokenizer")
    watched, said = Watched(), "texts are measured in tokens of 'one', as 'bad' cannot be read"
    run = desk.run(suite("bad", "one"), watch=watched)
    assert said in [phase.what for phase in watched.of(Phase)]
    assert said in (run.path / "report.md").read_text(encoding="utf-8").replace("\\", "")
    assert run.manifest["suite"]["reference"] == "one"
    assert statuses(run, "longer-than-read")["one"] == "done"
    alone = desk.run(suite("one"), out="alone")
    keys = {c.key for c in alone.cells if c.status == "done"}
    assert keys == {c.key for c in run.cells if c.status == "done"}
    assert said not in (alone.path / "report.md").read_text(encoding="utf-8")
    desk.suite(suite("bad", "one"))
    assert said in command("plan", "suite.yaml").out


def test_where_no_encoder_can_be_read_the_baseline_is_judged(desk: Desk) -> None:
    for name in ("bad", "worse"):
        broken(desk, "tokenizer", name)
    run = desk.run(suite("bad", "worse"))
    assert statuses(run) == {"bad": "failed", "worse": "failed", "majority": "done"}
    assert not [c for c in run.cells if c.address.condition.startswith("longer-than-read")]
    text = (run.path / "report.md").read_text(encoding="utf-8")
    assert "there is no encoder whose reading could be measured" in text
    assert "texts are not measured in tokens, as 'bad' cannot be read" in text


def test_a_slice_whose_reference_fails_says_so_in_its_own_rows(desk: Desk) -> None:
    """Its tokenizer counts, and is refused where it is read with the model: only what is chosen by it is lost."""
    broken(desk, "other-tokenizer")
    run = desk.run(suite("bad", "one", conditions="longer-than-read, keyboard"))
    assert statuses(run, "keyboard@3")["one"] == "done"
    lost = {c.address.encoder: c.message for c in run.cells if c.address.condition == "longer-than-read"}
    assert set(lost) == {"bad", "one", "majority"}
    for name in ("one", "majority"):
        assert lost[name].startswith(
            "the texts of this slice are chosen by the tokens of the reference, and it fails: encoder 'bad': "
        )


@pytest.mark.parametrize("length", [16, 12], ids=["one key", "two keys"])
def test_each_row_names_its_own_encoder_though_the_files_are_the_same(desk: Desk, length: int) -> None:
    broken(desk, "weights", "a")
    shutil.copytree(desk.path / "a", desk.path / "b")
    text = suite("a", "one", "b", conditions="keyboard")
    text = text.replace("./b, max_length: 16", f"./b, max_length: {length}")
    run = desk.run(text)
    for name in ("a", "b"):
        messages = {c.message for c in run.cells if c.address.encoder == name}
        assert len(messages) == 1
        assert count(f"encoder '{name}': ", messages.pop()) == 1
    assert statuses(run) == {"a": "failed", "b": "failed", "one": "done", "majority": "done"}


def test_a_training_of_a_broken_encoder_costs_its_own_rows(desk: Desk) -> None:
    broken(desk, "weights")
    run = desk.run(suite("bad", "one", modes="finetune: {epochs: 1}"))
    assert statuses(run) == {"bad": "failed", "one": "done", "majority": "done"}
    assert {address.split("/")[1] for address in failed(run)} == {"bad"}


def test_a_search_with_a_broken_first_encoder(desk: Desk) -> None:
    broken(desk, "tokenizer")
    rows = [f"what is number {i},the answer of {w} is {i}" for i, w in enumerate(("tea", "jam", "oil", "rye") * 8)]
    (desk.path / "faq.csv").write_text("question,answer\n" + "\n".join(rows) + "\n")
    text = suite("bad", "one", modes="zero-shot").replace(
        "data: reviews.csv", "kind: retrieval, data: faq.csv, query: question, document: answer"
    )
    run = desk.run(text.replace("[majority]", "[tfidf]"))
    assert statuses(run) == {"bad": "failed", "one": "done", "tfidf": "done"}


def test_timing_goes_on_without_a_broken_encoder(desk: Desk) -> None:
    broken(desk, "weights")
    latency = "latency: {scenarios: [single-stream], replicates: 1, requests: 10}"
    run = desk.run(suite("bad", "one").replace("latency: false", latency))
    assert {line["encoder"] for line in timing_lines(run)} == {"one"}
    assert statuses(run) == {"bad": "failed", "one": "done", "majority": "done"}


def test_only_a_sound_encoder_of_a_suite_with_a_broken_first(desk: Desk) -> None:
    broken(desk, "tokenizer")
    run = desk.run(suite("bad", "one"), only={"encoder": "one"})
    assert statuses(run) == {"one": "done", "majority": "done"}
    assert failed(run) == {}
