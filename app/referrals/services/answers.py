"""The receiving side: seen, asked, accepted, declined, the child met, helped, the outcome told.

`actor` is None where a body without an account answers through its one-time link.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.grants import kept_out_of
from app.auth.models import UnitKind, User
from app.cases.models import Case, Plan, PlanActivity
from app.cases.models.plans import PlanState
from app.cases.services.editing import lock_all
from app.cases.services.support import ServiceData, record_service
from app.core import clock
from app.core.errors import InvalidInput
from app.referrals.enums import ReferralState, StepKind
from app.referrals.errors import ConsentEnded, ReferralChanged
from app.referrals.models import Referral, ServiceOffer
from app.referrals.policy import RECEIVERS
from app.referrals.rules import rules_numbered
from app.referrals.services.access import end_later, grant
from app.referrals.services.clocks import calendar, contact_due, outcome_due
from app.referrals.services.history import (
    Step,
    lock_again,
    lock_both,
    note_step,
    require_unanswered,
)

NOT_OURS = "not_ours"


@dataclass(frozen=True, slots=True)
class Declined:
    """Why not. For `not_ours`: whose it is."""

    code: str
    note: str
    suggested: UnitKind | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """A service that was given: when, how many (with its unit), what was done."""

    happened_at: datetime
    note: str
    quantity: int | None = None
    quantity_unit: str | None = None
    amount: int | None = None
    fund_source: str | None = None


def open_referral(
    session: Session, *, actor: Actor | None, referral: Referral, now: datetime
) -> bool:
    """The receiving side saw it. True the first time; later nothing is locked or written."""
    if referral.state is not ReferralState.SENT:
        return False
    lock_both(session, referral)
    if not referral.open(now=now):
        return False
    note_step(session, actor=actor, referral=referral, step=Step(StepKind.OPENED), now=now)
    session.flush()
    return True


def open_several(session: Session, *, actor: Actor, wanted: Select[Referral], now: datetime) -> int:
    """As `open_referral`, of all of these that nobody has seen yet; how many that were. The number
    of statements does not grow with theirs. `wanted` loads each as `referral_file` does."""
    found = session.scalars(wanted.where(Referral.state == ReferralState.SENT)).unique().all()
    if not found:
        return 0
    lock_all(session, select(Case).where(Case.id.in_({one.case_id for one in found})))
    for one in lock_again(session, found):
        if one.open(now=now):
            note_step(session, actor=actor, referral=one, step=Step(StepKind.OPENED), now=now)
    session.flush()
    return sum(one.opened_at == now for one in found)


def ask_information(
    session: Session, *, actor: Actor | None, referral: Referral, question: str, now: datetime
) -> None:
    """The unit cannot answer before it knows more. Raises ReferralChanged, CaseEnded."""
    lock_both(session, referral).require_open()
    require_unanswered(session, referral)
    referral.ask(now=now)
    step = Step(StepKind.INFO_ASKED, note=question)
    note_step(session, actor=actor, referral=referral, step=step, now=now)
    session.flush()


def ask_sender(
    session: Session, *, actor: Actor, referral: Referral, question: str, now: datetime
) -> None:
    """Who helps the child asks the sender, and goes on. Raises ReferralChanged, CaseEnded."""
    lock_both(session, referral).require_open()
    referral.inquire(now=now)
    step = Step(StepKind.INFO_ASKED, note=question)
    note_step(session, actor=actor, referral=referral, step=step, now=now)
    session.flush()


def accept_referral(
    session: Session,
    *,
    actor: Actor | None,
    referral: Referral,
    now: datetime,
    holder_id: uuid.UUID | None = None,
    note: str | None = None,
) -> None:
    """The unit takes it: the packet opens to it, the clock of the first contact starts.

    `holder_id` is the one-time link of a body without an account, `note` who it is that takes it
    there. Raises ReferralAnswered (it
    names who was first), ReferralRecalled, ReferralLapsed, ConsentEnded, CaseEnded.
    """
    lock_both(session, referral).require_open()
    require_unanswered(session, referral)
    referral.require_unanswered()
    _require_consent(referral, now)
    holder = referral.to_unit_id or holder_id
    if holder is None:
        raise ReferralChanged
    access = grant(session, referral, holder_id=holder, now=now)
    due = contact_due(referral, now, calendar(session, now))
    by = actor.id if actor else None
    referral.accept(by=by, contact_due_at=due, access_id=access.id, now=now)
    _take_place(session, referral)
    step = Step(StepKind.ACCEPTED, note=note)
    note_step(session, actor=actor, referral=referral, step=step, now=now)
    session.flush()


def decline_referral(
    session: Session, *, actor: Actor | None, referral: Referral, data: Declined, now: datetime
) -> None:
    """Raises ReferralChanged, ReferralAnswered, CaseEnded, InvalidInput("suggested")."""
    lock_both(session, referral).require_open()
    require_unanswered(session, referral)
    if data.code == NOT_OURS and data.suggested is None:
        raise InvalidInput("suggested", _l("Chọn loại cơ quan có thẩm quyền."))
    by = actor.id if actor else None
    referral.decline(data.code, suggested=data.suggested, by=by, now=now)
    facts = {"code": data.code, "suggested": data.suggested and data.suggested.value}
    step = Step(StepKind.DECLINED, facts=facts, note=data.note)
    note_step(session, actor=actor, referral=referral, step=step, now=now)
    session.flush()


def record_contact(
    session: Session,
    *,
    actor: Actor | None,
    referral: Referral,
    happened_at: datetime,
    note: str | None,
    now: datetime,
) -> None:
    """The first contact with the child. Raises ReferralChanged, InvalidInput("happened_at")."""
    lock_both(session, referral)
    _require_past(referral, happened_at, now)
    due = outcome_due(referral, happened_at, calendar(session, happened_at))
    referral.contact(happened_at=happened_at, outcome_due_at=due, now=now)
    step = Step(StepKind.CONTACTED, happened_at=happened_at, note=note)
    note_step(session, actor=actor, referral=referral, step=step, now=now)
    session.flush()


def record_delivery(
    session: Session, *, actor: Actor | None, referral: Referral, data: Delivered, now: datetime
) -> None:
    """A service was given. It counts at once among what the child received, where an account of
    the unit says so. Raises ReferralChanged, InvalidInput, CaseEnded."""
    case = lock_both(session, referral)
    referral.require_running()
    _require_past(referral, data.happened_at, now)
    if actor is not None:
        count_service(session, actor=actor, case=case, referral=referral, data=data, now=now)
    if referral.state is ReferralState.ACCEPTED:  # who helps has met the child
        due = outcome_due(referral, data.happened_at, calendar(session, data.happened_at))
        referral.contact(happened_at=data.happened_at, outcome_due_at=due, now=now)
    referral.deliver(happened_at=data.happened_at, now=now)
    facts = {"quantity": data.quantity, "unit": data.quantity_unit}
    step = Step(StepKind.DELIVERED, happened_at=data.happened_at, facts=facts, note=data.note)
    note_step(session, actor=actor, referral=referral, step=step, now=now)
    session.flush()


def count_service(
    session: Session,
    *,
    actor: Actor,
    case: Case,
    referral: Referral,
    data: Delivered,
    now: datetime,
) -> None:
    """Among what the child received (and what indicator 8 counts). Raises InvalidInput."""
    service = rules_numbered(referral.rules_version).services[referral.service]
    record_service(
        session,
        actor=actor,
        case=case,
        data=ServiceData(
            service_type=service.intervention,
            kind=service.support,
            from_on=clock.local(data.happened_at).date(),
            activity_id=_running_activity(session, case, referral.activity_id),
            provider_unit_id=referral.to_unit_id,
            provider=None if referral.to_unit_id else referral.to_body,
            quantity=data.quantity,
            quantity_unit=data.quantity_unit,
            amount=data.amount,
            fund_source=data.fund_source,
        ),
        now=now,
    )


def complete_referral(
    session: Session,
    *,
    actor: Actor | None,
    referral: Referral,
    outcome: str,
    note: str,
    now: datetime,
) -> None:
    """What came of it: on the child's timeline at once. The packet closes after some days.

    Raises ReferralChanged.
    """
    lock_both(session, referral)
    referral.complete(outcome, now=now)
    end_later(session, referral, now=now)
    step = Step(StepKind.COMPLETED, facts={"code": outcome}, note=note)
    note_step(session, actor=actor, referral=referral, step=step, now=now)
    session.flush()


def assign_officer(
    session: Session, *, actor: Actor, referral: Referral, officer_id: uuid.UUID, now: datetime
) -> None:
    """The lead names who answers for it. Raises ReferralChanged, InvalidInput("officer_id")."""
    lock_both(session, referral)
    if not referral.is_open:
        raise ReferralChanged
    name = session.scalar(
        select(User.name).where(
            User.id == officer_id,
            User.unit_id == actor.unit_id,
            User.is_active,
            User.role.in_(RECEIVERS),
            User.id.not_in(kept_out_of(referral.case.child_id)),
        )
    )
    if name is None:
        raise InvalidInput("officer_id", _l("Chọn một người đang làm việc của đơn vị."))
    referral.officer_id, referral.changed_at = officer_id, now
    step = Step(StepKind.ASSIGNED, facts={"to": str(officer_id)}, note=name)
    note_step(session, actor=actor, referral=referral, step=step, now=now)
    session.flush()


def _running_activity(
    session: Session, case: Case, activity_id: uuid.UUID | None
) -> uuid.UUID | None:
    """The activity that the help was planned as, while its plan runs: that the plan is being
    changed, or is over, keeps nobody from telling what was done for the child."""
    if activity_id is None:
        return None
    return session.scalar(
        select(PlanActivity.id)
        .join(Plan, Plan.id == PlanActivity.plan_id)
        .where(
            PlanActivity.id == activity_id,
            Plan.case_id == case.id,
            Plan.cycle == case.cycle,
            Plan.state == PlanState.APPROVED,
        )
    )


def _require_consent(referral: Referral, now: datetime) -> None:
    """Raises ConsentEnded where the share rests on a consent that is no more."""
    consent = referral.consent
    if consent is not None and not consent.is_valid(clock.local(now).date()):
        raise ConsentEnded


def _require_past(referral: Referral, happened_at: datetime, now: datetime) -> None:
    if happened_at > now:
        raise InvalidInput("happened_at", _l("Thời điểm này chưa đến."))
    sent_at = referral.sent_at and referral.sent_at.replace(second=0, microsecond=0)
    if sent_at is not None and happened_at < sent_at:  # a moment is typed to the minute
        raise InvalidInput("happened_at", _l("Thời điểm này trước khi phiếu được gửi."))


def _take_place(session: Session, referral: Referral) -> None:
    """One place less in the directory, where the unit counts its places."""
    session.execute(
        update(ServiceOffer)
        .where(
            ServiceOffer.unit_id == referral.to_unit_id,
            ServiceOffer.service == referral.service,
            ServiceOffer.places.is_not(None),
        )
        .values(places=func.greatest(ServiceOffer.places - 1, 0), version=ServiceOffer.version + 1)
    )
