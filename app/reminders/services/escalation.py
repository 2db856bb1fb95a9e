"""What went up, and what was agreed not to be needed: on the child's timeline, written after it was
committed."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import Case
from app.cases.timeline import add_event
from app.core import clock
from app.core.outbox import HANDLERS, OutboxMessage
from app.reminders.models import Obligation
from app.reminders.services.answers import WAIVED
from app.reminders.services.fire import ESCALATED

KINDS = {ESCALATED: EventKind.REMINDER_ESCALATED, WAIVED: EventKind.REMINDER_WAIVED}


def put_on_timeline(session: Session, message: OutboxMessage) -> None:
    """On the timeline of an ended case too: checks after closing go up as well. Kind and level
    only, in the commune's lane whoever was asked: that of an agency would say which it is.

    Lock order: the case first, as everybody does who writes on a timeline."""
    obligation = session.get(Obligation, uuid.UUID(str(message.payload["obligation"])))
    if obligation is None or obligation.case_id is None:
        return
    case = session.scalars(
        select(Case)
        .where(Case.id == obligation.case_id)
        .options(joinedload(Case.child, innerjoin=True))
        .with_for_update(of=Case, key_share=True)
    ).one_or_none()
    if case is None:
        return
    kind, facts = KINDS[message.kind], {"kind": obligation.kind}
    level = (
        {"level": message.payload.get("level", 1)} if kind is EventKind.REMINDER_ESCALATED else {}
    )
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=None,
        lane="commune_pc",
        kind=kind,
        section=Section.PLAN,
        happened_at=message.created_at,
        now=clock.now(),
        facts={**facts, **level},
        subject_id=obligation.id,
    )


HANDLERS |= dict.fromkeys(KINDS, put_on_timeline)
