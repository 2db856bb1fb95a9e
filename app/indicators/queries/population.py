"""The child population of a year, as far as it was entered."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from app.indicators.models import PopulationCount, PopulationEntry
from app.reference.communes import communes

E, N = PopulationEntry, PopulationCount


@dataclass(frozen=True)
class Population:
    """`total` is of the communes entered; `missing` are those that were not."""

    total: int
    missing: tuple[str, ...]


def population(
    session: Session, year: int, commune: str | None = None, *, known_at: datetime | None = None
) -> Population:
    """The children of a year in the province or in one commune; one statement."""
    counted = (
        select(E.commune_code, func.sum(N.count))
        .join(N, N.entry_id == E.id)
        .where(E.year == year, stands(known_at))
        .group_by(E.commune_code)
    )
    if commune is not None:
        counted = counted.where(E.commune_code == commune)
    entered = {code: int(number) for code, number in session.execute(counted)}
    wanted = [commune] if commune is not None else [one.code for one in communes()]
    missing = tuple(code for code in wanted if code not in entered)
    return Population(sum(entered.values()), missing)


def stands(known_at: datetime | None = None) -> ColumnElement[bool]:
    """The entry that counts now, or counted at a time."""
    if known_at is None:
        return E.superseded_at.is_(None)
    return and_(E.at <= known_at, or_(E.superseded_at.is_(None), E.superseded_at > known_at))
