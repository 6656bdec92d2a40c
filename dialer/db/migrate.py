"""Bring a database to the schema of this code, whatever it was before; refuse one that is ahead of it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from dialer.db.errors import DatabaseNewer

SCRIPTS: Final = Path(__file__).parent / "migrations"
_MIGRATING: Final = 7_105_600_001  # any number, so that two servers starting at once migrate one after the other
_ONE_AT_A_TIME: Final = threading.Lock()  # Alembic knows one connection in the whole process


def configuration(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    revision = ScriptDirectory.from_config(configuration()).get_current_head()
    assert revision is not None
    return revision


def migrate(connection: Connection) -> None:
    """One transaction on both databases: a migration that fails leaves the old schema.

    Raises `DatabaseNewer`.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
    config = configuration(connection)
    scripts = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    if current == scripts.get_current_head():
        return
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise DatabaseNewer(
            f"The database has schema {current}, which this version of Goldenhour does not know; "
            "install the newer version again, or restore the backup made before it was installed.",
            field="database",
        )
    with _ONE_AT_A_TIME:
        command.upgrade(config, "head")
