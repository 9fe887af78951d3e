"""Sentences with names in them, written by the project from templates: synthetic, no corpus of what people write.

All is drawn from one seed: names from parts of names, sentences from templates. No name of the test side is one of the
train side. Names are hard to tell by themselves: types share the parts of names, places stand in names of
organisations, products are called by common words, and one string may be a person here and a place there. minilm's
probe on the mean of each word's tokens scores 0.67 entity F1 (interval 0.63 to 0.70).
"""

from collections.abc import Callable, Sequence
from random import Random

from harness.core.tags import Entity, iob2
from harness.tasks.sources.row import Reading, Row, reader
from harness.tasks.task import AssetSource, Columns, Task

#: Sentences a side, and names of each type on each side.
N_SENTENCES, N_NAMES = {"train": 600, "test": 400}, {"train": 150, "test": 100}
_SEED = 17


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST = _words("""
    Mira Jonas Elin Tomas Priya Karim Lena Oskar Noor Idris Hanna Pavel Amara Felix Yara Bruno Selma Rafi Greta Dario
    Ines Kofi Maud Levi Tessa Anton Zora Emil Nadia Hugo Asta Milo
""")
_BEGIN = _words("""
    Hal Mar Tor Bel Ker Nor Sel Dun Ash Wex Ors Fen Gal Ril Lan Bran Cal Hol Ster El Vor Tam Quin Rad Pel Thorn Wil Kes
    Har Mont
""")
_END = _words("den low ton wick by field ham ford more dale stead bury well man ley son vik ridge ner ster combe gate")
_THINGS = _words("""
    Summit Harbor Echo Orbit Anchor Lantern Meadow Compass Ember Falcon River Pioneer Atlas Beacon Canyon Breeze Maple
    Horizon Spark Glacier Raven Cedar Tempo Vista Amber Prism Comet Willow Granite Nimbus
""")
_KIND = {
    "organisation": _words("Group Partners Labs Holdings Trust Media Works Foundation Airlines Council"),
    "place": _words("Bay Hill Island Bridge Square Valley Park Heights Harbor Springs"),
    "product": _words("Pro Mini 2 300 Plus X Air One Max Classic"),
}


def _stem(rng: Random) -> str:
    return _one(rng, _BEGIN) + _one(rng, _END)


def _person(rng: Random) -> str:
    first, last = _one(rng, _FIRST), _stem(rng)
    return _one(rng, (*3 * (f"{first} {last}",), last, first, f"{first} {_one(rng, _THINGS)}"))


def _organisation(rng: Random) -> str:
    stem, thing, kind = _stem(rng), _one(rng, _THINGS), _one(rng, _KIND["organisation"])
    forms = (*4 * (f"{stem} {kind}",), *2 * (f"{thing} {kind}",), f"University of {stem}")
    return _one(rng, forms)


def _place(rng: Random) -> str:
    stem, kind = _stem(rng), _one(rng, _KIND["place"])
    return _one(rng, (*3 * (stem,), *2 * (f"{stem} {kind}",), f"Port {stem}", f"Lake {stem}"))


def _product(rng: Random) -> str:
    stem, thing, kind = _stem(rng), _one(rng, _THINGS), _one(rng, _KIND["product"])
    return _one(rng, (*3 * (f"{thing} {kind}",), *2 * (f"{stem} {kind}",), thing, f"{thing}{stem.lower()[-4:]}"))


_NAMES: dict[str, Callable[[Random], str]] = {
    "person": _person,
    "organisation": _organisation,
    "place": _place,
    "product": _product,
}
#: Sentences by domain. A name is drawn for a type in brackets; {any} is of any type, {thing} and {Day} are no names.
_TEMPLATES = {
    "news": """
        {person} told reporters that {organisation} would close its office in {place} .
        Shares of {organisation} fell after {person} left for {organisation} .
        {organisation} opened a plant near {place} on {Day} .
        The court in {place} heard the case against {person} and {organisation} .
        A spokesman for {organisation} declined to comment on {any} .
        {any} was named in the report that {person} wrote .
        {Day} brought more talk of {organisation} and of {person} .
        Nobody at the meeting had heard of {any} before .
        Crowds came to see {person} at the {thing} in {place} .
        {organisation} recalls the {product} after faults were found .
        The {thing} was quiet on {Day} , police said .
        Analysts say {any} could be worth more than {organisation} .
        Talks about a new {thing} will go on until {Day} .
        In {place} , {organisation} showed the {product} for the first time .
        What happened to {any} ? asked {person} .
    """,
    "chat": """
        has anyone been to {place} lately ?
        lol {person} still uses a {product}
        my sister works for {organisation} now
        saw {any} today , not impressed
        {any} is all over my feed again
        can {person} bring the {product} to {place} on {Day}
        who is {person} and why is {organisation} mad
        ok but {any} was better than {place}
        i miss the {thing} near {place}
        the {thing} was so pretty last night
        anyone selling a {product} ? mine broke
        we should ask {person} about {any}
        stuck in {place} with nothing but my {product}
        tell me about {any} please
        too tired for the {thing} , see you {Day}
    """,
    "reviews": """
        The {product} from {organisation} broke after a week .
        I bought the {product} because {person} said so .
        {any} did not live up to what I read .
        We drove from {place} to {place} with the {product} and had no trouble .
        Service at {organisation} in {place} was slow but kind .
        {person} at the desk helped us with our {product} .
        I would choose {product} over {any} any {Day} .
        My {thing} looks better since I own the {product} .
        {organisation} should learn from {organisation} .
        Ask for {person} if you go to {place} .
        The {thing} on the box is not what you get .
        Stay away from {any} .
        The staff of {organisation} never heard of the {product} .
        Two stars , for {any} only .
        Arrived on {Day} , returned on {Day} .
    """,
}
_DAYS = _words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
#: Share of the sentences of chats that are in lower case throughout, and of the others.
_LOWER = {"chat": 0.8, "news": 0.1, "reviews": 0.15}
#: How often a person or a place is called by a name that is also one of the other type.
_SHARED = 0.15

TASKS = (
    Task(
        name="synthetic-ner",
        kind="tagging",
        source=AssetSource(None, "synthetic-ner"),
        columns=Columns(text=(), label=None, words="tokens", tags="tags"),
        metrics=("entity-f1", "surface-f1"),
        language="en",
        note="synthetic: sentences from templates with invented names of persons, organisations, places and products",
    ),
)


@reader("synthetic-ner", tasks=TASKS, domains=tuple(sorted(_TEMPLATES)))
def read(columns: Columns) -> Reading:
    """600 sentences to learn from and 400 to test on, which have no name in common."""
    rng = Random(_SEED)
    names = _names(rng)
    known: set[str] = set()
    sides = {side: tuple(_sentences(rng, side, names[side], known)) for side in N_SENTENCES}
    n_names = sum(len(own) for by_type in names.values() for own in by_type.values())
    note = f"synthetic: drawn from {sum(map(len, map(_lines, _TEMPLATES)))} templates and {n_names:,} invented names"
    return Reading("synthetic-ner", sides, (f"{note}, none of which is on both sides",))


def _names(rng: Random) -> dict[str, dict[str, list[str]]]:
    """Names by side and type. No string is on two sides, be it in other case; some are persons and places."""
    taken: dict[str, str] = {}
    found: dict[str, dict[str, list[str]]] = {side: {} for side in N_NAMES}
    for side, n in N_NAMES.items():
        for kind, make in _NAMES.items():
            own: list[str] = []
            while len(own) < n:
                name = make(rng)
                if kind == "place" and rng.random() < _SHARED:
                    name = _one(rng, found[side]["person"]).split()[-1]
                if taken.setdefault(name.lower(), side) == side and name not in own:
                    own.append(name)
            found[side][kind] = own
    return found


def _sentences(rng: Random, side: str, names: dict[str, list[str]], known: set[str]) -> list[Row]:
    """The sentences of a side, none of which is `known`; they are then."""
    rows: list[Row] = []
    while len(rows) < N_SENTENCES[side]:
        domain = tuple(_TEMPLATES)[len(rows) % len(_TEMPLATES)]
        words, found = _filled(rng, _one(rng, _lines(domain)), names)
        if rng.random() < _LOWER[domain]:
            words = [word.lower() for word in words]
        text = " ".join(words)
        if text.lower() not in known:
            known.add(text.lower())
            row = Row(f"{side}/{len(rows) + 1:04}", text, "", domain, words=tuple(words), tags=iob2(found, len(words)))
            rows.append(row)
    return rows


def _lines(domain: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in _TEMPLATES[domain].strip().splitlines())


def _filled(rng: Random, template: str, names: dict[str, list[str]]) -> tuple[list[str], list[Entity]]:
    words: list[str] = []
    found: list[Entity] = []
    for word in template.split():
        kind = word.strip("{}")
        if kind == word:
            words.append(word)
        elif kind in ("thing", "Day"):
            words.append(_one(rng, _THINGS).lower() if kind == "thing" else _one(rng, _DAYS))
        else:
            kind = _one(rng, tuple(_NAMES)) if kind == "any" else kind
            own = _one(rng, names[kind]).split()
            found.append(Entity(kind, len(words), len(words) + len(own)))
            words += own
    return words, found


def _one(rng: Random, among: Sequence[str]) -> str:
    """One of them, drawn with `random()` alone, whose sequence Python promises to keep."""
    return among[int(rng.random() * len(among))]
