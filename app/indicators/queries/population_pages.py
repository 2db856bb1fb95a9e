"""What the pages of the child population show: figures, versions, one's imports."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import User
from app.indicators.models import PopulationCount, PopulationEntry, PopulationImport
from app.indicators.policy import imports_of
from app.indicators.queries.population import stands

E, N = PopulationEntry, PopulationCount
SHOWN = 10
Counts = dict[str, int]  # by "male|0-5"


@dataclass(frozen=True, slots=True)
class Line:
    """What counts for one commune."""

    total: int
    source: str
    source_on: date
    version: int
    is_synthetic: bool


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a commune's year, with its counts by "male|0-5"."""

    version: int
    counts: Counts
    source: str
    source_on: date
    reason: str | None
    by: str | None
    at: datetime
    is_current: bool

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def lines_of_year(session: Session, year: int) -> dict[str, Line]:
    """By commune; a commune that is not there was not entered."""
    rows = session.execute(
        select(E.commune_code, func.sum(N.count), E.source, E.source_on, E.version, E.origin)
        .join(N, N.entry_id == E.id)
        .where(E.year == year, stands())
        .group_by(E.id)
    )
    return {
        code: Line(int(total), source, on, version, origin == "synthetic")
        for code, total, source, on, version, origin in rows
    }


def counts_of(session: Session, years: Iterable[int]) -> dict[tuple[int, str], Counts]:
    """What stands of these years, by year and commune."""
    rows = session.execute(
        select(E.year, E.commune_code, N.sex, N.age_group, N.count.label("number"))
        .join(N, N.entry_id == E.id)
        .where(E.year.in_(list(years)), stands())
    )
    found: dict[tuple[int, str], Counts] = {}
    for one in rows:
        of_commune = found.setdefault((one.year, one.commune_code), {})
        of_commune[f"{one.sex}|{one.age_group}"] = one.number
    return found


def versions_of(session: Session, year: int, commune: str) -> list[Version]:
    """The newest first; two statements."""
    entries = session.execute(
        select(E.id, E.version, E.source, E.source_on, E.reason, E.at, E.superseded_at, User.name)
        .outerjoin(User, User.id == E.by_id)
        .where(E.year == year, E.commune_code == commune)
        .order_by(E.version.desc())
        .limit(SHOWN)
    ).all()
    ids = [one.id for one in entries]
    counts: dict[object, Counts] = {one: {} for one in ids}
    found = select(N.entry_id, N.sex, N.age_group, N.count.label("number"))
    for row in session.execute(found.where(N.entry_id.in_(ids))):
        counts[row.entry_id][f"{row.sex}|{row.age_group}"] = row.number
    return [
        Version(
            one.version,
            counts[one.id],
            one.source,
            one.source_on,
            one.reason,
            one.name,
            one.at,
            one.superseded_at is None,
        )
        for one in entries
    ]


def newest_imports(session: Session, actor: Actor) -> Sequence[PopulationImport]:
    mine = imports_of(actor).order_by(PopulationImport.at.desc()).limit(SHOWN)
    return session.scalars(mine).all()
