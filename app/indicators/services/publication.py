"""What becomes readable does so one after the other: a release and a report that are protected
beside each other must not both believe to be first."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.indicators.models import PeriodicReport, Release, ReportVersion
from app.indicators.protection.spans import span_of

_PUBLISHING = 2_508


def lock_publication(session: Session) -> None:
    """Who publishes or sends at once waits here until the transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(_PUBLISHING)))


def touches(one: str, other: str) -> bool:
    """Whether two periods overlap, or one begins on the day after the other: then the stock at the
    end of the first is that before the second."""
    first, second = span_of(one), span_of(other)
    if first is None or second is None:
        return True
    return first.start <= second.end and second.start <= first.end


def is_release_newer(session: Session, period: str, since: datetime) -> bool:
    """Whether a release that has to do with a period was published after `since`."""
    wanted = select(Release.period).where(Release.approved_at > since)
    return any(touches(period, text) for text in session.scalars(wanted))


def is_report_newer(session: Session, period: str, since: datetime) -> bool:
    """Whether the province sent a report that has to do with a period after `since`."""
    wanted = (
        select(PeriodicReport.period)
        .join(ReportVersion, ReportVersion.report_id == PeriodicReport.id)
        .where(PeriodicReport.commune_code.is_(None), ReportVersion.sent_at > since)
    )
    return any(touches(period, text) for text in session.scalars(wanted))
