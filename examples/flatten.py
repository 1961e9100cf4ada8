"""Taking nested lists apart."""


def flatten(nested: list) -> list[int]:
    """Return the numbers of a list of numbers and lists, nested however deeply, in order.

    >>> flatten([1, 2, 3])
    [1, 2, 3]
    >>> flatten([1, [2, 3], 4])
    [1, 2, 3, 4]
    >>> flatten([[1], [[2, [3]], 4], [], 5])
    [1, 2, 3, 4, 5]
    >>> flatten([])
    []
    >>> flatten([[[[7]]]])
    [7]
    """
    ...
