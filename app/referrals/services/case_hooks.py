"""What referrals add to a case: it closes, and is erased, only when each is answered
for, and they go along."""

from collections.abc import Iterable
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.cases.closing import MOVED, OBSTACLES, Obstacle
from app.cases.erasing import AGAINST, FORGET, ChildIds, Destroyed
from app.cases.erasing import Obstacle as Reason
from app.cases.models import Case, Draft
from app.referrals.enums import OPEN, SentStage
from app.referrals.models import ProsecutionRequest, Referral, RoomTask


def open_referrals(session: Session, case: Case) -> Iterable[Obstacle]:
    """One obstacle with their number; one statement."""
    running = select(func.count()).where(Referral.case_id == case.id, Referral.state.in_(OPEN))
    if count := session.scalar(running):
        yield Obstacle(
            _l("Còn %(n)s phiếu chuyển gửi chưa xong.", n=count), endpoint="referrals.of_case"
        )


def go_along(session: Session, case: Case) -> None:
    """The unit that took the case over is the sender of what is not finished yet, does what the
    unit before it was asked to do, and signs what nobody has signed."""
    session.execute(
        update(Referral)
        .where(Referral.case_id == case.id, Referral.sent_stage != SentStage.DONE)
        .values(from_unit_id=case.unit_id, version=Referral.version + 1)
    )
    receivers = select(Referral.to_unit_id).where(
        Referral.case_id == case.id, Referral.to_unit_id.is_not(None)
    )
    session.execute(
        update(RoomTask)
        .where(
            RoomTask.case_id == case.id,
            RoomTask.done_at.is_(None),
            RoomTask.to_unit_id.not_in(receivers),
        )
        .values(to_unit_id=case.unit_id, version=RoomTask.version + 1)
    )
    session.execute(
        update(ProsecutionRequest)
        .where(ProsecutionRequest.case_id == case.id, ProsecutionRequest.signed_at.is_(None))
        .values(unit_id=case.unit_id, version=ProsecutionRequest.version + 1)
    )


def against_erasing(session: Session, ids: ChildIds) -> Iterable[Reason]:
    """A referral that runs; a room's task; a request for prosecution that nobody answered."""
    running = select(func.count()).where(
        Referral.case_id.in_(ids.cases),
        Referral.state.in_(OPEN) | Referral.is_disputed,
    )
    if count := session.scalar(running):
        yield Reason("referral", _l("Còn %(n)s phiếu chuyển gửi chưa xong.", n=count))


def forget_requests(session: Session, ids: ChildIds, now: datetime) -> Destroyed:
    """Requests that were typed and never sent."""
    requests = select(Referral.request_id).where(Referral.case_id.in_(ids.cases))
    session.execute(delete(Draft).where(Draft.subject_id.in_(requests)))
    return Destroyed()


OBSTACLES.append(open_referrals)
AGAINST.append(against_erasing)
FORGET.append(forget_requests)
MOVED.append(go_along)
