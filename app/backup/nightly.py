"""One night: a backup is made, proved by restoring it, and old ones make room."""

import logging
import shutil
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
from sqlalchemy.orm import Session

from app.audit import anchors
from app.audit.actions import AuditAction
from app.audit.services import record
from app.backup.access import access_of
from app.backup.create import create_backup
from app.backup.faults import BackupFault, Fault
from app.backup.models import BackupOutcome, BackupRun
from app.backup.queries import last_night, last_run
from app.backup.verify import verify_backup
from app.core import clock, destroyed
from config import Settings

log = logging.getLogger("vongtay.backup")
AGAIN_AFTER = timedelta(hours=1)  # a failed one is tried again
_NAME = "vongtay-%Y%m%d-%H%M%S.backup"
_PATTERN = "vongtay-????????-??????.backup"
_SUSPECT = ".failed"  # kept for who looks for the reason, the newest only


@dataclass
class Night:
    """What is to be remembered of a run, as far as it came."""

    path: Path
    found: dict[str, int] = field(default_factory=dict)


def is_due(session: Session, now: datetime) -> bool:
    """Once after each half past two; a night that was missed is made up for."""
    newest = last_run(session)
    if newest is None or newest.started_at < last_night(now):
        return True
    return newest.outcome is BackupOutcome.FAILED and now - newest.started_at >= AGAIN_AFTER


def run_night(settings: Settings, folder: Path, now: datetime) -> BackupRun:
    """Make, prove, tidy. Never raises: what went wrong is in the row."""
    night = Night(folder / f"{clock.local(now):{_NAME}}")
    fault: Fault | None = None
    try:
        _make_and_prove(night, settings, now)
        _tidy(folder, settings.backup_keep)
    except BackupFault as error:
        log.exception("backup.failed", extra={"outcome": error.fault})
        fault = error.fault
    except OSError:
        log.exception("backup.failed", extra={"outcome": Fault.NOT_WRITTEN})
        fault = Fault.NOT_WRITTEN
    except psycopg.Error:
        log.exception("backup.failed", extra={"outcome": Fault.NOT_DUMPED})
        fault = Fault.NOT_DUMPED
    except Exception:
        log.exception("backup.failed")
        fault = Fault.UNKNOWN
    if fault and night.path.exists():
        _put_under_suspicion(night.path)
    return BackupRun(
        started_at=now,
        ended_at=clock.now(),
        outcome=BackupOutcome.FAILED if fault else BackupOutcome.PROVED,
        fault=fault,
        file=night.path.name if "bytes" in night.found else None,
        **night.found,
    )


def _make_and_prove(night: Night, settings: Settings, now: datetime) -> None:
    reader = access_of(settings).reader
    night.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    began = time.monotonic()
    manifest = create_backup(night.path, settings=settings, reader=reader, now=now)
    night.found |= {
        "made_ms": _since(began), "bytes": night.path.stat().st_size, "events": manifest.events,
    }  # fmt: skip
    began = time.monotonic()
    proved = verify_backup(night.path, settings=settings, reader=reader)
    night.found |= {"proved_ms": _since(began), "fields": proved.fields, "files": proved.files}
    if proved.problems:
        raise BackupFault(proved.problems[0].fault, proved.problems[0].what)
    _copy_lists(settings.instance_dir, night.path.parent)


def _copy_lists(instance_dir: Path, folder: Path) -> None:
    """Beside the backups: what a restore of an older one must know, and what the log signed."""
    for path in (destroyed.file_in(instance_dir), anchors.file_in(instance_dir)):
        if path.is_file():
            unfinished = folder / f".{path.name}.new"
            shutil.copyfile(path, unfinished)
            unfinished.chmod(0o600)
            unfinished.rename(folder / path.name)


def _tidy(folder: Path, keep: int) -> None:
    """The newest stay; the names sort by time."""
    for path in sorted(folder.glob(_PATTERN), reverse=True)[keep:]:
        path.unlink()


def _put_under_suspicion(path: Path) -> None:
    """A backup that is not proved does not look like one that is."""
    for old in path.parent.glob(_PATTERN + _SUSPECT):
        old.unlink()
    path.rename(path.with_name(path.name + _SUSPECT))


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def note(session: Session, run: BackupRun) -> None:
    """The row for the administrator's page, and what left the database in the log."""
    session.add(run)
    record(
        session,
        None,
        AuditAction.BACKUP_MADE,
        at=run.started_at,
        outcome="ok" if run.outcome is BackupOutcome.PROVED else "failed",
        data={"count": run.events, "bytes": run.bytes},
    )
    session.flush()
