"""Perturbations: how fast, what rates they reach, and how far they move an encoder beside people's own misspellings.

`python -m benchmarks.perturb speed|rates|harm|sample`. `speed` compares with nlpaug on the same texts of 380 words, one
process, at the same share of changed words; `rates` gives the table of requested and reached rates on packaged texts;
`harm` the drift (1 − cosine of minilm's mean vectors, over changed texts) at the same rate; `sample` a page to read.
"""

import random
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from harness import tasks
from harness.catalogue import catalogue
from harness.conditions.edits import Perturbed
from harness.runner import perturbed

SOURCES = ("bbc-topics", "vader-sentiment")
MISSPELLINGS = ("human-misspellings", "keyboard", "ocr", "char-swap", "char-delete", "char-insert", "char-substitute")


def texts_of(name: str, n: int) -> list[str]:
    """Some test texts of a packaged task."""
    task = perturbed.task_of(name)
    split = tasks.make_split(task, tasks.describe(task), "test", sample=n)
    return list(tasks.load(task, split).text)


def changed(texts: Sequence[str], name: str, **given: Any) -> list[Perturbed]:
    return perturbed.changed(texts, perturbed.named(name, given, seed=0))


def levels(name: str) -> dict[str, list[Any]]:
    """The parameter that says how much, and its values that are worth a look."""
    facts = catalogue().get("perturbation", name).facts
    known: dict[str, list[Any]] = {"keep": [0.75, 0.5, 0.25], "words": [50, 100, 300], "position": [0.0, 0.5, 1.0]}
    return {facts["severity"]: known.get(facts["severity"], [1, 2, 3, 4, 5])}


def seconds(call: Callable[[], Any]) -> float:
    """Processor time of the fastest of three calls."""
    found = []
    for _ in range(3):
        start = time.process_time()
        call()
        found.append(time.process_time() - start)
    return min(found)


def speed() -> None:
    import nlpaug.augmenter.char as char
    import nlpaug.augmenter.word as word

    texts = [text for text in texts_of("bbc-topics", 400) if len(text.split()) > 300][:100]
    words = sum(len(text.split()) for text in texts)
    rivals: dict[str, Callable[[float], Any]] = {
        "keyboard": lambda p: char.KeyboardAug(aug_word_p=p, aug_char_max=1, aug_word_max=None),
        "char-swap": lambda p: char.RandomCharAug("swap", aug_word_p=p, aug_char_max=1, aug_word_max=None),
        "human-misspellings": lambda p: word.SpellingAug(aug_p=p, aug_max=None),
    }
    print(f"{len(texts)} texts, {words / len(texts):.0f} words each\n")
    print("| perturbation | words/s | words changed | nlpaug words/s | changed | ratio |\n|---|---|---|---|---|---|")
    for name, rival in rivals.items():
        ours = changed(texts, name, severity=4)
        share = sum(len(one.edits) for one in ours) / words
        theirs = rival(share)
        out = theirs.augment(texts)
        their_share = np.mean([_differing(a, b) for a, b in zip(texts, out, strict=True)])
        mine = words / seconds(partial(changed, texts, name, severity=4))
        other = words / seconds(partial(theirs.augment, texts))
        print(f"| {name} | {mine:,.0f} | {share:.1%} | {other:,.0f} | {their_share:.1%} | {mine / other:.1f} |")
    whole = " ".join(texts)
    print("\n| words in one text | words/s of keyboard |\n|---|---|")
    for n in (3_000, 30_000, 300_000):
        text = " ".join((whole.split() * (n // words + 1))[:n])
        rate = n / seconds(partial(changed, [text], "keyboard", severity=4))
        print(f"| {n:,} | {rate:,.0f} |")


def _differing(before: str, after: str) -> float:
    """The share of words that are gone, as nlpaug spaces texts anew and places do not tell."""
    left = after.split()
    return 1 - sum(min(1, left.count(word)) for word in before.split()) / len(before.split())


def rates() -> None:
    print("| perturbation | texts | asked, reached at each severity | texts unchanged |\n|---|---|---|---|")
    for name, component in catalogue().of("perturbation").items():
        if "finds" not in component.facts:
            continue
        for source in SOURCES:
            said, same = [], []
            for level in levels(name)["severity"]:
                done = changed(texts_of(source, 400), name, severity=level)
                reached = sum(len(one.edits) for one in done) / max(1, sum(one.n_eligible for one in done))
                said.append(f"{component.facts['rates'][level]:.0%}: {reached:.1%}")
                same.append(f"{np.mean([not one.edits for one in done]):.0%}")
            print(f"| {name} | {source} | {', '.join(said)} | {', '.join(same)} |")


def harm() -> None:
    """Drift at 12 % of *all* words of four letters or more, so that lists with fewer words are not flattered."""
    from sentence_transformers import SentenceTransformer

    from harness import assets

    model = SentenceTransformer(str(assets.path("minilm")), device="cpu")
    texts = texts_of("vader-sentiment", 600)
    clean = model.encode(texts, normalize_embeddings=True)
    found = {}
    for name in MISSPELLINGS:
        done = changed(texts, name, severity=3)
        touched = [i for i, one in enumerate(done) if one.edits]
        drift = 1 - (clean[touched] * model.encode([done[i].text for i in touched], normalize_embeddings=True)).sum(1)
        edits = sum(len(one.edits) for one in done) / sum(len(texts[i].split()) for i in touched)
        found[name] = (float(drift.mean()), edits)
    reference = found["human-misspellings"][0] / found["human-misspellings"][1]
    print(
        "| perturbation | drift of changed texts | words changed there | harm a word, of people's |\n|---|---|---|---|"
    )
    for name, (drift, share) in found.items():
        print(f"| {name} | {drift:.3f} | {share:.1%} | {drift / share / reference:.2f} |")


def sample() -> None:
    rng = random.Random(1)
    texts = [rng.choice(texts_of(source, 200)) for source in ("vader-sentiment/tweets", "vader-sentiment/movies")]
    texts.append(rng.choice(texts_of("bbc-topics", 50))[:400])
    for name in catalogue().of("perturbation"):
        ((parameter, values),) = levels(name).items()
        print(f"## {name}\n")
        for text in texts:
            print(f"- {text}")
            for value in (values[0], values[len(values) // 2], values[-1]):
                (one,) = changed([text], name, **{parameter: value})
                print(f"  - {value}: {one.text}")
        print()


if __name__ == "__main__":
    {"speed": speed, "rates": rates, "harm": harm, "sample": sample}[sys.argv[1]]()
