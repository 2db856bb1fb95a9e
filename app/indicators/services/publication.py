"""What becomes readable does so one after the other: a release and a report that are protected
beside each other must not both believe to be first.

Which came first is told by what was read, not by times: a time is taken before its transaction
ends, and what is counted in between does not see it.
"""

import uuid
from collections.abc import Collection, Iterable, Iterator

from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlalchemy.orm import Session

from app.indicators.models import PeriodicReport, Release, ReportVersion
from app.indicators.models.releases import OPEN
from app.indicators.protection.rules import disclosure_rules
from app.indicators.protection.spans import span_of
from app.indicators.queries.reports import of_place
from app.indicators.queries.thresholds import use_thresholds

_PUBLISHING = 2_508


def lock_publication(session: Session) -> None:
    """Who publishes or sends at once waits here until the transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(_PUBLISHING)))


def readable(
    session: Session, commune: str | None = None, *, or_drafted: bool = False
) -> list[str]:
    """The ids of every release that was published (or is a draft, if asked) and of every version
    that a commune, or (None) the province sent; for the province also of those that communes sent.
    Ask before the tables are read: what comes in between is then missing here, and has to be read
    again."""
    found = [*_releases(session, or_drafted=or_drafted), *_versions(session, of_place(commune))]
    if commune is None:
        found += _versions(session, PeriodicReport.commune_code.is_not(None))
    return [str(its_id) for its_id, _ in found]


def newer_releases(session: Session, beside: Collection[str]) -> Iterator[str]:
    """The periods of published releases that are not among the ids `beside`."""
    return _periods_but(_releases(session), beside)


def newer_reports(
    session: Session, beside: Collection[str], commune: str | None = None
) -> Iterator[str]:
    """The periods of what a commune, or (None) the province sent, if it is not among `beside`."""
    return _periods_but(_versions(session, of_place(commune)), beside)


def newer_of_communes(session: Session, release: Release) -> Iterator[str]:
    """The periods of what communes sent and neither this draft was protected beside, nor the other
    way round."""
    is_beside = func.coalesce(ReportVersion.tables["beside"].contains([str(release.id)]), False)
    of_communes = PeriodicReport.commune_code.is_not(None)
    return _periods_but(_versions(session, of_communes, ~is_beside), release.beside)


def _periods_but(rows: Iterable[Row[uuid.UUID, str]], beside: Collection[str]) -> Iterator[str]:
    return (period for its_id, period in rows if str(its_id) not in beside)


def _releases(session: Session, *, or_drafted: bool = False) -> Iterable[Row[uuid.UUID, str]]:
    is_out = Release.approved_at.is_not(None)
    is_wanted = or_(is_out, Release.state.in_(OPEN)) if or_drafted else is_out
    wanted = select(Release.id, Release.period).where(is_wanted, Release.known_at.is_not(None))
    return session.execute(wanted.order_by(Release.id)).all()


def _versions(session: Session, *conditions: ColumnElement[bool]) -> Iterable[Row[uuid.UUID, str]]:
    wanted = (
        select(ReportVersion.id, PeriodicReport.period)
        .join(PeriodicReport, PeriodicReport.id == ReportVersion.report_id)
        .where(ReportVersion.sent_at.is_not(None), *conditions)
    )
    return session.execute(wanted.order_by(ReportVersion.id)).all()


def touches(one: str, other: str) -> bool:
    """Whether figures of two periods may bear on each other: they lie in one calendar year, where
    longer periods add them up (two quarters and their half-year), or one begins on the day after
    the other: then the stock at the end of the first is that before the second."""
    first, second = span_of(one), span_of(other)
    if first is None or second is None:
        return True
    share_a_year = first.start // 12 <= (second.end - 1) // 12 and (
        second.start // 12 <= (first.end - 1) // 12
    )
    return share_a_year or (first.start <= second.end and second.start <= first.end)


def is_of_other_rule(session: Session, versions: Iterable[int]) -> bool:
    """Whether some of these versions of the rule are not the one that holds. 0: of a table of which
    nothing is shown."""
    use_thresholds(session)
    return bool({*versions} - {0, disclosure_rules().newest.version})
