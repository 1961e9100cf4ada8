"""Tasks, candidates, runs, append-only events, leases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables, their indexes and the triggers that keep what was written."""
    op.create_table(
        "tasks",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("json", sa.Text, nullable=False),
    )
    op.create_table(
        "candidates",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("source", sa.LargeBinary, nullable=False),
    )
    _create_runs()
    _create_events()
    op.create_table(
        "leases",
        sa.Column("run", _KEY, sa.ForeignKey("runs.key"), primary_key=True, autoincrement=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.BigInteger, nullable=False),
        sa.Column("born", sa.Text, nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("taken", sa.Double, nullable=False),
    )
    for table in ("events", "candidates", "tasks"):
        _keep_for_ever(table)


def _create_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("key", _KEY, primary_key=True),
        sa.Column("id", sa.String(40), nullable=False, unique=True),
        sa.Column("task", sa.String(64), sa.ForeignKey("tasks.digest"), nullable=False),
        sa.Column("strategy", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("seed", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("started", sa.Double, nullable=False),
        sa.Column("finished", sa.Double),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("best_node", sa.Integer),
        sa.Column("best_candidate", sa.String(64), sa.ForeignKey("candidates.hash")),
        sa.Column("best_status", sa.Text),
        sa.Column("best_assurance", sa.Text),
        sa.Column("best_score", sa.Double),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("candidates", sa.BigInteger, nullable=False),
        sa.Column("verifier_calls", sa.BigInteger, nullable=False),
        sa.Column("model_calls", sa.BigInteger, nullable=False),
        sa.Column("tokens", sa.BigInteger, nullable=False),
        sa.Column("cost", sa.Double, nullable=False),
    )
    op.create_index("ix_runs_started", "runs", ["started"])
    op.create_index("ix_runs_task", "runs", ["task"])


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("run", _KEY, sa.ForeignKey("runs.key"), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("time", sa.Double, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("node", sa.Integer),
        sa.Column("candidate", sa.String(64), sa.ForeignKey("candidates.hash")),
        sa.Column("status", sa.Text),
        sa.Column("json", sa.Text, nullable=False),
    )
    passed = sa.text("status = 'PASS'")
    op.create_index("ix_events_passed", "events", ["time"], sqlite_where=passed, postgresql_where=passed)


def _keep_for_ever(table: str) -> None:
    """Make the database itself refuse to change or delete rows of `table`."""
    message = f"{table} are append-only"
    if op.get_context().dialect.name == "sqlite":
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )
