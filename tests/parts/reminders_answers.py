"""What is due on the case of each place: a clock that its worker says is not needed, told to the
Chair and the supervisor; and what the worker set for oneself.

`obligation_id` is the clock's; `personal_id` the obligation of the worker's own `reminder_id`.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.auth.permissions import Section
from app.cases.models import Case
from app.core import clock
from app.core.sealed import DataKey
from app.deadlines.models import Deadline
from app.people.models import Child
from app.reminders.models import (
    Channel,
    Delivery,
    DeliveryState,
    Obligation,
    ObligationAnswer,
    PersonalReminder,
)

FIELDS = {
    ObligationAnswer: {"reason": Section.PLAN},
    PersonalReminder: {"text": Section.PLAN},
}
NOT_ON_EVERY_SCREEN = {"PersonalReminder.text"}  # for who set it
WRITTEN = ("obligations", "obligation_answers", "personal_reminders")
INTO_THE_FILE = ("reminders.", "case_reminders.")
VALID: dict[str, Any] = {"case_reminders.index": {"text": "Gọi trường học"}}
FORM_FIELDS: dict[str, tuple[str, ...]] = {
    "reminders.later": ("later-when", "later-until", "later-reason"),
    "reminders.not_needed": ("drop-reason",),
    "reminders.hand_over": ("give-to_id", "give-reason"),
    "reminders.decide": ("decide-decision", "decide-reason"),
    "reminders.noted": ("idempotency_key",),
    "reminders.done": ("idempotency_key",),
    "case_reminders.finish": ("idempotency_key",),
}


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    worker, now = users[Role.CP_WORKER], clock.now()
    wanted = select(DataKey).join(Child, Child.key_id == DataKey.id)
    key = session.scalars(wanted.where(Child.id == case.child_id)).one()
    reminder = PersonalReminder(
        key=key,
        case_id=case.id,
        user_id=worker.id,
        text="Gọi trường học thứ Sáu",
        created_at=now,
        due_at=now + timedelta(hours=5),
    )
    session.add(reminder)
    clock_of = session.scalars(
        select(Deadline).where(Deadline.subject_id == case.id, Deadline.rule_key == "T_PLAN")
    ).one()
    of_clock = an_obligation(
        case, worker, "clock.T_PLAN", clock_of.id, clock_of.started_at, clock_of.effective_due_at
    )
    of_own = an_obligation(case, worker, "personal", reminder.id, now, reminder.due_at)
    of_own.unit_id = None
    session.add_all([of_clock, of_own])
    session.flush()
    session.add(
        ObligationAnswer(
            key=key,
            obligation_id=of_clock.id,
            answer="not_needed",
            by_id=worker.id,
            at=now,
            reason="Gia đình đã chuyển đi",
        )
    )
    for role in (Role.CP_WORKER, Role.COMMUNE_CHAIR, Role.SUPERVISOR):
        session.add(told(of_clock, users[role].id))
    session.add(told(of_own, worker.id))
    session.flush()
    return {
        "obligation_id": of_clock.id,
        "personal_id": of_own.id,
        "reminder_id": reminder.id,
    }


def made(session: Session, case: Case) -> list[Any]:
    """The rows with sealed fields that `add` made."""
    answers = select(ObligationAnswer).join(
        Obligation, Obligation.id == ObligationAnswer.obligation_id
    )
    return [
        *session.scalars(answers.where(Obligation.case_id == case.id)),
        *session.scalars(select(PersonalReminder).where(PersonalReminder.case_id == case.id)),
    ]


def an_obligation(
    case: Case, user: User, kind: str, subject: uuid.UUID, started_at: datetime, due_at: datetime
) -> Obligation:
    """As the scan would make it."""
    return Obligation(
        kind=kind,
        subject_id=subject,
        occurrence=str(int(due_at.timestamp())),
        case_id=case.id,
        unit_id=case.unit_id,
        user_id=user.id,
        started_at=started_at,
        due_at=due_at,
        opened_at=started_at,
        asked_at=started_at,
        last_at=started_at,
    )


def told(obligation: Obligation, user_id: uuid.UUID) -> Delivery:
    now = clock.now()
    return Delivery(
        obligation_id=obligation.id,
        kind=obligation.kind,
        occurrence="p0.5",
        channel=Channel.APP,
        recipient_id=user_id,
        is_urgent=False,
        state=DeliveryState.SENT,
        created_at=now,
        send_after=now,
        sent_at=now,
    )
