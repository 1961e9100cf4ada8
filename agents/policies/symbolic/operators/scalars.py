"""Numbers, comparisons, Booleans and strings."""

from __future__ import annotations

import math
import operator as o
from typing import Any

from proofsmith.agents.policies.symbolic.operators import guards as g
from proofsmith.agents.policies.symbolic.operators.signature import Entry


def _if(test: bool, yes: Any, no: Any) -> Any:
    return yes if test else no


def _mod(a: int, b: int) -> int:
    return a % b


def _round(x: float, digits: int) -> float:
    if not 0 <= digits <= 12:
        raise g.TooLarge
    return round(x, digits)


E = Entry
NUMBERS = (
    E("add", "int,int->int", o.add, "{0} + {1}", 3, "c"),
    E("sub", "int,int->int", o.sub, "{0} - {1}", 3),
    E("mul", "int,int->int", g.mul, "{0} * {1}", 3, "c"),
    E("floordiv", "int,int->int", o.floordiv, "{0} // {1}", 4),
    E("mod", "int,int->int", _mod, "{0} % {1}", 4),
    E("pow", "int,int->int", g.power, "{0} ** {1}", 5),
    E("neg", "int->int", o.neg, "-{0}", 4),
    E("abs", "int->int", abs, "abs({0})", 4),
    E("max2", "int,int->int", max, "max({0}, {1})", 5, "c"),
    E("min2", "int,int->int", min, "min({0}, {1})", 5, "c"),
    E("max2", "float,float->float", max, "max({0}, {1})", 5, "c"),
    E("min2", "float,float->float", min, "min({0}, {1})", 5, "c"),
    E("fadd", "float,float->float", o.add, "{0} + {1}", 3, "c"),
    E("fsub", "float,float->float", o.sub, "{0} - {1}", 3),
    E("fmul", "float,float->float", o.mul, "{0} * {1}", 3, "c"),
    E("fdiv", "float,float->float", o.truediv, "{0} / {1}", 4),
    E("fmod", "float,float->float", o.mod, "{0} % {1}", 5),
    E("ffloordiv", "float,float->float", o.floordiv, "{0} // {1}", 7),
    E("fpow", "float,float->float", g.fpower, "{0} ** {1}", 6),
    E("fneg", "float->float", o.neg, "-{0}", 4),
    E("fabs", "float->float", abs, "abs({0})", 4),
    E("float", "int->float", float, "float({0})", 6),
    E("floatstr", "str->float", float, "float({0})", 6),
    E("int", "float->int", g.float_to_int, "int({0})", 5),
    E("round", "float->int", round, "round({0})", 6),
    E("round2", "float,int->float", _round, "round({0}, {1})", 6),
    E("floor", "float->int", math.floor, "math.floor({0})", 7, "", "import math"),
    E("ceil", "float->int", math.ceil, "math.ceil({0})", 7, "", "import math"),
    E("sqrt", "float->float", math.sqrt, "math.sqrt({0})", 7, "", "import math"),
    E("isqrt", "int->int", math.isqrt, "math.isqrt({0})", 8, "", "import math"),
    E("gcd", "int,int->int", math.gcd, "math.gcd({0}, {1})", 9, "c", "import math"),
    E("lcm", "int,int->int", math.lcm, "math.lcm({0}, {1})", 10, "c", "import math"),
    E("factorial", "int->int", g.factorial, "math.factorial({0})", 9, "", "import math"),
    E("bitand", "int,int->int", o.and_, "{0} & {1}", 9, "c"),
    E("bitor", "int,int->int", o.or_, "{0} | {1}", 9, "c"),
    E("bitxor", "int,int->int", o.xor, "{0} ^ {1}", 9, "c"),
    E("if", "bool,T,T->T", _if, "{1} if {0} else {2}", 5),
)

BOOLEANS = (
    E("eq", "T,T->bool", o.eq, "{0} == {1}", 3, "c"),
    E("ne", "T,T->bool", o.ne, "{0} != {1}", 4, "c"),
    E("lt", "T,T->bool", o.lt, "{0} < {1}", 3, "o"),
    E("le", "T,T->bool", o.le, "{0} <= {1}", 3, "o"),
    E("even", "int->bool", lambda a: a % 2 == 0, "{0} % 2 == 0", 5),
    E("odd", "int->bool", lambda a: a % 2 == 1, "{0} % 2 == 1", 5),
    E("divides", "int,int->bool", lambda a, b: a % b == 0, "{0} % {1} == 0", 6),
    E("positive", "int->bool", lambda a: a > 0, "{0} > 0", 4),
    E("negative", "int->bool", lambda a: a < 0, "{0} < 0", 4),
    E("and", "bool,bool->bool", lambda a, b: a and b, "{0} and {1}", 3, "c"),
    E("or", "bool,bool->bool", lambda a, b: a or b, "{0} or {1}", 3, "c"),
    E("not", "bool->bool", o.not_, "not {0}", 3),
    E("isint", "any->bool", lambda a: type(a) is int, "isinstance({0}, int)", 4),
    E("isstr", "any->bool", lambda a: type(a) is str, "isinstance({0}, str)", 4),
    E("isfloat", "any->bool", lambda a: type(a) is float, "isinstance({0}, float)", 5),
    E("islist", "any->bool", lambda a: type(a) is tuple, "isinstance({0}, list)", 5),
)

STRINGS = (
    E("concat", "str,str->str", g.concat, "{0} + {1}", 3),
    E("len", "str->int", len, "len({0})", 3),
    E("lower", "str->str", str.lower, "{0}.lower()", 4),
    E("upper", "str->str", str.upper, "{0}.upper()", 4),
    E("swapcase", "str->str", str.swapcase, "{0}.swapcase()", 6),
    E("title", "str->str", str.title, "{0}.title()", 7),
    E("capitalize", "str->str", str.capitalize, "{0}.capitalize()", 6),
    E("strip", "str->str", str.strip, "{0}.strip()", 5),
    E("strip1", "str,str->str", str.strip, "{0}.strip({1})", 8),
    E("split", "str->list[str]", lambda s: tuple(s.split()), "{0}.split()", 4),
    E("splitby", "str,str->list[str]", lambda s, d: tuple(s.split(d)), "{0}.split({1})", 4),
    E("replace", "str,str,str->str", g.replace, "{0}.replace({1}, {2})", 5),
    E("count", "str,str->int", str.count, "{0}.count({1})", 5),
    E("find", "str,str->int", str.find, "{0}.find({1})", 6),
    E("rfind", "str,str->int", str.rfind, "{0}.rfind({1})", 8),
    E("startswith", "str,str->bool", str.startswith, "{0}.startswith({1})", 5),
    E("endswith", "str,str->bool", str.endswith, "{0}.endswith({1})", 5),
    E("in", "str,str->bool", lambda a, b: a in b, "{0} in {1}", 4),
    E("notin", "chr,str->bool", lambda a, b: a not in b, "{0} not in {1}", 5),
    E("isalpha", "str->bool", str.isalpha, "{0}.isalpha()", 5),
    E("isdigit", "str->bool", str.isdigit, "{0}.isdigit()", 5),
    E("isalnum", "str->bool", str.isalnum, "{0}.isalnum()", 6),
    E("isupper", "str->bool", str.isupper, "{0}.isupper()", 5),
    E("islower", "str->bool", str.islower, "{0}.islower()", 5),
    E("isspace", "str->bool", str.isspace, "{0}.isspace()", 6),
    E("palindrome", "str->bool", lambda s: s == s[::-1], "{0} == {0}[::-1]", 8),
    E("ord", "chr->int", ord, "ord({0})", 5),
    E("chr", "int->chr", chr, "chr({0})", 6),
    E("str", "int->str", str, "str({0})", 4),
    E("strfloat", "float->str", str, "str({0})", 6),
    E("intstr", "str->int", g.to_int, "int({0})", 4),
    E("intbase", "str,int->int", g.to_base, "int({0}, {1})", 9),
    E("bin", "int->str", bin, "bin({0})", 7),
    E("hex", "int->str", hex, "hex({0})", 9),
    E("binary", "int->str", lambda n: f"{n:b}", 'format({0}, "b")', 8),
    E("charat", "str,int->chr", o.getitem, "{0}[{1}]", 3),
    E("slice", "str,int,int->str", lambda s, i, j: s[i:j], "{0}[{1}:{2}]", 4),
    E("from", "str,int->str", lambda s, i: s[i:], "{0}[{1}:]", 4),
    E("upto", "str,int->str", lambda s, i: s[:i], "{0}[:{1}]", 4),
    E("reverse", "str->str", lambda s: s[::-1], "{0}[::-1]", 4),
    E("step", "str,int->str", lambda s, n: s[::n], "{0}[::{1}]", 7),
    E("repeat", "str,int->str", g.repeat, "{0} * {1}", 5),
    E("join", "str,list[str]->str", g.join, "{0}.join({1})", 4),
    E("sortstr", "str->list[str]", lambda s: tuple(sorted(s)), "sorted({0})", 5),
    E("sortedstr", "str->str", lambda s: "".join(sorted(s)), '"".join(sorted({0}))', 7),
    E("setstr", "str->set[str]", frozenset, "set({0})", 6),
    E("distinctstr", "str->int", lambda s: len(set(s)), "len(set({0}))", 7),
    E("chars", "str->list[str]", tuple, "list({0})", 5),
    E("rjust", "str,int,chr->str", g.rjust, "{0}.rjust({1}, {2})", 10),
    E("zfill", "str,int->str", g.zfill, "{0}.zfill({1})", 10),
    E("lines", "str->list[str]", lambda s: tuple(s.splitlines()), "{0}.splitlines()", 9),
)
