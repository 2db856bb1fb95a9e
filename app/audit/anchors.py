"""Signed checkpoints in a file outside the database, one a line.

Who changes every row, checkpoints included, contradicts what stands here; a copy on another machine
tells even of who changes this file too.
"""

import json
import os
from datetime import datetime
from pathlib import Path

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.audit.checkpoints import export, take_checkpoint
from app.audit.models import AuditCheckpoint


def file_in(instance_dir: Path) -> Path:
    return instance_dir / "audit-anchors.jsonl"


def read_anchors(path: Path) -> list[str]:
    """The lines of the file, none where it is not there yet."""
    if not path.is_file():
        return []
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def append_anchors(path: Path, lines: list[str]) -> None:
    """Write at the end of the file, readable by its owner only, and wait for the disk."""
    if not lines:
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, "".join(f"{line}\n" for line in lines).encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def keep_earlier(session: Session, path: Path) -> None:
    """Append the checkpoints that a process signed and could not write down any more."""
    kept = max((_number(line) for line in read_anchors(path)), default=0)
    earlier = select(AuditCheckpoint).order_by(AuditCheckpoint.id)
    if kept:
        earlier = earlier.where(AuditCheckpoint.number > kept)
    append_anchors(path, [export(checkpoint) for checkpoint in session.scalars(earlier)])


def sign_and_keep(session: Session, now: datetime, path: Path) -> AuditCheckpoint | None:
    """Take a checkpoint and append it once it is certain: one that is rolled back never was."""
    checkpoint = take_checkpoint(session, now)
    if checkpoint is None:
        return None
    line = export(checkpoint)

    def keep(_session: Session) -> None:
        append_anchors(path, [line])

    event.listen(session, "after_commit", keep, once=True)
    return checkpoint


def _number(line: str) -> int:
    try:
        return int(json.loads(line).get("number", 0))
    except (ValueError, TypeError, AttributeError):
        return 0
