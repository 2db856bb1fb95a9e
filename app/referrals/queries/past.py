"""What a case has behind it already: asked, answered, and when the event was."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import cast, func, null, select
from sqlalchemy.orm import Session

from app.auth.permissions import Section
from app.cases.models import Case, Report
from app.core.db import UtcDateTime
from app.referrals.enums import OPEN, ReferralState
from app.referrals.models import Referral

S = ReferralState
_RUNNING = OPEN | {S.DRAFT}


@dataclass(frozen=True, slots=True)
class Past:
    """One referral of the case, in codes. `at`: when it was answered or had its outcome."""

    service: str
    to_unit_id: uuid.UUID | None
    state: ReferralState
    outcome_code: str | None
    decline_code: str | None
    at: datetime | None

    @property
    def is_running(self) -> bool:
        """Something is drafted, or on its way."""
        return self.state in _RUNNING

    @property
    def is_declined(self) -> bool:
        return self.decline_code is not None


class History(NamedTuple):
    """`event_at`: when it happened, for who may read of the event."""

    past: Sequence[Past]
    event_at: datetime | None


def history_of(session: Session, case_id: uuid.UUID, sections: frozenset[Section]) -> History:
    """All that was not taken back, the newest last; one statement."""
    at = func.coalesce(Referral.completed_at, Referral.answered_at)
    happened = Report.event_at if Section.EVENT in sections else cast(null(), UtcDateTime)
    kept = (Referral.case_id == Case.id) & (Referral.state != S.RECALLED)
    rows = session.execute(
        select(
            happened,
            Referral.service,
            Referral.to_unit_id,
            Referral.state,
            Referral.outcome_code,
            Referral.decline_code,
            at,
        )
        .select_from(Case)
        .join(Report, Report.id == Case.report_id)
        .outerjoin(Referral, kept)
        .where(Case.id == case_id)
        .order_by(Referral.id)
    ).all()
    past = [Past(*row[1:]) for row in rows if row.service is not None]
    return History(past, rows[0][0] if rows else None)


def last_outcome(past: Iterable[Past], service: str) -> Past | None:
    """The newest outcome of a service."""
    found = [one for one in past if one.service == service and one.outcome_code]
    return found[-1] if found else None


def last_refusal(past: Iterable[Past], service: str, unit_id: uuid.UUID | None) -> Past | None:
    """The newest word of this unit about this service, if it was a refusal."""
    found = [one for one in past if (one.service, one.to_unit_id) == (service, unit_id) and one.at]
    return found[-1] if unit_id and found and found[-1].is_declined else None
