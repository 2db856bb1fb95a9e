"""Releases: asked for, submitted, approved by another person, withdrawn in sight of everybody. What
they hold is computed by a job (publishing)."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.core import clock
from app.core.errors import InvalidInput
from app.indicators.models import Release, ReleaseState
from app.indicators.models.releases import OPEN, OwnRelease, ReleaseMoved, ReleaseOutdated
from app.indicators.periods import Period
from app.indicators.queries.released import newest_published, rule_versions
from app.indicators.services.publication import (
    is_of_other_rule,
    lock_publication,
    newer_of_communes,
    newer_releases,
    newer_reports,
    touches,
)

_FIRST_YEAR = 2020


@dataclass(frozen=True, slots=True)
class Export:
    """What of the figures was taken out, and as what."""

    format: str
    audience: str
    period: str
    table: str | None = None
    release: Release | None = None


def ask_release(
    session: Session, *, actor: Actor, period: Period, note: str | None, now: datetime
) -> Release:
    """A draft of the figures of a period that is over; the job counts and protects them.

    Raises InvalidInput("period") where the period is not over, or a draft of it is under way.
    """
    lock_publication(session)
    if period.end > clock.local(now).date():
        raise InvalidInput("period", _l("Kỳ này chưa kết thúc nên chưa lập bản công bố được."))
    if period.year < _FIRST_YEAR:
        raise InvalidInput("period", _l("Hệ thống không có số liệu của kỳ này."))
    under_way = select(Release.id).where(Release.period == str(period), Release.state.in_(OPEN))
    if session.scalar(under_way) is not None:
        raise InvalidInput("period", _l("Kỳ này đang có một bản chưa duyệt. Hãy mở bản đó."))
    base = newest_published(session, str(period))
    if base is not None and not note:
        raise InvalidInput(
            "note", _l("Kỳ này đã công bố rồi. Ghi vì sao cần bản mới; người đọc sẽ thấy.")
        )
    release = Release(
        period=str(period),
        edition=base.edition + 1 if base else 1,
        base_id=base.id if base else None,
        note=note,
        asked_at=now,
        by_id=actor.id,
        state=ReleaseState.ASKED,
        beside=[],
    )
    session.add(release)
    session.flush()
    _tell(session, actor, release, "asked", now)
    return release


def submit_release(session: Session, *, actor: Actor, release: Release, now: datetime) -> None:
    """For another person to decide. Raises ReleaseMoved, ReleaseOutdated."""
    _refresh(session, release)
    if release.state is not ReleaseState.DRAFTED:
        raise ReleaseMoved
    _check_beside(session, release)
    release.submit(now=now)
    _tell(session, actor, release, "submitted", now)


def approve_release(session: Session, *, actor: Actor, release: Release, now: datetime) -> str:
    """Publish it under the next number of the year, which is returned.

    Raises ReleaseMoved, OwnRelease, and ReleaseOutdated where another one was published since (its
    small figures were not protected beside that one) or other thresholds hold by now.
    """
    _refresh(session, release)
    if release.by_id == actor.id:
        raise OwnRelease
    if release.state is not ReleaseState.SUBMITTED:
        raise ReleaseMoved
    _check_beside(session, release)
    _check_rule(session, release)
    number = _next_number(session, clock.local(now).year)
    release.approve(by=actor.id, number=number, now=now)
    _tell(session, actor, release, "approved", now)
    return number


def drop_release(
    session: Session, *, actor: Actor, release: Release, reason: str, now: datetime
) -> None:
    """A draft that will not be published. Raises ReleaseMoved."""
    _refresh(session, release)
    release.drop(by=actor.id, reason=reason, now=now)
    _tell(session, actor, release, "dropped", now)


def is_outdated(session: Session, release: Release) -> bool:
    """Whether it would be refused: it has to be counted again."""
    try:
        _check_beside(session, release)
        _check_rule(session, release)
    except ReleaseOutdated:
        return True
    return False


def count_again(session: Session, *, actor: Actor, release: Release, now: datetime) -> Release:
    """A draft of the same period in place of one that is outdated. Raises ReleaseMoved."""
    drop_release(session, actor=actor, release=release, reason=ReleaseOutdated.__name__, now=now)
    period = Period.parse(release.period)
    return ask_release(session, actor=actor, period=period, note=release.note, now=now)


def withdraw_release(
    session: Session, *, actor: Actor, release: Release, reason: str, now: datetime
) -> None:
    """Number and figures stay in sight, marked as withdrawn. Raises ReleaseMoved."""
    _refresh(session, release)
    release.withdraw(by=actor.id, reason=reason, now=now)
    _tell(session, actor, release, "withdrawn", now)


def note_export(session: Session, *, actor: Actor, export: Export, now: datetime) -> None:
    """That figures were taken out as a file."""
    data: dict[str, object] = {
        "format": export.format,
        "audience": export.audience,
        "period": export.period,
    }
    if export.table is not None:
        data["table"] = export.table
    subject_id = None
    if export.release is not None:
        subject_id, data["number"] = export.release.id, export.release.number
    record(session, actor, AuditAction.FIGURES_EXPORTED, at=now, subject_id=subject_id, data=data)


def _refresh(session: Session, release: Release) -> None:
    lock_publication(session)
    session.refresh(release, with_for_update=True)


def _check_beside(session: Session, release: Release) -> None:
    """Each release, and each report, that may bear on this one was known when it was protected, or
    was protected beside it."""
    newer = [
        *newer_releases(session, release.beside),
        *newer_reports(session, release.beside),
        *newer_of_communes(session, release),
    ]
    if any(touches(release.period, its) for its in newer):
        raise ReleaseOutdated


def _check_rule(session: Session, release: Release) -> None:
    """The thresholds of the draft are those that hold."""
    if is_of_other_rule(session, rule_versions(session, release.id)):
        raise ReleaseOutdated


def _next_number(session: Session, year: int) -> str:
    """CB-2026-01, -02, … in the order of approval."""
    given = select(func.count()).where(Release.number.startswith(f"CB-{year}-"))
    return f"CB-{year}-{session.scalars(given).one() + 1:02d}"


def _tell(session: Session, actor: Actor, release: Release, step: str, now: datetime) -> None:
    session.flush()
    data = {
        "step": step,
        "period": release.period,
        "edition": release.edition,
        "number": release.number,
    }
    record(session, actor, AuditAction.RELEASE_CHANGED, at=now, subject_id=release.id, data=data)
