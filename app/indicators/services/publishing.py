"""Current tables and the figures of releases are counted and protected here: in the process of jobs
only, because protection loads a solver. Nothing is protected inside a transaction: it takes long.

What could not be protected has a row that says so, and shows nothing.
"""

import json
import logging
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from time import monotonic
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import clock
from app.core.crypto import keyring
from app.core.db import db
from app.core.jobs import STOPPING
from app.indicators.definitions import IndicatorsFile, TableDefinition, definitions
from app.indicators.models import (
    CurrentTable,
    FactCase,
    FactClock,
    FactMembership,
    FactReferral,
    FactResidence,
    FactSupport,
    Release,
    ReleaseFigure,
    ReleaseState,
    ReleaseTable,
)
from app.indicators.periods import Period, PeriodKind
from app.indicators.protection.errors import CannotProtect, Interrupted
from app.indicators.protection.known import universe_of
from app.indicators.protection.rules import disclosure_rules
from app.indicators.queries.counting import count
from app.indicators.queries.population import population
from app.indicators.queries.release_changes import changes_since, only_between_shown
from app.indicators.queries.released import agency_tables, figures_of, published_tables
from app.indicators.queries.reports import sent_tables
from app.indicators.queries.thresholds import use_thresholds
from app.indicators.release_figures import figures_from
from app.indicators.services.bundles import Outcome, protect_all
from app.indicators.services.publication import readable
from app.indicators.tables import Audience, CountTable, ProtectedTable

log = logging.getLogger("vongtay.indicators")
Begin = Callable[[], AbstractContextManager[Session]]
SECONDS = 120.0  # of one run; what is left is done by the next
TOLD_EVERY = timedelta(minutes=10)  # how old "last looked at" on a page may be
FACTS = (FactMembership, FactResidence, FactSupport, FactCase, FactClock, FactReferral)
# Three axes with every commune: not proved within the time of a run; its margins are published.
TOO_LARGE = frozenset({"special.commune_group_sex"})
# Months last: they are protected beside the longer periods, which more people read.
RUNNING = (PeriodKind.QUARTER, PeriodKind.HALF, PeriodKind.YEAR, PeriodKind.MONTH)


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


def periods_of(today: date) -> list[Period]:
    """The quarter, half-year, year and month under way, and the last of each that is over; months
    after all others."""
    under_way = [Period.containing(kind, today) for kind in RUNNING]
    found = [one.previous() for one in under_way] + under_way
    return sorted(found, key=lambda one: one.kind is PeriodKind.MONTH)


def refresh(
    *,
    now: datetime,
    begin: Begin,
    periods: Iterable[Period] | None = None,
    codes: frozenset[str] | None = None,
    seconds: float = SECONDS,
) -> int:
    """Protect anew the current tables of which the facts changed; returns how many were written."""
    with begin() as session:
        use_thresholds(session)
    until, written = monotonic() + seconds, 0
    today = clock.local(now).date()
    for period in periods or [*periods_of(today), *_earlier(begin, today)]:
        for stale in _stale(begin, period, now, codes):
            written += _renew(begin, stale, now)
            if monotonic() > until or STOPPING.is_set():
                return written
    return written


def _earlier(begin: Begin, today: date) -> list[Period]:
    """Those before that have current tables: looked at once a day, for late entries, and at once
    where they were protected by another rule."""
    wanted = (
        select(CurrentTable.period)
        .group_by(CurrentTable.period)
        .having(
            or_(
                func.min(CurrentTable.checked_at) < datetime.combine(today, time.min, clock.LOCAL),
                func.bool_or(~CurrentTable.facts_mark.endswith(_rule_mark())),
            )
        )
        .order_by(CurrentTable.period.desc())
    )
    with begin() as session:
        found = [Period.parse(one) for one in session.scalars(wanted)]
    return [one for one in found if one not in periods_of(today)]


@dataclass(frozen=True)
class _Stale:
    """The counts of a family of universes and a period that are not those of the current tables."""

    period: Period
    mark: str
    counts: Sequence[CountTable]


def _stale(
    begin: Begin, period: Period, now: datetime, codes: frozenset[str] | None
) -> Iterator[_Stale]:
    rules = definitions(period.last_day)
    for universes, tables in _families(rules, codes):
        with begin() as session:
            mark = facts_mark(session, period, now)
            rows = session.execute(
                select(
                    CurrentTable.code,
                    CurrentTable.facts_mark,
                    CurrentTable.counts_mac,
                    CurrentTable.checked_at,
                ).where(CurrentTable.period == str(period), _is_of(universes))
            ).all()
            known = {row.code: row for row in rows}
            if all(one.code in known and known[one.code].facts_mark == mark for one in tables):
                if any(row.checked_at < now - TOLD_EVERY for row in rows):
                    _keep(session, period, universes, mark, now)
                continue
            counts = [count(session, one.code, period, known_at=now) for one in tables]
            if all(
                one.code in known
                and known[one.code].counts_mac == counts_mac(one)
                and known[one.code].facts_mark.endswith(_rule_mark())
                for one in counts
            ):
                _keep(session, period, universes, mark, now)
                continue
        yield _Stale(period, mark, counts)


def _families(
    rules: IndicatorsFile, codes: frozenset[str] | None
) -> Iterator[tuple[frozenset[str], list[TableDefinition]]]:
    """What is protected together: the universes of a family and their tables."""
    family = disclosure_rules().newest.family
    wanted = [
        one
        for one in rules.tables.values()
        if (one.code not in TOO_LARGE if codes is None else one.code in codes)
    ]
    wanted.sort(key=lambda one: family(one.universe))
    for _, members in groupby(wanted, key=lambda one: family(one.universe)):
        tables = list(members)
        yield frozenset(one.universe for one in tables), tables


def _is_of(universes: Collection[str]) -> ColumnElement[bool]:
    return func.split_part(CurrentTable.code, ".", 1).in_(universes)


def facts_mark(session: Session, period: Period, now: datetime) -> str:
    """What is different whenever facts were derived: each derivation numbers its rows anew. Of a
    period that is not over, also the day: clocks run out without any fact."""
    numbers = [
        func.concat(
            select(func.coalesce(func.max(fact.id), 0)).scalar_subquery(),
            ".",
            select(func.count()).select_from(fact).scalar_subquery(),
        )
        for fact in FACTS
    ]
    day = min(clock.local(now).date(), period.end + timedelta(days=31))
    version = definitions(period.last_day).version
    numbered = session.execute(select(*numbers)).one()
    return "-".join([*numbered, day.isoformat(), str(version)]) + _rule_mark()


def _rule_mark() -> str:
    """With other thresholds the same counts are protected anew."""
    return f"-r{disclosure_rules().newest.version}"


def counts_mac(table: CountTable) -> bytes:
    """A keyed hash: whoever has only the database cannot try counts out."""
    cells = [[*place, number] for place, number in table.cells.items()]
    counted = [table.code, table.period, table.through, cells]
    return keyring().lookup("indicators.counts", json.dumps(counted))


def _keep(
    session: Session, period: Period, universes: Collection[str], mark: str, now: datetime
) -> None:
    wanted = select(CurrentTable).where(CurrentTable.period == str(period), _is_of(universes))
    rows = session.scalars(wanted)
    for row in rows:
        row.facts_mark, row.checked_at = mark, now


def _renew(begin: Begin, stale: _Stale, now: datetime) -> int:
    universes = _of_family(stale.counts)
    with begin() as session:
        beside = published_tables(session, universes, or_drafted=True)
        beside += agency_tables(session, universes, but=str(stale.period))
        beside += sent_tables(session, None, or_drafted=True)
    outcomes = protect_all(stale.counts, beside)
    macs = {table.code: counts_mac(table) for table in stale.counts}
    with begin() as session:
        session.execute(
            delete(CurrentTable).where(CurrentTable.period == str(stale.period), _is_of(universes))
        )
        session.execute(
            insert(CurrentTable),
            [
                {
                    **_row(one),
                    "period": str(stale.period),
                    "facts_mark": stale.mark,
                    "counts_mac": macs[one.code],
                    "computed_at": now,
                    "checked_at": now,
                }
                for one in outcomes
            ],
        )
    return len(outcomes)


def _of_family(counts: Sequence[CountTable]) -> frozenset[str]:
    """Every universe of the family, also those of which nothing is counted now."""
    rule = disclosure_rules().newest
    families = {rule.family(universe_of(one.code)) for one in counts}
    return frozenset(one for one in rule.times if rule.family(one) in families)


def _row(outcome: Outcome) -> dict[str, object]:
    content = outcome.table.to_json() if outcome.table else None
    certificate = content.pop("certificate") if content else None
    return {
        "code": outcome.code,
        "audience": outcome.audience,
        "content": content,
        "certificate": certificate,
        "problem": outcome.problem,
    }


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
        for _, tables in _families(rules, codes)
    ]
    known = _of_family([one for counts in families for one in counts])
    beside = [
        *published_tables(session, known),
        *agency_tables(session, known),
        *sent_tables(session, None),
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
        insert(ReleaseTable), [{**_row(one), "release_id": release.id} for one in outcomes]
    )
    tables = [one.table for one in outcomes if one.table is not None]
    figures = figures_from(tables, period, children=counted.children, missing=counted.missing)
    session.execute(insert(ReleaseFigure), [{**one, "release_id": release.id} for one in figures])
    release.definitions_version = definitions(period.last_day).version
    release.beside = list(counted.beside_ids)
    release.changes = _changes_that_may_be_said(session, release, counted, figures)
    release.known_at = release.prepared_at = now
    release.state = ReleaseState.DRAFTED
