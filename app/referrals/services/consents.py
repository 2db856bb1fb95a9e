"""Consents of a family: recorded, and withdrawn with everything that rests on them."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.permissions import Section
from app.cases.enums import EventKind
from app.cases.models import Case, CaseFile
from app.cases.services.editing import lock
from app.cases.timeline import add_event
from app.core import clock
from app.core.errors import InvalidInput
from app.people.ages import age_at
from app.referrals.enums import ENDED, OPEN, RecallReason
from app.referrals.models import Consent, Referral
from app.referrals.rules import rules
from app.referrals.services.access import end_at_once
from app.referrals.services.sender import recall

CHILD = "child"  # of consent_givers


@dataclass(frozen=True, slots=True)
class ConsentData:
    """As the columns of Consent. Empty `services`: every service."""

    giver: str
    name: str
    services: tuple[str, ...]
    sections: tuple[str, ...]
    given_on: date
    until: date | None = None
    file_id: uuid.UUID | None = None
    note: str | None = None


def record_consent(
    session: Session, *, actor: Actor, case: Case, data: ConsentData, now: datetime
) -> Consent:
    """`case` comes with its child. Raises InvalidInput, CaseEnded, NotRoutedYet."""
    lock(session, case)
    case.require_open()
    _check(session, case, data, clock.local(now).date())
    consent = Consent(
        key=case.child.key,
        case_id=case.id,
        giver=data.giver,
        name=data.name,
        services=sorted(data.services),
        sections=sorted(data.sections),
        given_on=data.given_on,
        until=data.until,
        file_id=data.file_id,
        note=data.note,
        by_id=actor.id,
        recorded_at=now,
    )
    session.add(consent)
    _tell(session, actor, case, consent, EventKind.CONSENT_GIVEN, None, now)
    _record(session, actor, consent, "recorded", 0, now)
    session.flush()
    return consent


def _check(session: Session, case: Case, data: ConsentData, today: date) -> None:
    if data.given_on > today:
        raise InvalidInput("given_on", _l("Ngày này chưa đến."))
    if data.until is not None and data.until < today:
        raise InvalidInput("until", _l("Ngày này đã qua: sự đồng ý không còn hiệu lực."))
    if not data.sections:
        raise InvalidInput("sections", _l("Chọn ít nhất một phần được chia sẻ."))
    if case.do_not_contact and data.giver in ("parent", "both"):
        raise InvalidInput(
            "giver", _l("Không liên hệ người chăm sóc: không hỏi sự đồng ý của họ trong hồ sơ này.")
        )
    _check_age(case, data, today)
    shown = select(CaseFile.id).where(
        CaseFile.id == data.file_id, CaseFile.case_id == case.id, CaseFile.removed_at.is_(None)
    )
    if data.file_id is not None and session.scalar(shown) is None:
        raise InvalidInput("file_id", _l("Tài liệu này không còn trong hồ sơ."))


def _check_age(case: Case, data: ConsentData, today: date) -> None:
    """Below the age of the law a child's word alone is no consent; of an age that is not exactly
    known nobody is refused."""
    age, own_age = age_at(case.child, today), rules().access.own_consent_age
    if data.giver == CHILD and age is not None and age.is_exact and age.years < own_age:
        raise InvalidInput(
            "giver", _l("Em chưa đủ 7 tuổi: cần cha, mẹ hoặc người giám hộ đồng ý (Điều 24).")
        )


def withdraw_consent(
    session: Session, *, actor: Actor, case: Case, consent: Consent, reason: str, now: datetime
) -> int:
    """The family takes it back: every packet that rests on it closes at once. Returns how many
    referrals it ended. Raises ConsentEnded."""
    lock(session, case)
    session.refresh(consent, ["withdrawn_at", "version"])
    consent.withdraw(by=actor.id, reason=reason, now=now)
    resting = session.scalars(
        select(Referral)
        .where(Referral.consent_id == consent.id, Referral.state.in_(OPEN | ENDED))
        .options(joinedload(Referral.to_unit))
        .order_by(Referral.id)
        .with_for_update(of=Referral)
        .execution_options(populate_existing=True)
    ).unique()
    ended = [_end(session, actor, case, referral, now) for referral in resting]
    _tell(session, actor, case, consent, EventKind.CONSENT_WITHDRAWN, reason, now)
    _record(session, actor, consent, "withdrawn", sum(ended), now)
    session.flush()
    return sum(ended)


def _end(session: Session, actor: Actor, case: Case, referral: Referral, now: datetime) -> bool:
    """Close the packet; an open referral is taken back as well. True for such a one."""
    referral.case = case
    if not referral.is_open:
        end_at_once(session, referral, now=now)
        return False
    why = RecallReason.CONSENT
    recall(session, actor=actor, referral=referral, why=why, note=None, now=now)
    return True


def _tell(
    session: Session,
    actor: Actor,
    case: Case,
    consent: Consent,
    kind: EventKind,
    note: str | None,
    now: datetime,
) -> None:
    add_event(
        session,
        case=case,
        key=case.child.key,
        actor=actor,
        kind=kind,
        section=Section.FAMILY,
        happened_at=now,
        now=now,
        facts={"giver": consent.giver},
        note=note,
        subject_id=consent.id,
    )


def _record(
    session: Session, actor: Actor, consent: Consent, step: str, ended: int, now: datetime
) -> None:
    data = {"step": step, "giver": consent.giver, "services": consent.services, "referrals": ended}
    record(
        session,
        actor,
        AuditAction.CONSENT_CHANGED,
        at=now,
        case_id=consent.case_id,
        subject_id=consent.id,
        data=data,
    )
