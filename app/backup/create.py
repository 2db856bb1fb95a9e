"""Making a backup: one encrypted file, whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from app.backup import postgres
from app.backup.contents import Facts, facts_of, instance_files, snapshot_of
from app.backup.envelope import Sealer
from app.backup.faults import BackupFault, Fault
from app.backup.members import DUMP, FORMAT, Manifest, MemberWriter
from app.core.crypto import keyring
from config import Settings


def create_backup(path: Path, *, settings: Settings, reader: str, now: datetime) -> Manifest:
    """Write the backup of this installation to `path`, which must not be there yet.

    Raises BackupFault. Nothing is left behind where it fails.
    """
    with _whole_or_not(path) as file:
        writer = MemberWriter(Sealer(file, keyring()))
        # before the snapshot: the log in it has all that these anchors signed
        _write_files(writer, settings)
        with postgres.connect(reader) as connection, snapshot_of(connection) as snapshot:
            facts = facts_of(connection)
            with writer.member(DUMP) as write:
                postgres.dump(reader, facts.major, snapshot, write)
        manifest = _manifest(facts, writer, now)
        writer.finish(manifest)
    return manifest


def _write_files(writer: MemberWriter, settings: Settings) -> None:
    for name, path in instance_files(settings.instance_dir, settings.keyset_file):
        content = path.read_bytes()
        with writer.member(name) as write:
            for place in range(0, len(content), postgres.BLOCK):
                write(content[place : place + postgres.BLOCK])


def _manifest(facts: Facts, writer: MemberWriter, now: datetime) -> Manifest:
    return Manifest(
        format=FORMAT,
        made_at=now,
        program=program_version(),
        server=facts.server,
        revision=facts.revision,
        events=facts.events,
        last_event_id=facts.last_event_id,
        checkpoint=facts.checkpoint,
        tables=facts.tables,
        members=dict(writer.written),
    )


def program_version() -> str:
    try:
        return version("vongtay")
    except PackageNotFoundError:  # run from its checkout
        return "unpackaged"


@contextmanager
def _whole_or_not(path: Path) -> Iterator[BinaryIO]:
    """A new file that only its owner reads; it has its name when it is on the disk."""
    if path.exists():
        raise BackupFault(Fault.NOT_WRITTEN, f"{path} is there already; nothing was written")
    unfinished = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise BackupFault(Fault.NOT_WRITTEN, f"{path}: {error.strerror}") from error
    finally:
        with suppress(OSError):  # there is no such folder
            unfinished.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """The name of a new file is kept by its folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
