"""Shortening names."""


def initials(name: str) -> str:
    """Return the first letter of every word of a name, in upper case.

    >>> initials("Ada Lovelace")
    'AL'
    >>> initials("grace brewster hopper")
    'GBH'
    >>> initials("Plato")
    'P'
    >>> initials("john von neumann")
    'JVN'
    """
    ...
