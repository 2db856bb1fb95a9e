"""How Alembic reaches the database: the owner's address, one migrating process at a time."""

import os
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, Enum, create_engine, pool, text
from sqlalchemy.dialects.postgresql import JSONB

from app import factory
from app.core.db import Base, UtcDateTime

MIGRATION_LOCK = 7305000  # the number of the advisory lock

MODELS = factory  # importing the factory loads the models of every package
target_metadata = Base.metadata


def owner_url() -> str:
    """From the caller (app.core.migrate), from `-x url=`, or from the environment."""
    given = context.config.attributes.get("url") or context.get_x_argument(as_dictionary=True).get(
        "url"
    )
    return str(given or os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"])


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Column types of ours as plain ones: a migration imports nothing of the application."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, Enum):  # kept as text; the values are the application's
        return f"sa.String(length={item.length})"
    if isinstance(item, JSONB):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return "postgresql.JSONB()"
    return False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=target_metadata,
        render_item=render_item,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def migrate() -> None:
    """Migrate under a lock, which a connection of its own holds: who waited finds it done."""
    engine = create_engine(owner_url(), poolclass=pool.NullPool)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as guard:
        guard.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        with engine.connect() as connection:
            run(connection)


if context.is_offline_mode():
    raise SystemExit("Migrations run on a database; --sql is not supported")
migrate()
