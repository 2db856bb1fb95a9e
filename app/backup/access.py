"""By which roles a backup is read, tried and brought back."""

from dataclasses import dataclass

from sqlalchemy import make_url

from app.backup.faults import BackupFault, Fault
from app.core import embedded
from config import Settings


@dataclass(frozen=True)
class Access:
    """`reader` sees every row and makes scratch databases; `owner` (None: not known here) has the
    tables and may put others in their place."""

    reader: str
    owner: str | None


def access_of(settings: Settings) -> Access:
    """Raises BackupFault where nobody was named who may read everything."""
    own = embedded_urls(settings)
    if own is not None:
        return Access(own.superuser, own.owner)
    if settings.backup_database_url is None:
        raise BackupFault(
            Fault.NO_ACCESS,
            "set BACKUP_DATABASE_URL: the address of a role that may read everything and make"
            " databases (docs/operations.md)",
        )
    return Access(settings.backup_database_url, settings.database_owner_url)


def owner_of(settings: Settings) -> str:
    """Who restores. Raises BackupFault."""
    own = embedded_urls(settings)
    owner = own.owner if own else settings.database_owner_url
    if owner is None:
        raise BackupFault(
            Fault.NO_ACCESS, "set DATABASE_OWNER_URL: the address of the owner's role"
        )
    return owner


def embedded_urls(settings: Settings) -> embedded.DatabaseUrls | None:
    """The addresses of the embedded server, where that is the one: started by this process, or by
    the one that gave it the address."""
    if settings.database_url is None:
        return embedded.start(settings.instance_dir)
    host = make_url(settings.database_url).query.get("host")
    own = embedded.urls_of(settings.instance_dir)
    is_own = host == make_url(own.app).query["host"] and settings.backup_database_url is None
    name = make_url(settings.database_url).database or embedded.DATABASE
    return embedded.urls_for(own, name) if is_own else None
