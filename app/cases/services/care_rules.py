"""What separations and substitute care share: dates that fit, clocks, and who was faster."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.auth.models import User
from app.cases.models import Case
from app.cases.queries.changes import moment_words
from app.core import clock
from app.core.errors import DomainError, InvalidInput
from app.deadlines.models import Deadline
from app.deadlines.services import start_clocks

LONGEST_SEPARATION = timedelta(days=15)
LONGEST_ORDERED = timedelta(days=366)
NOON = time(12)

Told = TypeVar("Told", bound=DomainError)


@dataclass(frozen=True, slots=True)
class Seen:
    """The version of the case that the page showed, and when."""

    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Order:
    """A competent authority requires a separation of more than 15 days: who, and by what."""

    by: str
    document: str


def check_happened(case: Case, moment: datetime, now: datetime, field: str) -> None:
    """It happened, and not before the report came in. Raises InvalidInput."""
    if moment > now:
        raise InvalidInput(field, _l("Thời điểm này chưa đến."))
    if moment < case.opened_at.replace(second=0, microsecond=0):
        raise InvalidInput(field, _l("Thời điểm này trước khi nhận tin báo."))


def check_span(started_at: datetime, ends_at: datetime, order: Order | None) -> None:
    """At most 15 days, extensions included, unless an authority requires longer (art. 32).

    Raises InvalidInput("ends_at").
    """
    if ends_at <= started_at:
        raise InvalidInput("ends_at", _l("Thời điểm kết thúc phải sau thời điểm bắt đầu."))
    if order is None and ends_at > started_at + LONGEST_SEPARATION:
        raise InvalidInput(
            "ends_at",
            _l(
                "Tạm thời cách ly tối đa 15 ngày kể cả gia hạn, trừ khi cơ quan có thẩm quyền"
                " yêu cầu lâu hơn: khi đó đánh dấu ô bên dưới và ghi cơ quan, văn bản."
            ),
        )
    if ends_at > started_at + LONGEST_ORDERED:
        raise InvalidInput("ends_at", _l("Thời điểm kết thúc quá xa. Hãy xem lại năm."))


def check_decision_day(case: Case, day: date, now: datetime, *, last: date | None = None) -> None:
    """The day of a decision: not to come, not before the report, not after the end of what it
    decides. Raises InvalidInput("decision_on")."""
    if day > clock.local(now).date():
        raise InvalidInput("decision_on", _l("Ngày quyết định chưa đến."))
    if day < clock.local(case.opened_at).date():
        raise InvalidInput("decision_on", _l("Ngày quyết định trước ngày nhận tin báo."))
    if last is not None and day > last:
        raise InvalidInput("decision_on", _l("Ngày quyết định sau ngày kết thúc của quyết định."))


def answered_by(
    session: Session, refusal: type[Told], user_id: uuid.UUID | None, at: datetime | None
) -> Told:
    """The refusal that tells who was faster."""
    if user_id is None or at is None:
        return refusal()
    name = session.scalar(select(User.name).where(User.id == user_id))
    return refusal(name, moment_words(at))


def start_next(
    session: Session, case: Case, rule_key: str, *, started_at: datetime, now: datetime
) -> Deadline:
    """Start the clock of this case once more: each separation and each care has its own,
    and each report of danger."""
    latest = select(func.max(Deadline.cycle)).where(
        Deadline.subject_id == case.id, Deadline.rule_key == rule_key
    )
    (deadline,) = start_clocks(
        session,
        subject_id=case.id,
        subject_label=case.number,
        rule_keys=[rule_key],
        started_at=started_at,
        unit_id=case.unit_id,
        commune_code=case.commune_code,
        now=now,
        cycle=(session.scalar(latest) or 0) + 1,
    )
    return deadline


def running_clock(session: Session, case: Case, rule_key: str) -> Deadline | None:
    running = select(Deadline).where(
        Deadline.subject_id == case.id,
        Deadline.rule_key == rule_key,
        Deadline.closed_at.is_(None),
    )
    return session.scalars(running.with_for_update()).first()


def moment_of(day: date, now: datetime) -> datetime:
    """A moment of that day for a clock that counts from it; never one to come."""
    return min(datetime.combine(day, NOON, clock.LOCAL), now)
