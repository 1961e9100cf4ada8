"""From a number n to 1: halve what is even, take 3 * n + 1 of what is odd, and count the steps."""

import pytest
from collatz_steps import collatz_steps


@pytest.mark.parametrize(
    ("n", "steps"), [(1, 0), (2, 1), (3, 7), (4, 2), (5, 5), (6, 8), (7, 16), (8, 3), (10, 6), (16, 4)]
)
def test_collatz_steps(n, steps):
    assert collatz_steps(n) == steps
