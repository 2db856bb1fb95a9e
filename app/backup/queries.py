"""How the nightly backups are doing."""

from datetime import datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.backup.models import BackupOutcome, BackupRun
from app.core import clock

NIGHTLY = time(2, 30)  # Vietnam's
OLDEST = timedelta(hours=26)  # a proved backup is not older than this
SHOWN = 30


class BackupState(StrEnum):
    """OFF: no folder was named. NONE_YET: the first night is still to come."""

    OFF = "off"
    NONE_YET = "none_yet"
    GOOD = "good"
    FAILED = "failed"
    LATE = "late"

    @property
    def is_alarm(self) -> bool:
        return self in (BackupState.OFF, BackupState.FAILED, BackupState.LATE)


def recent_runs(session: Session) -> list[BackupRun]:
    """Newest first."""
    newest = select(BackupRun).order_by(BackupRun.started_at.desc(), BackupRun.id.desc())
    return list(session.scalars(newest.limit(SHOWN)))


def last_run(session: Session) -> BackupRun | None:
    return session.scalars(
        select(BackupRun).order_by(BackupRun.started_at.desc(), BackupRun.id.desc()).limit(1)
    ).one_or_none()


def last_proved(session: Session) -> BackupRun | None:
    return session.scalars(
        select(BackupRun)
        .where(BackupRun.outcome == BackupOutcome.PROVED)
        .order_by(BackupRun.started_at.desc())
        .limit(1)
    ).one_or_none()


def backup_state(session: Session, now: datetime, *, is_on: bool) -> BackupState:
    """What an administrator must know: the newest run, and how old the last proved one is."""
    if not is_on:
        return BackupState.OFF
    newest, proved = last_run(session), last_proved(session)
    if newest is None:
        return BackupState.NONE_YET
    if newest.outcome is BackupOutcome.FAILED:
        return BackupState.FAILED
    is_late = proved is None or now - proved.started_at > OLDEST
    return BackupState.LATE if is_late else BackupState.GOOD


def last_night(now: datetime) -> datetime:
    """The newest moment at which a backup should have begun."""
    today = clock.local(now)
    at = datetime.combine(today.date(), NIGHTLY, tzinfo=clock.LOCAL)
    return at if at <= today else at - timedelta(days=1)


def next_night(now: datetime) -> datetime:
    return last_night(now) + timedelta(days=1)
