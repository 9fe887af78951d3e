"""Files such as a newcomer brings: support tickets, product reviews, and an export with everything odd in it.

All is made from templates with a seed; no sentence is anybody's.
"""

import csv
import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np
import pytest

from harness.audit import texts

#: What is asked of each queue: (share of tickets, subjects, sentences).
_QUEUES = {
    "billing": (
        0.34,
        ("Invoice {n}", "Charged twice", "Refund for order {n}", "Wrong amount on my bill"),
        (
            "the invoice for {month} shows {n} dollars more than we agreed",
            "my card was charged twice and I want the second payment back",
            "please send the receipt for order {n} to our accounting department",
            "the discount code was accepted but the amount did not change",
            "we moved to the annual plan and are still billed every month",
        ),
    ),
    "access": (
        0.28,
        ("Cannot log in", "Password reset", "Account {n} locked", "Two factor code never arrives"),
        (
            "the password reset message does not arrive, neither in spam nor elsewhere",
            "since {month} my account is locked after a single attempt",
            "our new colleague needs permission to open the shared folder",
            "the code on my phone is always rejected as expired",
            "single sign on sends me back to the first page again and again",
        ),
    ),
    "delivery": (
        0.23,
        ("Where is parcel {n}", "Delivery late", "Package damaged", "Wrong address on order {n}"),
        (
            "the parcel was announced for {month} and has not been seen since",
            "the box arrived open and two of the bottles were broken",
            "the driver left the package at the wrong house, number {n}",
            "tracking says delivered but nobody here has received anything",
            "please change the address before the order leaves the warehouse",
        ),
    ),
    "bugs": (
        0.15,
        ("App crashes", "Export broken", "Error {n}", "Search finds nothing"),
        (
            "the application closes by itself whenever I open the calendar",
            "exporting the report ends with error {n} and an empty file",
            "since the update in {month} the search finds nothing at all",
            "pictures are upside down after they are uploaded from the phone",
            "the page stays white in one browser and works in another",
        ),
    ),
}
_OPENINGS = ("Hello,", "Hi there,", "Good morning,", "To whom it may concern,", "Dear team,", "")
_FILLERS = (
    "we are a small company and depend on this every day",
    "I have tried everything that is described on your website",
    "this happened before and was solved within {n} hours",
    "my colleague told me that others have the same question",
    "I would be grateful for an answer before the weekend",
    "I already called and waited for {n} minutes",
)
_ENDINGS = ("Thank you", "Kind regards", "Best wishes", "Thanks in advance", "Please help")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October")
#: Slips that people make, by word.
_SLIPS = {
    "received": "recieved",
    "address": "adress",
    "department": "departement",
    "describe": "discribe",
    "separate": "seperate",
    "permission": "permision",
    "calendar": "calender",
    "application": "aplication",
    "grateful": "greatful",
    "weekend": "weeked",
    "whenever": "whenver",
    "happened": "happend",
    "question": "qestion",
    "everything": "everthing",
    "because": "becuase",
    "company": "compnay",
}

_THINGS = [
    "kettle",
    "toaster",
    "blender",
    "mixer",
    "fridge",
    "oven",
    "lamp",
    "chair",
    "desk",
    "sofa",
    "mattress",
    "pillow",
    "curtain",
    "rug",
    "mirror",
    "clock",
    "camera",
    "phone",
    "tablet",
    "laptop",
    "keyboard",
    "mouse",
    "monitor",
    "printer",
    "router",
    "speaker",
    "headphones",
    "tent",
    "backpack",
    "bicycle",
    "helmet",
    "skateboard",
    "racket",
    "drill",
    "hammer",
    "saw",
    "paint",
    "ladder",
    "hose",
    "vacuum",
]
_GOOD = ("works beautifully", "was worth every cent", "does exactly what it should", "surprised all of us")
_BAD = ("broke after {n} days", "looks cheaper than in the pictures", "is far too loud", "went straight back")
_PARTS = ("handle", "cable", "surface", "colour", "packaging", "manual", "switch", "cover", "weight", "smell")


def tickets(n: int = 3000, seed: int = 0) -> str:
    """CSV with ticket, subject, body, queue, customer, created: typing slips, duplicates, near duplicates."""
    rng = Random(seed)
    rows: list[list[str]] = []
    start = datetime(2023, 1, 2, 8)
    for i in range(n):
        queue = rng.choices(list(_QUEUES), [share for share, *_ in _QUEUES.values()])[0]
        created = (start + timedelta(minutes=170 * i + rng.randrange(170))).isoformat(sep=" ")
        customer = f"C{min(int(rng.paretovariate(0.9)), 900) + rng.randrange(200):04}"
        again = rng.random()
        if rows and again < 0.04:  # the same ticket, sent again
            subject, body, queue = rng.choice(rows)[1:4]
            queue = queue if again > 0.004 else rng.choice(list(_QUEUES))
        elif rows and again < 0.09:  # the same, but for the numbers
            subject, body, queue = rng.choice(rows)[1:4]
            subject, body = (_other_numbers(text, rng) for text in (subject, body))
        else:
            subject, body = _ticket(queue, rng)
        rows.append([f"T{i:05}", subject, body, queue, customer, created])
    return _csv([["ticket", "subject", "body", "queue", "customer", "created"], *rows])


def reviews(n: int = 4000, n_classes: int = 40, seed: int = 0) -> str:
    """CSV with id, title, review, stars, category: as many classes as named, from hundreds of rows to a few."""
    rng = Random(seed)
    things = _THINGS[:n_classes]
    weights = [1 / (rank + 1.5) ** 1.4 for rank in range(len(things))]
    rows = []
    for i in range(n):
        thing = things[i] if i < len(things) else rng.choices(things, weights)[0]
        named = thing if rng.random() < 0.75 else "thing"
        stars = rng.choices((1, 2, 3, 4, 5), (12, 8, 10, 25, 45))[0]
        praise = _GOOD if stars > 3 else _BAD
        sentences = [f"the {named} {rng.choice(praise)}"]
        other = rng.choice(things)
        extra = (
            f"the {rng.choice(_PARTS)} could be better",
            f"I like the {rng.choice(_PARTS)} and the {rng.choice(_PARTS)}",
            f"my sister has a {other} of the same brand",
            f"we have used it for {rng.randrange(2, 60)} weeks",
            f"it stands beside the {rng.choice(things)} now",
            f"compared with our old {named} it is {rng.choice(('smaller', 'larger', 'heavier', 'quieter'))}",
        )
        sentences += rng.sample(extra, rng.randrange(1, 5))
        text = ". ".join(sentence.capitalize() for sentence in sentences) + "."
        title = rng.choice(("Good", "Fine", "Never again", "Recommended", "As expected", "Hm"))
        rows.append([str(i + 1), title, _slipped(text.format(n=rng.randrange(2, 90)), rng, 0.1), str(stars), thing])
    return _csv([["id", "title", "review", "stars", "category"], *rows])


def odd(n: int = 600, seed: int = 0) -> bytes:
    """A byte order mark, semicolons, quoted line breaks, blank rows, empty texts and labels, a class of three."""
    rng = Random(seed)
    rows: list[list[str]] = []
    for i in range(n):
        queue = rng.choices(("billing", "access", "delivery"), (5, 3, 2))[0]
        _, body = _ticket(queue, rng)
        body = body.replace(". ", ".\n", 1) if i % 3 == 0 else f'She said "{body}"; so we did.' if i % 5 == 0 else body
        rows.append([body, queue.title()])
    for i in range(0, n, 60):
        rows[i][1] = ""
    for i in range(7, n, 90):
        rows[i][0] = " "
    for i in (5, 11, 17):
        rows[i][1] = "Praise"
    lines = _csv([["Message", "Department"], *rows], delimiter=";").split("\r\n")
    for place in (40, 80, 81):
        lines.insert(place, "" if place != 81 else ";")
    return b"\xef\xbb\xbf" + "\r\n".join(lines).encode()


def write(folder: Path) -> None:
    """The three files."""
    (folder / "tickets.csv").write_text(tickets(), encoding="utf-8", newline="")
    (folder / "reviews.csv").write_text(reviews(), encoding="utf-8", newline="")
    (folder / "odd.csv").write_bytes(odd())


def small_audit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `harness init` count tokens by white space and know three misspellings: no packaged files are needed."""
    from safetensors.numpy import save_file
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "[CLS]": 1, "[SEP]": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    special = [("[CLS]", 1), ("[SEP]", 2)]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=special)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text('{"model_type": "bert", "max_position_embeddings": 256}')
    save_file({"w": np.zeros(1, dtype=np.float32)}, folder / "model.safetensors")
    monkeypatch.setattr(texts, "REFERENCE", str(folder))
    monkeypatch.setattr(texts, "misspellings", lambda: frozenset({"recieved", "adress", "qestion"}))


def _ticket(queue: str, rng: Random) -> tuple[str, str]:
    _, subjects, sentences = _QUEUES[queue]
    other = rng.choice(list(_QUEUES))
    parts = rng.sample(sentences, rng.randrange(1, 3)) + rng.sample(_FILLERS, rng.randrange(0, 4))
    if rng.random() < 0.25:  # what belongs elsewhere
        parts.append(rng.choice(_QUEUES[other][2]))
    rng.shuffle(parts)
    text = ". ".join(part[0].upper() + part[1:] for part in parts) + "."
    body = " ".join(filter(None, [rng.choice(_OPENINGS), text, rng.choice(_ENDINGS)]))
    subject = rng.choice(subjects if rng.random() < 0.8 else _QUEUES[other][1])
    numbers = {"n": rng.randrange(10, 9999), "month": rng.choice(_MONTHS)}
    return subject.format(**numbers), _slipped(body.format(**numbers), rng, 0.25)


def _slipped(text: str, rng: Random, share: float) -> str:
    """The text, in which this share of the words that people get wrong is wrong."""
    return " ".join(_SLIPS.get(w, w) if w in _SLIPS and rng.random() < share else w for w in text.split(" "))


def _other_numbers(text: str, rng: Random) -> str:
    return "".join(str(rng.randrange(1, 10)) if char.isdigit() else char for char in text)


def _csv(rows: Iterable[Iterable[object]], delimiter: str = ",") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()
