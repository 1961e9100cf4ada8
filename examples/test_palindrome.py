"""A palindrome reads the same forwards and backwards; upper and lower case are alike."""

from palindrome import is_palindrome


def test_palindromes():
    assert is_palindrome("level") is True
    assert is_palindrome("Racecar") is True
    assert is_palindrome("") is True
    assert is_palindrome("x") is True
    assert is_palindrome("noOn") is True


def test_others():
    assert is_palindrome("python") is False
    assert is_palindrome("ab") is False
    assert is_palindrome("Abca") is False
