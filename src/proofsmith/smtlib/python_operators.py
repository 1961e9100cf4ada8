"""Each SMT-LIB operator as a Python expression, with the helper functions that some need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from proofsmith.smtlib.signature import split_name
from proofsmith.smtlib.terms import Sort, Term

ATOM, UNARY, TIMES, PLUS, SHIFT, BIT_AND, BIT_XOR, BIT_OR, COMPARE, NOT, AND, OR, IF = range(20, 7, -1)
SPINE = NOT
"""Binding strengths, strongest first."""


@dataclass(frozen=True)
class Piece:
    """An expression's text and how strongly its outermost operator binds."""

    text: str
    strength: int = ATOM

    def at(self, strength: int) -> str:
        """Return the text for a place that needs this strength, in parentheses where it is weaker."""
        return self.text if self.strength >= strength else f"({self.text})"


HELPERS = {
    "div": '''def div(a: int, b: int) -> int:
    """Quotient whose remainder is never negative; 0 for b = 0."""
    return a // b if b > 0 else -(a // -b) if b else 0''',
    "mod": '''def mod(a: int, b: int) -> int:
    """Remainder in [0, abs(b)); a for b = 0."""
    return a % abs(b) if b else a''',
    "signed": '''def signed(a: int, width: int) -> int:
    """The two's-complement reading of a bit-vector."""
    return a - (1 << width) if a >> (width - 1) else a''',
    "shift_left": """def shift_left(a: int, b: int, width: int) -> int:
    return (a << b) % (1 << width) if b < width else 0""",
    "udiv": '''def udiv(a: int, b: int, width: int) -> int:
    """Unsigned quotient; all ones for b = 0."""
    return a // b if b else (1 << width) - 1''',
    "urem": '''def urem(a: int, b: int) -> int:
    """Unsigned remainder; a for b = 0."""
    return a % b if b else a''',
    "sdiv": '''def sdiv(a: int, b: int, width: int) -> int:
    """Signed quotient, rounded towards zero; for b = 0 it is 1 or -1."""
    x, y = signed(a, width), signed(b, width)
    if y == 0:
        return 1 if x < 0 else (1 << width) - 1
    quotient = abs(x) // abs(y)
    return (quotient if (x < 0) == (y < 0) else -quotient) % (1 << width)''',
    "srem": '''def srem(a: int, b: int, width: int) -> int:
    """Signed remainder with the sign of a; a for b = 0."""
    x, y = signed(a, width), signed(b, width)
    remainder = abs(x) % abs(y) if y else abs(x)
    return (-remainder if x < 0 else remainder) % (1 << width)''',
    "smod": '''def smod(a: int, b: int, width: int) -> int:
    """Signed remainder with the sign of b; a for b = 0."""
    x, y = signed(a, width), signed(b, width)
    return (x % y if y else x) % (1 << width)''',
    "char_at": '''def char_at(s: str, i: int) -> str:
    """The character at i, empty outside."""
    return s[i] if 0 <= i < len(s) else ""''',
    "substring": '''def substring(s: str, start: int, count: int) -> str:
    """At most count characters from start on, empty where start is outside."""
    return s[start : start + count] if 0 <= start < len(s) and count > 0 else ""''',
    "index_of": '''def index_of(s: str, part: str, start: int) -> int:
    """Where part first stands at or after start; -1 if nowhere."""
    return s.find(part, start) if 0 <= start <= len(s) else -1''',
    "replace_all": '''def replace_all(s: str, old: str, new: str) -> str:
    """All occurrences replaced; an empty one occurs nowhere."""
    return s.replace(old, new) if old else s''',
    "is_digit": '''def is_digit(s: str) -> bool:
    return len(s) == 1 and "0" <= s <= "9"''',
    "to_code": '''def to_code(s: str) -> int:
    """The code point of a single character, otherwise -1."""
    return ord(s) if len(s) == 1 else -1''',
    "from_code": '''def from_code(n: int) -> str:
    """The character of a code point up to 0x2ffff, otherwise empty."""
    return chr(n) if 0 <= n <= 0x2FFFF else ""''',
    "to_int": '''def to_int(s: str) -> int:
    """The number that decimal digits write, otherwise -1."""
    return int(s) if s.isascii() and s.isdecimal() else -1''',
    "from_int": '''def from_int(n: int) -> str:
    """The decimal digits of n, empty for negative n."""
    return str(n) if n >= 0 else ""''',
}
"""Definitions of the helper functions, by name."""

_CALLS = {
    "mod": "mod",
    "bvurem": "urem",
    "str.at": "char_at",
    "str.substr": "substring",
    "str.indexof": "index_of",
    "str.replace_all": "replace_all",
    "str.is_digit": "is_digit",
    "str.to_code": "to_code",
    "str.from_code": "from_code",
    "str.to_int": "to_int",
    "str.from_int": "from_int",
}
_WIDTH_CALLS = {
    "bvshl": "shift_left",
    "bvudiv": "udiv",
    "bvsdiv": "sdiv",
    "bvsrem": "srem",
    "bvsmod": "smod",
}
_INFIX = {
    "and": ("and", AND),
    "or": ("or", OR),
    "xor": ("^", BIT_XOR),
    "+": ("+", PLUS),
    "*": ("*", TIMES),
    "str.++": ("+", PLUS),
    "bvand": ("&", BIT_AND),
    "bvor": ("|", BIT_OR),
    "bvxor": ("^", BIT_XOR),
}
_COMPARISONS = {
    "=": "==",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
    "str.<": "<",
    "str.<=": "<=",
    "bvult": "<",
    "bvule": "<=",
    "bvugt": ">",
    "bvuge": ">=",
}
_SIGNED = {"bvslt": "<", "bvsle": "<=", "bvsgt": ">", "bvsge": ">="}

Made = tuple[Piece, tuple[str, ...]]


def literal(value: int | bool | str | None, sort: Sort) -> Piece:
    """Return a constant: bit-vectors of eight bits or more in hexadecimal."""
    if sort.name == "BitVec" and sort.width >= 8:
        return Piece(hex(int(value or 0)))
    if sort.name == "Int" and isinstance(value, int) and value < 0:
        return Piece(str(value), UNARY)
    text = repr(value)
    if isinstance(value, str) and '"' not in text and "\\" not in text:
        text = f'"{text[1:-1]}"'
    return Piece(text)


def operator_piece(t: Term, args: Sequence[Piece]) -> Made:
    """Return the expression of an operator applied to `args`, and the helpers it uses.

    Raises:
        KeyError: no such operator.
    """
    name, indices = split_name(t.name)
    if name in _INFIX:
        word, strength = _INFIX[name]
        return Piece(f" {word} ".join(a.at(strength + 1) for a in args), strength), ()
    if name in _COMPARISONS:
        word = _COMPARISONS[name]
        return Piece(f" {word} ".join(a.at(COMPARE + 1) for a in args), COMPARE), ()
    if name in _SIGNED:
        width = t.args[0].sort.width
        a, b = (f"signed({x.text}, {width})" for x in args)
        return Piece(f"{a} {_SIGNED[name]} {b}", COMPARE), ("signed",)
    simple = _simple(t, args)
    if simple is not None:
        return simple, ()
    if name in _CALLS:
        helper = _CALLS[name]
        return Piece(f"{helper}({', '.join(a.text for a in args)})"), (helper,)
    if name in _WIDTH_CALLS:
        helper = _WIDTH_CALLS[name]
        return Piece(f"{helper}({args[0].text}, {args[1].text}, {t.sort.width})"), (helper,)
    if name == "div":
        text = args[0].text
        for divisor in args[1:]:
            text = f"div({text}, {divisor.text})"
        return Piece(text), ("div",)
    if t.sort.name == "BitVec" or name in ("bv2nat", "divisible"):
        return _vector(name, indices, t, args)
    return _plain(name, args), ()


def _constant(t: Term) -> int | None:
    return t.value if t.kind == "const" and type(t.value) is int else None


def _simple(t: Term, args: Sequence[Piece]) -> Piece | None:
    """Return what is simpler than in general because an argument is a suitable constant."""
    name, last = t.name, _constant(t.args[-1]) if t.args else None
    if name in ("div", "mod") and len(args) == 2 and last is not None and last > 0:
        return Piece(f"{args[0].at(TIMES)} {'//' if name == 'div' else '%'} {last}", TIMES)
    if name in ("bvudiv", "bvurem") and last:
        return Piece(f"{args[0].at(TIMES)} {'//' if name == 'bvudiv' else '%'} {args[1].text}", TIMES)
    if name == "str.at" and last is not None and last >= 0:
        return Piece(f"{args[0].at(ATOM)}[{last}:{last + 1}]")
    if name == "str.substr" and last is not None and last >= 0:
        start = _constant(t.args[1])
        if start is not None and start >= 0:
            return Piece(f"{args[0].at(ATOM)}[{start or ''}:{start + last}]")
    if name == "str.indexof" and last == 0:
        return Piece(f"{args[0].at(ATOM)}.find({args[1].text})")
    if name == "str.replace_all" and t.args[1].kind == "const" and t.args[1].value:
        return Piece(f"{args[0].at(ATOM)}.replace({args[1].text}, {args[2].text})")
    return None


def _plain(name: str, args: Sequence[Piece]) -> Piece:
    """Operators on Int, Bool and String, and conditionals, that need no helper."""
    if name == "-":
        if len(args) == 1:
            return Piece(f"-{args[0].at(UNARY + 1)}", UNARY)
        return Piece(" - ".join([args[0].at(PLUS), *(a.at(PLUS + 1) for a in args[1:])]), PLUS)
    if name == "not":
        return Piece(f"not {args[0].at(NOT)}", NOT)
    if name == "=>":
        denied = [f"not {a.at(NOT)}" for a in args[:-1]]
        return Piece(" or ".join([*denied, args[-1].at(OR + 1)]), OR)
    if name == "distinct":
        if len(args) == 2:
            return Piece(f"{args[0].at(COMPARE + 1)} != {args[1].at(COMPARE + 1)}", COMPARE)
        return Piece(f"len({{{', '.join(a.text for a in args)}}}) == {len(args)}", COMPARE)
    if name == "ite":
        test, yes, no = args
        return Piece(f"{yes.at(IF + 1)} if {test.at(IF + 1)} else {no.at(IF)}", IF)
    forms: dict[str, Callable[..., str]] = {
        "abs": lambda a: f"abs({a.text})",
        "str.len": lambda s: f"len({s.text})",
        "str.prefixof": lambda part, s: f"{s.at(ATOM)}.startswith({part.text})",
        "str.suffixof": lambda part, s: f"{s.at(ATOM)}.endswith({part.text})",
        "str.replace": lambda s, old, new: f"{s.at(ATOM)}.replace({old.text}, {new.text}, 1)",
    }
    if name == "str.contains":
        return Piece(f"{args[1].at(COMPARE + 1)} in {args[0].at(COMPARE + 1)}", COMPARE)
    return Piece(forms[name](*args))


def _vector(name: str, indices: tuple[int, ...], t: Term, args: Sequence[Piece]) -> Made:
    """Operators on bit-vectors."""
    width = t.args[0].sort.width
    mask = hex((1 << t.sort.width) - 1) if t.sort.width else ""
    if name in ("bv2nat", "zero_extend"):
        return args[0], ()
    if name == "ite":
        return _plain(name, args), ()
    if name == "divisible":
        return Piece(f"{args[0].at(TIMES)} % {indices[0]} == 0", COMPARE), ()
    if name == "bvlshr":
        return Piece(f"{args[0].at(SHIFT)} >> {args[1].at(SHIFT + 1)}", SHIFT), ()
    if name == "bvashr":
        text = f"signed({args[0].text}, {width}) >> min({args[1].text}, {width}) & {mask}"
        return Piece(text, BIT_AND), ("signed",)
    if name == "sign_extend":
        return Piece(f"signed({args[0].text}, {width}) & {mask}", BIT_AND), ("signed",)
    if name == "concat":
        made = args[0]
        for argument, term in zip(args[1:], t.args[1:], strict=True):
            high = f"{made.at(SHIFT)} << {term.sort.width}"
            made = Piece(f"{high} | {argument.at(BIT_OR + 1)}", BIT_OR)
        return made, ()
    if name == "repeat":
        factor = sum(1 << (width * i) for i in range(indices[0]))
        return Piece(f"{args[0].at(TIMES)} * {hex(factor)}", TIMES), ()
    if name == "extract":
        top, low = indices
        return Piece(f"{args[0].at(SHIFT)} >> {low} & {hex((1 << (top - low + 1)) - 1)}", BIT_AND), ()
    if name in ("rotate_left", "rotate_right"):
        left = indices[0] % width if name == "rotate_left" else -indices[0] % width
        a = args[0].at(SHIFT + 1)
        return Piece(f"({a} << {left} | {a} >> {width - left}) & {mask}", BIT_AND), ()
    if name in ("bvcomp", "bvredor", "bvredand"):
        full = hex((1 << width) - 1)
        other = {"bvcomp": args[-1].at(COMPARE + 1), "bvredor": "0", "bvredand": full}[name]
        return Piece(f"int({args[0].at(COMPARE + 1)} {'!=' if name == 'bvredor' else '=='} {other})"), ()
    return _masked(name, args, mask), ()


def _masked(name: str, args: Sequence[Piece], mask: str) -> Piece:
    """Operators that compute on integers and keep the low bits."""
    if name == "bvnot":
        return Piece(f"{args[0].at(BIT_XOR)} ^ {mask}", BIT_XOR)
    if name == "bvneg":
        return Piece(f"-{args[0].at(UNARY + 1)} & {mask}", BIT_AND)
    if name == "int2bv":
        return Piece(f"{args[0].at(BIT_AND)} & {mask}", BIT_AND)
    if name in ("bvadd", "bvmul"):
        word, strength = ("+", PLUS) if name == "bvadd" else ("*", TIMES)
        return Piece(f"{f' {word} '.join(a.at(strength + 1) for a in args)} & {mask}", BIT_AND)
    if name == "bvsub":
        return Piece(f"{args[0].at(PLUS)} - {args[1].at(PLUS + 1)} & {mask}", BIT_AND)
    a, b = args
    word, strength = {"bvnand": ("&", BIT_AND), "bvnor": ("|", BIT_OR), "bvxnor": ("^", BIT_XOR)}[name]
    return Piece(f"({a.at(strength)} {word} {b.at(strength + 1)}) ^ {mask}", BIT_XOR)
