"""A folder with WordNet's files in place of the packaged list of rarer words."""

from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.conditions import perturb
from harness.conditions.wordnet import rarer
from harness.core.errors import DataError
from harness.core.records import Perturbation
from harness.core.resources import contents
from harness.core.user_files import content_of

#: By part of speech the synsets, and by word how many senses were seen, with the synsets of its senses in order.
NOUNS = (["city", "metropolis", "urban_center"], ["begin", "Begin", "Menachem_Begin"], ["can", "tin"], ["help", "aid"])
VERBS = (["get_down", "begin", "get", "start", "commence"], ["help", "assist", "aid"], ["can", "preserve"])
NONE: tuple[list[str], ...] = ()


def part(folder: Path, name: str, synsets: tuple[list[str], ...], seen: dict[str, int]) -> None:
    """`index.NAME` and `data.NAME` as wndb(5WN) has them, licence and all."""
    licence = "  1 This software and database is being provided to you, the LICENSEE.\n"
    data, index, offsets = licence, licence, dict[str, list[int]]()
    for words in synsets:
        start = len(data)
        listed = " ".join(f"{word} 0" for word in words)
        data += f"{start:08d} 15 {name[0]} {len(words):02x} {listed} 001 @ 00001740 n 0000 | a gloss; “in words”  \n"
        for word in words:
            offsets.setdefault(word.lower(), []).append(start)
    for word, at in sorted(offsets.items()):
        senses = " ".join(f"{one:08d}" for one in at)
        index += f"{word} {name[0]} {len(at)} 2 @ ~ {len(at)} {seen.get(word, 0)} {senses}  \n"
    (folder / f"data.{name}").write_text(data, encoding="ascii", errors="replace")
    (folder / f"index.{name}").write_text(index, encoding="ascii")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "wordnet" / "dict"
    made.mkdir(parents=True)
    part(made, "noun", NOUNS, {"city": 2, "can": 2, "help": 1})
    part(made, "verb", VERBS, {"begin": 9, "help": 5, "start": 1})
    part(made, "adj", NONE, {})
    part(made, "adv", NONE, {})
    return made


def changed(folder: Path, text: str) -> str:
    component, file = catalogue().get("perturbation", "rare-synonyms"), content_of(folder)
    given = {"severity": 5, "wordnet": file.hash, "resources": contents(component, catalogue())}
    return perturb([text], (Perturbation("rare-synonyms", 1, given, 0, {"wordnet": file}),), catalogue())[0].text


def test_a_rarer_word_of_the_commonest_sense(folder: Path) -> None:
    """Of the verb where more of its senses were seen; no names, no words of several, and no `tin` for `can`."""
    assert rarer(content_of(folder)) == {
        "city": "metropolis",
        "begin": "commence",
        "help": "assist",
        "start": "commence",
    }
    assert changed(folder, "The City can HELP; begin, zebra.") == "The Metropolis can ASSIST; commence, zebra."
    assert changed(folder.parent, "a city") == "a metropolis"


def test_without_a_folder_all_is_as_it_was() -> None:
    """The key too: a file that is not named stands in none."""
    component = catalogue().get("perturbation", "rare-synonyms")
    assert component.filled({}) == {"severity": 3}
    assert component.filled({"wordnet": None}) == {"severity": 3}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("data.verb", None, "data.verb is not there; expected WordNet's folder `dict`"),
        ("index.noun", None, "index.noun is not there"),
        ("index.noun", "city n one\n", "index.noun, line 1: no entry of WordNet's index. Fetch it again."),
        ("data.noun", "nothing\n", "data.noun: no synset at 71, where the index has one."),
    ],
)
def test_a_folder_that_is_none_is_refused(folder: Path, name: str, content: str | None, said: str) -> None:
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_text(content, encoding="ascii")
    with pytest.raises(DataError) as error:
        rarer(content_of(folder))
    assert said in str(error.value)
    (folder.parent.parent / "empty").mkdir()
    with pytest.raises(DataError, match=r"index\.noun is not there"):
        rarer(content_of(folder.parent.parent / "empty"))
