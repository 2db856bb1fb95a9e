"""Referrals of the case of each place, one that came to its unit, and on what they rest.

`referral_id` and `request_id` belong to the case of the place; `received_id` came to its unit from
a neighbour; `draft_id` (in `request_id`) was not sent yet.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.grants import AccessReason, CaseAccess
from app.auth.models import Role, UnitKind, User
from app.auth.permissions import Section
from app.cases.models import Case
from app.core import clock
from app.core.sealed import DataKey
from app.people.models import Child
from app.referrals.enums import ReferralState, SentStage, Stage, StepKind, Urgency
from app.referrals.models import (
    Agreement,
    Consent,
    Referral,
    ReferralDispute,
    ReferralRequest,
    ReferralStep,
    RoomNote,
    RoomTask,
    ServiceOffer,
)
from app.referrals.rules import rules
from tests.factories import CaseFactory, ChildFactory, UnitFactory, UserFactory

S = Section
FIELDS = {
    Referral: dict.fromkeys(("reason", "ground_reason", "to_body"), S.HEALTH),
    ReferralStep: {"note": S.HEALTH},
    ReferralDispute: dict.fromkeys(("reason", "answer"), S.HEALTH),
    Consent: dict.fromkeys(("name", "note", "withdraw_reason"), S.FAMILY),
    RoomNote: {"text": S.HEALTH},
    RoomTask: dict.fromkeys(("what", "result"), S.PLAN),
}
WRITTEN = (
    *("referrals", "referral_requests", "referral_steps", "referral_disputes", "referral_files"),
    *("consents", "agreements", "service_offers", "room_notes", "room_tasks", "outside_links"),
)
INTO_THE_FILE = ("referrals.", "consents.", "room.")
NOT_ON_EVERY_SCREEN: set[str] = set()
VALID: dict[str, Any] = {}
FORM_FIELDS: dict[str, tuple[str, ...]] = {}


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    worker = users[Role.CP_WORKER]
    key = _key(session, case)
    hospital = UnitFactory(kind=UnitKind.HEALTH)
    request = _request(session, case, worker)
    draft = referral(case, key, request, worker, hospital.id)
    declined = referral(
        case,
        key,
        request,
        worker,
        hospital.id,
        state=ReferralState.DECLINED,
        stage=Stage.DONE,
        sent_stage=SentStage.ACT,
        decline_code="no_capacity",
        is_disputed=True,
    )
    consent = Consent(
        key=key, case_id=case.id, giver="both", services=[], sections=["identity", "health"],
        given_on=clock.today(), by_id=worker.id, recorded_at=clock.now(),
    )  # fmt: skip
    agreement = Agreement(
        title="Quy chế phối hợp bảo vệ trẻ em", number="01/QCPH", parties=list(UnitKind),
        sections=["identity", "health"], signed_on=clock.today(), by_id=worker.id,
        recorded_at=clock.now(),
    )  # fmt: skip
    offer = ServiceOffer(
        unit_id=place.unit.id, service="family_work", days=["1", "2"], changed_by=worker.id,
        changed_at=clock.now(),
    )  # fmt: skip
    session.add_all([draft, declined, consent, agreement, offer])
    session.flush()
    step = _step(declined, key, worker)
    dispute = ReferralDispute(
        key=key, referral_id=declined.id, raised_by=worker.id, raised_at=clock.now(),
        due_at=clock.now() + timedelta(days=2),
    )  # fmt: skip
    received = _received(session, place)
    note = RoomNote(
        key=key, case_id=case.id, unit_id=place.unit.id, by_id=worker.id, at=clock.now()
    )
    task = RoomTask(
        key=key, case_id=case.id, from_unit_id=place.unit.id, to_unit_id=place.unit.id,
        due_on=clock.today() + timedelta(days=3), by_id=worker.id, created_at=clock.now(),
    )  # fmt: skip
    session.add_all([step, dispute, note, task])
    session.flush()
    return {
        "referral_id": declined.id,
        "request_id": request.id,
        "draft_id": draft.id,
        "received_id": received.id,
        "consent_id": consent.id,
        "agreement_id": agreement.id,
        "offer_id": offer.id,
        "dispute_id": dispute.id,
        "note_id": note.id,
        "room_task_id": task.id,
    }


def made(session: Session, case: Case) -> list[Any]:
    referrals = session.scalars(select(Referral).where(Referral.case_id == case.id)).unique().all()
    ids = [referral.id for referral in referrals]
    steps = session.scalars(select(ReferralStep).where(ReferralStep.referral_id.in_(ids))).unique()
    disputes = session.scalars(
        select(ReferralDispute).where(ReferralDispute.referral_id.in_(ids))
    ).unique()
    of_case = [
        row
        for table in (Consent, RoomNote, RoomTask)
        for row in session.scalars(select(table).where(table.case_id == case.id)).unique()
    ]
    return [*referrals, *steps, *disputes, *of_case]


def _received(session: Session, place: Any) -> Referral:
    """One that the unit of the place has accepted, of a neighbour's child."""
    neighbour = UnitFactory()
    theirs = CaseFactory(worked_by=neighbour, of_child=ChildFactory())
    sender = UserFactory(unit=neighbour)
    request = _request(session, theirs, sender)
    key = _key(session, theirs)
    access = CaseAccess(
        case_id=theirs.id, child_id=theirs.child_id, holder_id=place.unit.id,
        reason=AccessReason.REFERRAL, sections=["identity", "health"], since=clock.now(),
    )  # fmt: skip
    session.add(access)
    session.flush()
    received = referral(
        theirs,
        key,
        request,
        sender,
        place.unit.id,
        state=ReferralState.ACCEPTED,
        stage=Stage.SERVICE,
        sent_stage=SentStage.SERVICE,
        access_id=access.id,
    )
    session.add(received)
    session.flush()
    session.add(_step(received, key, sender))
    return received


def _request(session: Session, case: Case, by: User) -> ReferralRequest:
    request = ReferralRequest(case_id=case.id, by_id=by.id, created_at=clock.now())
    session.add(request)
    session.flush()
    return request


def referral(
    case: Case, key: DataKey, request: ReferralRequest, by: User, to: Any, **more: Any
) -> Referral:
    now = clock.now()
    sent = {"sent_at": now, "accept_due_at": now, "due_at": now} if more else {}
    return Referral(
        key=key,
        request_id=request.id,
        case_id=case.id,
        rules_version=rules().version,
        service="health_care",
        urgency=Urgency.URGENT,
        from_unit_id=case.unit_id,
        by_id=by.id,
        to_unit_id=to,
        sex="female",
        alerts=[],
        sections=["identity", "health"],
        ground="duty",
        created_at=now,
        changed_at=now,
        **sent,
        **more,
    )


def _step(referral: Referral, key: DataKey, by: User) -> ReferralStep:
    return ReferralStep(
        key=key,
        referral_id=referral.id,
        kind=StepKind.SENT,
        by_id=by.id,
        unit_id=by.unit_id,
        at=clock.now(),
        happened_at=clock.now(),
        facts={},
    )


def _key(session: Session, case: Case) -> DataKey:
    return session.scalars(select(Child).where(Child.id == case.child_id)).unique().one().key
