"""Writing a dataset: shards in a folder beside the final one, which takes its name when all is there.

So nothing half-written ever stands under a final name: not when the disk is full, not after ``kill -9``.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

from proofsmith.errors import BadInput
from proofsmith.store.export.arrow import parquet, pyarrow, structs
from proofsmith.store.export.folders import MANIFEST, check_out, partial_folder, put_in_place
from proofsmith.store.export.frames import Frame, Same
from proofsmith.store.export.request import Tally
from proofsmith.store.export.schemas import CONFIGS, STRUCTS, arrow_schema

_BATCH = 2_000
_GROUP = 20_000
_SHARD = 500_000
"""Rows of a batch in memory, of a row group, and of a file."""

_BATCH_BYTES = 32_000_000
_GROUP_BYTES = 64_000_000
"""The same as bytes of text: whatever comes first ends a batch or a group, as programs may be of any size."""


class Shards:
    """The files of one split of one configuration; close it before `paths` is complete."""

    def __init__(self, folder: Path, config: str, split: str, jsonl: bool, tally: Tally) -> None:
        self.rows = 0
        self.bytes = 0
        self.paths: list[Path] = []
        self._folder, self._config, self._split, self._jsonl = folder, config, split, jsonl
        self._tally = tally
        self._schema = arrow_schema(config)
        self._names = list(CONFIGS[config])
        self._times = [name for name, kind in CONFIGS[config].items() if kind == "time"]
        self._values = itemgetter(*self._names)
        self._waiting: list[dict[str, Any]] = []
        self._waiting_bytes = 0
        self._batches: list[Any] = []
        self._grouped = self._group_bytes = 0
        self._in_shard = 0
        self._writer: Any = None

    def add(self, row: dict[str, Any]) -> None:
        """Take a row, which has every column (see `proofsmith.store.export.schemas.BLANK`)."""
        self._waiting.append(row)
        self._waiting_bytes += sum(len(value) for value in row.values() if isinstance(value, str))
        if len(self._waiting) >= _BATCH or self._waiting_bytes >= _BATCH_BYTES:
            self._flush()

    def close(self) -> None:
        """Write what is left."""
        self._flush()
        self._end_shard()

    def add_frame(self, frame: Frame) -> None:
        """Take many rows at once, which have every column."""
        self._flush()
        pa = pyarrow()
        try:
            batch = self._frame_columns(frame)
        except (UnicodeEncodeError, pa.ArrowInvalid):
            columns = [c for c in frame.columns.values() if not isinstance(c, Same)]
            kept = [i for i in range(frame.count) if all(_is_text(column[i]) for column in columns)]
            self._tally.counts["not UTF-8"] += frame.count - len(kept)
            batch = self._frame_columns(frame.only(kept))
        self._take(batch)

    def _flush(self) -> None:
        rows, self._waiting, self._waiting_bytes = self._waiting, [], 0
        if rows:
            self._take(self._batch(rows))

    def _take(self, batch: Any) -> None:
        self.rows += batch.num_rows
        self.bytes += batch.nbytes
        self._in_shard += batch.num_rows
        if self._jsonl:
            self._write_lines(batch)
        else:
            self._batches.append(batch)
            self._grouped += batch.num_rows
            self._group_bytes += batch.nbytes
            if self._grouped >= _GROUP or self._group_bytes >= _GROUP_BYTES:
                self._write_group()
        if self._in_shard >= _SHARD:
            self._end_shard()

    def _batch(self, rows: list[dict[str, Any]]) -> Any:
        """Return rows as columns; a row with text that UTF-8 cannot hold (a lone surrogate) is left out."""
        pa = pyarrow()
        try:
            return self._columns(rows)
        except (UnicodeEncodeError, pa.ArrowInvalid):
            kept = [row for row in rows if _is_text(row)]
            self._tally.counts["not UTF-8"] += len(rows) - len(kept)
            return self._columns(kept)

    def _columns(self, rows: list[dict[str, Any]]) -> Any:
        pa = pyarrow()
        arrays = []
        columns = zip(*map(self._values, rows), strict=True) if rows else ((),) * len(self._names)
        for field, values in zip(self._schema, columns, strict=True):
            arrays.append(pa.array(self._stored(field.name, values), field.type))
        return pa.record_batch(arrays, schema=self._schema)

    def _frame_columns(self, frame: Frame) -> Any:
        pa = pyarrow()
        arrays = []
        for field in self._schema:
            column = frame.columns[field.name]
            if isinstance(column, Same):
                (value,) = self._stored(field.name, (column.value,))
                arrays.append(pa.repeat(pa.scalar(value, field.type), frame.count))
            elif CONFIGS[self._config][field.name] in STRUCTS:
                arrays.append(structs(column, field.type))
            else:
                arrays.append(pa.array(self._stored(field.name, column), field.type))
        return pa.record_batch(arrays, schema=self._schema)

    def _stored(self, name: str, values: Sequence[Any]) -> Sequence[Any]:
        """Return values as Arrow takes them: times, which we have in seconds, in whole microseconds."""
        if name not in self._times:
            return values
        return [None if v is None else int(v * 1_000_000) for v in values]

    def _write_group(self) -> None:
        batches, self._batches, self._grouped, self._group_bytes = self._batches, [], 0, 0
        if not batches:
            return
        if self._writer is None:
            self._writer = parquet().ParquetWriter(
                str(self._next("parquet")), self._schema, compression="zstd"
            )
        self._writer.write_table(pyarrow().Table.from_batches(batches), row_group_size=_GROUP)

    def _write_lines(self, batch: Any) -> None:
        if self._writer is None:
            self._writer = self._next("jsonl").open("w", encoding="utf-8", newline="\n")
        for row in batch.to_pylist():
            for name in self._times:
                if isinstance(row[name], datetime):
                    row[name] = row[name].astimezone(UTC).isoformat()
            self._writer.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")

    def _next(self, suffix: str) -> Path:
        path = self._folder / self._config / f"{self._split}-{len(self.paths):05}.{suffix}"
        path.parent.mkdir(exist_ok=True)
        self.paths.append(path)
        return path

    def _end_shard(self) -> None:
        self._write_group()
        writer, self._writer = self._writer, None
        self._in_shard = 0
        if writer is not None:
            writer.close()

    def abandon(self) -> None:
        """Close the open file, whatever state it is in."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with contextlib.suppress(Exception):
                writer.close()


class DatasetWriter:
    """Collects rows into files. `finish` puts the dataset in place; leaving without it leaves nothing.

    Args:
        out: the folder to make.
        jsonl: JSON Lines in place of Parquet.
        overwrite: replace the dataset of ours, or the empty folder, that is there.
        tally: rows that cannot be written are counted there.
        splits: their names, in the order in which they are listed.

    Raises:
        BadInput: `out` exists and must not be replaced, or its folder cannot be written to.
    """

    def __init__(
        self, out: Path, *, jsonl: bool, overwrite: bool, tally: Tally, splits: Sequence[str]
    ) -> None:
        check_out(out, overwrite)
        self.out = out
        self._overwrite = overwrite
        self._splits = splits
        self._jsonl = jsonl
        self._tally = tally
        self._shards: dict[tuple[str, str], Shards] = {}
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            self.folder, self._lock = partial_folder(out)
        except OSError as error:
            raise BadInput(f"cannot be made: {error.strerror}", path=str(out)) from None

    def __enter__(self) -> DatasetWriter:
        return self

    def __exit__(self, *_: object) -> None:
        for shards in self._shards.values():
            shards.abandon()
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)

    def add(self, config: str, split: str, row: dict[str, Any]) -> None:
        """Take a row."""
        with self._named():
            self._of(config, split).add(row)

    def add_frame(self, config: str, split: str, frame: Frame) -> None:
        """Take many rows at once."""
        with self._named():
            self._of(config, split).add_frame(frame)

    def _of(self, config: str, split: str) -> Shards:
        shards = self._shards.get((config, split))
        if shards is None:
            shards = Shards(self.folder, config, split, self._jsonl, self._tally)
            self._shards[config, split] = shards
        return shards

    def _ordered(self) -> list[tuple[str, str, Shards]]:
        """Return configuration, split and shards, both in order."""
        configs = list(CONFIGS)
        found = [(config, split, shards) for (config, split), shards in self._shards.items()]
        return sorted(found, key=lambda one: (configs.index(one[0]), self._splits.index(one[1])))

    def rows(self) -> dict[str, dict[str, int]]:
        """Return the rows by configuration and split; complete after `close`."""
        found: dict[str, dict[str, int]] = {}
        for config, split, shards in self._ordered():
            if shards.rows:
                found.setdefault(config, {})[split] = shards.rows
        return found

    def sizes(self) -> dict[str, dict[str, int]]:
        """Return the bytes in memory by configuration and split; complete after `close`."""
        found: dict[str, dict[str, int]] = {}
        for config, split, shards in self._ordered():
            found.setdefault(config, {})[split] = shards.bytes
        return found

    def close(self) -> dict[str, dict[str, list[Path]]]:
        """Write what is left and number the files; return them by configuration and split."""
        files: dict[str, dict[str, list[Path]]] = {}
        with self._named():
            for config, split, shards in self._ordered():
                shards.close()
                for number, path in enumerate(shards.paths):
                    name = f"{split}-{number:05}-of-{len(shards.paths):05}{path.suffix}"
                    final = path.with_name(name)
                    path.rename(final)
                    _sync(final)
                    files.setdefault(config, {}).setdefault(split, []).append(final)
        return files

    def finish(self, card: str) -> int:
        """Write the card and the manifest, and give the folder its name; return the size in bytes."""
        with self._named():
            (self.folder / "README.md").write_text(card, encoding="utf-8")
            files = sorted(p for p in self.folder.rglob("*") if p.is_file())
            lines = [f"{sha256(p)}  {p.relative_to(self.folder).as_posix()}\n" for p in files]
            (self.folder / MANIFEST).write_text("".join(lines), encoding="utf-8")
            size = sum(p.stat().st_size for p in self.folder.rglob("*") if p.is_file())
            self.folder.chmod(0o777 & ~_umask())
            for path in (self.folder / "README.md", self.folder / MANIFEST):
                _sync(path)
            put_in_place(self.folder, self.out, self._overwrite)
        return size

    @contextlib.contextmanager
    def _named(self) -> Iterator[None]:
        """Have errors of the disk name the dataset and not a file in a folder that goes away."""
        try:
            yield
        except OSError as error:
            said = os.strerror(error.errno) if error.errno else str(error)  # PyArrow's own text is longer
            raise OSError(error.errno or 0, said, str(self.out)) from error


def sha256(path: Path) -> str:
    """Return the hex SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _is_text(value: Any) -> bool:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return False
        return True
    if isinstance(value, dict):
        return all(_is_text(v) for v in value.values())
    if isinstance(value, list | tuple):
        return all(_is_text(v) for v in value)
    return True
