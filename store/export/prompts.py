"""What a model is asked, made from a task alone; the texts are the files in ``templates/``."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from proofsmith.logic_spec import SygusSpec
from proofsmith.python_spec import Example, PythonSpec
from proofsmith.store.export.languages.base import language_of
from proofsmith.types import Task
from proofsmith.verilog_spec import VerilogSpec

_FOLDER = Path(__file__).parent / "templates"
_SHOWN = 8
"""Examples shown where the specification has them apart from the module's text."""

_HIDDEN = ("pytest", "reference", "counterexample")
"""Origins of examples that are derived from the specification and no part of what is asked."""


@dataclasses.dataclass(frozen=True)
class Prompt:
    """A prompt; `template` is the name of the file it was made with."""

    text: str
    template: str

    @property
    def template_hash(self) -> str:
        """SHA-256 of the template."""
        return template_hash(self.template)

    @property
    def question(self) -> str:
        """What is asked, without the last paragraph, which says what an answer looks like."""
        return self.text.rstrip("\n").rpartition("\n\n")[0] + "\n"

    def asking(self, how: str) -> str:
        """Return the prompt for answers of another form: `how` is the template that says which."""
        return f"{self.text}\n{template(how).strip()}\n"

    def after(self, steps: Sequence[str], programs: bool) -> str:
        """Return the prompt for the step that follows on `steps`: a whole program, or a thought."""
        said = filled("steps", steps="\n\n".join(steps)) + "\n" if steps else ""
        end = self.text.rstrip("\n").rpartition("\n\n")[2] if programs else template("plan").strip()
        return f"{self.question}\n{said}{end}\n"


@cache
def template(name: str) -> str:
    """Return the text of a template."""
    return (_FOLDER / f"{name}.md").read_text(encoding="utf-8")


@cache
def template_hash(name: str) -> str:
    """Return the SHA-256 of a template's text, or of several whose names have a ``+`` between them."""
    return hashlib.sha256("".join(map(template, name.split("+"))).encode()).hexdigest()


def filled(template_name: str, /, **fields: str) -> str:
    """Return a template with its fields filled in."""
    text = template(template_name)
    for field in fields:
        text = text.replace("{" + field + "}", "\0" + field + "\0")
    for field, value in fields.items():  # in a second pass, so that values are never searched for fields
        text = text.replace("\0" + field + "\0", value)
    return text.strip("\n") + "\n"


def prompt_of(task: Task) -> Prompt:
    """Return what is asked in `task`. The tests and examples that are shown are those of the specification.

    A reference implementation is never shown where it would be the answer.
    """
    spec = task.spec
    if isinstance(spec, PythonSpec):
        return Prompt(_python(task, spec), "python")
    if isinstance(spec, SygusSpec):
        return Prompt(filled("sygus", problem=spec.text.strip()), "sygus")
    if isinstance(spec, VerilogSpec):
        return _verilog(task, spec)
    fence = language_of(task.language).fence
    text = filled("other", statement=task.statement, fence=fence, specification=_text(spec).strip())
    return Prompt(text, "other")


@dataclasses.dataclass(frozen=True)
class Subject:
    """What tasks are compared by; `formal` if it is a text of a formal language and not prose."""

    text: str
    formal: bool = False


def subject_of(task: Task) -> Subject:
    """Return what is asked, without what all tasks of a kind have in common."""
    spec = task.spec
    if isinstance(spec, PythonSpec):
        said = spec.docstring if task.statement in spec.docstring else f"{task.statement}\n{spec.docstring}"
        return Subject(said)
    if isinstance(spec, SygusSpec):
        return Subject(spec.text, formal=True)
    if isinstance(spec, VerilogSpec):
        return Subject(spec.source, formal=True) if spec.goal == "optimize" else Subject(spec.prompt)
    text = _text(spec)
    return Subject(text, formal=True) if text else Subject(task.statement)


def _text(spec: object) -> str:
    """Return the program or problem in a specification of a kind that is not known here."""
    for name in ("program", "source", "text", "prompt"):
        value = getattr(spec, name, "")
        if isinstance(value, str) and value:
            return value
    return ""


def _python(task: Task, spec: PythonSpec) -> str:
    header = spec.header or spec.signature.render() + "\n"
    module = f"{spec.prefix}{header}{spec.indent}...\n{spec.suffix}".replace("\r\n", "\n").strip("\n")
    return filled(
        "python",
        name=spec.signature.name,
        statement=task.statement.strip(),
        module=module,
        requirements=_requirements(spec),
    )


def _requirements(spec: PythonSpec) -> str:
    parts = []
    if spec.preconditions:
        parts.append("Callers promise:\n" + "".join(f"- `{p.expression}`\n" for p in spec.preconditions))
    if spec.properties:
        parts.append("For every result:\n" + "".join(f"- `{p.expression}`\n" for p in spec.properties))
    shown = [e for e in spec.examples if e.origin not in _HIDDEN]
    if not shown and spec.reference:
        shown = [e for e in spec.examples if e.origin == "reference"]
    outside = [e for e in shown if e.origin not in ("doctest", "docstring")]
    if outside:
        name = spec.signature.name
        parts.append("Examples:\n" + "".join(f"- {_example(e, name)}\n" for e in outside[:_SHOWN]))
    for test in spec.tests:
        parts.append(f"It must pass these tests:\n```python\n{test.source.strip()}\n```\n")
    return "".join("\n" + part for part in parts)


def _example(example: Example, name: str) -> str:
    call, expected = example.call.render(name), example.expected
    if expected.exception is not None:
        return f"`{call}` {expected.render()}"
    if expected.stdout is not None:
        return f"`{call}` prints {expected.stdout!r} and returns `{expected.render()}`"
    return f"`{call}` returns `{expected.render()}`"


def _verilog(task: Task, spec: VerilogSpec) -> Prompt:
    if spec.goal == "optimize":
        text = filled(
            "verilog_optimize",
            name=spec.top,
            objective=spec.objective or "area",
            source=spec.source.strip(),
        )
        return Prompt(text, "verilog_optimize")
    header = f"\nIts header:\n\n```verilog\n{spec.header.strip()}\n```\n" if spec.header else ""
    statement = (spec.prompt or task.statement).strip()
    text = filled("verilog_implement", name=spec.top, statement=statement, header=header)
    return Prompt(text, "verilog_implement")
