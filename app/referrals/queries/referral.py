"""What stands around one referral: its history, its access, its chain, what else goes on."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, defer

from app.auth.grants import CaseAccess
from app.auth.models import Unit, UnitKind, User
from app.auth.permissions import Section
from app.cases.models import CaseFile
from app.core.row_scope import across
from app.referrals.enums import OPEN, ReferralState, StepKind
from app.referrals.models import Referral, ReferralFile, ReferralStep

STEPS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class StepView:
    """One line of the history. `note` is None where there are no words, or none for this reader."""

    kind: StepKind
    by: str | None
    unit: str | None
    at: datetime
    happened_at: datetime
    facts: dict[str, object]
    note: str | None


class Opened(NamedTuple):
    """The row that opens the packet to its receiver, as it is now."""

    since: datetime
    until: datetime | None

    def is_open(self, now: datetime) -> bool:
        return self.since <= now and (self.until is None or self.until > now)


class Neighbour(NamedTuple):
    """The referral before or after this one in the search for who helps."""

    id: uuid.UUID
    number: str
    to: str | None
    is_next: bool


def steps_of(session: Session, referral: Referral, *, with_words: bool) -> list[StepView]:
    """The history, oldest first; without the words they are not even read. One statement."""
    wanted = (
        select(ReferralStep, User.name, Unit.short_name)
        .outerjoin(User, User.id == ReferralStep.by_id)
        .outerjoin(Unit, Unit.id == ReferralStep.unit_id)
        .where(ReferralStep.referral_id == referral.id)
        .order_by(ReferralStep.at, ReferralStep.id)
        .limit(STEPS_SHOWN)
    )
    if not with_words:
        wanted = wanted.options(defer(ReferralStep.note_sealed, raiseload=True))
    return [
        StepView(
            kind=step.kind,
            by=name,
            unit=unit,
            at=step.at,
            happened_at=step.happened_at,
            facts=step.facts,
            note=step.note if with_words else None,
        )
        for step, name, unit in session.execute(wanted).unique()
    ]


def opened_of(session: Session, referral: Referral) -> Opened | None:
    """Live, for the sender; None where nothing was ever opened."""
    if referral.access_id is None:
        return None
    row = session.execute(
        select(CaseAccess.since, CaseAccess.until).where(CaseAccess.id == referral.access_id)
    ).one_or_none()
    return Opened(*row) if row else None


def chain_of(session: Session, referral: Referral) -> list[Neighbour]:
    """The one it follows and the one that followed it; one statement."""
    rows = session.execute(
        select(
            Referral.id,
            Referral.serial,
            Referral.created_at,
            Unit.short_name,
            Referral.previous_id,
        )
        .outerjoin(Unit, Unit.id == Referral.to_unit_id)
        .where(or_(Referral.previous_id == referral.id, Referral.id == referral.previous_id))
    )
    return [
        Neighbour(
            row.id,
            Referral.numbered(row.created_at, row.serial),
            row.short_name,
            row.previous_id == referral.id,
        )
        for row in rows
    ]


def others_involved(session: Session, referral: Referral) -> list[UnitKind]:
    """The kinds of the other agencies that help this child now, nothing else of them; none where
    the sender did not allow it."""
    if not referral.tells_others:
        return []
    kinds = (
        select(Unit.kind)
        .join(Referral, Referral.to_unit_id == Unit.id)
        .where(
            Referral.case_id == referral.case_id,
            Referral.id != referral.id,
            Referral.to_unit_id != referral.to_unit_id,
            Referral.state.in_(OPEN | {ReferralState.COMPLETED}),
            Referral.answered_at.is_not(None),
        )
        .distinct()
    )
    with across(session):
        return sorted(session.scalars(kinds))


def picked_files(
    session: Session, referral: Referral, *, sections: frozenset[Section]
) -> Sequence[CaseFile]:
    """The documents that go with it, those that this reader of the file may see; one statement."""
    return session.scalars(
        select(CaseFile)
        .join(ReferralFile, ReferralFile.file_id == CaseFile.id)
        .where(
            ReferralFile.referral_id == referral.id,
            CaseFile.case_id == referral.case_id,
            CaseFile.section.in_(sorted(sections)),
            CaseFile.removed_at.is_(None),
        )
        .order_by(CaseFile.happened_at, CaseFile.id)
    ).all()
