"""Files that are given as sides: which is which, whether they fit, and what is told of one that lies beside."""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from harness import audit
from harness.core.errors import HarnessError
from tests.audit.test_audit_files import written
from tests.fakes.own_data import tickets
from tests.fakes.own_search import faq

pytestmark = pytest.mark.usefixtures("small_assets")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Write the rows of a CSV in as many files as are named, the last half of it to the last of them."""
    monkeypatch.chdir(tmp_path)

    def write(content: str, *names: str, header: Sequence[str] | None = None) -> None:
        head, *rows = csv.reader(io.StringIO(content, newline=""))
        size = len(rows) // len(names)
        for i, name in enumerate(names):
            with Path(name).open("w", encoding="utf-8", newline="") as out:
                csv.writer(out).writerows([header or head, *rows[i * size : (i + 1) * size]])

    return write


def read(*data: str, **named: str) -> audit.Source:
    return audit.read_all(data, named)


@pytest.mark.parametrize(
    "names",
    [
        ("train.csv", "test.csv"),
        ("training.csv", "testing.csv"),
        ("sst_train.csv", "sst-dev.csv", "sst.test.v2.csv"),
        ("train.csv", "valid.csv", "test.csv"),
        ("myTrain.csv", "myVal.csv", "myTest.csv"),
    ],
)
def test_sides_are_told_by_one_word_of_their_names(files: Callable[..., None], names: tuple[str, ...]) -> None:
    """In any order; rows and sizes stand in the order train, validation, test."""
    files(tickets(120), *names)
    for given in (names, names[::-1]):
        source = read(*given)
        assert list(source.sizes) == (["train", "validation", "test"] if len(names) == 3 else ["train", "test"])
        assert [Path(path).name for path in source.sides.values()] == list(names)
        assert source.numbers[0] == "train 2"
        assert len(source.numbers) == sum(source.sizes.values()) == 120


def test_the_name_is_what_the_files_share_or_that_of_their_folder(files: Callable[..., None], tmp_path: Path) -> None:
    files(tickets(80), "help_train.csv", "help_test.csv", "train.csv", "test.csv")
    assert read("help_train.csv", "help_test.csv").stem == "help"
    assert read("train.csv", "test.csv").stem == tmp_path.name


def test_options_say_what_names_do_not(files: Callable[..., None]) -> None:
    files(tickets(90), "a.csv", "b.csv", "c.csv")
    assert list(read(train="b.csv", test="a.csv", validation="c.csv").sides) == ["train", "validation", "test"]
    assert read("a.csv", test="b.csv").sides == read(train="a.csv", test="b.csv").sides


def test_without_a_test_file_validation_is_the_test_side_and_said(files: Callable[..., None]) -> None:
    files(tickets(80), "train.csv", "dev.csv")
    source = read("train.csv", "dev.csv")
    assert list(source.sizes) == ["train", "test"]
    assert source.notes == ("there is no test file: dev.csv is the test side",)


@pytest.mark.parametrize(
    ("data", "named", "message"),
    [
        (("a.csv", "b.csv"), {}, r"cannot be told by their names. Say it: harness init --train a.csv --test b.csv$"),
        (("train.csv", "train.csv"), {}, "the same file twice. Give it once, and it is split by rule."),
        (("train.csv", "other_train.csv"), {}, "which of them is which side cannot be told"),
        (("test.csv", "dev.csv"), {}, "no train file is given beside test.csv dev.csv. Add it: --train FILE"),
        ((), {"train": "train.csv"}, "no test file is given beside train.csv. Add it: --test FILE"),
        ((), {}, "Missing argument 'DATA'"),
        (("train.csv", "hub:a/test"), {}, "hub:a/test"),
        (("train.csv", "tset.csv"), {"test": "test.csv"}, "cannot be told"),
        (("train.csv", "bare_test.csv"), {}, "bare_test.csv: no column 'queue', which train.csv has.*One without"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together(
    files: Callable[..., None], data: tuple[str, ...], named: dict[str, str], message: str
) -> None:
    files(tickets(100), "a.csv", "b.csv", "train.csv", "other_train.csv", "test.csv", "dev.csv")
    files(tickets(40), "bare_test.csv", header=("ticket", "subject", "body", "quue", "customer", "created"))
    with pytest.raises(HarnessError, match=message):
        read(*data, **named)


def test_encodings_of_both_must_be_one(files: Callable[..., None]) -> None:
    """Plain ASCII is in all of them."""
    files(tickets(60), "train.csv", "test.csv")
    raw = Path("test.csv").read_text()
    Path("test.csv").write_bytes(raw.replace("order", "Café").encode("cp1252"))
    assert read("train.csv", "test.csv").encoding == "cp1252"
    Path("train.csv").write_text(Path("train.csv").read_text().replace("the", "thé"), encoding="utf-8")
    with pytest.raises(HarnessError, match=r"train.csv \(UTF-8\) and test.csv \(cp1252\): .* Save them all as UTF-8"):
        read("train.csv", "test.csv")


def test_files_beside_one_are_told_with_what_to_type(files: Callable[..., None]) -> None:
    """Those of its name and columns alone: an unlabelled test file is none."""
    files(tickets(120), "train.csv", "test.csv", "dev.csv", "other_test.csv")
    assert read("train.csv").notes == (
        "dev.csv and test.csv lie beside it and are not used; as sides: harness init train.csv dev.csv test.csv",
    )
    assert read("other_test.csv").notes == ()
    files(tickets(120), "test.csv", header=("ticket", "subject", "body", "x", "customer", "created"))
    Path("dev.csv").unlink()
    assert read("train.csv").notes == ()


def test_the_suite_and_the_audit_of_sides(files: Callable[..., None]) -> None:
    """Paths, what both share, classes of one of them alone; the guessed group does not empty the train side."""
    files(tickets(600), "train.csv", "dev.csv", "test.csv")
    source = read("train.csv", "dev.csv", "test.csv")
    found = written(source)
    assert "    train: ../train.csv\n    validation: ../dev.csv\n    test: ../test.csv\n" in found["suite"]
    assert "data:" not in found["suite"]
    assert "group:" not in found["suite"]
    assert "time:" not in found["suite"]
    said = found["audit"].replace("\\", "")
    assert "600 rows: 200 to train, 200 to validation and 200 to test" in said
    assert "Of the test rows as they are given, this share has its like in train or validation:" in said
    texts = {side: {row["text"] for row in sides(path)} for side, path in source.sides.items()}
    rows = sides(source.sides["test"])
    share = sum(row["text"] in texts["train"] | texts["validation"] for row in rows) / len(rows)
    assert share > 0
    assert f"- same text: {100 * share:.1f} %. None in the suite's split: such rows leave train" in said
    assert "--group customer takes those of the test side out of train" in said
    assert "    group: customer" in written(source, group=["customer"])["suite"]


def sides(path: str) -> list[dict[str, str]]:
    """The rows of a file, their text as one."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        return [{"text": " ".join(f"{row['subject']} {row['body']}".lower().split())} for row in csv.DictReader(file)]


def test_a_faq_in_two_files(files: Callable[..., None]) -> None:
    files(faq(30, 6), "train.csv", "test.csv")
    found = written(read("train.csv", "test.csv"))
    assert (
        "    kind: retrieval\n    train: ../train.csv\n    test: ../test.csv\n    query: question\n" in found["suite"]
    )
    assert "a search trains nothing; what is searched are the answers of the test side" in found["audit"]
