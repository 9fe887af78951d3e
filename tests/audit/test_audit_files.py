"""What is written: a suite that loads whatever names the data has, a Makefile fragment, a workflow, the audit."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from harness import audit
from harness.audit import sizes
from harness.catalogue import catalogue
from harness.suite import Suite
from harness.suite import load as load_suite
from harness.tasks import faults
from tests.fakes.own_data import reviews, tickets

pytestmark = pytest.mark.usefixtures("small_assets")
Make = Callable[..., audit.Source]
EVIL = ("a: b # c", 'say "x"', "it's", "- {x}", "no", "1", "naïve 日本", "a\x85\x7f", "`*|<b>_x_", "\u202e")


def written(source: audit.Source, name: str = "mine", **given: list[str]) -> dict[str, str]:
    """The texts of the files, by what they are."""
    columns = audit.guess(source, given)
    files = audit.targets(source.folder / "out", name, force=True)
    found = audit.audit(source, columns, name, files["suite"].parent)
    audit.write(found, audit.sections(found), name, files)
    return {what: path.read_text(encoding="utf-8") for what, path in files.items()}


def suite_in(folder: Path, name: str = "mine") -> Suite:
    return load_suite(folder / "out" / f"{name}.yaml", catalogue(), (), faults)


def csv_with(names: tuple[str, ...], n: int = 120) -> str:
    """A text, a label and a group under these names; classes too, where they are evil."""
    header = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    rows = [f"the text of number {i} is long enough,{'ab'[i % 2]},G{i % 30}" for i in range(n)]
    return "\n".join([header, *rows]) + "\n"


def test_classes_may_be_asked_for_as_clusters(source_of: Make, tmp_path: Path) -> None:
    """As the comment says; where it has no meaning it does not stand."""
    text = written(source_of(tickets(400), "tickets.csv"))["suite"]
    asked = text.replace("    # kind: clustering", "    kind: clustering").replace("[probe]", "[zero-shot]")
    asked = asked.replace("mode: probe", "mode: zero-shot")
    (tmp_path / "out" / "mine.yaml").write_text(asked, encoding="utf-8")
    suite = suite_in(tmp_path)
    assert suite.tasks[0].spec["kind"] == "clustering"
    assert suite.gate["primary"]["mode"] == suite.modes[0].name == "zero-shot"
    assert "# kind: clustering" not in written(source_of(tickets(400), "tickets.csv"), time=["created"])["suite"]


def test_the_suite_says_what_was_found(source_of: Make, tmp_path: Path) -> None:
    """Relative to where it lies; the time as a comment, the texts kept out of the report."""
    text = written(source_of(tickets(400), "tickets.csv"))["suite"]
    suite = suite_in(tmp_path)
    (task,) = suite.tasks
    assert task.spec == {
        "name": "mine",
        "data": "../tickets.csv",
        "text": ["subject", "body"],
        "label": "queue",
        "id": "ticket",
        "group": "customer",
    }
    assert [e.name for e in suite.encoders] == ["minilm", "minilm-3layers"]
    assert [p.name for p in suite.poolers or ()] == ["cls", "mean"]
    assert [m.name for m in suite.modes] == ["probe"]
    assert [c.name for c in suite.conditions] == ["misspellings", "rare-terms"]
    assert "    # time: created    # instead" in text
    assert "  # - long-texts    # the median text has" in text
    assert "\nreport: {texts: none}\n" in text
    assert "  # - google-bert/bert-base-uncased\n" in text


def test_the_gate_guards_the_row_one_would_ship(source_of: Make, tmp_path: Path) -> None:
    """Mean pooling, for which minilm was trained; what the test can see is told for the texts that judge."""
    source = source_of(tickets(400))
    files = written(source)
    gate = suite_in(tmp_path).gate
    found = audit.audit(source, audit.guess(source, {}), "mine", source.folder)
    assert gate["primary"] == {"encoder": "minilm", "pooler": "mean", "mode": "probe"}
    assert gate["margin"] == found.margin
    assert 0 < found.n_rare <= found.n_test / 4 + 1
    assert found.visible_rare == sizes.visible_loss([1] * found.n_rare, found.n_checks, found.margin) > found.visible
    rare, clean = f"{100 * found.visible_rare:.1f}", f"{100 * found.visible:.1f}"
    assert f"a true loss of {clean} points on texts as they are fails four of five" in files["suite"]
    assert f"# (under rare-terms, with {found.n_rare} of them, one of {rare})" in files["suite"]
    assert f"(under rare-terms, with {found.n_rare} of them, of {rare}) fails four" in files["audit"].replace("\\", "")
    assert found.visible_together is not None
    together = f"{100 * found.visible_together:.1f}"
    assert found.visible < found.visible_together
    assert f"# Where the texts of one customer get worse together, only a loss of {together} does" in files["suite"]
    assert f"where texts of one customer get worse together, a loss of {together}; the margin" in files["audit"]


def test_without_rare_terms_nothing_is_said_of_them(source_of: Make) -> None:
    files = written(source_of(csv_with(("text", "label", "x"))))
    assert "under rare-terms" not in files["suite"] + files["audit"]
    assert "worse together" not in files["suite"] + files["audit"]


def test_the_audit_says_which_words_were_looked_up(source_of: Make) -> None:
    assert "of the words of four letters or more, addresses left out, are" in written(source_of(tickets(300)))["audit"]


def test_the_suite_says_what_rows_need(source_of: Make, tmp_path: Path) -> None:
    rows = "".join(f"a text of number {i} that is long,{'abc'[i % 3] if i < 195 else 'd'}\n" for i in range(200))
    written(source_of(f"text,label\n{rows},b\nno label to this long text,\n".encode("utf-16")))
    (task,) = suite_in(tmp_path).tasks
    assert task.spec is not None
    assert task.spec["drop_empty"] is True
    assert task.spec["min_class"]["rows"] == 20
    assert task.spec["encoding"] == "utf-16"


def test_a_time_that_was_named_splits(source_of: Make, tmp_path: Path) -> None:
    files = written(source_of(tickets(400)), time=["created"])
    (task,) = suite_in(tmp_path).tasks
    assert task.spec is not None
    assert task.spec["time"]["column"] == "created"
    assert "split by time: the test side is from" in files["audit"]


def test_domains_bring_their_bundle(source_of: Make, tmp_path: Path) -> None:
    rows = "".join(f"a text of number {i} that is long,{'ab'[i % 2]},{'xy'[i % 3 == 0]}\n" for i in range(200))
    written(source_of(f"text,label,channel\n{rows}"))
    assert "domain-shift" in [c.name for c in suite_in(tmp_path).conditions]


def test_long_texts_bring_their_bundle_and_a_length(source_of: Make, tmp_path: Path) -> None:
    body = "word " * 300
    rows = "".join(f"{body} {i},{'ab'[i % 2]}\n" for i in range(120))
    text = written(source_of(f"text,label\n{rows}"))["suite"]
    assert "long-texts" in [c.name for c in suite_in(tmp_path).conditions]
    assert "# 100 % of the texts are longer than the 256 tokens that minilm reads; this reads 512" in text
    assert "# - {name: minilm-512, checkpoint: minilm, max_length: 512}" in text


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.one_of(st.sampled_from(EVIL), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9)))
def test_any_column_name_comes_back(source_of: Make, tmp_path: Path, name: str) -> None:
    if name != name.strip() or "\r" in name or "\n" in name or "\0" in name or name in ("x", "y", "none"):
        return  # the reader strips names; `none` says that there is no such column
    source = source_of(csv_with((name, "x", "y")))
    written(source, text=[name], label=["x"], group=["y"])
    (task,) = suite_in(tmp_path).tasks
    assert task.spec is not None
    assert task.spec["text"] == [name]


@pytest.mark.parametrize("name", EVIL)
def test_names_cannot_become_markup_or_control_codes(source_of: Make, name: str) -> None:
    files = written(source_of(csv_with(("text", "x", name))), label=["x"], group=[name])
    found = files["audit"]
    assert not any(ord(char) in (0x1B, 0x7F, 0x85, 0x202E) for text in files.values() for char in text)
    assert "<b>" not in found
    assert "*|" not in found.replace("\\*\\|", "")


def test_no_text_of_the_data_is_told(source_of: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """No word of three letters or more of any review but those that are classes or columns is in what is written."""
    content = reviews(400, 6).replace("brand", "xylophone")
    source = source_of(content)
    columns = audit.guess(source, {})
    found = audit.audit(source, columns, "mine", source.folder)
    said = audit.plain(audit.sections(found)) + "".join(written(source).values())
    assert "xylophone" in content
    assert "xylophone" not in said
    assert "kettle" in said


def test_a_text_under_two_labels_is_told_by_its_rows(source_of: Make) -> None:
    rows = "".join(f"text number {i} is long enough,{'ab'[i % 2]}\n" for i in range(100))
    files = written(source_of(f"text,label\n{rows}Text  number 7 is long enough,a\n"))
    assert "1 text under more than one label; all copies are left out: rows 9, 102" in files["audit"]


def test_names_of_classes_that_may_be_texts_are_not_shown(source_of: Make) -> None:
    """Of more than 60 characters; sixty are. Nothing that is written has them."""
    long, edge = "please tell them to hurry " * 3, "x" * 60
    rows = "".join(f"text number {i} is long enough,{('a', 'b', long, edge)[i % 4]}\n" for i in range(160))
    files = written(source_of(f"text,label\n{rows}"))
    assert "class 3 (77 characters)" in files["audit"].replace("\\", "")
    assert edge in files["audit"]
    assert not any("to hurry" in text for text in files.values())


def test_many_classes_are_cut_to_a_table(source_of: Make) -> None:
    rows = "".join(f"text number {i} is long enough,k{i % 30}\n" for i in range(1200))
    table = [line for line in written(source_of(f"text,label\n{rows}"))["audit"].splitlines() if line.startswith("| ")]
    assert sum("k" in line and "%" in line for line in table) == 19
    assert any("… 11 more" in line for line in table)


def test_the_baselines_are_those_of_the_suites_own_split(source_of: Make) -> None:
    """The score that `harness run` gives the rows without an encoder, to its last digit: see the functional test."""
    source = source_of(tickets(400))
    found = audit.audit(source, audit.guess(source, {}), "mine", source.folder)
    majority, tfidf = found.scores["majority"], found.scores["tfidf"]
    assert majority["accuracy"].value < tfidf["accuracy"].low < tfidf["accuracy"].value <= 1
    assert 0 < majority["macro F1"].value < majority["accuracy"].value


def workflow(text: str) -> Any:
    return YAML(typ="safe").load(text)


def test_the_workflow_is_one(source_of: Make) -> None:
    """YAML, with the suite's gate, its summary and its JUnit file, and caches under the folder it names.

    The data lies above the folder, where GitHub's hashFiles does not look.
    """
    flow = workflow(written(source_of(tickets(300), "my tickets.csv"))["workflow"])
    steps = flow["jobs"]["gate"]["steps"]
    (gate,) = [step["run"] for step in steps if step.get("name") == "Gate"]
    assert gate == (
        'harness gate reports/mine --baseline mine.baseline.json --junit gate.xml --markdown "$GITHUB_STEP_SUMMARY"'
    )
    keys = [step["with"]["key"] for step in steps if str(step.get("uses")).startswith("actions/cache")]
    assert keys[1] == "mine-vectors-${{ hashFiles('mine.yaml') }}"
    assert flow["env"]["HARNESS_CACHE"] == "${{ github.workspace }}/.harness-cache"


def test_the_workflow_knows_where_in_a_repository_it_is(source_of: Make, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    flow = workflow(written(source_of(tickets(300)))["workflow"])
    (run,) = [step["run"] for step in flow["jobs"]["gate"]["steps"] if step.get("name") == "Run"]
    assert run == "harness run out/mine.yaml -o out/reports/mine"
    (key,) = [
        key for step in flow["jobs"]["gate"]["steps"] if "vectors" in (key := step.get("with", {}).get("key", ""))
    ]
    assert key == "mine-vectors-${{ hashFiles('out/mine.yaml', 'data.csv') }}"


HOSTILE = ("my #1 da'ta: x", "a: {{ x }}", "${{ github.token }} $HOME `id`", "a & b; c", '"q" * [!a] \\', "é\n#z", "'")


@pytest.mark.parametrize("name", HOSTILE)
def test_the_workflow_means_what_it_says_whatever_folders_and_files_are_called(tmp_path: Path, name: str) -> None:
    """As GitHub reads it: first YAML, then its own expressions, then the shell; globs match the files."""
    (tmp_path / ".git").mkdir()
    folder = tmp_path / name
    folder.mkdir()
    (folder / f"{name}.csv").write_text(tickets(300))
    source = audit.read(str(folder / f"{name}.csv"))
    files, columns = audit.targets(folder, "mine"), audit.guess(source, {})
    found = audit.audit(source, columns, "mine", folder)
    audit.write(found, audit.sections(found), "mine", files)
    (task,) = load_suite(files["suite"], catalogue(), (), faults).tasks
    assert task.spec is not None
    assert (folder / task.spec["data"]).is_file()
    steps = workflow(files["workflow"].read_text())["jobs"]["gate"]["steps"]
    run, gate = (s["run"].replace("${{ '${{' }}", "\0") for s in steps if s.get("name") in ("Run", "Gate"))
    assert "${{" not in run + gate
    report = f"{name}/reports/mine"
    assert shlex.split(run.replace("\0", "${{")) == ["harness", "run", f"{name}/mine.yaml", "-o", report]
    assert shlex.split(gate.replace("\0", "${{"))[:5] == [
        "harness", "gate", report, "--baseline", f"{name}/mine.baseline.json",
    ]  # fmt: skip
    (key,) = [key for s in steps if "vectors" in (key := s.get("with", {}).get("key", ""))]
    expression = re.fullmatch(r"mine-vectors-\$\{\{ hashFiles\('([^']*)', '([^']*)'\) \}\}", key)
    assert expression is not None
    _, page, _ = steps[-1]["with"]["path"].split("\n")[:3]
    for pattern, path in zip(
        [*expression.groups(), page], [f"{name}/mine.yaml", f"{name}/{name}.csv", f"{report}/index.html"], strict=True
    ):
        assert fnmatchcase(path, pattern)
        assert not re.search(r"[*\[\]!#{}$]", pattern)


@pytest.mark.processes
@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_the_fragment_is_a_makefile_and_can_be_included(source_of: Make, tmp_path: Path) -> None:
    """Alone it has run, report, baseline and gate; in another Makefile only targets that bear its name."""
    written(source_of(tickets(300)))

    def made(*arguments: str, folder: Path) -> tuple[int, str]:
        done = subprocess.run(["make", "-n", *arguments], cwd=folder, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    out = tmp_path / "out"
    assert made("-f", "mine.mk", "run", folder=out) == (0, 'harness run "./mine.yaml" -o "./reports/mine"\n')
    assert made("-f", "mine.mk", "gate", "HARNESS=x/harness", folder=out)[1].startswith(
        'x/harness gate "./reports/mine" '
    )
    code, said = made("-f", "mine.mk", "baseline", folder=out)
    assert code != 0
    assert "say why with REASON=" in said
    code, said = made("-f", "mine.mk", "baseline", "REASON=first run", folder=out)
    assert said == 'harness baseline "./reports/mine" -o "./mine.baseline.json" --reason "first run"\n'
    (tmp_path / "Makefile").write_text("run:\n\techo mine\ninclude out/mine.mk\n")
    assert made("run", folder=tmp_path) == (0, "echo mine\n")
    assert made("mine-run", folder=tmp_path) == (0, 'harness run "out/mine.yaml" -o "out/reports/mine"\n')


def test_a_name_that_is_a_built_in_tasks(source_of: Make, tmp_path: Path) -> None:
    written(source_of(tickets(300)), "bbc-topics")
    assert [task.name for task in suite_in(tmp_path, "bbc-topics").tasks] == ["my-bbc-topics"]
