"""The tables, as the newest migration leaves them.

``candidates``, ``tasks`` and ``texts`` are content-addressed: each is kept once, under its SHA-256.
``events`` is append-only (triggers abort an UPDATE or DELETE) and is the truth; the summary
columns of ``runs`` are derived from it so that listing thousands of runs reads no event, and so are
the rows of ``model_calls``. What was said to and by models is in ``texts``, as JSON.
Times are seconds since the epoch, UTC.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

HEAD = "0002"
"""Schema version of this code: the newest file in ``migrations/versions``."""

VERSION_TABLE = "proofsmith_version"
"""Where the store keeps its schema version; not Alembic's default name, so that a PostgreSQL
database can be shared with another program that uses Alembic."""

metadata = MetaData()

_KEY = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers rows only for INTEGER

tasks = Table(
    "tasks",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("id", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("json", Text, nullable=False),
)

candidates = Table(
    "candidates",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("language", Text, nullable=False),
    # Bytes (UTF-8): a model may propose text with NUL or lone surrogates, which TEXT cannot hold everywhere.
    Column("source", LargeBinary, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("key", _KEY, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("task", String(64), ForeignKey("tasks.digest"), nullable=False),
    Column("strategy", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("seed", Text, nullable=False),  # decimal text: a seed is an int of any size
    Column("version", Text, nullable=False),
    Column("started", Double, nullable=False),
    Column("finished", Double),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("best_node", Integer),
    Column("best_candidate", String(64), ForeignKey("candidates.hash")),
    Column("best_status", Text),
    Column("best_assurance", Text),
    Column("best_score", Double),
    Column("seconds", Double, nullable=False),
    Column("candidates", BigInteger, nullable=False),
    Column("verifier_calls", BigInteger, nullable=False),
    Column("model_calls", BigInteger, nullable=False),
    Column("tokens", BigInteger, nullable=False),
    Column("cost", Double, nullable=False),
    Index("ix_runs_started", "started"),
    Index("ix_runs_task", "task"),
)

events = Table(
    "events",
    metadata,
    Column("run", _KEY, ForeignKey("runs.key"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("time", Double, nullable=False),
    Column("kind", Text, nullable=False),
    Column("node", Integer),
    Column("candidate", String(64), ForeignKey("candidates.hash")),
    Column("status", Text),
    Column("json", Text, nullable=False),
)
Index(
    "ix_events_passed",
    events.c.time,
    sqlite_where=events.c.status == "PASS",
    postgresql_where=events.c.status == "PASS",
)

texts = Table(
    "texts",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("body", Text, nullable=False),  # JSON in ASCII
)

model_calls = Table(
    "model_calls",
    metadata,
    Column("run", _KEY, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("call", String(16), nullable=False),
    Column("agent", Text, nullable=False),
    Column("node", Integer),
    Column("purpose", Text, nullable=False),
    Column("template", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("server", Text, nullable=False),
    Column("samples", Integer, nullable=False),
    Column("prompt_tokens", BigInteger, nullable=False),
    Column("completion_tokens", BigInteger, nullable=False),
    Column("cost", Double),  # US dollars; NULL where the price is unknown
    Column("cached", Boolean, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("finish_reason", Text, nullable=False),  # of the first answer
    ForeignKeyConstraint(["run", "seq"], ["events.run", "events.seq"]),
    Index("ix_model_calls_call", "call"),
)

leases = Table(
    "leases",
    metadata,
    Column("run", _KEY, ForeignKey("runs.key"), primary_key=True, autoincrement=False),
    Column("host", Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("born", Text, nullable=False),
    Column("token", String(32), nullable=False),
    Column("taken", Double, nullable=False),
)
