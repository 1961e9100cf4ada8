"""Taking nested lists apart."""


def flatten(nested: list) -> list[int]:
    """Return the numbers of a list of numbers and lists, nested however deeply, in order.

    >>> flatten([])
    []
    >>> flatten([4, 1, 9])
    [4, 1, 9]
    >>> flatten([8, [3, 3], 0])
    [8, 3, 3, 0]
    >>> flatten([[6], [[2, [7]], 5], [], 1])
    [6, 2, 7, 5, 1]
    >>> flatten([[[[2]]]])
    [2]
    """
    ...
