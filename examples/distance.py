"""A contract instead of examples: what is found is proved for all inputs."""


def distance(a: int, b: int) -> int:
    """Return how far apart two numbers are.

    ensures: result >= 0
    ensures: result == a - b or result == b - a
    """
    ...
