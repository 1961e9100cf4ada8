"""A GBNF grammar of small Python functions over a signature.

Under it even a model that knows no Python writes programs that parse and use only names that exist
when they are used as arguments, locals or built-ins. It is a shape, not a judge: the contract still
checks what comes out. Blocks nest four deep, which a context-free grammar with significant
indentation must fix beforehand.

No two alternatives begin with the same rule: llama.cpp follows all of them at once, and where they
nest it would be busy for minutes.
"""

from __future__ import annotations

import re

from proofsmith.python_spec import Signature

_DEPTH = 4
_RELATIONS = ("==", "!=", "<", "<=", ">", ">=", "in", "not in")
_LOCALS = ("a", "b", "i", "n", "x", "y", "item", "result")
_BUILT_INS = ("abs", "len", "max", "min", "sum", "sorted", "range", "int", "str", "list", "set", "enumerate")
_METHODS = (
    "append",
    "split",
    "join",
    "strip",
    "lower",
    "upper",
    "replace",
    "count",
    "get",
    "items",
    "keys",
    "values",
)


def python_grammar(signature: Signature) -> str:
    """Return the grammar; its answers are fenced blocks with exactly one function."""
    names = [p.name for p in signature.parameters if p.name not in _LOCALS] + list(_LOCALS)
    rules = [
        f"root ::= {literal('```python' + chr(10) + signature.render() + chr(10))} block1 {literal('```')}",
    ]
    for depth in range(1, _DEPTH + 1):
        rules.append(f"block{depth} ::= line{depth} block{depth}?")
        forms = ['simple "\\n"']
        if depth < _DEPTH:
            inner = f'":\\n" block{depth + 1}'
            tail = f'( indent{depth} "else:\\n" block{depth + 1} )?'
            forms += [
                f'"if " expr {inner} {tail}',
                f'"for " name ( ", " name )? " in " expr {inner}',
                f'"while " expr {inner}',
            ]
        rules.append(f"line{depth} ::= indent{depth} ( {' | '.join(forms)} )")
        rules.append(f"indent{depth} ::= {literal('    ' * depth)}")
    rules += [
        'simple ::= "return " expr | "break" | "continue" | name ( " = " expr | " += " expr | " -= " expr'
        ' | "[" expr "] = " expr | "." method "(" args? ")" )',
        'expr ::= comparison ( ( " and " | " or " ) comparison | " if " comparison " else " comparison )?',
        'comparison ::= "not "? sum ( relation sum )?',
        f"relation ::= {alternatives([f' {r} ' for r in _RELATIONS])}",
        'sum ::= product ( ( " + " | " - " ) product )*',
        'product ::= unary ( ( " * " | " // " | " % " | " / " | " ** " ) unary )*',
        'unary ::= "-"? ( number | atom trailer* )',
        'trailer ::= "[" ( expr ( ":" expr? )? | ":" expr? ) "]" | "." method "(" args? ")"',
        'atom ::= name | text | "True" | "False" | "None" | builtin "(" args? ")" | "(" expr ")"'
        ' | "[" ( expr ( " for " name " in " comparison | ( ", " expr )* ) )? "]" | "{}" | "set()"',
        'args ::= expr ( ", " expr )*',
        f"name ::= {alternatives(names)}",
        f"builtin ::= {alternatives(_BUILT_INS)}",
        f"method ::= {alternatives(_METHODS)}",
        'number ::= "0" | [1-9] [0-9]? [0-9]?',
        'text ::= "\\"" [a-zA-Z0-9 .,:_-]* "\\""',
    ]
    return "\n".join(rules) + "\n"


def literal(text: str) -> str:
    """Return `text` as a GBNF string literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda c: f"\\x{ord(c[0]):02x}", escaped) + '"'


def alternatives(words: tuple[str, ...] | list[str]) -> str:
    """Return a GBNF choice among literals."""
    return " | ".join(literal(word) for word in words)
