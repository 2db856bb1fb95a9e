"""Reading what may be seen: releases, their tables and figures, and the current tables. Each is a
look-up by key: it costs the same however many children there are."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    String,
    and_,
    cast,
    exists,
    func,
    select,
)
from sqlalchemy.orm import Session, aliased

from app.auth.actor import Actor
from app.auth.models import User
from app.cases.queries.pending import asked
from app.indicators.models import (
    CurrentTable,
    Release,
    ReleaseFigure,
    ReleaseState,
    ReleaseTable,
)
from app.indicators.models.releases import OPEN, PUBLISHED
from app.indicators.periods import Period
from app.indicators.tables import Audience, Mark, ProtectedTable

R, T, F = Release, ReleaseTable, ReleaseFigure
WAITING = "release"


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """A release with the names of who made and approved it. `replaced_by`: the number of the
    approved edition of its period that is newer; `withdrawn_after`: of one that was withdrawn."""

    release: Release
    by_name: str
    approved_name: str | None
    replaced_by: str | None
    withdrawn_after: str | None


def is_standing() -> ColumnElement[bool]:
    """The last edition of its period that was published. Where that was withdrawn, none stands
    until another is approved: who withdraws it does not bring back the one before."""
    newer = aliased(R)
    later = exists().where(
        newer.period == R.period, newer.edition > R.edition, newer.state.in_(PUBLISHED)
    )
    return and_(R.state == ReleaseState.APPROVED, ~later)


def released_figures(
    session: Session, year: int, audience: Audience = Audience.AGENCY
) -> dict[str, ReleaseFigure]:
    """By part ("8a", "8b", "9") the figures of a whole year in the release that stands."""
    standing = select(R.id).where(R.period == str(year), is_standing())
    rows = session.scalars(
        select(F).where(
            F.release_id == standing.scalar_subquery(),
            F.audience == audience,
            F.part.is_not(None),
        )
    )
    return {row.part: row for row in rows if row.part is not None}


def waiting_releases(_actor: Actor) -> Select[Any]:
    """Those that the second person is to approve, as a part of cases' `queries/pending` ASKED."""
    by = {"by": User.name, "by_id": cast(R.by_id, String)}
    return (
        select(*asked(WAITING, R.id, R.submitted_at, period=R.period, **by))
        .join(User, User.id == R.by_id)
        .where(R.state == ReleaseState.SUBMITTED)
        .order_by(R.submitted_at)
    )


def release_lines(session: Session, *, published_only: bool, limit: int) -> list[ReleaseLine]:
    """The newest first."""
    wanted = _lines().order_by(R.asked_at.desc(), R.id).limit(limit)
    if published_only:
        wanted = wanted.where(R.state.in_(PUBLISHED))
    return [ReleaseLine(*row) for row in session.execute(wanted)]


def release_line(session: Session, release: Release) -> ReleaseLine:
    return ReleaseLine(*session.execute(_lines().where(R.id == release.id)).one())


def _lines() -> Select[Release, str, str | None, str | None, str | None]:
    approver = aliased(User)
    replaced, withdrawn = (_newer(ReleaseState.APPROVED), _newer(ReleaseState.WITHDRAWN))
    return (
        select(R, User.name, approver.name, replaced, withdrawn)
        .join(User, User.id == R.by_id)
        .outerjoin(approver, approver.id == R.approved_by)
    )


def _newer(state: ReleaseState) -> ScalarSelect[str | None]:
    """The number of the last of the newer editions in this state."""
    newer = aliased(Release)
    return (
        select(newer.number)
        .where(newer.period == R.period, newer.edition > R.edition, newer.state == state)
        .order_by(newer.edition.desc())
        .limit(1)
        .scalar_subquery()
    )


def newest_published(session: Session, period: str) -> Release | None:
    """The last edition of a period that was published, withdrawn or not."""
    wanted = select(R).where(R.period == period, R.state.in_(PUBLISHED))
    return session.scalars(wanted.order_by(R.edition.desc()).limit(1)).first()


def editions_before(session: Session, release: Release) -> Sequence[Release]:
    """Those of its period that were published, withdrawn or not."""
    wanted = select(R).where(R.period == release.period, R.edition < release.edition)
    return session.scalars(wanted.where(R.state.in_(PUBLISHED)).order_by(R.edition)).all()


def figures_of(session: Session, release_id: uuid.UUID) -> Sequence[ReleaseFigure]:
    return session.scalars(select(F).where(F.release_id == release_id)).all()


def tables_of(
    session: Session, release_id: uuid.UUID, audience: Audience | None = None
) -> Sequence[ReleaseTable]:
    wanted = select(T).where(T.release_id == release_id).order_by(T.code, T.audience)
    if audience is not None:
        wanted = wanted.where(T.audience == audience)
    return session.scalars(wanted).all()


@dataclass(frozen=True, slots=True)
class TableSize:
    """How many of its cells are hidden, by which rule; None where the table could not be
    protected."""

    code: str
    cells: int
    hidden: int | None
    rule_version: int | None


def table_sizes(session: Session, release_id: uuid.UUID, audience: Audience) -> Sequence[TableSize]:
    """Of a release, without the tables themselves."""
    wanted = select(T.code, T.content["marks"].astext, T.content["rule_version"].as_integer())
    wanted = wanted.where(T.release_id == release_id, T.audience == audience)
    return [_size(*row) for row in session.execute(wanted)]


def current_sizes(session: Session, period: str, audience: Audience) -> Sequence[TableSize]:
    """Of the current tables of a period."""
    content = CurrentTable.content
    rule_version = content["rule_version"].as_integer()
    wanted = select(CurrentTable.code, content["marks"].astext, rule_version)
    wanted = wanted.where(CurrentTable.period == period, CurrentTable.audience == audience)
    return [_size(*row) for row in session.execute(wanted.order_by(CurrentTable.code))]


def _size(code: str, marks: str | None, rule_version: int | None) -> TableSize:
    if marks is None:
        return TableSize(code, 0, None, None)
    return TableSize(code, len(marks), len(marks) - marks.count(Mark.OPEN), rule_version)


def shown_or_not(
    session: Session, release_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, dict[tuple[str, Audience], bool]]:
    """By release and table whether an audience sees any figure of it."""
    has_open = func.coalesce(T.content["marks"].astext.contains(Mark.OPEN), False)
    wanted = select(T.release_id, T.code, T.audience, has_open)
    found: dict[uuid.UUID, dict[tuple[str, Audience], bool]] = {one: {} for one in release_ids}
    for release_id, code, audience, is_shown in session.execute(
        wanted.where(T.release_id.in_(release_ids))
    ):
        found[release_id][code, audience] = is_shown
    return found


def rule_versions(session: Session, release_id: uuid.UUID) -> Sequence[int]:
    """Of the rules that the tables of a release were protected with."""
    version = T.content["rule_version"].as_integer()
    wanted = select(version).where(T.release_id == release_id, version.is_not(None))
    return session.scalars(wanted.distinct()).all()


def table_of(
    session: Session, release_id: uuid.UUID, code: str, audience: Audience
) -> ReleaseTable | None:
    return session.get(T, {"release_id": release_id, "code": code, "audience": audience})


def current_table(
    session: Session, code: str, period: str, audience: Audience
) -> CurrentTable | None:
    return session.get(CurrentTable, {"code": code, "period": period, "audience": audience})


def current_tables(session: Session, period: str, audience: Audience) -> Sequence[CurrentTable]:
    """Those of a period, without their certificates."""
    wanted = select(CurrentTable).where(
        CurrentTable.period == period, CurrentTable.audience == audience
    )
    return session.scalars(wanted.order_by(CurrentTable.code)).all()


def current_periods(session: Session) -> Sequence[tuple[str, datetime]]:
    """The periods that have current tables, and when all of them were last checked: the longest of
    those that end last comes last."""
    wanted = select(CurrentTable.period, func.min(CurrentTable.checked_at))
    rows = session.execute(wanted.group_by(CurrentTable.period))
    return sorted(((row[0], row[1]) for row in rows), key=lambda row: _place(row[0]))


def _place(text: str) -> tuple[date, int]:
    period = Period.parse(text)
    return period.end, -period.start.toordinal()


def agency_tables(
    session: Session, universes: Collection[str], *, but: str = ""
) -> list[ProtectedTable]:
    """What agencies see now of these universes, of other periods than `but`."""
    rows = session.scalars(
        select(CurrentTable)
        .where(
            func.split_part(CurrentTable.code, ".", 1).in_(universes),
            CurrentTable.audience == Audience.AGENCY,
            CurrentTable.period != but,
        )
        .order_by(CurrentTable.period, CurrentTable.code)
    )
    return [table for row in rows if (table := row.table) is not None]


def published_tables(
    session: Session, universes: Iterable[str], *, or_drafted: bool = False
) -> list[ProtectedTable]:
    """Every table that was ever published of these universes: what was seen stays known. Also what
    stands in a draft, if asked: it is to be published as it is."""
    universe = func.split_part(T.code, ".", 1)
    states = (*PUBLISHED, *OPEN) if or_drafted else PUBLISHED
    wanted = (
        select(T)
        .join(R, R.id == T.release_id)
        .where(R.state.in_(states), universe.in_(list(universes)))
        .order_by(R.approved_at, R.asked_at, T.code, T.audience)
    )
    return [table for row in session.scalars(wanted) if (table := row.table) is not None]
