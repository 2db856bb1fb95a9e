"""The timeline and the log of what changes in the register."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import Case
from app.cases.timeline import add_event
from app.register.models import GroupMembership


def tell(
    session: Session,
    actor: Actor,
    case: Case,
    membership: GroupMembership,
    kind: EventKind,
    step: str,
    *,
    now: datetime,
    section: Section | None = None,
    happened_at: datetime | None = None,
    facts: Mapping[str, Any] | None = None,
    note: str | None = None,
    fields: tuple[str, ...] = (),
) -> None:
    """One entry in the section of the membership, and one event of the log.

    The event names no group. One of a confidential group is marked with its section: the log of
    readers without that section leaves it out.
    """
    section = section or membership.section
    place = {"group": membership.group_code, "sub": membership.sub_code, "step": step}
    add_event(
        session,
        case=case,
        key=membership.key,
        actor=actor,
        kind=kind,
        section=section,
        happened_at=happened_at or now,
        now=now,
        facts={name: value for name, value in {**place, **(facts or {})}.items() if value},
        note=note,
        subject_id=membership.id,
    )
    record(
        session,
        actor,
        AuditAction.REGISTER_CHANGED,
        at=now,
        case_id=case.id,
        subject_id=membership.id,
        sections=() if section is Section.EVENT else (section,),
        data={"step": step, "child_id": membership.child_id, "fields": list(fields)},
    )
