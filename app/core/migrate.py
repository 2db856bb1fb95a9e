"""The schema by plain Alembic, called from the program: at start-up, in tests, by hand."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

ROOT = Path(__file__).parent.parent.parent


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Bring the schema to `revision`. Several processes may call it at once: one does the work."""
    command.upgrade(_config(owner_url), revision)


def downgrade(owner_url: str, revision: str) -> None:
    """Take the schema back to `revision` ("base" empties it)."""
    command.downgrade(_config(owner_url), revision)


def is_current(connection: Connection) -> bool:
    """Whether the schema of the database is the newest that this program knows."""
    script = ScriptDirectory.from_config(_config(""))
    return set(MigrationContext.configure(connection).get_current_heads()) == set(
        script.get_heads()
    )


def is_known(revision: str) -> bool:
    """Whether this program knows the schema of that name, the newest or an older one."""
    script = ScriptDirectory.from_config(_config(""))
    return revision in {known.revision for known in script.walk_revisions()}


def _config(owner_url: str) -> Config:
    config = Config(ROOT / "alembic.ini")
    config.attributes["url"] = owner_url  # not an option: a % in a password is not to be expanded
    return config
