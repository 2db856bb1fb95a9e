"""Proving a backup: read whole, restored into a scratch database, compared with what it says."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from app.audit import anchors
from app.backup import checks, postgres
from app.backup.checks import Anchored, Problem
from app.backup.contents import count_rows
from app.backup.faults import BackupFault, Fault
from app.backup.members import DUMP, LastCheckpoint, Manifest, read_backup
from app.core import clock, schema
from app.core.crypto import keyring
from config import Settings


@dataclass
class Verified:
    """What was compared, and what was found wrong; `notes` are no fault of the backup."""

    manifest: Manifest
    fields: int = 0
    files: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_whole(path: Path) -> Manifest:
    """Every piece opens, every member is what the manifest says, the program knows the schema.

    Raises BackupFault.
    """
    manifest = read_backup(path, keyring())
    if not schema.is_known(manifest.revision):
        raise BackupFault(
            Fault.NEWER_SCHEMA,
            f"it was made by a newer program: its schema {manifest.revision} is not known here",
        )
    return manifest


def verify_backup(
    path: Path, *, settings: Settings, reader: str, anchor: Path | None = None
) -> Verified:
    """Everything that can be proved without touching the real database.

    Raises BackupFault where the file cannot be read or restored at all; other faults are gathered.
    """
    manifest = read_whole(path)
    found = Verified(manifest)
    with postgres.scratch_database(reader) as scratch:
        restore_into(scratch, path)
        with postgres.connect(scratch) as connection:
            rows = count_rows(connection)
        found.problems += checks.count_problems(manifest, rows)
        lines = known_anchors(settings, anchor)
        engine = create_engine(scratch, poolclass=NullPool)
        with Session(engine) as session:
            session.execute(text("SET TRANSACTION READ ONLY"))
            _check(session, found, lines)
    return found


def restore_into(scratch: str, path: Path) -> None:
    with postgres.connect(scratch) as connection:
        major = postgres.server_version(connection)
    with postgres.restoring(scratch, major) as write:
        read_backup(path, keyring(), of_dump(write))


def of_dump(write: postgres.Write) -> Callable[[str, bytes], None]:
    """Of all members the dump only."""

    def take(name: str, block: bytes) -> None:
        if name == DUMP:
            write(block)

    return take


def known_anchors(settings: Settings, anchor: Path | None) -> list[str]:
    """What this installation has kept of its log, and what was kept elsewhere."""
    own = anchors.read_anchors(anchors.file_in(settings.instance_dir))
    return [*own, *(anchors.read_anchors(anchor) if anchor else ())]


def _check(session: Session, found: Verified, lines: Sequence[str]) -> None:
    manifest = found.manifest
    known = checks.split_anchors(lines, manifest.checkpoint)
    found.problems += checks.log_problems(session, known.then, manifest.made_at)
    found.notes += _age(manifest, known)
    values = checks.sample_fields(session, random.SystemRandom())
    found.fields = len(values)
    found.problems += checks.field_problems(values)
    files = checks.sample_files(session)
    found.files = len(files)
    found.problems += checks.file_problems(session, files)


def _age(manifest: Manifest, known: Anchored) -> Iterator[str]:
    """A backup is older than the log that went on; how much would be lost must be read."""
    if not known.later:
        return
    newest = max(map(checks.read_anchor, known.later), key=lambda one: one.last)
    yield (
        f"OLDER than the anchors of this installation: the log went on to {_named(newest)},"
        f" the backup ends at {_named(manifest.checkpoint)}. Everything recorded in between is not"
        " in it: restore it only if there is no newer backup."
    )


def _named(checkpoint: LastCheckpoint | None) -> str:
    if checkpoint is None:
        return "no checkpoint"
    at = clock.local(checkpoint.at)
    number = "" if checkpoint.number is None else f" {checkpoint.number}"
    return f"checkpoint{number} of {at:%Y-%m-%d %H:%M} (event {checkpoint.last})"
