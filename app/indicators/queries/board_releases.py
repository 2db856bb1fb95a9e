"""The parts that approved releases fill (8a, 8b, 9), as values of the board."""

from flask_babel import gettext as _
from sqlalchemy import String, cast, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.core import clock
from app.indicators.models import Release, ReleaseFigure
from app.indicators.queries.board import Given
from app.indicators.queries.released import is_standing
from app.indicators.tables import Audience

R, F = Release, ReleaseFigure


def released_values(session: Session, year: int) -> dict[str, dict[int, Given]]:
    """By part and year up to this one: of each whole year its newest approved edition. What has no
    rate, for want of a population, is missing here too."""
    wanted = (
        select(F, R.number, R.approved_at)
        .join(R, R.id == F.release_id)
        .where(
            is_standing(),
            R.period == cast(F.year, String),
            F.audience == Audience.AGENCY,
            F.part.is_not(None),
            F.year <= year,
        )
        .ext(distinct_on(F.part, F.year))
        .order_by(F.part, F.year, R.edition.desc())
    )
    found: dict[str, dict[int, Given]] = {}
    for row, number, approved_at in session.execute(wanted):
        if row.part is None or (row.value is None and not row.is_hidden):
            continue
        found.setdefault(row.part, {})[row.year] = Given(
            year=row.year,
            value=row.value,
            numerator=row.numerator,
            denominator=row.denominator,
            source=_("Bản công bố %(number)s", number=number),
            source_on=clock.local(approved_at).date() if approved_at else None,
            is_hidden=row.is_hidden,
            release_id=row.release_id,
        )
    return found
