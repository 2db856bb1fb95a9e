"""The register of interagency agreements: which share does none of them cover?"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import UnitKind
from app.referrals.models import Agreement


def uncovered(
    session: Session, shares: Sequence[tuple[UnitKind, UnitKind, list[str]]], today: date
) -> list[bool]:
    """For each (kind that sends, kind that receives, sections): does no agreement in force cover
    it? One statement."""
    known = session.scalars(select(Agreement).where(Agreement.ended_at.is_(None))).all()
    return [
        not any(one.covers({sender, receiver}, sections, today) for one in known)
        for sender, receiver, sections in shares
    ]
