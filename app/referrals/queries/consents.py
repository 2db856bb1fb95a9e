"""The consents of a case, and what rests on each."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, and_, null, or_, select
from sqlalchemy.orm import Session, joinedload, load_only, raiseload

from app.auth.grants import CaseAccess
from app.auth.models import Unit, User
from app.auth.permissions import Section
from app.cases.models import CaseFile
from app.core.sealed import DataKey, open_field
from app.referrals.models import Consent, Referral


@dataclass(frozen=True, slots=True)
class ConsentView:
    """One consent; name, note and reason only for who may read of the family."""

    id: uuid.UUID
    giver: str
    name: str | None
    services: Sequence[str]
    sections: Sequence[str]
    given_on: date
    until: date | None
    file_id: uuid.UUID | None
    note: str | None
    by_name: str
    recorded_at: datetime
    withdrawn_at: datetime | None
    withdraw_reason: str | None

    def is_valid(self, today: date) -> bool:
        """As Consent.is_valid."""
        return self.withdrawn_at is None and (self.until is None or self.until >= today)


@dataclass(frozen=True, slots=True)
class Resting:
    """A referral that rests on a consent. `is_readable`: its packet is open to the receiver."""

    referral: Referral
    is_readable: bool


def consents_of_case(
    session: Session, case_id: uuid.UUID, *, sections: frozenset[Section]
) -> list[ConsentView]:
    """The newest first; one statement. Words of a closed section are not even read."""
    is_open = Section.FAMILY in sections
    words = (Consent.name_sealed, Consent.note_sealed, Consent.withdraw_reason_sealed)
    rows = session.execute(
        select(
            Consent.id,
            Consent.giver,
            Consent.services,
            Consent.sections,
            Consent.given_on,
            Consent.until,
            Consent.file_id,
            Consent.recorded_at,
            Consent.withdrawn_at,
            User.name.label("by_name"),
            DataKey.id.label("key_id"),
            DataKey.wrapped,
            *(column if is_open else null().label(column.key) for column in words),
        )
        .join(User, User.id == Consent.by_id)
        .join(DataKey, DataKey.id == Consent.key_id)
        .where(Consent.case_id == case_id)
        .order_by(Consent.recorded_at.desc(), Consent.id.desc())
    )
    return [_view(row) for row in rows]


def resting_on(
    session: Session, consent_ids: Iterable[uuid.UUID], now: datetime
) -> dict[uuid.UUID, list[Resting]]:
    """The referrals that rest on these consents: codes and states, no word; one statement."""
    shown = ("consent_id", "service", "state", "serial", "created_at", "to_unit_id")
    columns = [getattr(Referral, name) for name in shown]
    is_readable = and_(
        CaseAccess.id.is_not(None), or_(CaseAccess.until.is_(None), CaseAccess.until > now)
    )
    rows = session.execute(
        select(Referral, is_readable)
        .outerjoin(CaseAccess, CaseAccess.id == Referral.access_id)
        .options(
            load_only(*columns),
            raiseload(Referral.key),
            joinedload(Referral.to_unit).load_only(Unit.name, Unit.short_name),
        )
        .where(Referral.consent_id.in_([*consent_ids]))
        .order_by(Referral.id)
    )
    found: dict[uuid.UUID, list[Resting]] = {}
    for referral, is_open in rows:
        if referral.consent_id is not None:
            found.setdefault(referral.consent_id, []).append(Resting(referral, is_open))
    return found


def titles_of(
    session: Session,
    case_id: uuid.UUID,
    file_ids: Iterable[uuid.UUID],
    sections: frozenset[Section],
) -> dict[uuid.UUID, str]:
    """The titles of these documents, of those in open sections; one statement."""
    rows = session.execute(
        select(CaseFile.id, CaseFile.title_sealed, DataKey.id.label("key_id"), DataKey.wrapped)
        .join(DataKey, DataKey.id == CaseFile.key_id)
        .where(
            CaseFile.id.in_([*file_ids]),
            CaseFile.case_id == case_id,
            CaseFile.section.in_(sorted(sections)),
            CaseFile.removed_at.is_(None),
        )
    )
    return {
        row.id: open_field(CaseFile, "title", row.id, (row.key_id, row.wrapped), row.title_sealed)
        or ""
        for row in rows
    }


def _view(row: Row[*tuple[Any, ...]]) -> ConsentView:
    key = (row.key_id, row.wrapped)
    return ConsentView(
        id=row.id,
        giver=row.giver,
        name=open_field(Consent, "name", row.id, key, row.name_sealed),
        services=row.services,
        sections=row.sections,
        given_on=row.given_on,
        until=row.until,
        file_id=row.file_id,
        note=open_field(Consent, "note", row.id, key, row.note_sealed),
        by_name=row.by_name,
        recorded_at=row.recorded_at,
        withdrawn_at=row.withdrawn_at,
        withdraw_reason=open_field(
            Consent, "withdraw_reason", row.id, key, row.withdraw_reason_sealed
        ),
    )
