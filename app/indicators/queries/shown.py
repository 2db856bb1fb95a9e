"""What the pages of figures read: current tables and those of the newest release, by key."""

import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from app.indicators.models import (
    CurrentTable,
    PopulationCount,
    PopulationEntry,
    Release,
    ReleaseFigure,
    ReleaseTable,
)
from app.indicators.queries.population import stands
from app.indicators.queries.released import is_standing
from app.indicators.tables import Audience, ProtectedTable


def totals_tables(session: Session, period: str, codes: Iterable[str]) -> list[CurrentTable]:
    """Current tables for agencies, without the proofs."""
    wanted = (
        select(CurrentTable)
        .where(
            CurrentTable.period == period,
            CurrentTable.audience == Audience.AGENCY,
            CurrentTable.code.in_(list(codes)),
        )
        .options(defer(CurrentTable.certificate, raiseload=True))
    )
    return list(session.scalars(wanted))


def without_proof(row: CurrentTable) -> ProtectedTable | None:
    """The table of a row that was read without its certificate."""
    if row.content is None:
        return None
    return ProtectedTable.from_json({**row.content, "certificate": {}})


def approved_release(session: Session, period: str) -> Release | None:
    """The edition of a period that stands."""
    return session.scalars(
        select(Release).where(Release.period == period, is_standing())
    ).one_or_none()


def current_codes(session: Session, period: str) -> frozenset[str]:
    """The current tables of a period."""
    wanted = select(CurrentTable.code).where(
        CurrentTable.period == period, CurrentTable.audience == Audience.AGENCY
    )
    return frozenset(session.scalars(wanted))


def released_codes(session: Session, release_id: uuid.UUID) -> frozenset[str]:
    """The tables of a release."""
    wanted = select(ReleaseTable.code).where(
        ReleaseTable.release_id == release_id, ReleaseTable.audience == Audience.PUBLIC
    )
    return frozenset(session.scalars(wanted))


def population_by_commune(session: Session, year: int) -> Mapping[str, int]:
    """Of the communes that were entered."""
    counted = (
        select(PopulationEntry.commune_code, func.sum(PopulationCount.count))
        .join(PopulationCount, PopulationCount.entry_id == PopulationEntry.id)
        .where(PopulationEntry.year == year, stands())
        .group_by(PopulationEntry.commune_code)
    )
    return {code: int(count) for code, count in session.execute(counted)}


def yearly_values(session: Session, code: str) -> Mapping[int, Decimal]:
    """What was published of an indicator for whole years, and stands."""
    wanted = (
        select(ReleaseFigure.year, ReleaseFigure.value)
        .join(Release, Release.id == ReleaseFigure.release_id)
        .where(
            ReleaseFigure.code == code,
            ReleaseFigure.audience == Audience.PUBLIC,
            is_standing(),
            func.length(Release.period) == len("2026"),
            ReleaseFigure.value.is_not(None),
        )
        .order_by(ReleaseFigure.year)
    )
    return {year: value for year, value in session.execute(wanted) if value is not None}
