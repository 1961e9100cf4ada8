"""Tasks from a Python module: every top-level function whose body is missing is one.

The docstring is the specification: doctests, examples stated in words, and ``requires:`` and
``ensures:`` lines (see `proofsmith.environments.contracts`). A contract over ints, bools and tuples of
them asks for more than tests: at least BOUNDED, and PROVED where a proof is found.
"""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from proofsmith.environments.contracts import provable, read_contract
from proofsmith.environments.docstring import Docstring
from proofsmith.environments.doctests import doctest_file, statements
from proofsmith.environments.examples import read_docstring
from proofsmith.environments.holes import Hole, find_holes
from proofsmith.environments.imports import refuse_local_imports
from proofsmith.environments.reading import SourceFile, read_python
from proofsmith.errors import BadInput
from proofsmith.python_spec import PythonSpec, Signature, TestFile
from proofsmith.types import Assurance, Origin, Task


class PythonModuleLoader:
    """Loader of ``path.py``."""

    def accepts(self, path: str) -> bool:
        """Say whether the name is that of a Python file."""
        return path.endswith(".py")

    def load(self, path: str, *, select: str | None = None) -> tuple[Task, ...]:
        """Return one task per hole; `select` names one function, as ``function`` or ``module:function``.

        Raises:
            BadInput: see `tasks_of`, and what reading a file can raise.
        """
        return tasks_of(read_python(path), select)


def tasks_of(file: SourceFile, select: str | None = None) -> tuple[Task, ...]:
    """Return the tasks of a module's text.

    Raises:
        BadInput: no hole, no such hole, or a hole about which nothing is said.
    """
    wanted = select.rpartition(":")[2] if select else None
    holes = [h for h in find_holes(file.text, file.path) if h.explicit or _has_examples(h, file.path)]
    if not holes:
        raise BadInput(
            "no function is missing its body",
            path=file.path,
            hint="write ... as the body of the function you want, and >>> examples in its docstring",
        )
    if wanted is not None:
        names = [h.signature.name for h in holes]
        holes = [h for h in holes if h.signature.name == wanted]
        if not holes:
            close = difflib.get_close_matches(wanted, names, 1)
            hint = f"did you mean {close[0]}?" if close else f"missing bodies: {', '.join(names)}"
            raise BadInput(f"there is no function {wanted} with a missing body", path=file.path, hint=hint)
    refuse_local_imports(file.text, file.path)
    return tuple(task_of(hole, file.path) for hole in holes)


def _has_examples(hole: Hole, path: str) -> bool:
    found = read_docstring(hole.docstring, hole.signature, path)
    return bool(found.examples or found.script)


def is_specified(docstring: Docstring | None, signature: Signature, path: str) -> bool:
    """Say whether a function's docstring has examples or a contract.

    Raises:
        BadInput: they cannot be used.
    """
    found = read_docstring(docstring, signature, path)
    return bool(found.examples or found.script or read_contract(docstring, signature, path)[1])


def task_of(hole: Hole, path: str) -> Task[PythonSpec]:
    """Return the task of filling one hole of the module at `path`.

    Raises:
        BadInput: nothing says what the function must do, or what does cannot be used.
    """
    spec = spec_of(hole, Path(path).stem, path)
    if not (spec.examples or spec.tests or spec.properties):
        raise BadInput(
            f"nothing says what {hole.signature.name} must do",
            path=path,
            line=hole.line,
            hint="add examples to its docstring, such as >>> "
            f"{hole.signature.name}({', '.join(p.name for p in hole.signature.parameters)})",
        )
    name = hole.signature.name
    bounded = spec.properties and provable(hole.signature)
    return Task(
        id=f"{Path(path).name}:{name}",
        statement=statement_of(hole.docstring, name),
        language="python",
        spec=spec,
        verifiers=verifiers_for(spec),
        assurance=Assurance.BOUNDED if bounded else Assurance.TESTED,
        origin=Origin(path=path),
    )


def spec_of(hole: Hole, module: str, path: str | None) -> PythonSpec:
    """Return the specification that a hole and its docstring make.

    Raises:
        BadInput: contradictory examples, or examples that do not fit the signature.
    """
    found = read_docstring(hole.docstring, hole.signature, path)
    preconditions, properties = read_contract(hole.docstring, hole.signature, path)
    tests: tuple[TestFile, ...] = ()
    if found.script:
        name = module if module.isidentifier() else "module"
        tests = (doctest_file(found.script, name, hole.signature.name),)
    return PythonSpec(
        signature=hole.signature,
        docstring=hole.docstring.clean if hole.docstring else "",
        examples=found.examples,
        preconditions=preconditions,
        properties=properties,
        tests=tests,
        prefix=hole.prefix,
        suffix=hole.suffix,
        header=hole.header,
        indent=hole.indent,
    )


def verifiers_for(spec: PythonSpec) -> tuple[str, ...]:
    """Return the verifiers that a specification needs, cheapest first."""
    names = []
    if spec.examples or not (spec.tests or spec.properties or spec.reference):
        names.append("unit-tests")
    if spec.tests:
        names.append("pytest")
    if spec.properties or spec.reference:
        names.append("properties")
    return tuple(names)


def statement_of(docstring: Docstring | None, function: str) -> str:
    """Return the docstring without its doctests; a sentence made of the name where that is empty."""
    if docstring is not None:
        rows = {row for s in statements(docstring) for row in range(s.start, s.stop)}
        kept = "\n".join(line for row, line in enumerate(docstring.lines) if row not in rows)
        text = re.sub(r"\n{3,}", "\n\n", Docstring(kept).clean).strip()
        text = re.sub(r"\n*(?:Examples?|Doctests?):?\s*(?:\n-+)?$", "", text, flags=re.IGNORECASE)
        if text:
            return text
    return f"Write the function {function}."
