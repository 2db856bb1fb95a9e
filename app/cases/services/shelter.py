"""The compartment of the place where a child is kept safe: written by who records, opened with a
reason, and never unseen."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import Case, Separation, ShelterAddress
from app.cases.services.editing import lock
from app.cases.timeline import add_event
from app.core.sealed import DataKey


@dataclass(frozen=True, slots=True)
class ShelterData:
    address: str
    phone: str | None = None


def put_address(
    session: Session, *, actor: Actor, separation: Separation, data: ShelterData, now: datetime
) -> None:
    """Keep the address, under a data key of its own; a new one replaces what was there."""
    known = _address_of(session, separation)
    if known is None:
        known = ShelterAddress(key=DataKey.new(), separation_id=separation.id)
        session.add(known)
    known.address, known.phone = data.address, data.phone
    known.typed_by, known.typed_at = actor.id, now
    session.flush()


def change_address(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    separation: Separation,
    data: ShelterData,
    now: datetime,
) -> None:
    """Put another address into the compartment. Raises CaseEnded, NotRoutedYet."""
    lock(session, case)
    case.require_open()
    put_address(session, actor=actor, separation=separation, data=data, now=now)
    record(
        session,
        actor,
        AuditAction.SEPARATION_CHANGED,
        at=now,
        case_id=case.id,
        subject_id=separation.id,
        sections=[Section.SHELTER],
        data={"step": "address"},
    )
    session.flush()


def reveal_address(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    separation: Separation,
    reason: str,
    now: datetime,
) -> ShelterAddress | None:
    """Where the child is, or None where nothing was kept. The reason stands on the timeline."""
    found = _address_of(session, separation)
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=EventKind.SHELTER_READ,
        section=Section.PLAN,
        happened_at=now,
        now=now,
        note=reason,
        subject_id=separation.id,
    )
    record(
        session,
        actor,
        AuditAction.SHELTER_READ,
        at=now,
        case_id=case.id,
        subject_id=separation.id,
        sections=[Section.SHELTER],
    )
    session.flush()
    return found


def _address_of(session: Session, separation: Separation) -> ShelterAddress | None:
    of_it = select(ShelterAddress).where(ShelterAddress.separation_id == separation.id)
    return session.scalars(of_it).unique().one_or_none()
