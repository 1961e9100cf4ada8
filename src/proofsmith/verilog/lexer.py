"""Verilog text to tokens with their places; comments, attributes and directives are passed over."""

from __future__ import annotations

import re
from dataclasses import dataclass

from proofsmith.errors import BadInput

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|//[^\n]*|/\*.*?\*/|\(\*(?!\s*\)).*?\*\))
  | (?P<directive>`(?:timescale|default_nettype|include|define|undef|ifdef|ifndef|else|elsif|endif|resetall
        |celldefine|endcelldefine)\b(?:[^\n\\]|\\.|\\\n)*)
  | (?P<number>(?:[0-9][0-9_]*\s*)?'[sS]?[bodhBODH]\s*[0-9a-fA-FxXzZ?_]+|'[01xzXZ](?![0-9a-zA-Z_])
        |[0-9][0-9_]*(?:\.[0-9_]+)?(?:[eE][+-]?[0-9]+)?)
  | (?P<name>[A-Za-z_][A-Za-z0-9_$]*|\\\S+)
  | (?P<system>\$[A-Za-z_][A-Za-z0-9_$]*)
  | (?P<macro>`[A-Za-z_][A-Za-z0-9_]*)
  | (?P<string>"(?:[^"\\\n]|\\.)*")
  | (?P<operator><<<=|>>>=|<<<|>>>|===|!==|==\?|!=\?|<<=|>>=|\*\*|<=|>=|==|!=|&&|\|\||<<|>>|~&|~\||~\^|\^~
        |\+:|-:|\+\+|--|\+=|-=|\*=|/=|%=|&=|\|=|\^=|->|::|\.\*|[-+*/%!~&|^<>=?:;,.(){}\[\]\#@'])
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """One token: its kind (name of the group above), its text, its extent."""

    kind: str
    text: str
    start: int
    end: int


def tokenize(source: str, path: str | None = None) -> tuple[Token, ...]:
    """Return the tokens of `source`, ended by one of kind ``"end"``.

    Raises:
        BadInput: a character that begins no token.
    """
    found: list[Token] = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            line = source.count("\n", 0, at) + 1
            raise BadInput(f"unexpected character {source[at]!r}", path=path, line=line)
        kind = match.lastgroup or ""
        if kind not in ("space", "directive"):
            found.append(Token(kind, match.group(), at, match.end()))
        at = match.end()
    found.append(Token("end", "", len(source), len(source)))
    return tuple(found)
