"""Files that are searched, as newcomers bring them: a FAQ in which many questions have one answer. From templates."""

from random import Random

from tests.fakes.own_data import _csv

_THINGS = (
    ("invoice", "billing desk", "paper copy"),
    ("password", "login page", "reset link"),
    ("parcel", "delivery service", "tracking number"),
    ("subscription", "account page", "renewal date"),
    ("refund", "payment provider", "receipt"),
    ("calendar", "settings menu", "shared view"),
    ("export", "report tool", "empty file"),
    ("warranty", "service centre", "serial number"),
    ("profile", "privacy page", "old picture"),
    ("discount", "checkout", "voucher code"),
)
_DOINGS = (
    "change",
    "cancel",
    "find",
    "share",
    "delete",
    "print",
    "move",
    "rename",
    "restore",
    "archive",
    "correct",
    "request",
    "renew",
)
_ASKED = (
    "How do I {do} my {thing}?",
    "Where can I {do} the {thing}?",
    "Is it possible to {do} a {thing}?",
    "I want to {do} my {thing}, what must I do?",
    "What is the way to {do} the {thing} again?",
    "Can somebody help me to {do} this {thing}?",
    "my {thing}: how does one {do} it",
    "Why can't I {do} my {thing}?",
    "{do} {thing}",
    "Please tell me how to {do} the {thing} in the {place}.",
    "Who may {do} a {thing} for me?",
    "need to {do} the {thing} with the {other}",
)


def faq(
    n_answers: int = 125,
    n_questions: int = 11,
    *,
    header: tuple[str, ...] = ("question", "answer"),
    beside: tuple[str, ...] = (),
    words: int = 40,
    broken: bool = False,
    seed: int = 0,
) -> str:
    """CSV with a question, its answer and columns `beside` (`id`, `category`, `label`, `when`).

    Each of `n_answers` answers has so many questions; answers have about `words` words, some four times as many, and
    are in several lines where they are `broken`.
    """
    rng = Random(seed)
    rows: list[list[str]] = []
    for a in range(n_answers):
        thing, place, other = _THINGS[a % len(_THINGS)]
        do = _DOINGS[a // len(_THINGS) % len(_DOINGS)]
        answer = _answer(a, thing, place, other, do, words * (4 if a % 9 == 0 else 1), rng)
        answer = answer.replace(". ", ".\n", 3) if broken else answer
        for question in rng.sample(_ASKED, min(n_questions, len(_ASKED))):
            text = question.format(do=do, thing=thing, place=place, other=other)
            extra = {"id": f"F{len(rows):05}", "category": thing, "label": "yn"[a % 2], "when": "2024-05-01"}
            rows.append([text, answer, *(extra[name] for name in beside)])
    order = list(range(len(rows)))
    rng.shuffle(order)
    return _csv([[*header, *beside], *(rows[i] for i in order)])


def _answer(number: int, thing: str, place: str, other: str, do: str, words: int, rng: Random) -> str:
    sentences = [f"To {do} your {thing} open the {place} and choose entry {number}"]
    more = (
        f"If the {other} is missing, ask the {place} for it first",
        f"Only the owner may {do} a {thing} without the {other}",
        "It takes up to {n} hours until this can be seen everywhere",
        f"A {thing} that is older than {{n}} months has to be looked at by a person",
        f"You will get a message from the {place} when it is done",
        f"Whoever has no {other} can still {do} the {thing} by telephone",
        "In some countries other rules hold, which are listed at the end of the page",
    )
    while sum(len(sentence.split()) for sentence in sentences) < words:
        sentences.append(rng.choice(more).format(n=rng.randrange(2, 48)))
    return ". ".join(sentences) + "."


def tweets(n: int = 1400, n_people: int = 700, seed: int = 0) -> str:
    """CSV like a crowd's labels of tweets to companies: sentiment, company, name, text, time, and what says the label
    again.
    """
    rng = Random(seed)
    airlines = ("Northern", "Redwing", "Bluebird", "Seaway", "Highland", "Transit")
    moods = (
        ("negative", 0.6, ("lost my bag", "cancelled the flight", "never answers", "was three hours late")),
        ("neutral", 0.22, ("flies to Oslo when", "has a new app", "opens which gate", "changed the timetable")),
        ("positive", 0.18, ("was wonderful today", "found my bag, thanks", "has the kindest crew", "landed early")),
    )
    rows = []
    for i in range(n):
        mood, _, said = rng.choices(moods, [share for _, share, _ in moods])[0]
        airline = rng.choices(airlines, (5, 4, 3, 3, 2, 2))[0]
        minute, day = f"{i % 60:02}", 16 + i * 9 // n
        text = (
            f"@{airline} {rng.choice(said)} number {rng.randrange(10**5)} {rng.choice(('again', 'today', 'now', ''))}"
        )
        rows.append(
            [
                str(570000000 + i),
                mood,
                f"{rng.uniform(0.3, 1):.4f}",
                {"negative": "bad", "neutral": "so-so", "positive": "good"}[mood],
                airline,
                f"{rng.choice(('jo', 'sam', 'kim', 'lee'))}{int(rng.paretovariate(0.7)) % n_people}",
                str(rng.choice((0, 0, 0, 1, 2))),
                text,
                f"2015-02-{day} 11:{minute}",
                rng.choice(("Oslo", "", "", "somewhere else", f"place {i % 300}")),
            ]
        )
    names = ("tweet_id", "airline_sentiment", "airline_sentiment_confidence", "mood", "airline", "name")
    return _csv([[*names, "retweet_count", "text", "tweet_created", "tweet_location"], *rows])
