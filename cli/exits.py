"""Exit codes, and the one place where an exception becomes a line for the user."""

from __future__ import annotations

import datetime
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

from proofsmith.errors import ProofsmithError

SOLVED = 0
UNSOLVED = 1
BAD_INPUT = 2
FAILURE = 3
INTERRUPTED = 130


def complain(text: str) -> None:
    """Print one line on standard error."""
    line = " ".join(text.split())
    try:
        print(f"proofsmith: {line}", file=sys.stderr)
    except (OSError, ValueError):  # standard error is closed: nobody listens
        pass


def guarded(run: Callable[[], int]) -> int:
    """Call `run` and return its exit code; an exception becomes a line and a code, never a traceback.

    With ``PROOFSMITH_DEBUG=1`` exceptions pass, for developers.
    """
    try:
        code = run()
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        _give_up_output()  # the reader (`head`, a closed pager) has seen enough
        return SOLVED
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED
    except ProofsmithError as error:
        if os.environ.get("PROOFSMITH_DEBUG") == "1":
            raise
        complain(str(error))
        return error.exit_code
    except OSError as error:
        if os.environ.get("PROOFSMITH_DEBUG") == "1":
            raise
        _give_up_output()
        where = f"{error.filename}: " if error.filename else ""
        complain(f"{where}{error.strerror or error} (while reading or writing)")
        return FAILURE
    except Exception as error:
        if os.environ.get("PROOFSMITH_DEBUG") == "1":
            raise
        complain(f"internal error: {type(error).__name__}: {_short(error)} (details: {_keep(error)})")
        return FAILURE


def _give_up_output() -> None:
    """Let what is still buffered for standard output vanish; Python would complain again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _short(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 200 else text[:199] + "…"


def _keep(error: Exception) -> str:
    """Write the traceback to a file of its own and return its path, or say why there is none."""
    now = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    try:
        folder = Path(tempfile.gettempdir())
        handle, path = tempfile.mkstemp(prefix=f"proofsmith-{now}-", suffix=".log", dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write("".join(traceback.format_exception(error)))
    except OSError as problem:
        return f"could not be written: {problem.strerror}; set PROOFSMITH_DEBUG=1 to see them"
    return path
