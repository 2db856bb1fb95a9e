"""What referrals add to a case: it closes only when each is answered for, and they go along."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.cases.closing import MOVED, OBSTACLES, Obstacle
from app.cases.models import Case
from app.referrals.enums import OPEN, SentStage
from app.referrals.models import Referral


def open_referrals(session: Session, case: Case) -> Iterable[Obstacle]:
    """One obstacle with their number; one statement."""
    running = select(func.count()).where(Referral.case_id == case.id, Referral.state.in_(OPEN))
    if count := session.scalar(running):
        yield Obstacle(
            _l("Còn %(n)s phiếu chuyển gửi chưa xong.", n=count), endpoint="referrals.of_case"
        )


def go_along(session: Session, case: Case) -> None:
    """The unit that took the case over is the sender of what is not finished yet."""
    session.execute(
        update(Referral)
        .where(Referral.case_id == case.id, Referral.sent_stage != SentStage.DONE)
        .values(from_unit_id=case.unit_id, version=Referral.version + 1)
    )


OBSTACLES.append(open_referrals)
MOVED.append(go_along)
