from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofsmith.dafny.lexer import CHAR, NAME, STRING, DafnySyntaxError, tokenize

PIECES = st.sampled_from(
    [
        "method", "x'", "a?", "0xF_F", "1_000", "2.5", '"a\\"b"', '@"c:\\""d"', "'a'", "'\\n'", "<==>", "==>",
        ":=", ":|", "!in", "!!", "..", "...", "{", "}", "(", ")", "<", ">", "|", "::", "=>", "// note\n",
        "/* one /* two */ still */", " ", "\n", "\r\n", "\t", "é // ü\n",
    ]
)  # fmt: skip


def texts(source: str) -> list[str]:
    return [t.text for t in tokenize(source)][:-1]


@settings(deadline=None)
@given(st.lists(PIECES, max_size=30))
def test_tokens_and_what_stands_between_them_are_the_text(pieces: list[str]) -> None:
    source = " ".join(p for p in pieces if not p.startswith("é"))
    tokens = tokenize(source)
    assert "".join(t.before + t.text for t in tokens) == source
    for token in tokens:
        assert source[token.start : token.stop] == token.text


def test_places_are_counted_from_one_over_all_kinds_of_line_ends() -> None:
    tokens = tokenize("a\n  b\r\nc\rd /* \n */ e")
    assert [(t.text, t.line, t.column) for t in tokens[:-1]] == [
        ("a", 1, 1), ("b", 2, 3), ("c", 3, 1), ("d", 4, 1), ("e", 5, 5),
    ]  # fmt: skip


def test_ranges_decimals_and_tuple_members() -> None:
    assert texts("a[0..n] + 1.5 * t.0") == ["a", "[", "0", "..", "n", "]", "+", "1.5", "*", "t", ".", "0"]


def test_not_in_is_one_token_only_as_a_word() -> None:
    assert texts("x !in s && !inside") == ["x", "!in", "s", "&&", "!", "inside"]


def test_ticks_end_names_and_quote_characters() -> None:
    assert [(t.kind, t.text) for t in tokenize("x' 'y' \"z'\"")][:-1] == [
        (NAME, "x'"), (CHAR, "'y'"), (STRING, "\"z'\""),
    ]  # fmt: skip


def test_comments_nest_and_slashes_inside_them_end_nothing() -> None:
    assert texts("a /* /* x */ // */ b") == ["a", "b"]
    assert texts("a // /* \n b") == ["a", "b"]


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("method\n  /* open", (2, 3)),
        ("/* /* */", (1, 1)),
        ("a /*/", (1, 3)),
        ('x := "two\nlines"', (1, 6)),
        ("x := 'a'b", (1, 6)),
        ("1x", (1, 1)),
        ("a $ b", (1, 3)),
        ("a\n#if X\nb", (2, 1)),
        ("a\n/*\n   #endif */", (3, 4)),
        ("// note\r # line", (2, 2)),
        ("a \x00 b", (1, 3)),
        ("a // b\u2028 c", (1, 7)),
        ("a // b\x0c c", (1, 7)),
    ],
)
def test_what_dafny_could_read_differently_is_an_error_with_its_place(
    source: str, place: tuple[int, int]
) -> None:
    with pytest.raises(DafnySyntaxError) as caught:
        tokenize(source, "f.dfy")
    assert (caught.value.line, caught.value.column) == place
    assert str(caught.value).startswith(f"f.dfy:{place[0]}: column {place[1]}: ")
