"""Python functions: the module around the hole, its examples, properties and tests."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Sequence
from functools import lru_cache

from proofsmith.agents.contracts.contract import Broken
from proofsmith.agents.policies.model.cutting import cut_program
from proofsmith.agents.policies.model.languages.base import SPECIFICATION, PlainLanguage
from proofsmith.agents.policies.model.languages.python_grammar import python_grammar
from proofsmith.python_spec import Example, PythonSpec, Signature
from proofsmith.types import Candidate, Task
from proofsmith.verifiers.guards import check_candidate
from proofsmith.verifiers.text import show_call, show_expected

_LONGEST = 50_000
"""Characters of a program that is read; a function of a model's is far shorter."""
_SHOWN = 20
"""Examples that are shown."""
_MENDS = 25
"""Lines that are given up, one after the other, to make a text parse."""
_CODE = re.compile(r"^(?:def|class|import|from|@|async def)\b|^@", re.MULTILINE)


class PythonLanguage(PlainLanguage):
    """Candidates are module texts: imports, helpers and the function asked for."""

    def __init__(self) -> None:
        super().__init__("python", ("python", "py", "python3", "pycon"))

    def specification(self, task: Task[PythonSpec], limit: int = SPECIFICATION) -> str:
        """Return the module with its hole, then preconditions, properties, examples and tests.

        The reference implementation stays hidden: it is the judge's.
        """
        spec = task.spec
        header = spec.header or spec.signature.render() + "\n" + _docstring(spec)
        module = f"{spec.prefix}{header}{spec.indent}...  # to be written\n{spec.suffix}"
        parts = [cut_program(module, "python", limit // 2, self.keep(task)).strip("\n")]
        if spec.preconditions:
            parts.append("# Callers promise:\n" + "\n".join(f"# {p.expression}" for p in spec.preconditions))
        if spec.properties:
            parts.append(
                "# Of every result must hold:\n" + "\n".join(f"# {p.expression}" for p in spec.properties)
            )
        if spec.examples:
            parts.append("# Examples:\n" + _listed(spec.signature, spec.examples))
        each = limit // (2 * max(1, len(spec.tests)))
        for test in spec.tests:
            text = cut_program(test.source, "python", each, (spec.signature.name,))
            parts.append(f"# {test.name}, which must pass:\n{text}".rstrip())
        return "\n\n".join(parts)

    def evidence(self, task: Task[PythonSpec], examples: Sequence[Example]) -> str:
        """Return the examples learnt, one a line."""
        return _listed(task.spec.signature, examples) if examples else ""

    def admit(self, task: Task[PythonSpec], source: str, cut: bool = False) -> Candidate:
        """Return the imports, helpers and the function; what else a model adds at top level goes."""
        if len(source) > _LONGEST:
            raise Broken(f"the program is longer than {_LONGEST:,} characters")
        signature = task.spec.signature
        text, tree, whole = _parsed(source, signature, cut)
        if cut and whole and tree.body and getattr(tree.body[-1], "name", None) == signature.name:
            raise Broken("the program is cut off")  # what there is of it parses, but is it all?
        kept = _kept(tree, signature.name, _bound(task.spec.prefix, task.spec.suffix))
        if not any(isinstance(n, ast.FunctionDef) and n.name == signature.name for n in kept):
            raise Broken(f"the program does not define {signature.name} at top level")
        candidate = Candidate(_text_of(text, tree, kept), "python")
        complaint = check_candidate(task, candidate)
        if complaint is not None:
            raise Broken(complaint.message)
        return candidate

    def grammar(self, task: Task[PythonSpec]) -> str:
        """Return a grammar of small functions over the task's parameters."""
        return python_grammar(task.spec.signature)

    def keep(self, task: Task[PythonSpec]) -> tuple[str, ...]:
        """The function asked for."""
        return (task.spec.signature.name,)


def _docstring(spec: PythonSpec) -> str:
    if not spec.docstring:
        return ""
    return textwrap.indent(f'"""{spec.docstring.strip()}\n"""', spec.indent) + "\n"


def _listed(signature: Signature, examples: Sequence[Example]) -> str:
    lines = []
    for example in examples[:_SHOWN]:
        call, expected = show_call(signature.name, example.call), show_expected(example.expected)
        word = "raises" if example.expected.exception is not None else "=="
        lines.append(f"# {call} {word} {expected}")
    if len(examples) > _SHOWN:
        lines.append(f"# and {len(examples) - _SHOWN} more")
    return "\n".join(lines)


def _parsed(source: str, signature: Signature, cut: bool) -> tuple[str, ast.Module, bool]:
    """Return the source as it parses, and whether it is all of it but for words in front.

    It may be dedented, lose the words around it and what follows the last statement that parses, or
    get a header where it is the function's body alone.
    """
    source = source.replace("\t", "    ").replace("\r\n", "\n").replace("\x00", "")
    text = textwrap.dedent(source).strip("\n") + "\n"
    start = _CODE.search(text)
    tries = [text] if start is None else [text, text[start.start() :]]
    complaint = "the answer holds no program"
    for attempt in tries:
        tree, complaint = _parse(attempt)
        if tree is not None and (start is not None or not _is_prose(tree)):
            if start is None:
                break  # statements without a function: perhaps its body
            return attempt, tree, True
    if start is None:
        body = f"{signature.render()}\n{textwrap.indent(text, '    ')}"
        tree, _ = _parse(body)
        if tree is not None and any(
            isinstance(n, ast.Return | ast.Raise | ast.Yield) for n in ast.walk(tree)
        ):
            return body, tree, True
        raise Broken(complaint or "the answer holds no program")
    lines = tries[-1].splitlines()
    for _ in range(_MENDS):  # words after the program, or a last statement that is cut off
        top = [i for i, line in enumerate(lines) if line[:1].strip() and i]
        if not top:
            break
        lines = lines[: top[-1]]
        tree, _ = _parse("\n".join(lines) + "\n")
        if tree is not None:
            return "\n".join(lines) + "\n", tree, False
    raise Broken("the program is cut off" if cut else complaint)


def _parse(text: str) -> tuple[ast.Module | None, str]:
    try:
        return ast.parse(text), ""
    except SyntaxError as error:
        return None, f"the program does not parse: {error.msg}, line {error.lineno}"
    except (ValueError, RecursionError, MemoryError) as error:
        return None, f"the program cannot be read: {type(error).__name__}"


def _is_prose(tree: ast.Module) -> bool:
    """Whether nothing is more than names and constants, as one-word answers are."""
    return all(isinstance(n, ast.Expr) and isinstance(n.value, ast.Name | ast.Constant) for n in tree.body)


def _kept(tree: ast.Module, name: str, bound: frozenset[str]) -> list[ast.stmt]:
    """Top-level statements that may stand in a candidate, without what the task's own module binds."""
    kept: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, ast.Import):
            kept.append(node)
        elif isinstance(node, ast.ImportFrom):
            if not any(a.name == "*" for a in node.names):
                kept.append(node)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            if node.name == name or node.name not in bound:
                kept.append(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {t.id for t in targets if isinstance(t, ast.Name)}
            if names and not names & bound:
                kept.append(node)
    return kept


def _text_of(text: str, tree: ast.Module, kept: list[ast.stmt]) -> str:
    """The text of the kept statements as they were written; untouched where nothing goes."""
    if len(kept) == len(tree.body):
        return text
    lines = text.splitlines()
    parts = []
    for node in kept:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        alone = not any(
            o is not node and o.lineno <= (node.end_lineno or 0) and (o.end_lineno or 0) >= first
            for o in tree.body
        )
        parts.append("\n".join(lines[first - 1 : node.end_lineno]) if alone else ast.unparse(node))
    return "\n".join(part + ("\n" if "\n" in part else "") for part in parts).rstrip("\n") + "\n"


@lru_cache(maxsize=64)
def _bound(prefix: str, suffix: str) -> frozenset[str]:
    """Names that the module around the hole defines or assigns (imports may be repeated)."""
    found: set[str] = set()
    for text in (prefix, suffix):
        tree, _ = _parse(text)
        for node in tree.body if tree is not None else ():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                found |= {
                    n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
                }
    return frozenset(found)
