"""Tasks from a pytest file: the function it imports that does not exist yet, or has no body.

The file is the specification as it stands. Where the function's module exists and holds its
header, the module is the text around the hole; otherwise the header is inferred from the calls.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from proofsmith.environments.asserts import CallShapes, signature_from_calls
from proofsmith.environments.docstring import Docstring
from proofsmith.environments.holes import Hole, find_holes, functions, hole_of_finished, source_of
from proofsmith.environments.imports import (
    defined_names,
    find_installed,
    is_standard,
    refuse_local_imports,
)
from proofsmith.environments.python_module import spec_of, statement_of
from proofsmith.environments.reading import SourceFile, parse_python, read_python
from proofsmith.errors import BadInput
from proofsmith.python_spec import PythonSpec, Signature, TestFile
from proofsmith.types import Origin, Task


def is_test_file(path: str) -> bool:
    """Say whether the name is one that pytest collects: ``test_*.py`` or ``*_test.py``."""
    name = Path(path).name
    return name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))


def module_path(test_path: str, module: str) -> Path:
    """Return the file of a module that a test file imports: where it is, or where it would be made."""
    folder = Path(test_path).parent
    relative = Path(*module.split(".")).with_suffix(".py")
    places = (folder, folder / "src", folder.parent, folder.parent / "src")
    return next((p / relative for p in places if (p / relative).is_file()), folder / relative)


class PytestLoader:
    """Loader of ``test_x.py``."""

    def accepts(self, path: str) -> bool:
        """Say whether the name is that of a pytest file."""
        return is_test_file(path)

    def load(self, path: str, *, select: str | None = None) -> tuple[Task, ...]:
        """Return the one task of a test file; `select` is ``module:function`` or ``function``.

        Raises:
            BadInput: the file has no tests, or what it imports exists, or several functions are missing.
        """
        file = read_python(path)
        tree = _tests_of(file)
        wanted = _choose(_wanted(tree, path), select, path)
        return (_task(wanted, file, tree),)


@dataclass(frozen=True)
class _Wanted:
    """A function that a test file imports and that is missing."""

    module: str
    function: str
    called_as: str
    line: int
    hole: Hole | None = None
    text: str = ""

    @property
    def name(self) -> str:
        return f"{self.module}:{self.function}"


def task_of_finished(file: SourceFile, function: str | None = None) -> tuple[Task[PythonSpec], str]:
    """Return the task of a test file whose function exists, and that function's text.

    The module around it is judged as it stands. `function` chooses one that the tests import; the
    first one, otherwise.

    Raises:
        BadInput: there are no tests; or something that they import is missing, or has no body; or
            they import no function of a module that lies beside them.
    """
    tree = _tests_of(file)
    missing = _wanted(tree, file.path)
    hint = "to judge a program in another file, name it with --candidate PROGRAM"
    if missing:
        cause = f"these tests need {missing[0].name}, which does not exist or has no body"
        raise BadInput(cause, path=file.path, line=missing[0].line, hint=hint)
    for module, name, called_as, line in _imported_functions(tree, file.path):
        place = module_path(file.path, module)
        if not place.is_file() or function not in (None, name):
            continue
        source = read_python(str(place))
        node = next((f for f in functions(parse_python(source.text, source.path)) if f.name == name), None)
        hole = None if node is None else hole_of_finished(node, source.text, source.path)
        if node is not None and hole is not None:
            wanted = _Wanted(module, name, called_as, line, hole, source.text)
            return _task(wanted, file, tree), source_of(node, source.text)
    cause = (
        f"these tests call {f'no function {function}' if function else 'no function'} of a module beside them"
    )
    raise BadInput(cause, path=file.path, hint=hint)


def _tests_of(file: SourceFile) -> ast.Module:
    """Return the parsed file.

    Raises:
        BadInput: it has no tests, or does not parse.
    """
    tree = parse_python(file.text, file.path)
    if not _has_tests(tree):
        raise BadInput(
            "there are no tests in this file", path=file.path, hint="pytest collects test_* functions"
        )
    return tree


def _has_tests(tree: ast.Module) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            return True
    return False


def _wanted(tree: ast.Module, path: str) -> list[_Wanted]:
    """Return the missing functions that the file imports, in order.

    Raises:
        BadInput: relative imports; or a module that exists and cannot be parsed.
    """
    found: list[_Wanted] = []
    for module, function, called_as, line in _imported_functions(tree, path):
        file = module_path(path, module)
        if not file.is_file():
            if not _is_installed(module, function, Path(path).parent):
                found.append(_Wanted(module, function, called_as, line))
            continue
        source = read_python(str(file))
        hole = next((h for h in find_holes_or_none(source) if h.signature.name == function), None)
        if hole is not None or function not in defined_names(source):
            found.append(_Wanted(module, function, called_as, line, hole, source.text))
    return found


def find_holes_or_none(file: SourceFile) -> tuple[Hole, ...]:
    """Return the holes of a module; none where it only has holes that are not supported."""
    parse_python(file.text, file.path)
    try:
        return find_holes(file.text, file.path)
    except BadInput:
        return ()


def _imported_functions(tree: ast.Module, path: str) -> list[tuple[str, str, str, int]]:
    """Return (module, function, name it is called by, line) of imports that the file calls."""
    called = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    named = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    found: list[tuple[str, str, str, int]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            if node.level:
                raise BadInput(
                    "relative imports are not supported in a test file", path=path, line=node.lineno
                )
            for alias in node.names:
                name = alias.asname or alias.name
                if name in called or (name in named and name.islower()):
                    found.append((node.module or "", alias.name, name, node.lineno))
                else:
                    found += _attributes(tree, f"{node.module}.{alias.name}", name, node.lineno)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                found += _attributes(tree, alias.name, alias.asname or alias.name, node.lineno)
    return list(dict.fromkeys(found))


def _attributes(tree: ast.Module, module: str, name: str, line: int) -> list[tuple[str, str, str, int]]:
    found = []
    for node in ast.walk(tree):
        function = node.func if isinstance(node, ast.Call) else None
        if isinstance(function, ast.Attribute) and ast.unparse(function.value) == name:
            found.append((module, function.attr, f"{name}.{function.attr}", line))
    return found


def _is_installed(module: str, function: str, folder: Path) -> bool:
    """Say whether an installed module of that name has the function, as far as its source tells."""
    top = module.partition(".")[0]
    if is_standard(top) or top == "conftest":
        return True
    spec = find_installed(top, folder)
    if spec is None or top != module or not (spec.origin or "").endswith(".py"):
        return spec is not None
    try:
        names = defined_names(read_python(spec.origin or ""))
    except (BadInput, SyntaxError, ValueError):
        return True
    return bool({function, "*", "__getattr__"} & names)


def _choose(found: list[_Wanted], select: str | None, path: str) -> _Wanted:
    """Return the function meant.

    Raises:
        BadInput: none is missing, several are, or `select` names none of them.
    """
    if select is not None:
        matching = [w for w in found if select in (w.name, w.function)]
        if len(matching) == 1:
            return _alone(matching[0], found, path)
        hint = (
            f"missing here: {', '.join(w.name for w in found)}" if found else "nothing it imports is missing"
        )
        raise BadInput(f"{select} is not a missing function that these tests import", path=path, hint=hint)
    if not found:
        raise BadInput(
            "every function that these tests import exists",
            path=path,
            hint="import the function that is to be written, or empty its body to ...",
        )
    if len(found) > 1:
        names = ", ".join(w.name for w in found)
        raise BadInput(
            f"these tests import several missing functions: {names}",
            path=path,
            line=found[0].line,
            hint=f"choose one with --target {found[0].name}, the others must exist",
        )
    return found[0]


def _alone(wanted: _Wanted, found: list[_Wanted], path: str) -> _Wanted:
    """Check that the tests can run when only `wanted` gets written."""
    for other in found:
        if other is not wanted and other.hole is None:
            raise BadInput(
                f"these tests also need {other.name}, which does not exist", path=path, line=other.line
            )
    return wanted


def _task(wanted: _Wanted, file: SourceFile, tree: ast.Module) -> Task[PythonSpec]:
    path = Path(file.path)
    tests = (TestFile(path.name, file.text, wanted.module, _support(wanted, file)),)
    module_docstring = ast.get_docstring(tree)
    module_file = str(module_path(file.path, wanted.module))
    if wanted.text:
        refuse_local_imports(wanted.text, module_file)
    if wanted.hole is not None:
        base = spec_of(wanted.hole, wanted.module, module_file)
        statement = statement_of(wanted.hole.docstring, wanted.function)
        if wanted.hole.docstring is None and module_docstring:
            statement = module_docstring
    else:
        base = PythonSpec(_signature(wanted, file, tree), prefix=_separated(wanted.text))
        default = f"Write {wanted.function}, so that the tests in {path.name} pass."
        statement = statement_of(Docstring(module_docstring), "") if module_docstring else default
    spec = PythonSpec(**{**base.__dict__, "tests": (*base.tests, *tests)})
    return Task(
        id=f"{path.name}:{wanted.function}",
        statement=statement,
        language="python",
        spec=spec,
        verifiers=("unit-tests", "pytest") if spec.examples else ("pytest",),
        origin=Origin(path=file.path),
    )


def _separated(text: str) -> str:
    return text.rstrip() + "\n\n\n" if text.strip() else ""


def _signature(wanted: _Wanted, file: SourceFile, tree: ast.Module) -> Signature:
    """Infer the header from the calls in the tests."""
    shapes = CallShapes()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == wanted.called_as:
            shapes.calls.setdefault(wanted.function, []).append(node)
    try:
        return signature_from_calls(wanted.function, shapes, _described(wanted.function, file.text))
    except BadInput as error:
        raise BadInput(error.cause, path=file.path, line=wanted.line, hint=error.hint) from None


def _described(function: str, text: str) -> tuple[str, ...]:
    """Return parameter names from a ``function(name, name)`` in a comment or docstring of the tests."""
    commented = "\n".join(re.findall(r"#[^\n]*|\"\"\".*?\"\"\"|'''.*?'''", text, re.DOTALL))
    name = r"[A-Za-z_]\w*(?:\s*:[^,()]*)?"
    match = re.search(rf"\b{re.escape(function)}\(\s*({name}(?:\s*,\s*{name})*)\s*\)", commented)
    return tuple(re.findall(r"(?:^|,)\s*([A-Za-z_]\w*)", match[1])) if match else ()


def _support(wanted: _Wanted, file: SourceFile) -> tuple[tuple[str, str], ...]:
    """Return the other local modules that the tests (or the module around the hole) import.

    The names are paths relative to the test file's folder.
    """
    folder = Path(file.path).parent
    found: dict[str, str] = {}
    pending = [file.text, wanted.text]
    if (folder / "conftest.py").is_file():
        found["conftest.py"] = read_python(str(folder / "conftest.py")).text
        pending.append(found["conftest.py"])
    while pending:
        for module in _imported_modules(pending.pop()):
            if module == wanted.module:
                continue
            for name, text in _module_files(module, file.path):
                if name not in found:
                    found[name] = text
                    pending.append(text)
    return tuple(sorted(found.items()))


def _imported_modules(text: str) -> set[str]:
    names: set[str] = set()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return names
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(a.name for a in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{a.name}" for a in node.names)
    return names


def _module_files(module: str, test_path: str) -> list[tuple[str, str]]:
    """Return the files of a local module and of the packages it is in; nothing if it is not local."""
    files = []
    file = module_path(test_path, module)
    if file.is_file():
        files.append(("/".join(module.split(".")) + ".py", read_python(str(file)).text))
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        package = module_path(test_path, ".".join([*parts[:end], "__init__"]))
        if package.is_file() and package.stat().st_size:
            files.append(("/".join([*parts[:end], "__init__.py"]), read_python(str(package)).text))
    return files
