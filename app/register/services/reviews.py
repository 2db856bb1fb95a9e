"""The yearly review of a running membership."""

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.cases.enums import EventKind
from app.cases.models import Case
from app.cases.services.editing import lock_unchanged
from app.core import clock
from app.core.errors import InvalidInput
from app.register.data_types import EndData, ReviewData
from app.register.models import AlreadyReviewed, GroupMembership, YearlyReview
from app.register.services.checks import check_code, check_end, require_register
from app.register.services.memberships import end_now
from app.register.services.telling import tell


def review_membership(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    membership: GroupMembership,
    data: ReviewData,
    expected_version: int,
    seen_at: datetime,
    now: datetime,
) -> YearlyReview:
    """Record what the review of the year of `happened_at` found; the household's poverty is taken
    over, and a child who is no longer in the group leaves it that day.

    Raises StaleEdit, AlreadyEnded, AlreadyReviewed, InvalidInput, CaseEnded, NotRoutedYet.
    """
    lock_unchanged(
        session, actor=actor, case=case, expected_version=expected_version, seen_at=seen_at
    )
    require_register(case)
    session.refresh(membership, ["until", "version"])
    membership.require_running()
    day = clock.local(data.happened_at).date()
    end = _checked(membership, data, day, now)
    _check_first(session, membership, day.year)
    review = _row(actor, case, membership, data, day.year, now)
    session.add(review)
    membership.poverty = data.poverty
    facts = {"year": day.year, "is_still_in": data.is_still_in, "has_changed": data.has_changed}
    tell(
        session, actor, case, membership, EventKind.YEARLY_REVIEWED, "reviewed",
        now=now, happened_at=data.happened_at, facts=facts, note=data.words,
    )  # fmt: skip
    if end is not None:
        end_now(session, actor, case, membership, end, now)
    session.flush()
    return review


def _checked(
    membership: GroupMembership, data: ReviewData, day: date, now: datetime
) -> EndData | None:
    """How the membership ends, if it does. Raises InvalidInput."""
    if data.happened_at > now:
        raise InvalidInput("happened_at", _l("Thời điểm này chưa đến."))
    if day < membership.since:
        raise InvalidInput("happened_at", _l("Thời điểm này trước khi trẻ em vào nhóm."))
    check_code("poverty", "household_poverty", data.poverty)
    for code in data.needs:
        check_code("needs", "needs", code)
    if data.is_still_in:
        return None
    if data.end_reason is None:
        raise InvalidInput("end_reason", _l("Chọn lý do ra khỏi nhóm."))
    end = EndData(until=day, reason=data.end_reason, note=data.words)
    try:
        check_end(end, since=membership.since, today=clock.local(now).date())
    except InvalidInput as error:
        names = {"reason": "end_reason", "note": "words", "until": "happened_at"}
        raise InvalidInput(names[error.field], error.text) from None
    return end


def _check_first(session: Session, membership: GroupMembership, year: int) -> None:
    earlier = select(YearlyReview.id).where(
        YearlyReview.membership_id == membership.id, YearlyReview.year == year
    )
    if session.scalar(earlier) is not None:
        raise AlreadyReviewed


def _row(
    actor: Actor,
    case: Case,
    membership: GroupMembership,
    data: ReviewData,
    year: int,
    now: datetime,
) -> YearlyReview:
    return YearlyReview(
        key=membership.key,
        child_id=membership.child_id,
        membership_id=membership.id,
        case_id=case.id,
        year=year,
        is_still_in=data.is_still_in,
        has_changed=data.has_changed,
        needs=list(data.needs),
        poverty=data.poverty,
        words=data.words,
        happened_at=data.happened_at,
        typed_at=now,
        by_id=actor.id,
    )
