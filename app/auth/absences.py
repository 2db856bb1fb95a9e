"""Who is away, and who answers for their cases meanwhile."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.models import Absence, Role, User
from app.core import clock
from app.core.errors import InvalidInput

LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class AbsenceData:
    """`until_on` is the last day away."""

    user_id: uuid.UUID
    deputy_id: uuid.UUID
    since_on: date
    until_on: date


class AbsenceView(NamedTuple):
    id: uuid.UUID
    user_id: uuid.UUID
    user_name: str
    deputy_id: uuid.UUID
    deputy_name: str
    since_on: date
    until_on: date


def colleagues(session: Session, actor: Actor) -> list[tuple[uuid.UUID, str]]:
    """The active child-protection workers of the unit, by name."""
    rows = session.execute(
        select(User.id, User.name)
        .where(User.unit_id == actor.unit_id, User.role == Role.CP_WORKER, User.is_active)
        .order_by(User.name)
    )
    return [(row.id, row.name) for row in rows]


def note_absence(
    session: Session,
    *,
    actor: Actor,
    data: AbsenceData,
    now: datetime,
) -> Absence:
    """A worker notes the own absence, the Chair that of any worker of the unit.

    Raises InvalidInput for other people, dates out of order, a deputy who is away too.
    """
    known = {one for one, _name in colleagues(session, actor)}
    may_for_others = actor.role is Role.COMMUNE_CHAIR
    if data.user_id not in known or not (may_for_others or data.user_id == actor.id):
        raise InvalidInput("user_id", _l("Chọn một người đang làm việc của đơn vị."))
    if data.deputy_id not in known or data.deputy_id == data.user_id:
        raise InvalidInput("deputy_id", _l("Chọn một đồng nghiệp khác của đơn vị."))
    _check_days(data.since_on, data.until_on, clock.local(now).date())
    clashing = _overlapping(session, data.since_on, data.until_on)
    if any(one.user_id == data.deputy_id for one in clashing):
        raise InvalidInput("deputy_id", _l("Người này cũng vắng trong thời gian đó."))
    if any(one.user_id == data.user_id for one in clashing):
        raise InvalidInput("since_on", _l("Đã có một lần vắng mặt trong thời gian này."))
    absence = Absence(
        user_id=data.user_id,
        deputy_id=data.deputy_id,
        since_on=data.since_on,
        until_on=data.until_on,
        by_id=actor.id,
        created_at=now,
    )
    session.add(absence)
    _tell(session, actor, absence, "noted", now)
    session.flush()
    return absence


def cancel_absence(session: Session, *, actor: Actor, absence: Absence, now: datetime) -> None:
    """The person is back, or did not go. Of two who say so the first is noted."""
    session.refresh(absence, with_for_update=True)
    if absence.cancelled_at is None:
        absence.cancelled_at = now
        _tell(session, actor, absence, "cancelled", now)


def absences_of_unit(session: Session, unit_id: uuid.UUID, today: date) -> Sequence[AbsenceView]:
    """Those that run or are to come, the soonest first."""
    deputy = aliased(User)
    rows = session.execute(
        select(
            Absence.id,
            User.id,
            User.name,
            deputy.id,
            deputy.name,
            Absence.since_on,
            Absence.until_on,
        )
        .join(User, User.id == Absence.user_id)
        .join(deputy, deputy.id == Absence.deputy_id)
        .where(User.unit_id == unit_id, Absence.until_on >= today, Absence.cancelled_at.is_(None))
        .order_by(Absence.since_on, Absence.id)
    )
    return [AbsenceView(*row) for row in rows]


def _check_days(since_on: date, until_on: date, today: date) -> None:
    if until_on < since_on:
        raise InvalidInput("until_on", _l("Ngày cuối phải từ ngày đầu trở đi."))
    if until_on < today:
        raise InvalidInput("until_on", _l("Ngày này đã qua."))
    if (until_on - since_on).days > LONGEST_DAYS:
        raise InvalidInput("until_on", _l("Quá dài. Hãy xem lại năm."))


def _overlapping(session: Session, since_on: date, until_on: date) -> Sequence[Absence]:
    return session.scalars(
        select(Absence).where(
            Absence.cancelled_at.is_(None),
            Absence.since_on <= until_on,
            Absence.until_on >= since_on,
        )
    ).all()


def _tell(session: Session, actor: Actor, absence: Absence, step: str, now: datetime) -> None:
    data = {
        "step": step,
        "user_id": absence.user_id,
        "deputy": absence.deputy_id,
        "since": absence.since_on.isoformat(),
        "until": absence.until_on.isoformat(),
    }
    action = AuditAction.ABSENCE_CHANGED
    record(session, actor, action, at=now, subject_id=absence.user_id, data=data)
