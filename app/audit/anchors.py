"""Signed checkpoints in a file outside the database, one a line.

Who changes every row, checkpoints included, contradicts what stands here; a copy on another machine
tells even of who changes this file too.
"""

import json
from datetime import datetime
from pathlib import Path

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.audit.checkpoints import export, take_checkpoint
from app.audit.models import AuditCheckpoint
from app.core.line_files import append_lines, read_lines


def file_in(instance_dir: Path) -> Path:
    return instance_dir / "audit-anchors.jsonl"


def read_anchors(path: Path) -> list[str]:
    return read_lines(path)


def append_anchors(path: Path, lines: list[str]) -> None:
    append_lines(path, lines)


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
