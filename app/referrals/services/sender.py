"""The sending side: answers a question, takes back, closes, sends to another, disagrees."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import insert, literal, select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.models import Unit
from app.auth.permissions import COMPARTMENTS
from app.cases.models import Case
from app.core.errors import InvalidInput
from app.deadlines.calendar import add_working_days
from app.referrals.enums import (
    UNANSWERED,
    DisputeDecision,
    RecallReason,
    ReferralKind,
    SentStage,
    StepKind,
)
from app.referrals.errors import NotSentOn, ReferralChanged
from app.referrals.models import Referral, ReferralDispute, ReferralFile
from app.referrals.queries.packet import shareable
from app.referrals.rules import OUTSIDE, rules
from app.referrals.services.access import end_at_once
from app.referrals.services.answers import Delivered, count_service
from app.referrals.services.clocks import calendar, sent_clocks, tell_at
from app.referrals.services.history import Step, lock_both, lock_sent, note_step
from app.referrals.services.requests import alerts_of, require_ready, send

HELPED = frozenset({"met", "partly"})


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where the same need goes now."""

    to_unit_id: uuid.UUID | None
    to_body: str | None = None


def reply_information(
    session: Session, *, actor: Actor, referral: Referral, answer: str, now: datetime
) -> None:
    """Answer the receiver's question; its clock goes on. Raises ReferralChanged, CaseEnded, and as
    each step of this side CaseMoved."""
    lock_sent(session, actor, referral).require_open()
    referral.reply(now=now)
    if referral.state in UNANSWERED:
        referral.tell(referral.told_level, tell_at(referral, referral.told_level))
    step = Step(StepKind.INFO_ANSWERED, note=answer)
    note_step(session, actor=actor, referral=referral, step=step, now=now)
    session.flush()


def recall_referral(
    session: Session, *, actor: Actor, referral: Referral, reason: str, now: datetime
) -> None:
    """Take it back: the receiver sees nothing from now on. Raises ReferralChanged."""
    lock_sent(session, actor, referral)
    recall(session, actor=actor, referral=referral, why=RecallReason.SENDER, note=reason, now=now)
    session.flush()


def recall(
    session: Session,
    *,
    actor: Actor | None,
    referral: Referral,
    why: RecallReason,
    note: str | None,
    now: datetime,
) -> None:
    """As above, of a referral that is locked, for any reason. Raises ReferralChanged."""
    referral.recall(why, now=now)
    end_at_once(session, referral, now=now)
    code = "recalled" if why is RecallReason.SENDER else why.value
    step = Step(StepKind.RECALLED, facts={"code": code}, note=note)
    note_step(session, actor=actor, referral=referral, step=step, now=now)


def close_referral(
    session: Session, *, actor: Actor, referral: Referral, note: str | None, now: datetime
) -> None:
    """The sender has taken note of the answer. What a body without an account delivered counts
    from here on among what the child received.

    Raises ReferralChanged, DisputePending, InvalidInput, CaseEnded.
    """
    case = lock_sent(session, actor, referral)
    _count_help(session, actor, case, referral, now)
    referral.close(now=now)
    step = Step(StepKind.CLOSED, facts={"code": "closed"}, note=note)
    note_step(session, actor=actor, referral=referral, step=step, now=now)
    session.flush()


def _count_help(
    session: Session, actor: Actor, case: Case, referral: Referral, now: datetime
) -> None:
    """What a body without an account gave counts once its word was read."""
    helped = referral.outcome_code in HELPED and referral.to_unit_id is None
    if helped and referral.delivered_at is not None and not case.is_ended:
        given = Delivered(happened_at=referral.delivered_at, note="")
        count_service(session, actor=actor, case=case, referral=referral, data=given, now=now)


def resend_referral(
    session: Session,
    *,
    actor: Actor,
    referral: Referral,
    to: Elsewhere,
    accepts_warnings: bool,
    now: datetime,
) -> Referral:
    """The same need to another unit, in one step; what is still open here is taken back, the
    history stays. Raises ReferralChanged, NotSentOn, NotReady, InvalidInput("to_unit"),
    CaseEnded."""
    case = lock_sent(session, actor, referral)
    case.require_open()
    if referral.kind is ReferralKind.PROSECUTION:
        raise NotSentOn
    if not referral.may_be_sent_on:
        raise ReferralChanged
    unit = session.get(Unit, to.to_unit_id) if to.to_unit_id else None
    if unit is not None and unit.id == referral.to_unit_id:
        raise InvalidInput("to_unit", _l("Đây là đơn vị vừa nhận phiếu. Chọn đơn vị khác."))
    if unit is None and not to.to_body:
        raise InvalidInput("to_unit", _l("Chọn đơn vị nhận, hoặc ghi tên cơ quan ngoài hệ thống."))
    again = _copy(actor, referral, unit, to.to_body, now)
    require_ready(session, case, [again], accepts_warnings=accepts_warnings, now=now)
    session.add(again)
    session.flush()
    _copy_files(session, referral.id, again.id)
    _count_help(session, actor, case, referral, now)
    _give_up(session, actor, referral, now)
    send(
        session,
        actor=actor,
        case=case,
        drafts=[again],
        accepts_warnings=True,  # they were looked at before anything was changed
        now=now,
    )
    session.flush()
    return again


def _copy(
    actor: Actor, referral: Referral, unit: Unit | None, body: str | None, now: datetime
) -> Referral:
    """To its kind of agency, and as the file is now: what became known since goes along."""
    packet = frozenset(rules().packet(unit.kind if unit else OUTSIDE).allowed)
    allowed = shareable(referral.case, packet)
    return Referral(
        key=referral.key,
        request_id=referral.request_id,
        case_id=referral.case_id,
        kind=referral.kind,
        rules_version=referral.rules_version,
        service=referral.service,
        urgency=referral.urgency,
        activity_id=referral.activity_id,
        from_unit_id=referral.from_unit_id,
        by_id=actor.id,
        to_unit_id=unit.id if unit else None,
        to_unit=unit,
        to_body=None if unit else body,
        previous_id=referral.id,
        age=referral.age,
        sex=referral.sex,
        commune_code=referral.commune_code,
        alerts=sorted({*referral.alerts, *alerts_of(referral.case)}),
        sections=[one for one in referral.sections if one in allowed and one not in COMPARTMENTS],
        reason=referral.reason,
        ground=referral.ground,
        ground_reason=referral.ground_reason,
        consent_id=referral.consent_id,
        consent=referral.consent,
        tells_others=referral.tells_others,
        created_at=now,
        changed_at=now,
    )


def _copy_files(session: Session, from_id: uuid.UUID, to_id: uuid.UUID) -> None:
    files = select(literal(to_id), ReferralFile.file_id).where(ReferralFile.referral_id == from_id)
    session.execute(insert(ReferralFile).from_select(["referral_id", "file_id"], files))


def _give_up(session: Session, actor: Actor, referral: Referral, now: datetime) -> None:
    if referral.is_open:
        why = RecallReason.RESENT
        recall(session, actor=actor, referral=referral, why=why, note=None, now=now)
    referral.mark_resent(now=now)
    step = Step(StepKind.RESENT)
    note_step(session, actor=actor, referral=referral, step=step, now=now)


def raise_dispute(
    session: Session, *, actor: Actor, referral: Referral, reason: str, now: datetime
) -> ReferralDispute:
    """The sender does not accept a refusal or a silence: the Department of Health decides, within
    the working days of the rules. Raises ReferralChanged, DisputePending."""
    lock_sent(session, actor, referral)
    days = rules().access.dispute_working_days
    due_at = add_working_days(now, days, calendar(session, now)).astimezone(UTC)
    referral.dispute(due_at=due_at, now=now)
    dispute = ReferralDispute(
        key=referral.key,
        referral_id=referral.id,
        reason=reason,
        raised_by=actor.id,
        raised_at=now,
        due_at=due_at,
    )
    session.add(dispute)
    step = Step(StepKind.DISPUTED, note=reason)
    note_step(session, actor=actor, referral=referral, step=step, now=now)
    session.flush()
    return dispute


def decide_dispute(
    session: Session,
    *,
    actor: Actor,
    dispute: ReferralDispute,
    decision: DisputeDecision,
    answer: str,
    now: datetime,
) -> None:
    """The supervisor's word: the unit answers once more, or the answer stands.

    Raises DisputeDecided, ReferralChanged.
    """
    referral = dispute.referral
    lock_both(session, referral)
    session.refresh(dispute, ["decided_at", "version"])
    dispute.decide(decision, by=actor.id, answer=answer, now=now)
    referral.settle(now=now)
    if decision is DisputeDecision.ANSWER_AGAIN and referral.sent_stage is not SentStage.DONE:
        due = sent_clocks(rules(), referral.urgency, now, calendar(session, now))
        referral.answer_again(accept_due_at=due.accept_due_at, expires_at=due.expires_at, now=now)
    step = Step(StepKind.DECIDED, facts={"code": decision.value}, note=answer)
    note_step(session, actor=actor, referral=referral, step=step, now=now)
    session.flush()
