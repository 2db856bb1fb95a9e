"""Bringing a backup back: all of it or nothing, and what was erased since stays erased."""

import os
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from psycopg import sql
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from app.audit import anchors
from app.audit.actions import AuditAction
from app.audit.services import record
from app.backup import postgres
from app.backup.access import embedded_urls
from app.backup.contents import FILES, REFERENCE, VAPID
from app.backup.faults import BackupFault, Fault
from app.backup.members import Manifest, read_backup
from app.backup.verify import of_dump
from app.core import clock, destroyed, embedded, migrate
from app.core.crypto import keyring
from config import Settings

Destroyed = dict[uuid.UUID, datetime]


@dataclass(frozen=True)
class Restored:
    """`erased_again`: keys that the backup had and the list of destroyed keys does not let live.
    `put_aside`: what stood in the instance folder before, under another name."""

    erased_again: int
    put_aside: list[Path]


def require_idle(settings: Settings, owner: str) -> None:
    """Raises BackupFault while another process works with the database."""
    used = embedded_urls(settings) is not None and embedded.is_used_by_others(settings.instance_dir)
    with postgres.connect(owner) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND usename IS NOT NULL"  # none: the server's own
        ).fetchone()
    others = int(row[0]) if row else 0
    if used or others:
        raise BackupFault(
            Fault.IN_USE,
            f"the database is in use ({others} connections of others): stop the web server and the"
            " scheduler first, on every machine",
        )


def has_tables(owner: str) -> bool:
    with postgres.connect(owner) as connection:
        row = connection.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_class WHERE relkind IN ('r', 'p')"
            " AND relnamespace = 'public'::regnamespace)"
        ).fetchone()
    return bool(row and row[0])


def restore_backup(
    path: Path, manifest: Manifest, *, settings: Settings, owner: str, now: datetime
) -> Restored:
    """Put the database and the instance's files of the backup in the place of those there are.

    The file was read whole before. The database changes in one transaction; the erased keys and
    the sessions end in it too. Raises BackupFault, and nothing has changed.
    """
    files = read_files(path)
    listed = _list_of_destroyed(path, files, settings.instance_dir)
    with postgres.connect(owner) as connection:
        major = postgres.server_version(connection)
    with postgres.replacing(owner, major, after=_after(listed)) as write:
        read_backup(path, keyring(), of_dump(write))
    before = destroyed.file_in(settings.instance_dir)
    destroyed.write_destroyed(before, listed)
    aside = put_back(files, settings.instance_dir, now)
    migrate.upgrade(owner)
    restored = Restored(len(listed) - len(_erased_before(files)), aside)
    _note(owner, manifest, restored, now)
    return restored


def read_files(path: Path) -> dict[str, bytes]:
    """The instance's files in the backup, by their place in the instance folder."""
    found: dict[str, bytearray] = {}

    def take(name: str, block: bytes) -> None:
        if name.startswith(FILES):
            found.setdefault(name.removeprefix(FILES), bytearray()).extend(block)

    read_backup(path, keyring(), take)
    return {name: bytes(content) for name, content in found.items()}


def _list_of_destroyed(path: Path, files: dict[str, bytes], instance_dir: Path) -> Destroyed:
    """From everywhere it may stand: here, beside the backup, in the backup."""
    beside = destroyed.file_in(path.parent)
    here = destroyed.file_in(instance_dir)
    return {
        **_erased_before(files),
        **destroyed.read_destroyed(beside),
        **destroyed.read_destroyed(here),
    }


def _erased_before(files: dict[str, bytes]) -> Destroyed:
    return destroyed.parse(files.get(destroyed.FILE, b"").decode().splitlines())


# Where a rule would hide rows from the owner, an error is better than a key that lives on.
_PLAINLY = "SET LOCAL search_path = public; SET LOCAL row_security = off;"
_ERASE = sql.SQL(
    "UPDATE data_keys SET wrapped = NULL, destroyed_at = gone.at FROM (VALUES {}) AS gone (id, at)"
    " WHERE data_keys.id = gone.id AND data_keys.wrapped IS NOT NULL;"
)
_SIGN_OUT = "UPDATE user_sessions SET ended_at = now() WHERE ended_at IS NULL;"


def _after(listed: Destroyed) -> str:
    """SQL in the transaction of the restore: no erased key lives for a moment, and a session that
    was ended since does not come back."""
    row = sql.SQL("({}::uuid, {}::timestamptz)")
    rows = [row.format(str(key_id), at.isoformat()) for key_id, at in listed.items()]
    erase = _ERASE.format(sql.SQL(", ").join(rows)).as_string() if rows else ""
    return f"{_PLAINLY}\n{erase}\n{_SIGN_OUT}"


def put_back(files: dict[str, bytes], instance_dir: Path, now: datetime) -> list[Path]:
    """Write the files of the backup; what stands there and differs is kept under another name.

    Anchors that the restored log does not contain are put aside even where the backup had none. The
    list of destroyed keys only grows and is no file to put back.
    """
    aside, signed = [], anchors.file_in(instance_dir).name
    for name in (REFERENCE, signed, VAPID):
        wanted = {path: files[path] for path in files if _belongs(path, name)}
        present = _present(instance_dir, name)
        if wanted == present or not (wanted or name == signed):
            continue
        if present:
            kept = instance_dir / f"{name}.before-{clock.local(now):%Y%m%d-%H%M%S}"
            aside.append((instance_dir / name).rename(kept))
        for path, content in wanted.items():
            _write(instance_dir, path, content)
    return aside


def _belongs(path: str, name: str) -> bool:
    """Whether it is this file, or lies in this folder: nothing leads out of it."""
    parts = PurePosixPath(path).parts
    return bool(parts) and parts[0] == name and ".." not in parts


def _present(instance_dir: Path, name: str) -> dict[str, bytes]:
    place = instance_dir / name
    files = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
    return {path.relative_to(instance_dir).as_posix(): path.read_bytes() for path in files}


def _write(instance_dir: Path, name: str, content: bytes) -> None:
    """For whom the instance folder belongs to: root restores, the service reads."""
    path = instance_dir / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)
    if os.geteuid() == 0:
        owner = instance_dir.stat()
        for own in (path, *path.parents):
            if own == instance_dir:
                break
            os.chown(own, owner.st_uid, owner.st_gid)


def _note(owner: str, manifest: Manifest, restored: Restored, now: datetime) -> None:
    """The restored log begins with what was done to it. The planner learns the sizes anew."""
    engine = create_engine(owner, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))
    with Session(engine) as session, session.begin():
        record(
            session,
            None,
            AuditAction.BACKUP_RESTORED,
            at=now,
            data={
                "made_at": manifest.made_at.isoformat(),
                "last": manifest.last_event_id,
                "count": restored.erased_again,
            },
        )
