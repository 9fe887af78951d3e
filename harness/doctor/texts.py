"""A few texts of four kinds, from a few words to some sentences, to try an encoder with."""

SAMPLES = {
    "English": (
        "Good.",
        "The waiter was kind, and the food came quickly.",
        "I would not buy this phone again: its battery is empty before noon.",
        "Shares fell on Monday after the bank said that its profits for the year would be lower than expected, "
        "and that 1,200 people in its offices abroad could lose their jobs.",
        "She asked whether the train from Leeds would stop at every station. Nobody knew. The timetable on the wall "
        "was from last year, the man at the desk had only started that week, and the board above the platform said "
        "nothing.",
    ),
    "accents": (
        "Le garçon a été très élevé, paraît-il.",
        "Die Straße nach Köln ist für größere Fahrzeuge gesperrt.",
        "El niño comió piñones en el jardín.",
        "Příliš žluťoučký kůň úpěl ďábelské ódy.",
    ),
    "CJK": ("今天的天气很好。", "この店の料理はとても美味しいです。", "배송이 빠르고 친절했습니다."),
    "emoji": ("great 😀", "so sad 😭💔", "see you at 8 👍🏽 🎉"),
}
#: Those whose words are told by spaces.
SPACED = ("English", "accents")
ENGLISH = SAMPLES["English"]
ALL = tuple(text for texts in SAMPLES.values() for text in texts)
SHORT = ENGLISH[1]


def long_text(n_tokens: int) -> str:
    """A text of more tokens than these: its sentence has 32 words."""
    return (ENGLISH[3] + " ") * (2 + n_tokens // 32)
