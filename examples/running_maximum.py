"""The highest value so far, at every moment."""


def running_maximum(values: list[int]) -> list[int]:
    """Return a list of the same length that holds, at each place, the largest value up to there.

    >>> running_maximum([1, 3, 2, 5, 4])
    [1, 3, 3, 5, 5]
    >>> running_maximum([4, 2, 1])
    [4, 4, 4]
    >>> running_maximum([-5, -7, -2, -3])
    [-5, -5, -2, -2]
    >>> running_maximum([6])
    [6]
    >>> running_maximum([])
    []
    """
    raise NotImplementedError
