"""Random sentences of a GBNF grammar: what a model without any weights says under constrained decoding.

Covers what Proofsmith's own grammars use: literals, character classes, groups, choices, ``? * +``.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(r'\s+|::=|"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|[A-Za-z][\w-]*|[()|?*+]')
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_STEPS = 20_000


@dataclass(frozen=True)
class _Node:
    """``kind`` is literal, class, rule, choice, sequence or repeat (with least and most)."""

    kind: str
    text: str = ""
    parts: tuple[_Node, ...] = ()
    least: int = 1
    most: int = 1


def derive(grammar: str, rng: random.Random, depth: int = 12) -> str:
    """Return a random sentence; below `depth` rules the choices that end soonest are taken.

    Raises:
        ValueError: the grammar is not one that this reads.
    """
    rules = _rules(grammar)
    heights = _heights(rules)
    out: list[str] = []
    stack: list[tuple[_Node, int]] = [(rules["root"], 0)]
    for _ in range(_STEPS):
        if not stack:
            return "".join(out)
        node, level = stack.pop()
        deep = level > depth
        if node.kind == "literal":
            out.append(node.text)
        elif node.kind == "class":
            out.append(rng.choice(node.text))
        elif node.kind == "rule":
            stack.append((rules[node.text], level + 1))
        elif node.kind == "sequence":
            stack.extend((part, level) for part in reversed(node.parts))
        elif node.kind == "choice":
            parts = node.parts
            if deep:
                least = min(_height(p, heights) for p in parts)
                parts = tuple(p for p in parts if _height(p, heights) == least)
            stack.append((rng.choice(parts), level))
        else:
            count = node.least if deep else min(node.most, node.least + int(rng.expovariate(1.2)))
            stack.extend((node.parts[0], level) for _ in range(count))
    raise ValueError("the grammar does not come to an end")


@lru_cache(maxsize=32)
def _rules(grammar: str) -> dict[str, _Node]:
    rules = {}
    for line in grammar.splitlines():
        if not line.strip():
            continue
        name, mark, body = line.partition("::=")
        if not mark:
            raise ValueError(f"not a rule: {line[:60]}")
        tokens = _tokens(body)
        node, at = _choice(tokens, 0)
        if at != len(tokens):
            raise ValueError(f"unexpected {tokens[at]!r}")
        rules[name.strip()] = node
    if "root" not in rules:
        raise ValueError("the grammar has no root")
    return rules


def _tokens(body: str) -> list[str]:
    tokens, at = [], 0
    while at < len(body):
        match = _TOKEN.match(body, at)
        if match is None:
            raise ValueError(f"cannot read {body[at : at + 20]!r}")
        if match[0].strip():
            tokens.append(match[0])
        at = match.end()
    return tokens


def _choice(tokens: list[str], at: int) -> tuple[_Node, int]:
    parts = []
    while True:
        part, at = _sequence(tokens, at)
        parts.append(part)
        if at >= len(tokens) or tokens[at] != "|":
            return (parts[0] if len(parts) == 1 else _Node("choice", parts=tuple(parts))), at
        at += 1


def _sequence(tokens: list[str], at: int) -> tuple[_Node, int]:
    parts: list[_Node] = []
    while at < len(tokens) and tokens[at] not in ("|", ")"):
        token = tokens[at]
        at += 1
        if token == "(":
            node, at = _choice(tokens, at)
            if at >= len(tokens):
                raise ValueError("a bracket is not closed")
            at += 1
        elif token.startswith('"'):
            node = _Node("literal", _unescaped(token[1:-1]))
        elif token.startswith("["):
            node = _Node("class", _members(token[1:-1]))
        elif token in "?*+":
            node, least, most = parts.pop(), int(token == "+"), 1 if token == "?" else 1 << 30
            node = _Node("repeat", parts=(node,), least=least, most=most)
        else:
            node = _Node("rule", token)
        parts.append(node)
    return _Node("sequence", parts=tuple(parts)), at


def _unescaped(text: str) -> str:
    text = re.sub(r"\\x([0-9a-fA-F]{2})", lambda m: chr(int(m[1], 16)), text)
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), text, flags=re.DOTALL)


def _members(text: str) -> str:
    negated = text.startswith("^")
    chars = re.findall(r"\\.|.", text[negated:])
    singles = [_unescaped(c) for c in chars]
    found: set[str] = set()
    index = 0
    while index < len(singles):
        if index + 2 < len(singles) and chars[index + 1] == "-":
            found |= {chr(c) for c in range(ord(singles[index]), ord(singles[index + 2]) + 1)}
            index += 3
        else:
            found.add(singles[index])
            index += 1
    if negated:
        found = {chr(c) for c in range(32, 127)} - found
    return "".join(sorted(found))


def _heights(rules: dict[str, _Node]) -> dict[str, float]:
    """How many rules deep each rule must go at least: a fixed point from above."""
    heights = dict.fromkeys(rules, float("inf"))
    changed = True
    while changed:
        changed = False
        for name, node in rules.items():
            new = 1 + _height(node, heights)
            if new < heights[name]:
                heights[name], changed = new, True
    return heights


def _height(node: _Node, heights: dict[str, float]) -> float:
    if node.kind == "rule":
        if node.text not in heights:
            raise ValueError(f"no rule {node.text}")
        return heights[node.text]
    if node.kind == "choice":
        return min(_height(p, heights) for p in node.parts)
    if node.kind == "sequence":
        return max((_height(p, heights) for p in node.parts), default=0.0)
    if node.kind == "repeat":
        return _height(node.parts[0], heights) if node.least else 0.0
    return 0.0
