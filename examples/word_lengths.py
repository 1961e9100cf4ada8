"""Measuring the words of a sentence."""


def word_lengths(sentence: str) -> list[int]:
    """Return the length of every word in the sentence.

    >>> word_lengths("the quick brown fox")
    [3, 5, 5, 3]
    >>> word_lengths("a")
    [1]
    >>> word_lengths("")
    []
    >>> word_lengths("  two   gaps ")
    [3, 4]
    """
    ...
