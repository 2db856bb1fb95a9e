"""Current tables, for agencies alone: the public reads releases. They are protected anew where the
facts, the rule or the day made them stale.

What could not be protected has a row that says so, and shows nothing.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from time import monotonic

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import clock
from app.core.crypto import keyring
from app.core.jobs import STOPPING
from app.core.tasks import is_waited_for
from app.indicators.definitions import definitions
from app.indicators.models import (
    CurrentTable,
    FactCase,
    FactClock,
    FactMembership,
    FactReferral,
    FactResidence,
    FactSupport,
    Release,
    ReleaseState,
)
from app.indicators.periods import Period, PeriodKind
from app.indicators.protection.rules import disclosure_rules
from app.indicators.queries.counting import count
from app.indicators.queries.released import agency_tables, published_tables
from app.indicators.queries.reports import sent_tables
from app.indicators.queries.thresholds import use_thresholds
from app.indicators.services.bundles import protect_all
from app.indicators.services.families import columns_of, families_of, universes_beside
from app.indicators.services.margins import commune_margins
from app.indicators.tables import Audience, CountTable

Begin = Callable[[], AbstractContextManager[Session]]
SECONDS = 120.0  # of one run; what is left is done by the next
TOLD_EVERY = timedelta(minutes=10)  # how old "last looked at" on a page may be
FACTS = (FactMembership, FactResidence, FactSupport, FactCase, FactClock, FactReferral)
# Months last: they are protected beside the longer periods, which more people read.
RUNNING = (PeriodKind.QUARTER, PeriodKind.HALF, PeriodKind.YEAR, PeriodKind.MONTH)


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
    """Protect anew the current tables of which the facts changed; returns how many were written.
    Who waits for a task, or for a release, comes first: what is left is done by the next run."""
    with begin() as session:
        use_thresholds(session)
    until, written = monotonic() + seconds, 0
    today = clock.local(now).date()
    for period in periods or [*periods_of(today), *_earlier(begin, today)]:
        for stale in _stale(begin, period, now, codes):
            if _comes_first(begin, now):
                return written
            written += _renew(begin, stale, now)
            if monotonic() > until or STOPPING.is_set():
                return written
    return written


def _comes_first(begin: Begin, now: datetime) -> bool:
    """Something that somebody waits for: of releases those that were asked for since this run
    began, since what could not be made is asked for still."""
    asked = select(Release.id).where(Release.state == ReleaseState.ASKED, Release.asked_at > now)
    with begin() as session:
        return is_waited_for(session) or session.scalar(asked.limit(1)) is not None


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
    for universes, tables in families_of(rules, codes):
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
    universes = universes_beside(stale.counts)
    with begin() as session:
        beside = published_tables(session, universes, or_drafted=True)
        beside += agency_tables(session, universes, but=str(stale.period))
        beside += sent_tables(session, None, or_drafted=True)
        period = str(stale.period)
        beside += commune_margins(session, universes, period, now=now, or_drafted=True)
        rows = session.scalars(
            select(CurrentTable).where(CurrentTable.period == str(stale.period), _is_of(universes))
        )
        before = [table for row in rows if (table := row.table) is not None]
    outcomes = protect_all(stale.counts, beside, before, [Audience.AGENCY])
    macs = {table.code: counts_mac(table) for table in stale.counts}
    with begin() as session:
        session.execute(
            delete(CurrentTable).where(CurrentTable.period == str(stale.period), _is_of(universes))
        )
        session.execute(
            insert(CurrentTable),
            [
                {
                    **columns_of(one),
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
