"""Answering a reminder: later, not needed, handed over, noted; what was done ends it by itself."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.grants import kept_out_of
from app.auth.models import Role, User
from app.cases.models import Case
from app.core.errors import InvalidInput
from app.core.outbox import enqueue
from app.core.sealed import DataKey
from app.people.models import Child
from app.reminders.models import (
    Obligation,
    ObligationAnswer,
    ObligationEnded,
    ObligationOfAnother,
    PersonalReminder,
)
from app.reminders.policy import (
    COLLEAGUES,
    LONGEST_SNOOZE,
    PERSONAL,
    RECEIVED,
    can_answer,
    can_decide,
    may_drop,
    may_hand_over,
    may_put_off,
    snoozed_at_most,
)
from app.reminders.queries.rules import rules_in_force
from app.reminders.rules import Whom
from app.reminders.services.personal import finish_reminder
from app.reminders.services.reading import mark_acted, tell

LATER, NOT_NEEDED, HANDED_OVER, NOTED = "later", "not_needed", "handed_over", "noted"
REFUSED = "refused"  # why somebody did not agree that it is not needed
SHORTEST_REASON, LONGER_REASON = 5, 30
WAIVED = "reminder.waived"  # for the timeline


@dataclass(frozen=True, slots=True)
class Answer:
    """`until` for later, `to_id` for handed over."""

    answer: str
    reason: str | None
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

    Beyond the rules' `snoozes` a longer reason is asked, and the Chair is told (of what a unit was
    asked: its lead). Raises ObligationEnded, InvalidInput.
    """
    _lock(session, obligation, actor, may_put_off)
    _check_until(obligation, until, now)
    if len(reason) < SHORTEST_REASON:
        raise InvalidInput("reason", _l("Ghi lý do để sau."))
    is_too_often = obligation.snoozes >= rules_in_force(session).limits.snoozes
    if is_too_often and len(reason) < LONGER_REASON:
        raise InvalidInput(
            "reason", _l("Đã để sau nhiều lần. Ghi rõ hơn vì sao, từ 30 chữ trở lên.")
        )
    obligation.snooze(until)
    _keep(session, actor, obligation, Answer(LATER, reason, until=until), now)
    mark_acted(session, obligation.id, now, by_id=actor.id)
    if is_too_often:
        _tell_above(session, obligation, f"z{obligation.snoozes}", now)
    session.flush()


def _check_until(obligation: Obligation, until: datetime, now: datetime) -> None:
    if until <= now:
        raise InvalidInput("until", _l("Chọn một thời điểm chưa đến."))
    if until > now + LONGEST_SNOOZE:
        raise InvalidInput("until", _l("Nhiều nhất 14 ngày."))
    if until <= snoozed_at_most(obligation, now):
        return
    if obligation.due_at <= now:
        raise InvalidInput("until", _l("Việc đã quá hạn: chỉ để sau nhiều nhất 24 giờ."))
    if obligation.is_legal:
        raise InvalidInput("until", _l("Không để quá thời hạn của luật. Cần thì xin gia hạn."))
    raise InvalidInput("until", _l("Không để quá hạn của phiếu. Không giúp được thì từ chối."))


def _tell_above(session: Session, obligation: Obligation, occurrence: str, now: datetime) -> None:
    if obligation.kind == PERSONAL:
        return
    above = Whom.LEAD if obligation.kind in RECEIVED else Whom.CHAIR
    session.flush()
    tell(session, obligation, [above], occurrence=occurrence, now=now)


def colleagues_for(actor: Actor, obligation: Obligation) -> Select[uuid.UUID, str]:
    """(id, name) of those of the unit who could do it; never somebody kept out of the child."""
    wanted = (
        select(User.id, User.name)
        .where(
            User.unit_id == actor.unit_id,
            User.is_active,
            User.role.in_(COLLEAGUES.get(actor.role, ())),
        )
        .order_by(User.name)
    )
    if obligation.answers_id is not None:
        wanted = wanted.where(User.id != obligation.answers_id)
    if obligation.case_id is not None:
        child = select(Case.child_id).where(Case.id == obligation.case_id).scalar_subquery()
        wanted = wanted.where(User.id.not_in(kept_out_of(child)))  # type: ignore[arg-type]
    return wanted


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
    _lock(session, obligation, actor, may_hand_over)
    known = colleagues_for(actor, obligation).where(User.id == to_id)
    if session.execute(known).first() is None:
        raise InvalidInput("to_id", _l("Chọn một đồng nghiệp khác của đơn vị."))
    obligation.give(to_id, now=now)
    _keep(session, actor, obligation, Answer(HANDED_OVER, reason, to_id=to_id), now)
    mark_acted(session, obligation.id, now, by_id=actor.id)
    session.flush()


def not_needed(
    session: Session, *, actor: Actor, obligation: Obligation, reason: str, now: datetime
) -> bool:
    """Nobody is reminded of it again; of a legal clock only once another has agreed (False then):
    the Chair, or a supervisor where the Chair asks.

    Raises ObligationEnded, InvalidInput("reason").
    """
    _lock(session, obligation, actor, may_drop)
    if len(reason) < SHORTEST_REASON:
        raise InvalidInput("reason", _l("Ghi lý do."))
    if obligation.needs_agreement and pending_answer(session, obligation) is not None:
        raise InvalidInput("reason", _l("Đã có một đề nghị đang chờ người khác đồng ý."))
    answer = _keep(session, actor, obligation, Answer(NOT_NEEDED, reason), now)
    mark_acted(
        session, obligation.id, now, by_id=None if not obligation.needs_agreement else actor.id
    )
    if obligation.needs_agreement:
        session.flush()
        asked = Whom.SUPERVISOR if actor.role is Role.COMMUNE_CHAIR else Whom.CHAIR
        tell(session, obligation, [asked], occurrence=f"n{answer.id.hex[:8]}", now=now)
        return False
    answer.decided_at, answer.is_approved = now, True
    _drop(session, obligation, now)
    session.flush()
    return True


def decide_not_needed(
    session: Session,
    *,
    actor: Actor,
    obligation: Obligation,
    answer: ObligationAnswer,
    approved: bool,
    reason: str | None = None,
    now: datetime,
) -> None:
    """Another person agrees, or not, with the reason of that: then it is asked again at once.

    Raises OwnAnswer, ObligationEnded.
    """
    _lock(session, obligation, actor, can_decide)
    session.refresh(answer, ["decided_at"])
    answer.decide(by=actor.id, approved=approved, now=now)
    mark_acted(session, obligation.id, now, by_id=None if approved else actor.id)
    if approved:
        _drop(session, obligation, now)
        _record(session, actor, obligation, "approved", None, now)
    else:
        obligation.ask_again(now=now)
        _keep(session, actor, obligation, Answer(REFUSED, reason or None), now)
    session.flush()


def note(session: Session, *, actor: Actor, obligation: Obligation, now: datetime) -> None:
    """Who was told but does not do it has seen to it. Raises ObligationEnded."""
    _lock(session, obligation, actor)
    _keep(session, actor, obligation, Answer(NOTED, None), now)
    mark_acted(session, obligation.id, now, by_id=actor.id)
    session.flush()


def finish(session: Session, *, actor: Actor, obligation: Obligation, now: datetime) -> None:
    """Of a reminder of one's own, which ends it. Raises ObligationEnded."""
    reminder = session.get_one(PersonalReminder, obligation.subject_id)
    finish_reminder(session, reminder=reminder, now=now)
    _record(session, actor, obligation, "done", None, now)


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


def _drop(session: Session, obligation: Obligation, now: datetime) -> None:
    obligation.waive(now=now)
    if obligation.kind == PERSONAL:
        session.get_one(PersonalReminder, obligation.subject_id).finish(now=now)
    elif obligation.kind not in RECEIVED:  # an agency's timeline is its own
        enqueue(session, WAIVED, {"obligation": str(obligation.id)}, now=now)


def _lock(
    session: Session,
    obligation: Obligation,
    actor: Actor,
    may: Callable[[Actor, Obligation], bool] = can_answer,
) -> None:
    """What was allowed when the page was loaded is asked again. Raises ObligationEnded,
    ObligationOfAnother."""
    session.refresh(obligation, with_for_update=True)
    if obligation.closed_at is not None:
        raise ObligationEnded
    if not may(actor, obligation):
        raise ObligationOfAnother


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
        key = DataKey.new()
        session.add(key)
        return key
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
