"""What the pages of figures read: current tables and those of the newest release, by key."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session, defer

from app.indicators.models import (
    CurrentTable,
    PopulationCount,
    PopulationEntry,
    Release,
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


def current_versions(session: Session, period: str) -> Mapping[str, int | None]:
    """By code of each current table of a period the version of the rule it was protected with;
    None where it could not be."""
    wanted = select(CurrentTable.code, CurrentTable.content["rule_version"].as_integer()).where(
        CurrentTable.period == period, CurrentTable.audience == Audience.AGENCY
    )
    return dict(session.execute(wanted).all())


def released_versions(session: Session, release_id: uuid.UUID) -> Mapping[str, int | None]:
    """As `current_versions`, of what a release shows the public."""
    wanted = select(ReleaseTable.code, ReleaseTable.content["rule_version"].as_integer()).where(
        ReleaseTable.release_id == release_id, ReleaseTable.audience == Audience.PUBLIC
    )
    return dict(session.execute(wanted).all())


def periods_with_figures(session: Session) -> frozenset[str]:
    """What is current of them or was released, and stands."""
    current = select(CurrentTable.period).where(CurrentTable.content.is_not(None))
    released = select(Release.period).where(is_standing())
    return frozenset(session.scalars(union(current, released)))


def population_by_commune(
    session: Session, year: int, *, known_at: datetime | None = None
) -> Mapping[str, int]:
    """Of the communes that were entered, now or by a time."""
    counted = (
        select(PopulationEntry.commune_code, func.sum(PopulationCount.count))
        .join(PopulationCount, PopulationCount.entry_id == PopulationEntry.id)
        .where(PopulationEntry.year == year, stands(known_at))
        .group_by(PopulationEntry.commune_code)
    )
    return {code: int(count) for code, count in session.execute(counted)}
