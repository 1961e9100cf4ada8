"""The hidden checks of a suite, for scoring after a search has ended. Nothing of a search imports this."""

from __future__ import annotations

from typing import Any

from proofsmith.environments.suite import rows
from proofsmith.errors import BadInput


def hidden_check(path: str, task_id: str) -> str:
    """Return Python source that defines ``check(candidate)``, which raises if the function is wrong.

    Append it to a module that defines the function and call ``check(function)``.

    Raises:
        BadInput: there is no such task, or it has no check.
    """
    ((line, row),) = rows(path, task_id)
    if isinstance(row.get("test"), str):
        return str(row["test"])
    if isinstance(row.get("test_list"), list):
        return _mbpp_check(row)
    raise BadInput(f"{task_id} has no hidden check", path=path, line=line)


def _mbpp_check(row: dict[str, Any]) -> str:
    setup = [row.get("test_setup_code") or "", *(row.get("test_imports") or [])]
    tests = [*row["test_list"], *(row.get("challenge_test_list") or [])]
    body = "".join(f"    {text.strip()}\n" for text in tests)
    return "\n".join([*setup, f"def check(candidate):\n{body}"])
