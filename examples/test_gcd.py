"""The greatest common divisor of two numbers that are not both zero."""

import pytest
from gcd import gcd


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [(12, 18, 6), (18, 12, 6), (7, 5, 1), (0, 9, 9), (9, 0, 9), (100, 75, 25), (17, 17, 17), (48, 36, 12)],
)
def test_gcd(a, b, expected):
    assert gcd(a, b) == expected
