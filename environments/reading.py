"""Reading the user's files: every way a file can be unusable becomes one `BadInput`."""

from __future__ import annotations

import ast
import io
import tokenize
from dataclasses import dataclass
from pathlib import Path

from proofsmith.errors import BadInput

MAX_BYTES = 4_000_000
"""Largest Python or TOML file that is read, in bytes."""


@dataclass(frozen=True)
class SourceFile:
    """A file's text with its line ends as they are.

    Attributes:
        path: the file as the user named it.
        text: decoded text, without byte order mark; nothing else is changed.
        encoding: what it was decoded with (``"utf-8-sig"`` where there was a byte order mark).
    """

    path: str
    text: str
    encoding: str = "utf-8"


def check_is_file(path: str) -> Path:
    """Return `path` as a ``Path``.

    Raises:
        BadInput: it does not exist, or is a directory, or anything else than a regular file.
    """
    file = Path(path)
    try:
        if file.is_dir():
            raise BadInput("this is a directory", path=path, hint="name one file in it")
        if not file.exists():
            raise BadInput("there is no such file", path=path)
        if not file.is_file():
            raise BadInput("not a regular file", path=path)
    except (OSError, ValueError) as error:
        raise BadInput(f"cannot be opened: {reason(error)}", path=path) from None
    return file


def reason(error: Exception) -> str:
    """Return the short cause of an operating-system error."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def read_bytes(path: str, limit: int = MAX_BYTES) -> bytes:
    """Return the content of a file of at most `limit` bytes.

    Raises:
        BadInput: as `check_is_file`, or it cannot be read, is too large, empty or binary.
    """
    file = check_is_file(path)
    try:
        with file.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise BadInput(f"cannot be read: {reason(error)}", path=path) from None
    if len(data) > limit:
        raise BadInput(f"larger than {limit:,} bytes, too large to be a specification", path=path)
    if not data.strip():
        raise BadInput("the file is empty", path=path)
    if b"\0" in data:
        raise BadInput("this is a binary file, not text", path=path)
    return data


def read_text(path: str, limit: int = MAX_BYTES) -> SourceFile:
    """Read a UTF-8 text file of at most `limit` bytes.

    Raises:
        BadInput: as `read_bytes`, or it is not UTF-8.
    """
    return _decode(path, read_bytes(path, limit), "utf-8-sig")


def read_python(path: str) -> SourceFile:
    """Read a Python file in the encoding it declares (PEP 263), UTF-8 by default.

    Raises:
        BadInput: as `read_bytes`, or the bytes do not fit the encoding, or that is unknown.
    """
    data = read_bytes(path)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        return _decode(path, data, "utf-8", cause=str(error.msg or error))
    return _decode(path, data, encoding)


def _decode(path: str, data: bytes, encoding: str, cause: str = "") -> SourceFile:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        name = "UTF-8" if encoding.startswith("utf-8") else encoding
        raise BadInput(
            f"not readable as {name} (byte 0x{data[error.start]:02x})",
            path=path,
            line=line,
            hint="save it as UTF-8, or declare its encoding in the first line",
        ) from None
    if cause:
        raise BadInput(cause, path=path, line=1)
    if not data.startswith(b"\xef\xbb\xbf") and encoding == "utf-8-sig":
        encoding = "utf-8"
    return SourceFile(path, text, encoding)


def parse_python(text: str, path: str | None, first_line: int = 1) -> ast.Module:
    """Parse a module; `first_line` is where `text` begins in the file.

    Raises:
        BadInput: a syntax error, with its line.
    """
    try:
        return ast.parse(text)
    except SyntaxError as error:
        line = first_line + (error.lineno or 1) - 1
        raise BadInput(f"syntax error: {error.msg}", path=path, line=line) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise BadInput(f"cannot be parsed: {error}", path=path) from None
