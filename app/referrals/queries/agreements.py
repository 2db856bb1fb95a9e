"""The register of agreements between agencies, and the shares that none of them covers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from app.auth.models import UnitKind, User
from app.referrals.models import Agreement

Share = tuple[UnitKind, UnitKind, list[str]]  # from, to, the sections that go
MOST = 200


@dataclass(frozen=True, slots=True)
class RegisterRow:
    row: Agreement
    by_name: str


def register(session: Session) -> list[RegisterRow]:
    """The newest MOST agreements, those in force and the others; one statement."""
    rows = session.execute(
        select(Agreement, User.name)
        .join(User, User.id == Agreement.by_id)
        .order_by(Agreement.signed_on.desc(), Agreement.id.desc())
        .limit(MOST)
    )
    return [RegisterRow(row.Agreement, row.name) for row in rows]


def uncovered(session: Session, shares: Sequence[Share], today: date) -> list[bool]:
    """For each share: does no agreement in force cover it? One statement for all of them.

    Several agreements may cover a share together, each some of its sections. It is a warning only:
    the legal ground of a referral stands on its own.
    """
    if not shares:
        return []
    known = session.scalars(_in_force(today)).all()
    return [not _is_covered(known, share) for share in shares]


def gap(
    session: Session, kinds: tuple[UnitKind, UnitKind], sections: Sequence[str], today: date
) -> bool:
    """As `uncovered`, for one share."""
    [is_open] = uncovered(session, [(*kinds, list(sections))], today)
    return is_open


def _is_covered(known: Sequence[Agreement], share: Share) -> bool:
    sender, receiver, sections = share
    joint = [one for one in known if {sender.value, receiver.value} <= {*one.parties}]
    reached = {section for one in joint for section in one.sections}
    return bool(joint) and {*sections} <= reached


def _in_force(today: date) -> Select[Agreement]:
    """As Agreement.lasts_on."""
    return select(Agreement).where(
        Agreement.ended_at.is_(None),
        Agreement.signed_on <= today,
        or_(Agreement.expires_on.is_(None), Agreement.expires_on >= today),
    )
