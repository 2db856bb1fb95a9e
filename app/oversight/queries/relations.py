"""What a reader had to do with a file at the time of reading, from the rows that open files."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.grants import WHOLE_AREA, AccessReason, CaseAccess
from app.auth.models import Role
from app.cases.models import CaseTransfer

# The codes of `reading_relations`, the closest first.
ASSIGNED, WORKS, GLASS, OFFERED = "assigned", "works", "break_glass", "offered"
REFERRAL, SUPERVISES, REPORTED, OTHER = "referral", "supervises", "reported", "other"
CLOSEST = (ASSIGNED, WORKS, GLASS, REFERRAL, OFFERED, SUPERVISES, REPORTED, OTHER)
NONE_OF_ONES_OWN = (GLASS, OTHER)

_OF_REASON: Mapping[AccessReason, str] = {
    AccessReason.ASSIGNED: ASSIGNED,
    AccessReason.UNIT_WORKS: WORKS,
    AccessReason.BREAK_GLASS: GLASS,
    AccessReason.REFERRAL: REFERRAL,
    AccessReason.REPORTED: REPORTED,
}


class Reader(NamedTuple):
    """A person as what they are now: the log does not say of which unit somebody was."""

    user_id: uuid.UUID
    unit_id: uuid.UUID
    role: Role


class Span(NamedTuple):
    """Of one holder, a unit or a person; `until` None: still."""

    holder_id: uuid.UUID
    relation: str
    since: datetime
    until: datetime | None

    def covers(self, first: datetime, last: datetime) -> bool:
        return self.since <= last and (self.until is None or self.until > first)


class Relations:
    """Of everybody to these files; two statements."""

    def __init__(self, session: Session, case_ids: Collection[uuid.UUID]) -> None:
        self._spans: dict[uuid.UUID, list[Span]] = defaultdict(list)
        if case_ids:
            self._read(session, case_ids)

    def _read(self, session: Session, case_ids: Collection[uuid.UUID]) -> None:
        access = select(
            CaseAccess.case_id,
            CaseAccess.holder_id,
            CaseAccess.reason,
            CaseAccess.since,
            CaseAccess.until,
        ).where(CaseAccess.case_id.in_(case_ids))
        for case_id, holder, reason, since, until in session.execute(access):
            self._spans[case_id].append(Span(holder, _OF_REASON[reason], since, until))
        offers = select(
            CaseTransfer.case_id,
            CaseTransfer.to_unit_id,
            CaseTransfer.offered_at,
            CaseTransfer.answered_at,
        ).where(CaseTransfer.case_id.in_(case_ids), CaseTransfer.to_unit_id.is_not(None))
        for case_id, unit_id, since, until in session.execute(offers):
            if unit_id is not None:
                self._spans[case_id].append(Span(unit_id, OFFERED, since, until))

    def of(self, case_id: uuid.UUID, reader: Reader, first: datetime, last: datetime) -> str:
        """The closest one that held at some time between the first and the last reading."""
        found = {
            span.relation
            for span in self._spans.get(case_id, ())
            if span.holder_id in (reader.user_id, reader.unit_id) and span.covers(first, last)
        }
        if reader.role in WHOLE_AREA:
            found.add(SUPERVISES)
        return min(found, key=CLOSEST.index, default=OTHER)
