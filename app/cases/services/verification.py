"""The check of a report (Decree 56/2017, art. 25.2) and what it found."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import false, or_, select
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section
from app.cases import policy
from app.cases.enums import EventKind, Outcome
from app.cases.models import Case, Verification
from app.cases.services.editing import lock_all, require_unchanged
from app.cases.services.repeats import pass_on, repeated_case, require_heard
from app.cases.timeline import add_event
from app.core.errors import DomainError
from app.deadlines.services import void_all
from app.people.identifiers import case_number_of


class AlreadyConfirmed(DomainError):
    message = _l("Tin báo này đã được xác minh là có căn cứ. Không cần ghi lại.")


@dataclass(frozen=True, slots=True)
class Finding:
    """What the check found. `duplicate_of` is the other case's number as typed; `heard_repeats`:
    the reports that point to this case were looked at too."""

    outcome: Outcome
    happened_at: datetime
    reason: str | None = None
    duplicate_of: str | None = None
    heard_repeats: bool = False


def verify_case(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    finding: Finding,
    expected_version: int,
    seen_at: datetime,
    now: datetime,
) -> Verification:
    """Record the outcome; one that ends the case stops its running clocks. `case.child` is loaded.

    Raises StaleEdit, CaseEnded, NotRoutedYet, AlreadyConfirmed, RepeatsUnheard,
    InvalidInput("duplicate_of").
    """
    _lock(session, actor, case, finding)
    require_unchanged(
        session, actor=actor, case=case, expected_version=expected_version, seen_at=seen_at
    )
    case.require_open()
    if finding.outcome is Outcome.CONFIRMED and _is_confirmed(session, case):
        raise AlreadyConfirmed
    require_heard(session, case, finding.outcome, is_heard=finding.heard_repeats)
    other = None
    if finding.outcome is Outcome.DUPLICATE:
        other = repeated_case(session, actor, case, finding.duplicate_of or "")
    case.verify(finding.outcome, now=now)
    verification = Verification(
        key=case.child.key,
        case_id=case.id,
        outcome=finding.outcome,
        reason=finding.reason,
        duplicate_of_id=other.id if other else None,
        happened_at=finding.happened_at,
        typed_at=now,
        by_id=actor.id,
    )
    session.add(verification)
    _tell(session, actor, case, verification, now)
    if other is not None:
        pass_on(session, actor=actor, case=case, other=other, now=now)
    if case.is_ended:
        void_all(session, subject_id=case.id, now=now)
    session.flush()
    return verification


def _lock(session: Session, actor: Actor, case: Case, finding: Finding) -> None:
    """This case and the one that it is said to repeat: of two people who name each other's case
    the second sees what the first recorded."""
    number = finding.outcome is Outcome.DUPLICATE and case_number_of(finding.duplicate_of or "")
    visible = policy.visible_to(actor).with_only_columns(Case.id).where(Case.number == number)
    other = Case.id.in_(visible) if number else false()
    lock_all(session, select(Case).where(or_(Case.id == case.id, other)))


def _is_confirmed(session: Session, case: Case) -> bool:
    confirmed = select(Verification.id).where(
        Verification.case_id == case.id, Verification.outcome == Outcome.CONFIRMED
    )
    return session.scalar(confirmed.limit(1)) is not None


def _tell(
    session: Session, actor: Actor, case: Case, verification: Verification, now: datetime
) -> None:
    facts = {"outcome": verification.outcome.value}
    if verification.duplicate_of_id is not None:
        facts["duplicate_of"] = str(verification.duplicate_of_id)
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=EventKind.VERIFIED,
        section=Section.EVENT,
        happened_at=verification.happened_at,
        now=now,
        facts=facts,
        note=verification.reason,
        subject_id=verification.id,
        tells_account=True,  # what the check found is told along with what was reported
    )
    record(
        session,
        actor,
        AuditAction.CASE_VERIFIED,
        at=now,
        case_id=case.id,
        subject_id=verification.id,
        data={"outcome": verification.outcome},
    )
