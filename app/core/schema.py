"""Which revision of the schema this program knows, without loading what migrates (Alembic)."""

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, text

VERSIONS = Path(__file__).parent.parent.parent / "migrations" / "versions"


@cache
def newest() -> str:
    """The files of the revisions begin with their numbers: the last one."""
    return max(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*_*.py"))


def is_current(connection: Connection) -> bool:
    """Whether the schema of the database is the newest that this program knows."""
    if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
        return False
    found = connection.scalars(text("SELECT version_num FROM alembic_version")).all()
    return list(found) == [newest()]
