"""The Chair's answer to a proposal to close (Decree 56/2017, art. 30 cl. 1 b)."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.models import User
from app.auth.permissions import Section
from app.cases.closing import obstacles
from app.cases.enums import CaseState, EventKind
from app.cases.models import Case, Review
from app.cases.models.reviews import ClosingAlreadyDecided, ClosingState, OwnReview
from app.cases.queries.changes import moment_words
from app.cases.queries.reviews import risk_found_since
from app.cases.services.editing import lock, require_unchanged
from app.cases.services.reviews import end_plan
from app.cases.timeline import add_event
from app.core import clock
from app.core.errors import InvalidInput, StaleEdit
from app.deadlines.services import void_all

LATEST_CHECK = timedelta(days=731)


class ReviewOvertaken(InvalidInput):
    """The case went back to its plan since: the proposal can only be sent back."""

    def __init__(self) -> None:
        super().__init__(
            "decision",
            _l(
                "Sau lần rà soát, hồ sơ đã trở lại bước lập kế hoạch nên chưa đóng được."
                " Hãy chọn chưa đồng ý; cán bộ rà soát lại khi kế hoạch đã thực hiện."
            ),
        )


@dataclass(frozen=True, slots=True)
class ClosingAnswer:
    """Agreed: when to look at the child again. Refused: why."""

    is_agreed: bool
    check_on: date | None = None
    reason: str | None = None


def decide_closing(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    review_id: uuid.UUID,
    answer: ClosingAnswer,
    expected_version: int,
    seen_at: datetime,
    now: datetime,
) -> None:
    """Close the case, or send it back to work. What is open is looked at again, under the lock.

    `review_id` is one of this case, which comes with its child. Raises ClosingAlreadyDecided (it
    tells who was faster), OwnReview, StaleEdit (what was recorded since, or what is open),
    ReviewOvertaken, InvalidInput, CaseEnded.
    """
    lock(session, case)
    review = session.get_one(Review, review_id, populate_existing=True)
    if review.closing_state is not ClosingState.PENDING:
        raise _already_decided(session, review)
    if review.by_id == actor.id:
        raise OwnReview
    case.require_open()
    require_unchanged(
        session, actor=actor, case=case, expected_version=expected_version, seen_at=seen_at
    )
    if answer.is_agreed:
        _close(session, actor, case, review, answer, now)
    else:
        _send_back(session, actor, case, review, answer, now)
    session.flush()


def _close(
    session: Session, actor: Actor, case: Case, review: Review, answer: ClosingAnswer, now: datetime
) -> None:
    check_on = _checked(answer.check_on, clock.local(now).date())
    if case.state is not CaseState.REVIEW:
        raise ReviewOvertaken
    _require_nothing_open(session, case, review)
    review.agree(by=actor.id, check_on=check_on, now=now)
    end_plan(session, case)
    case.set_risk(review.computed_level)
    case.close(now=now)
    case.check_on = check_on
    void_all(session, subject_id=case.id, now=now)
    facts = {"check_on": check_on.isoformat()}
    _tell(session, actor, case, review, EventKind.CLOSED, facts, now)


def _send_back(
    session: Session, actor: Actor, case: Case, review: Review, answer: ClosingAnswer, now: datetime
) -> None:
    if not answer.reason:
        raise InvalidInput("reason", _l("Ghi lý do chưa đồng ý đóng hồ sơ."))
    review.refuse(by=actor.id, reason=answer.reason, now=now)
    if case.state is CaseState.REVIEW:
        case.take_back_closing()
    kind = EventKind.CLOSING_REFUSED
    _tell(session, actor, case, review, kind, {}, now, note=answer.reason)


def _checked(check_on: date | None, today: date) -> date:
    if check_on is None:
        raise InvalidInput("check_on", _l("Ghi ngày kiểm tra lại sau khi đóng."))
    if not today < check_on <= today + LATEST_CHECK:
        raise InvalidInput("check_on", _l("Ngày kiểm tra lại phải sau hôm nay, trong hai năm tới."))
    return check_on


def _require_nothing_open(session: Session, case: Case, review: Review) -> None:
    """What appeared since the review, whoever recorded it. Raises StaleEdit."""
    found = [(str(one.text), _("còn phải xong"), "") for one in obstacles(session, case)]
    if risk_found_since(session, case.id, review.happened_at):
        found.append((_("Đánh giá mới hơn lần rà soát"), _("còn nguy cơ"), ""))
    if found:
        raise StaleEdit(found, case.version)


def _already_decided(session: Session, review: Review) -> ClosingAlreadyDecided:
    if review.decided_at is None:
        return ClosingAlreadyDecided()
    name = session.scalar(select(User.name).where(User.id == review.decided_by))
    return ClosingAlreadyDecided(name, moment_words(review.decided_at))


def _tell(
    session: Session,
    actor: Actor,
    case: Case,
    review: Review,
    kind: EventKind,
    facts: dict[str, Any],
    now: datetime,
    note: str | None = None,
) -> None:
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=kind,
        section=Section.PLAN,
        happened_at=now,
        now=now,
        facts=facts,
        note=note,
        subject_id=review.id,
    )
    record(
        session,
        actor,
        AuditAction.CLOSING_DECIDED,
        at=now,
        case_id=case.id,
        subject_id=review.id,
        data={"decision": review.closing_state, **facts},
    )
