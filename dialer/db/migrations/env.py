"""Alembic's entry. The application migrates over its own connection (`dialer.db.migrate`)."""

from alembic import context
from sqlalchemy import Connection

from dialer.db.tables import metadata


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
