'''Tasks from a TOML file (TOML 1.0). One file is one task::

    statement = "The number of words in a text."      # what is wanted, in words
    signature = "def count_words(text: str) -> int"   # required
    preconditions = ["len(text) < 1000"]              # over the parameters; other inputs are never tried
    properties = ["result >= 0"]                      # over the parameters and result; hold of every result
    assurance = "TESTED"                              # or BOUNDED, PROVED: the least that counts as solved
    objective = "length"                              # minimise this among solutions
    tolerance = 1e-6                                  # for floats: relative; or {rel = 1e-6, abs = 1e-9}
    prelude = "import math"                           # module text before the function, kept verbatim
    tests = ["test_words.py"]                         # pytest files that must pass, beside this file
    module = "words"                                  # the module they import it from
    reference = """
    def slow_count(text):
        return sum(1 for word in text.split())
    """                                               # the oracle; or reference_file = "slow.py"
    reference_name = "slow_count"                     # where the reference defines several functions

    [[examples]]
    args = ["a b"]                                    # positional arguments as TOML values
    kwargs = {}                                       # keyword arguments as TOML values
    output = 2                                        # the result as a TOML value

    [[examples]]
    input = "'a' * 3, sep=(1, None)"                  # or: the arguments as Python text
    value = "{1: (2, None)}"                          # or: the result as Python text

    [[examples]]
    input = [""]                                      # an array is the same as args
    raises = "ValueError"                             # the exception's class name
    stdout = "text that is printed"                   # may stand beside output or raises

An example gives its arguments by ``args`` (and ``kwargs``) or ``input``, and at least one of
``output``, ``value``, ``raises``, ``stdout``. ``strict = true`` in an example makes ``1``, ``1.0`` and
``True`` different results (by default ``==`` decides); ``may_mutate = false`` forbids the call to
change its arguments. Python text is limited to plain data: literals, operators, harmless builtins.
At least one of ``examples``, ``properties``, ``reference`` and ``tests`` must be there.
'''

from __future__ import annotations

import ast
import builtins
import difflib
import tomllib
from pathlib import Path
from typing import Any

from proofsmith.environments.examples import merge
from proofsmith.environments.holes import signature_of
from proofsmith.environments.python_module import verifiers_for
from proofsmith.environments.reading import SourceFile, read_python, read_text
from proofsmith.environments.task_examples import read_example
from proofsmith.environments.toml_places import Places
from proofsmith.errors import BadInput
from proofsmith.python_spec import Property, PythonSpec, Signature, TestFile
from proofsmith.source import Span
from proofsmith.types import Assurance, Origin, Task
from proofsmith.values import DEFAULT_TOLERANCE, Tolerance

KEYS = [
    "id",
    "statement",
    "signature",
    "examples",
    "preconditions",
    "properties",
    "reference",
    "reference_file",
    "reference_name",
    "assurance",
    "objective",
    "tolerance",
    "prelude",
    "tests",
    "module",
    "license",
    "source",
]
OBJECTIVES = ("length",)


class TaskFileLoader:
    """Loader of ``task.toml``."""

    def accepts(self, path: str) -> bool:
        """Say whether the name is that of a TOML file."""
        return path.endswith(".toml")

    def load(self, path: str, *, select: str | None = None) -> tuple[Task, ...]:
        """Return the one task of the file; `select` may only name its function or id.

        Raises:
            BadInput: the file does not have the form above; the line is named where there is one.
        """
        task = _Reader(read_text(path)).task()
        names = (task.id, task.spec.signature.name)
        if select is not None and select.rpartition(":")[2] not in names:
            raise BadInput(f"this file asks for {names[1]}, not {select}", path=path)
        return (task,)


class _Reader:
    """Reads one file; knows where its keys stand."""

    def __init__(self, file: SourceFile) -> None:
        self._path = file.path
        self._places = Places(file.text)
        try:
            self._table = tomllib.loads(file.text.replace("\r\n", "\n"))
        except tomllib.TOMLDecodeError as error:
            raise BadInput(f"not valid TOML: {error}", path=file.path, line=_toml_line(str(error))) from None
        except RecursionError:
            raise BadInput("not valid TOML: nested too deeply", path=file.path) from None

    def task(self) -> Task[PythonSpec]:
        self._check_keys()
        signature = self._signature()
        properties = self._expressions("properties", [*_parameters(signature), "result"])
        preconditions = self._expressions("preconditions", _parameters(signature))
        reference, reference_name = self._reference(signature)
        spec = PythonSpec(
            signature=signature,
            docstring=self._text("statement").strip(),
            examples=self._examples(signature),
            preconditions=preconditions,
            properties=properties,
            reference=reference,
            reference_name=reference_name,
            tests=self._tests(signature),
            prefix=self._prelude(),
            tolerance=self._tolerance(),
        )
        if not (spec.examples or spec.properties or spec.reference or spec.tests):
            raise self._bad(
                "signature",
                f"nothing says what {signature.name} must do",
                "add [[examples]], properties or reference",
            )
        return Task(
            id=self._text("id") or Path(self._path).name,
            statement=spec.docstring or f"Write the function {signature.name}.",
            language="python",
            spec=spec,
            verifiers=verifiers_for(spec),
            assurance=self._assurance(),
            objective=self._choice("objective", OBJECTIVES),
            origin=Origin(self._path, self._text("license"), self._text("source")),
        )

    def _bad(self, key: str, cause: str, hint: str | None = None) -> BadInput:
        return BadInput(cause, path=self._path, line=self._places.line(key), hint=hint)

    def _check_keys(self) -> None:
        for key in self._table:
            if key not in KEYS:
                close = difflib.get_close_matches(key, KEYS, 1)
                hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(KEYS)}"
                raise self._bad(key, f"unknown key {key!r}", hint)

    def _text(self, key: str) -> str:
        value = self._table.get(key, "")
        if not isinstance(value, str):
            raise self._bad(key, f"{key} must be a string")
        return value

    def _texts(self, key: str) -> list[str]:
        value = self._table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self._bad(key, f"{key} must be an array of strings")
        return value

    def _choice(self, key: str, known: tuple[str, ...]) -> str | None:
        value = self._text(key)
        if not value:
            return None
        if value not in known:
            raise self._bad(key, f"unknown {key} {value!r}", f"known: {', '.join(known)}")
        return value

    def _assurance(self) -> Assurance:
        known = tuple(a.value for a in Assurance)
        value = self._text("assurance").upper() or Assurance.TESTED.value
        if value not in known:
            raise self._bad("assurance", f"unknown assurance {value!r}", f"known: {', '.join(known)}")
        return Assurance(value)

    def _signature(self) -> Signature:
        text = self._text("signature").strip().rstrip(":")
        hint = 'write signature = "def f(x: int) -> int"'
        if not text:
            raise self._bad("signature", "there is no signature", hint)
        try:
            (node,) = ast.parse(f"{text}:\n    ...").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise self._bad("signature", "the signature is not the header of one function", hint) from None
        if not isinstance(node, ast.FunctionDef):
            raise self._bad("signature", "the signature is not the header of a plain function", hint)
        return signature_of(node)

    def _examples(self, signature: Signature) -> Any:
        rows = self._table.get("examples", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self._bad("examples", "examples must be an array of tables", "write [[examples]]")
        examples = []
        for index, row in enumerate(rows):
            places = self._places.of_table("examples", index)
            examples.append(read_example(row, signature, places, self._path))
        return merge(examples, signature.name, self._path)

    def _expressions(self, key: str, names: list[str]) -> tuple[Property, ...]:
        known = {
            *names,
            *dir(builtins),
            *self._defined(self._prelude()),
            *self._defined(self._reference_text()[0]),
        }
        found = []
        for text in self._texts(key):
            line = self._places.line_of_text(text) or self._places.line(key)
            try:
                tree = ast.parse(text.strip(), mode="eval")
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                raise BadInput(f"not a Python expression: {text[:60]}", path=self._path, line=line) from None
            unknown = sorted(_free_names(tree) - known)
            if unknown:
                close = difflib.get_close_matches(unknown[0], names, 1)
                hint = f"did you mean {close[0]}?" if close else f"it may use {', '.join(names)} and builtins"
                raise BadInput(
                    f"unknown name {unknown[0]} in {text[:60]}", path=self._path, line=line, hint=hint
                )
            found.append(Property(text.strip(), span=None if line is None else Span(line)))
        return tuple(found)

    def _defined(self, text: str) -> set[str]:
        """Return the names that a piece of module text defines; it has been or will be checked to parse."""
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return set()
        names: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.alias):
                names.add((node.asname or node.name).partition(".")[0])
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
        return names

    def _prelude(self) -> str:
        text = self._text("prelude").rstrip()
        if text:
            self._check_python("prelude", text)
        return text + "\n\n\n" if text else ""

    def _check_python(self, key: str, text: str) -> ast.Module:
        try:
            return ast.parse(text)
        except SyntaxError as error:
            line = (self._places.text_line(key) or 1) + (error.lineno or 1) - 1
            raise BadInput(f"{key}: syntax error: {error.msg}", path=self._path, line=line) from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise self._bad(key, f"{key}: {error}") from None

    def _reference_text(self) -> tuple[str, str]:
        """Return the reference's source and the key that gave it."""
        if "reference_file" not in self._table:
            return self._text("reference"), "reference"
        if "reference" in self._table:
            raise self._bad("reference_file", "give either reference or reference_file")
        return self._beside("reference_file", self._text("reference_file")).text, "reference_file"

    def _beside(self, key: str, name: str) -> SourceFile:
        try:
            return read_python(str(Path(self._path).parent / name))
        except BadInput as error:
            raise self._bad(key, f"{key}: {error}") from None

    def _reference(self, signature: Signature) -> tuple[str | None, str]:
        text, key = self._reference_text()
        if not text.strip():
            return None, ""
        tree = self._check_python(key, text)
        functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
        name = self._text("reference_name") or (signature.name if signature.name in functions else "")
        name = name or (next(iter(functions)) if len(functions) == 1 else "")
        if name not in functions:
            cause = (
                f"the reference defines no function {name}" if name else "the reference is not one function"
            )
            raise self._bad(key, cause, 'say which with reference_name = "..."')
        given, wanted = signature_of(functions[name]).parameters, signature.parameters
        if len(given) != len(wanted) and not any(p.kind.startswith("VAR_") for p in given):
            raise self._bad(key, f"the reference {name} takes {len(given)} parameters, not {len(wanted)}")
        return text, name

    def _tests(self, signature: Signature) -> tuple[TestFile, ...]:
        names = self._texts("tests")
        module = self._text("module") or signature.name
        if not module.isidentifier():
            raise self._bad("module", f"{module!r} is not the name of a module")
        return tuple(TestFile(Path(n).name, self._beside("tests", n).text, module) for n in names)

    def _tolerance(self) -> Tolerance:
        value = self._table.get("tolerance")
        if value is None:
            return DEFAULT_TOLERANCE
        parts = value if isinstance(value, dict) else {"rel": value}
        numbers = all(
            isinstance(v, int | float) and not isinstance(v, bool) and v >= 0 for v in parts.values()
        )
        if not numbers or not parts or not set(parts) <= {"rel", "abs"}:
            raise self._bad(
                "tolerance", "tolerance must be a number, or {rel = ..., abs = ...}, not negative"
            )
        return Tolerance(**{k: float(v) for k, v in parts.items()})


def _parameters(signature: Signature) -> list[str]:
    return [p.name for p in signature.parameters]


def _free_names(tree: ast.AST) -> set[str]:
    """Return the names an expression uses and does not bind itself."""
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.Name)]
    bound = {n.id for n in nodes if isinstance(n.ctx, ast.Store)}
    bound |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    return {n.id for n in nodes} - bound


def _toml_line(message: str) -> int | None:
    """Return the line in a message of `tomllib`, ``... (at line 3, column 5)``."""
    _, _, place = message.rpartition("(at line ")
    number = place.partition(",")[0]
    return int(number) if number.isdigit() else None
