"""Objects as programs make them: by a constructor, then changed by methods of their class.

What a class keeps up, such as that its ghost fields tell of the others, holds of these as a rule, and of
objects with arbitrary fields hardly ever.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from proofsmith.dafny.declarations import Method
from proofsmith.dafny.interpret_values import Heap, Ref, Trouble, Undefined, Value, copy_heap
from proofsmith.dafny.nodes import Type

if TYPE_CHECKING:
    from proofsmith.dafny.interpret import Machine

_MOST_CALLS = 5
_DEEPEST = 4
"""As deep as this, fields hold no objects that need others: the constructor will set them."""
_TRIES = 4
_REPLACED = 0.7
"""How often an object is replaced by one of its class that a method returns."""


def constructed(machine: Machine, name: str, rng: random.Random, heap: Heap) -> Ref:
    """Return an object of a class that its constructor and some of its methods have worked on.

    Args:
        machine: with steps left to run them.
        name: of the class.
        rng: decides on arguments and calls.
        heap: what is made is put there.

    Raises:
        Trouble: no constructor runs on the arguments tried.
    """
    members = [m for m in machine.classes[name].members if isinstance(m, Method) and m.body is not None]
    makers = [m for m in members if m.kind == "constructor"]
    if not makers:
        raise Undefined(f"{name} has no constructor")
    found = None
    for _ in range(_TRIES):
        ref = machine.maker.object(name, heap, _DEEPEST)
        if _called(machine, rng.choice(makers), ref, heap) is not None:
            found = ref
            break
    if found is None:
        raise Undefined(f"no object of {name} made")
    changers = [
        m for m in members if m.kind == "method" and "static" not in m.modifiers and not m.type_parameters
    ]
    for _ in range(rng.randint(0, _MOST_CALLS) if changers else 0):
        method = rng.choice(changers)
        results = _called(machine, method, found, heap)
        for value in results or ():
            if isinstance(value, Ref) and value.kind == name and rng.random() < _REPLACED:
                found = value
    return found


def _called(machine: Machine, method: Method, this: Ref, heap: Heap) -> Sequence[Value] | None:
    """The results of a method on random arguments; ``None``, with the heap as it was, if it does not run."""
    before = copy_heap(heap)
    try:
        given = [machine.maker.value(p.type or Type("int"), heap, 1) for p in method.parameters]
        return machine.call_method(method, given, this, heap)
    except Trouble:
        heap.clear()
        heap.update(before)
        return None
