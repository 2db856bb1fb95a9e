"""What referrals add to a case: it closes only when each is answered for, and they go along."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.cases.closing import MOVED, OBSTACLES, Obstacle
from app.cases.models import Case
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


OBSTACLES.append(open_referrals)
MOVED.append(go_along)
