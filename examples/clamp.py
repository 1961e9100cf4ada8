"""Keeping a number inside limits."""


def clamp(value: int, low: int, high: int) -> int:
    """Return the number in the range from low to high that is nearest to value.

    >>> clamp(5, 0, 10)
    5
    >>> clamp(-3, 0, 10)
    0
    >>> clamp(42, 0, 10)
    10
    >>> clamp(7, 8, 9)
    8
    >>> clamp(-20, -15, -12)
    -15
    >>> clamp(1, -4, -2)
    -2
    """
    ...
