"""The needs meetings of a case."""

import uuid
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from app.auth.models import User
from app.auth.permissions import Section
from app.cases.models import CaseConference
from app.people.models import Carer


class ConferenceView(NamedTuple):
    """A meeting with its people and actions, and who typed it."""

    row: CaseConference
    by_name: str


def conferences_of(
    session: Session, case_id: uuid.UUID, *, sections: frozenset[Section]
) -> list[ConferenceView]:
    """All meetings, the newest first: three statements; none is read where plans are closed."""
    if Section.PLAN not in sections:
        return []
    newest = _conferences(case_id).order_by(
        CaseConference.happened_at.desc(), CaseConference.id.desc()
    )
    return [ConferenceView(row[0], row[1]) for row in session.execute(newest).unique()]


def conference_of(
    session: Session,
    case_id: uuid.UUID,
    conference_id: uuid.UUID,
    *,
    sections: frozenset[Section],
) -> ConferenceView | None:
    """One meeting; None for one of another case or where plans are closed."""
    if Section.PLAN not in sections:
        return None
    wanted = _conferences(case_id).where(CaseConference.id == conference_id)
    row = session.execute(wanted).unique().one_or_none()
    return None if row is None else ConferenceView(row[0], row[1])


def _conferences(case_id: uuid.UUID) -> Select[CaseConference, str]:
    return (
        select(CaseConference, User.name)
        .join(User, User.id == CaseConference.by_id)
        .where(CaseConference.case_id == case_id)
        .options(selectinload(CaseConference.people), selectinload(CaseConference.actions))
    )


def family_names(
    session: Session, child_id: uuid.UUID, *, sections: frozenset[Section]
) -> Sequence[tuple[str, str]]:
    """(relation, name) of whom the family may send: nobody who is suspected."""
    if Section.FAMILY not in sections:
        return []
    carers = session.scalars(
        select(Carer)
        .where(Carer.child_id == child_id, Carer.is_suspected.is_(False))
        .order_by(Carer.id)
    )
    return [(carer.relation, carer.full_name) for carer in carers if carer.full_name]
