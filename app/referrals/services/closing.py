"""A case closes only when every referral is answered for."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.cases.closing import OBSTACLES, Obstacle
from app.cases.models import Case
from app.referrals.enums import OPEN
from app.referrals.models import Referral


def open_referrals(session: Session, case: Case) -> Iterable[Obstacle]:
    """One obstacle with their number; one statement."""
    running = select(func.count()).where(Referral.case_id == case.id, Referral.state.in_(OPEN))
    if count := session.scalar(running):
        yield Obstacle(
            _l("Còn %(n)s phiếu chuyển gửi chưa xong.", n=count), endpoint="referrals.of_case"
        )


OBSTACLES.append(open_referrals)
