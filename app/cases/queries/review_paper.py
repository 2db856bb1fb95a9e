"""What the printed Mẫu số 06 says; closed sections are not read."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Unit
from app.auth.permissions import Section
from app.cases.models import Case
from app.cases.queries.documents import ChildView, child_view
from app.cases.queries.reviews import ReviewView, review_of
from app.documents.letterhead import Office


@dataclass(frozen=True, slots=True)
class ReviewSheet:
    """`child` is None where the section of identity is closed."""

    review: ReviewView
    child: ChildView | None
    office: Office | None


def review_sheet(
    session: Session, case: Case, review_id: uuid.UUID, *, sections: frozenset[Section]
) -> ReviewSheet | None:
    """One review of an authorised case: at most three statements. None as in `review_of`."""
    review = review_of(session, case.id, review_id, sections=sections)
    if review is None:
        return None
    unit = session.execute(
        select(Unit.name, Unit.kind, Unit.commune_code).where(Unit.id == case.unit_id)
    ).first()
    return ReviewSheet(
        review=review,
        child=child_view(session, case, sections),
        office=Office(unit.name, unit.kind, unit.commune_code) if unit else None,
    )
