"""Answering a reminder: later, not needed, handed over; what was done ends it by itself."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.grants import kept_out_of
from app.auth.models import User
from app.cases.models import Case
from app.core.errors import InvalidInput
from app.core.sealed import DataKey
from app.people.models import Child
from app.reminders.models import Obligation, ObligationAnswer, ObligationEnded, PersonalReminder

LATER, NOT_NEEDED, HANDED_OVER = "later", "not_needed", "handed_over"
LONGEST_SNOOZE = timedelta(days=14)
SHORTEST_REASON = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """`until` for later, `to_id` for handed over."""

    answer: str
    reason: str
    until: datetime | None = None
    to_id: uuid.UUID | None = None


def put_off(
    session: Session,
    *,
    actor: Actor,
    obligation: Obligation,
    until: datetime,
    reason: str,
    now: datetime,
) -> None:
    """Be reminded again then; counted. The steps for others (Chair, supervisor) are not put off.

    Raises ObligationEnded, InvalidInput.
    """
    _lock(session, obligation)
    if until <= now:
        raise InvalidInput("until", _l("Chọn một thời điểm chưa đến."))
    if until > now + LONGEST_SNOOZE:
        raise InvalidInput("until", _l("Nhiều nhất 14 ngày."))
    if obligation.is_legal and obligation.due_at > now and until > obligation.due_at:
        raise InvalidInput("until", _l("Không để quá thời hạn của luật. Cần thì xin gia hạn."))
    obligation.snooze(until)
    _keep(session, actor, obligation, Answer(LATER, reason, until=until), now)


def hand_over(
    session: Session,
    *,
    actor: Actor,
    obligation: Obligation,
    to_id: uuid.UUID,
    reason: str,
    now: datetime,
) -> None:
    """A colleague of the unit does this one thing; the case stays with who answers for it.

    Raises ObligationEnded, InvalidInput("to_id").
    """
    _lock(session, obligation)
    known = select(User.id).where(
        User.id == to_id, User.unit_id == actor.unit_id, User.is_active, User.role == actor.role
    )
    if obligation.case_id is not None:
        child = select(Case.child_id).where(Case.id == obligation.case_id).scalar_subquery()
        known = known.where(User.id.not_in(kept_out_of(child)))  # type: ignore[arg-type]
    if to_id == obligation.answers_id or session.scalar(known) is None:
        raise InvalidInput("to_id", _l("Chọn một đồng nghiệp khác của đơn vị."))
    obligation.hand_over(to_id, now=now)
    _keep(session, actor, obligation, Answer(HANDED_OVER, reason, to_id=to_id), now)


def not_needed(
    session: Session, *, actor: Actor, obligation: Obligation, reason: str, now: datetime
) -> bool:
    """Nobody is reminded of it again; of a legal clock only once another has agreed (False then).

    Raises ObligationEnded, InvalidInput("reason").
    """
    _lock(session, obligation)
    if len(reason) < SHORTEST_REASON:
        raise InvalidInput("reason", _l("Ghi lý do."))
    answer = _keep(session, actor, obligation, Answer(NOT_NEEDED, reason), now)
    if obligation.is_legal:
        session.flush()
        return False
    obligation.waive(now=now)
    answer.decided_at, answer.is_approved = now, True
    if obligation.kind == "personal":
        session.get_one(PersonalReminder, obligation.subject_id).finish(now=now)
    session.flush()
    return True


def decide_not_needed(
    session: Session,
    *,
    actor: Actor,
    obligation: Obligation,
    answer: ObligationAnswer,
    approved: bool,
    now: datetime,
) -> None:
    """Another person agrees, or not. Raises OwnAnswer, ObligationEnded."""
    _lock(session, obligation)
    session.refresh(answer, ["decided_at"])
    answer.decide(by=actor.id, approved=approved, now=now)
    if approved:
        obligation.waive(now=now)
    _record(session, actor, obligation, "approved" if approved else "refused", None, now)
    session.flush()


def pending_answer(session: Session, obligation: Obligation) -> ObligationAnswer | None:
    """What waits for another person's agreement."""
    return session.scalars(
        select(ObligationAnswer)
        .where(
            ObligationAnswer.obligation_id == obligation.id,
            ObligationAnswer.answer == NOT_NEEDED,
            ObligationAnswer.decided_at.is_(None),
        )
        .order_by(ObligationAnswer.at.desc())
        .limit(1)
    ).first()


def set_reminder(
    session: Session, *, actor: Actor, case: Case, text: str, due_at: datetime, now: datetime
) -> PersonalReminder:
    """“Call the school on Friday”. `case` comes with its child. Raises InvalidInput("due_at")."""
    if due_at <= now:
        raise InvalidInput("due_at", _l("Chọn một thời điểm chưa đến."))
    reminder = PersonalReminder(
        key=case.child.key,
        case_id=case.id,
        user_id=actor.id,
        text=text,
        created_at=now,
        due_at=due_at,
    )
    session.add(reminder)
    session.flush()
    return reminder


def finish_reminder(session: Session, *, reminder: PersonalReminder, now: datetime) -> None:
    """Done; the next pass ends what is due of it. Raises ObligationEnded the second time."""
    session.refresh(reminder, ["done_at", "version"], with_for_update=True)
    reminder.finish(now=now)
    session.flush()


def _lock(session: Session, obligation: Obligation) -> None:
    session.refresh(obligation, with_for_update=True)
    if obligation.closed_at is not None:
        raise ObligationEnded


def _keep(
    session: Session, actor: Actor, obligation: Obligation, answer: Answer, now: datetime
) -> ObligationAnswer:
    kept = ObligationAnswer(
        key=_key(session, obligation),
        obligation_id=obligation.id,
        answer=answer.answer,
        by_id=actor.id,
        at=now,
        until=answer.until,
        to_id=answer.to_id,
        reason=answer.reason,
    )
    session.add(kept)
    _record(session, actor, obligation, answer.answer, answer.until, now)
    return kept


def _key(session: Session, obligation: Obligation) -> DataKey:
    """Words about a case are sealed under the child's key."""
    if obligation.case_id is None:
        return DataKey.new()
    wanted = (
        select(DataKey)
        .join(Child, Child.key_id == DataKey.id)
        .join(Case, Case.child_id == Child.id)
        .where(Case.id == obligation.case_id)
    )
    return session.scalars(wanted).one()


def _record(
    session: Session,
    actor: Actor,
    obligation: Obligation,
    answer: str,
    until: datetime | None,
    now: datetime,
) -> None:
    record(
        session,
        actor,
        AuditAction.REMINDER_ANSWERED,
        at=now,
        case_id=obligation.case_id,
        subject_id=obligation.id,
        data={"kind": obligation.kind, "answer": answer, "until": until and until.isoformat()},
    )
