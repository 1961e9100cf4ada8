"""The languages by name; one that is not here is treated as plain text."""

from __future__ import annotations

import importlib
from functools import lru_cache

from proofsmith.agents.policies.model.languages.base import Language, PlainLanguage

_TABLE = {
    "python": "proofsmith.agents.policies.model.languages.python:PythonLanguage",
    "dafny": "proofsmith.agents.policies.model.languages.dafny:DafnyLanguage",
    "verilog": "proofsmith.agents.policies.model.languages.verilog:VerilogLanguage",
    "sygus": "proofsmith.agents.policies.model.languages.sygus:SygusLanguage",
}


@lru_cache(maxsize=16)
def language_of(name: str) -> Language:
    """Return the language called `name`."""
    path = _TABLE.get(name)
    if path is None:
        return PlainLanguage(name)
    module, _, attribute = path.partition(":")
    language: Language = getattr(importlib.import_module(module), attribute)()
    return language
