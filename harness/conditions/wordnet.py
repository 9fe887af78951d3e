"""WordNet as its makers give it out: the folder `dict` with `index.noun`, `data.noun`, and so of verbs and others."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from harness.core.errors import DataError
from harness.core.user_files import Content

#: Parts of speech, in the order in which ties go.
_PARTS = ("noun", "verb", "adj", "adv")
#: How much rarer a synonym is (Zipf scale: a tenth as frequent).
STEP = 1.0
#: Words that are mostly grammar, whose synonyms are of another use (`can`, a tin).
_GRAMMAR = """
about above after again all am an and any are around as at back be been before being below both but by can could
did do does doing down each even few for from get go got had has have having he her here him his how if in into is
it just last let like many may me might more most much must my near next no none nor not now of off on once one only
or other our out over own past quite rather same shall she should so some still such than that the their them then
there these they this those through till to too two under until up upon us very was we well were what when where
which while who will with within without would yes yet you your
"""


@lru_cache(maxsize=2)
def rarer(folder: Content) -> Mapping[str, str]:
    """For each word a synonym that is a tenth as frequent or less by wordfreq, where WordNet has one.

    Of the first sense of the part of speech of which most senses were seen in texts, the first that is rare enough;
    words of three lower-case letters or more alone. DataError for a folder that is not WordNet's.
    """
    from wordfreq import zipf_frequency

    where = folder.path / "dict" if (folder.path / "dict").is_dir() else folder.path
    seen = dict[str, tuple[int, str, int]]()
    for part in _PARTS:
        for word, n_seen, offset in _senses(where / f"index.{part}"):
            if n_seen > seen.get(word, (0,))[0]:
                seen[word] = n_seen, part, offset
    data = {part: _bytes(where / f"data.{part}") for part in _PARTS}
    found, grammar = {}, set(_GRAMMAR.split())
    for word, (_, part, offset) in seen.items():
        most = zipf_frequency(word, "en") - STEP
        same = _synonyms(data[part], offset, where / f"data.{part}") if most > 0 and word not in grammar else []
        if rare := next((one for one in same if one != word and 0 < zipf_frequency(one, "en") <= most), None):
            found[word] = rare
    if not found:
        raise DataError(f"{where} has no synonyms; expected WordNet's folder `dict`.")
    return found


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise DataError(
            f"{path} is not there; expected WordNet's folder `dict`, with index.noun, data.noun and others."
        )
    return path.read_bytes()


def _senses(path: Path) -> Iterator[tuple[str, int, int]]:
    """Each word of an index, how many of its senses were seen in texts, and where the first stands in the data."""
    for number, line in enumerate(_bytes(path).decode("utf-8", errors="replace").splitlines(), 1):
        if line.startswith(" "):
            continue  # the licence
        fields = line.split()
        try:
            word, n_senses = fields[0], int(fields[2])
            first = len(fields) - n_senses
            if _is_plain(word):
                yield word, int(fields[first - 1]), int(fields[first])
        except (IndexError, ValueError):
            raise DataError(f"{path}, line {number}: no entry of WordNet's index. Fetch it again.") from None


def _synonyms(data: bytes, offset: int, path: Path) -> list[str]:
    """The words of a synset, in their order. DataError where none stands there."""
    fields = data[offset : data.find(b"\n", offset)].split(b" | ")[0].decode("utf-8", errors="replace").split()
    try:
        if int(fields[0]) != offset:
            raise ValueError
        words = fields[4 : 4 + 2 * int(fields[3], 16) : 2]
    except (IndexError, ValueError):
        raise DataError(f"{path}: no synset at {offset:,}, where the index has one. Fetch WordNet again.") from None
    return [word for word in words if _is_plain(word)]


def _is_plain(word: str) -> bool:
    """Whether a word is of three lower-case letters or more: neither a name, nor a sign, nor several words."""
    return word.isascii() and word.isalpha() and word.islower() and len(word) > 2
