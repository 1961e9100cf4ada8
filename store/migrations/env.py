"""Runs the migrations on the connection that `proofsmith.store.migrate` hands over."""

from __future__ import annotations

from alembic import context

from proofsmith.store import schema


def migrate() -> None:
    """Bring the connection's schema to the version that was asked for, in its open transaction."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=schema.metadata,
        version_table=schema.VERSION_TABLE,
    )
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # the name under which Alembic loads this file; a plain import does nothing
    migrate()
