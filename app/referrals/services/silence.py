"""Nobody answered: the next one up is told, and in the end the referral ends by itself.

Derived from times and idempotent: a run that was missed is made up by the next one.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from app.cases.models import Case
from app.cases.services.editing import lock_all
from app.referrals.enums import OPEN, UNANSWERED, RecallReason, StepKind
from app.referrals.models import Referral
from app.referrals.services.clocks import tell_at
from app.referrals.services.history import Step, lock_again, note_step
from app.referrals.services.sender import recall

AT_ONCE = 200


def follow_silence(session: Session, now: datetime) -> int:
    """One pass: expired, told one level higher, or ended with their case. Returns how many."""
    found = [*session.scalars(_due(now)).unique(), *session.scalars(_of_ended_cases()).unique()]
    done = sum(_follow(session, one, now) for one in _locked(session, found))
    session.flush()
    return done


def _locked(session: Session, found: Sequence[Referral]) -> list[Referral]:
    """All their cases first, in the order that everybody keeps: who ticked many in a list waits
    for this job, or the job for them, and never both."""
    if not found:
        return []
    lock_all(session, select(Case).where(Case.id.in_({one.case_id for one in found})))
    return lock_again(session, list({one.id: one for one in found}.values()))


def _follow(session: Session, referral: Referral, now: datetime) -> bool:
    if referral.is_open and referral.case.is_ended:
        why = RecallReason.CASE_ENDED
        recall(session, actor=None, referral=referral, why=why, note=None, now=now)
        return True
    if referral.state not in UNANSWERED or referral.expires_at is None:
        return False
    if referral.expires_at <= now:
        referral.expire(now=now)
        step = Step(StepKind.EXPIRED, facts={"code": "expired"})
        note_step(session, actor=None, referral=referral, step=step, now=now)
        return True
    if referral.tell_at is None or referral.tell_at > now:
        return False
    level = referral.told_level + 1
    referral.tell(level, tell_at(referral, level))
    step = Step(StepKind.REMINDED, facts={"level": level})
    note_step(session, actor=None, referral=referral, step=step, now=now)
    return True


def _due(now: datetime) -> Select[Referral]:
    return _loaded(select(Referral).where(Referral.tell_at <= now).order_by(Referral.tell_at))


def _of_ended_cases() -> Select[Referral]:
    ended = select(Referral).join(Case, Case.id == Referral.case_id)
    return _loaded(ended.where(Referral.state.in_(OPEN), Case.is_ended.is_(True)))


def _loaded(wanted: Select[Referral]) -> Select[Referral]:
    """Locked afterwards, the cases before the referrals, as everybody does."""
    return wanted.limit(AT_ONCE).options(
        joinedload(Referral.case, innerjoin=True).joinedload(Case.child, innerjoin=True),
        joinedload(Referral.to_unit),
    )
