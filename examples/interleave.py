"""Merging two lists."""


def interleave(left: list[int], right: list[int]) -> list[int]:
    """Take turns between two lists of the same length.

    interleave([1, 3], [2, 4]) == [1, 2, 3, 4]
    interleave([5, 5, 5], [0, 1, 2]) == [5, 0, 5, 1, 5, 2]
    interleave([], []) == []
    interleave([9], [8]) == [9, 8]
    """
    ...
