"""A sequence that is defined by itself."""


def lucas(n: int) -> int:
    """Return the Lucas number at place n: the sequence starts with 2 and 1, then each is the sum of two.

    >>> lucas(0)
    2
    >>> lucas(1)
    1
    >>> lucas(2)
    3
    >>> lucas(3)
    4
    >>> lucas(4)
    7
    >>> lucas(8)
    47
    """
    ...
