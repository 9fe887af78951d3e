"""The words of a text, as they are counted."""

import pytest

from harness.conditions import vocabulary


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't stop: 3D e-mail, 2,000!", ["don't", "stop", "3d", "e", "mail", "2", "000"]),
        ("Don’t", ["don't"]),
        ("Die GRÖSSE — naïve café", ["die", "grösse", "naïve", "café"]),
        ("cafe\u0301s", ["cafe\u0301s"]),
        ("東京 tower塔", ["東", "京", "tower", "塔"]),
        (" \n\t… :) ", []),
        ("", []),
    ],
)
def test_words_in_lower_case(text: str, words: list[str]) -> None:
    assert vocabulary(text) == words
