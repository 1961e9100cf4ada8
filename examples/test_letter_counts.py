"""letter_counts(word) says how often every letter occurs in a word."""

from letter_counts import letter_counts


def test_no_letters():
    assert letter_counts("") == {}


def test_every_letter_is_counted():
    assert letter_counts("a") == {"a": 1}
    assert letter_counts("noon") == {"n": 2, "o": 2}
    assert letter_counts("banana") == {"b": 1, "a": 3, "n": 2}
