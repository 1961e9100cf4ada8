"""Tasks from Dafny: a program (``.dfy``) that lacks proof hints or bodies, or a folder of them."""

from __future__ import annotations

from pathlib import Path

from proofsmith.dafny.declarations import Function, Include, Method, Program
from proofsmith.dafny.nodes import walk
from proofsmith.dafny.openings import open_bodies
from proofsmith.dafny.parser import parse
from proofsmith.dafny_spec import DafnySpec, IncludedDafny
from proofsmith.environments.reading import read_text
from proofsmith.errors import BadInput
from proofsmith.types import Assurance, Origin, Task

_FOLDER_PREFIX = "dafny:"
_SHOWN = 6


class DafnyLoader:
    """Loader of ``path.dfy``: one task, solved by the completed file, which the dafny verifier proves."""

    def accepts(self, path: str) -> bool:
        """Say whether the name is that of a Dafny file."""
        return path.endswith(".dfy")

    def load(self, path: str, *, select: str | None = None) -> tuple[Task, ...]:
        """Return the file's task.

        Raises:
            BadInput: the file or one that it includes cannot be read as Dafny, an included file lies
                outside the file's folder, or `select` is given.
        """
        if select is not None:
            raise BadInput("this file is one task, so there is nothing to choose from", path=path)
        text = read_text(path).text
        program = parse(text, path)
        if not any(isinstance(n, Method | Function) for n in walk(program)):
            raise BadInput("holds no method, lemma or function, so there is nothing to verify", path=path)
        return (
            Task[DafnySpec](
                id=Path(path).name,
                statement=statement_of(program),
                language="dafny",
                spec=DafnySpec(text, _included(program, Path(path))),
                verifiers=("dafny",),
                assurance=Assurance.PROVED,
                origin=Origin(path=path),
            ),
        )


class DafnyFolderLoader:
    """Loader of ``dafny:DIR``: a task for each Dafny file directly in the folder."""

    def accepts(self, path: str) -> bool:
        """Say whether the name is that of a folder of Dafny files."""
        return path.startswith(_FOLDER_PREFIX)

    def load(self, path: str, *, select: str | None = None) -> tuple[Task, ...]:
        """Return the folder's tasks in the order of their names, or the one that `select` names.

        Files that others of the folder include are no tasks of their own.

        Raises:
            BadInput: there is no such folder or file, or a file cannot be used.
        """
        folder = Path(path.removeprefix(_FOLDER_PREFIX))
        if not folder.is_dir():
            raise BadInput("is not a folder", path=str(folder))
        one = DafnyLoader()
        files = sorted(folder.glob("*.dfy"))
        tasks = [task for file in files for task in one.load(str(file))]
        shared = {included.path for task in tasks for included in task.spec.includes}
        wanted = [t for t in tasks if (t.id == select if select is not None else t.id not in shared)]
        if not wanted:
            what = f"holds no file {select}" if select is not None else "holds no Dafny files"
            raise BadInput(what, path=str(folder))
        return tuple(wanted)


def statement_of(program: Program) -> str:
    """Return in words what a program asks for."""
    bodies = [node.name for node in open_bodies(program)]
    goals = [
        node.name
        for node in program.callables()
        if isinstance(node, Method) and node.name not in bodies and node.body is not None
    ]
    parts = []
    if bodies:
        parts.append(f"Write the missing {'body' if len(bodies) == 1 else 'bodies'} of {_row(bodies)}.")
    hints = "loop invariants, assertions, decreases clauses, lemmas and ghost variables"
    whom = f" of {_row(goals)}" if goals else ""
    parts.append(f"Make Dafny verify the program{whom}: add {hints} where they are missing.")
    parts.append("Change nothing that is there.")
    return " ".join(parts)


def _row(names: list[str]) -> str:
    names = [name or "the constructor" for name in dict.fromkeys(names)]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    shown = names[:_SHOWN]
    if more or len(shown) == 1:
        return ", ".join(shown) + more
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def _included(program: Program, file: Path) -> tuple[IncludedDafny, ...]:
    """Read what a program includes, and what that includes, from the program's folder only."""
    root = file.resolve().parent
    found: dict[Path, IncludedDafny] = {}
    waiting = [(program, file)]
    while waiting:
        current, path = waiting.pop()
        for node in current.declarations:
            if not isinstance(node, Include):
                continue
            target = (path.resolve().parent / node.path).resolve()
            if target in found or target == file.resolve():
                continue
            line = current.tokens[node.first].line
            if not target.is_relative_to(root):
                raise BadInput(
                    f'"{node.path}" lies outside the folder of the task',
                    path=str(path),
                    line=line,
                    hint="put the included file beside the task's file",
                )
            if not target.is_file():
                raise BadInput(f'there is no file "{node.path}" to include', path=str(path), line=line)
            text = read_text(str(target)).text
            found[target] = IncludedDafny(target.relative_to(root).as_posix(), text)
            waiting.append((parse(text, str(target)), target))
    return tuple(found[target] for target in sorted(found))
