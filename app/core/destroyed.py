"""The list of destroyed data keys, kept in a file outside the database: ids and times only.

A backup brings back the keys that lived when it was made; what was erased since is erased again.
"""

import json
import logging
import uuid
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from apscheduler.triggers.interval import IntervalTrigger
from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.jobs import Job
from app.core.line_files import append_lines, read_lines
from app.core.sealed import DataKey

log = logging.getLogger("vongtay.keys")
FILE = "destroyed-keys.jsonl"
AT_ONCE = 1_000  # ids in one statement


def file_in(instance_dir: Path) -> Path:
    return instance_dir / FILE


def read_destroyed(path: Path) -> dict[uuid.UUID, datetime]:
    """When each key of the list was destroyed."""
    return parse(read_lines(path))


def parse(lines: Iterable[str]) -> dict[uuid.UUID, datetime]:
    """A line that a crash cut off counts for nothing."""
    found = {}
    for line in lines:
        try:
            fields = json.loads(line)
            found[uuid.UUID(fields["id"])] = _aware(datetime.fromisoformat(fields["at"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            log.warning("destroyed_keys.unreadable_line")
    return found


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("naive datetime")
    return moment


def write_destroyed(path: Path, keys: dict[uuid.UUID, datetime]) -> int:
    """Append those that the file does not have yet. Returns how many."""
    known = read_destroyed(path)
    new = sorted((at, key_id) for key_id, at in keys.items() if key_id not in known)
    lines = [json.dumps({"id": str(key_id), "at": at.isoformat()}) for at, key_id in new]
    append_lines(path, lines)
    return len(lines)


def keep_destroyed(session: Session, path: Path) -> int:
    """Append every destroyed key that the file does not have yet. Returns how many."""
    gone = select(DataKey.id, DataKey.destroyed_at).where(DataKey.destroyed_at.is_not(None))
    return write_destroyed(path, {row.id: row.destroyed_at for row in session.execute(gone)})


def replay(session: Session, path: Path) -> int:
    """Destroy again what the file lists and a restored database has brought back. Returns how
    many."""
    listed = list(read_destroyed(path).items())
    again = 0
    for place in range(0, len(listed), AT_ONCE):
        part = dict(listed[place : place + AT_ONCE])
        alive = select(DataKey.id).where(DataKey.id.in_(part), DataKey.wrapped.is_not(None))
        for key_id in session.scalars(alive).all():
            session.execute(
                update(DataKey)
                .where(DataKey.id == key_id)
                .values(wrapped=None, destroyed_at=part[key_id])
            )
            again += 1
    return again


def keep_and_replay(session: Session, _now: datetime) -> None:
    """Whichever way an older database came back, its erased keys do not live for long."""
    path = file_in(current_app.extensions["settings"].instance_dir)
    if again := replay(session, path):
        log.warning("destroyed_keys.replayed", extra={"count": again})
    keep_destroyed(session, path)


KEEP_DESTROYED = Job(
    "destroyed-keys", IntervalTrigger(minutes=1), keep_and_replay, run_at_start=True
)
