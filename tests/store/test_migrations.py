"""The numbered migrations lead to the schema of the code, for both databases."""

import io
import re
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from proofsmith.store import migrate, schema
from proofsmith.store.database import connect, engine_for
from proofsmith.store.location import resolve
from proofsmith.store.migrations import env
from proofsmith.store.migrations.versions import m0001_first_schema, m0002_model_calls


def test_the_migrations_make_the_schema_of_the_code(store, path):
    engine = engine_for(resolve(str(path)))
    with connect(engine) as connection:
        options = {"version_table": schema.VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()


def test_versions_are_numbered_without_gaps_and_the_code_knows_the_newest():
    config = Config()
    config.set_main_option("script_location", str(migrate.FOLDER))
    script = ScriptDirectory.from_config(config)
    revisions = sorted(s.revision for s in script.walk_revisions())
    assert revisions == [f"{n:04}" for n in range(1, len(revisions) + 1)]
    assert script.get_heads() == [schema.HEAD]
    files = [p.name for p in Path(migrate.FOLDER, "versions").glob("m*.py")]
    assert sorted(name[1:5] for name in files) == revisions
    assert all(re.fullmatch(r"m\d{4}_\w+\.py", name) for name in files)


def test_the_migrations_can_be_imported_without_doing_anything():
    assert callable(env.migrate)
    assert m0001_first_schema.revision == "0001"


def test_the_postgresql_schema_can_be_written_out():
    text = io.StringIO()
    options = {"as_sql": True, "output_buffer": text}
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    with Operations.context(context):
        m0001_first_schema.upgrade()
        m0002_model_calls.upgrade()
    sql = text.getvalue()
    assert "CREATE TABLE events" in sql
    assert "BEFORE UPDATE OR DELETE OR TRUNCATE ON events" in sql
    assert "WHERE status = 'PASS'" in sql
    assert "BEFORE UPDATE OR DELETE OR TRUNCATE ON model_calls" in sql
