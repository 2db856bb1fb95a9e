"""The schema by plain Alembic, called from the program: at start-up, in tests, by hand."""

from pathlib import Path

from alembic import command
from alembic.config import Config

ROOT = Path(__file__).parent.parent.parent


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Bring the schema to `revision`. Several processes may call it at once: one does the work."""
    command.upgrade(_config(owner_url), revision)


def downgrade(owner_url: str, revision: str) -> None:
    """Take the schema back to `revision` ("base" empties it)."""
    command.downgrade(_config(owner_url), revision)


def _config(owner_url: str) -> Config:
    config = Config(ROOT / "alembic.ini")
    config.attributes["url"] = owner_url  # not an option: a % in a password is not to be expanded
    return config
