"""Reading datasets of ours back: checksums, rows in batches, tasks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from proofsmith.errors import BadInput
from proofsmith.store.export.arrow import parquet, pyarrow
from proofsmith.store.export.folders import MANIFEST
from proofsmith.store.export.schemas import CONFIGS
from proofsmith.store.export.writing import sha256

_BATCH = 2_000


class Dataset:
    """A dataset in a folder, its checksums compared.

    Raises:
        BadInput: the folder is no dataset of ours, or a file is missing or was changed.
    """

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)
        manifest = self.folder / MANIFEST
        if not manifest.is_file():
            raise BadInput(f"is no dataset of ours: it has no {MANIFEST}", path=folder)
        for number, line in enumerate(_lines(manifest), start=1):
            digest, _, name = line.partition("  ")
            file = self.folder / name
            if not name or not file.resolve().is_relative_to(self.folder.resolve()):
                raise BadInput("is not a line of a manifest", path=str(manifest), line=number)
            if not file.is_file():
                raise BadInput("is missing", path=str(file), hint="get the dataset anew")
            if sha256(file) != digest:
                raise BadInput("was changed since the export", path=str(file), hint="get the dataset anew")

    def configs(self) -> list[str]:
        """Return the configurations that are there, in our order."""
        return [name for name in CONFIGS if (self.folder / name).is_dir()]

    def rows(self, config: str, columns: list[str] | None = None) -> Iterator[dict[str, Any]]:
        """Yield the rows of a configuration, file by file, in constant memory.

        Raises:
            BadInput: a file cannot be read.
        """
        for path in sorted((self.folder / config).iterdir()):
            if path.suffix == ".parquet":
                yield from _parquet_rows(path, columns)
            elif path.suffix == ".jsonl":
                yield from _json_rows(path)

    def tasks(self) -> Iterator[dict[str, Any]]:
        """Yield the rows of the configuration ``tasks``."""
        return self.rows("tasks")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot be read: {error}", path=str(path)) from None


def _parquet_rows(path: Path, columns: list[str] | None) -> Iterator[dict[str, Any]]:
    try:
        file = parquet().ParquetFile(str(path))
        for batch in file.iter_batches(_BATCH, columns=columns):
            yield from batch.to_pylist()
    except (OSError, pyarrow().ArrowException) as error:
        raise BadInput(f"cannot be read: {error}", path=str(path)) from None


def _json_rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield json.loads(line)
            except ValueError as error:
                raise BadInput(f"not JSON: {error}", path=str(path), line=number) from None
