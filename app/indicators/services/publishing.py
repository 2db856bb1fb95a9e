"""The job that counts and protects the figures of releases, and then what is not current any more:
in the process of jobs only, because protection loads a solver. Nothing is protected inside a
transaction: it takes long.
"""

import logging
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import db
from app.core.jobs import STOPPING
from app.indicators.definitions import definitions
from app.indicators.models import Release, ReleaseFigure, ReleaseState, ReleaseTable
from app.indicators.periods import Period
from app.indicators.protection.errors import CannotProtect, Interrupted
from app.indicators.queries.counting import count
from app.indicators.queries.population import population
from app.indicators.queries.release_changes import changes_since, only_between_shown
from app.indicators.queries.released import agency_tables, figures_of, published_tables
from app.indicators.queries.reports import sent_tables
from app.indicators.queries.thresholds import use_thresholds
from app.indicators.release_figures import figures_from
from app.indicators.services.bundles import Outcome, protect_all
from app.indicators.services.current_tables import Begin, refresh
from app.indicators.services.families import columns_of, families_of, universes_beside
from app.indicators.services.margins import commune_margins
from app.indicators.services.publication import readable
from app.indicators.tables import Audience, CountTable, ProtectedTable

log = logging.getLogger("vongtay.indicators")


def work_off(_session: Session, now: datetime) -> None:
    """The job: drafts that somebody waits for, and then what is not current any more."""
    with suppress(Interrupted):
        _work_off(now)


def _work_off(now: datetime) -> None:
    begin = db.sessionmaker.begin
    with begin() as session:
        wanted = select(Release.id).where(Release.state == ReleaseState.ASKED)
        asked = session.scalars(wanted.order_by(Release.asked_at)).all()
    failed: list[Exception] = []
    for release_id in asked:
        if STOPPING.is_set():
            return
        try:
            prepare(release_id, now=clock.now(), begin=begin)
        except Interrupted:
            raise
        except Exception as error:
            log.exception("release.not_prepared")  # it does not hold up the others
            failed.append(error)
    refresh(now=now, begin=begin)
    if failed:
        raise failed[0]


def prepare(
    release_id: uuid.UUID, *, now: datetime, begin: Begin, codes: frozenset[str] | None = None
) -> None:
    """Count and protect the tables of a release that was asked for, and make it a draft.

    `codes`: only these tables. Where no table can be protected there is no draft.
    """
    with begin() as session:
        release = session.get_one(Release, release_id)
        if release.state is not ReleaseState.ASKED:
            return
        asked = _Asked(release.period, release.base_id)
        use_thresholds(session)
        counted = _count(session, asked, codes, now)
    outcomes = [one for counts in counted.families for one in protect_all(counts, counted.beside)]
    with begin() as session:
        release = session.get_one(Release, release_id, with_for_update=True)
        if release.state is ReleaseState.ASKED:  # it may have been dropped meanwhile
            _write(session, release, counted, outcomes, now)


@dataclass(frozen=True)
class _Asked:
    period: str
    base_id: uuid.UUID | None


@dataclass(frozen=True)
class _Counted:
    families: Sequence[Sequence[CountTable]]
    beside: Sequence[ProtectedTable]
    beside_ids: Sequence[str]
    children: int | None
    missing: int
    changes: dict[str, dict[str, object]] | None


def _count(
    session: Session, asked: _Asked, codes: frozenset[str] | None, now: datetime
) -> _Counted:
    """All that is read, in one transaction."""
    period, beside_ids = Period.parse(asked.period), readable(session)
    rules = definitions(period.last_day)
    families = [
        [count(session, one.code, period, known_at=now) for one in tables]
        for _, tables in families_of(rules, codes)
    ]
    known = universes_beside([one for counts in families for one in counts])
    beside = [
        *published_tables(session, known),
        *agency_tables(session, known),
        *sent_tables(session, None),
        *commune_margins(session, known, asked.period, now=now),
    ]
    people = population(session, period.year, known_at=now)
    return _Counted(
        families=families,
        beside=beside,
        beside_ids=beside_ids,
        children=None if people.missing else people.total,
        missing=len(people.missing),
        changes=_changes(session, asked, period, now),
    )


def _changes(
    session: Session, asked: _Asked, period: Period, now: datetime
) -> dict[str, dict[str, object]] | None:
    if asked.base_id is None:
        return None
    base = session.get_one(Release, asked.base_id)
    if base.known_at is None:
        return None
    totals = {
        one.code: one.numerator
        for one in figures_of(session, base.id)
        if one.audience is Audience.AGENCY
    }
    return changes_since(session, period, then=base.known_at, now=now, totals=totals)


def _changes_that_may_be_said(
    session: Session, release: Release, counted: _Counted, figures: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, object]] | None:
    if counted.changes is None or release.base_id is None:
        return None
    before = figures_of(session, release.base_id)
    shown = {(one.code, one.audience) for one in before if one.numerator is not None}
    shown &= {(one["code"], one["audience"]) for one in figures if one["numerator"] is not None}
    return only_between_shown(counted.changes, shown)


def _write(
    session: Session,
    release: Release,
    counted: _Counted,
    outcomes: Sequence[Outcome],
    now: datetime,
) -> None:
    period = Period.parse(release.period)
    if all(one.table is None for one in outcomes):
        release.drop(by=release.by_id, reason=CannotProtect.__name__, now=now)
        return
    session.execute(
        insert(ReleaseTable), [{**columns_of(one), "release_id": release.id} for one in outcomes]
    )
    tables = [one.table for one in outcomes if one.table is not None]
    figures = figures_from(tables, period, children=counted.children, missing=counted.missing)
    session.execute(insert(ReleaseFigure), [{**one, "release_id": release.id} for one in figures])
    release.definitions_version = definitions(period.last_day).version
    release.beside = list(counted.beside_ids)
    release.changes = _changes_that_may_be_said(session, release, counted, figures)
    release.known_at = release.prepared_at = now
    release.state = ReleaseState.DRAFTED
