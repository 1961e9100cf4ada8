"""Texts said to and by language models, and a row for each call."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proofsmith.store.migrations.versions.m0001_first_schema import _keep_for_ever

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the two tables and the triggers that keep what was written."""
    op.create_table(
        "texts",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "model_calls",
        sa.Column("run", _KEY, primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("call", sa.String(16), nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("node", sa.Integer),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("server", sa.Text, nullable=False),
        sa.Column("samples", sa.Integer, nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger, nullable=False),
        sa.Column("completion_tokens", sa.BigInteger, nullable=False),
        sa.Column("cost", sa.Double),
        sa.Column("cached", sa.Boolean, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("finish_reason", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["run", "seq"], ["events.run", "events.seq"]),
    )
    op.create_index("ix_model_calls_call", "model_calls", ["call"])
    for table in ("texts", "model_calls"):
        _keep_for_ever(table)
