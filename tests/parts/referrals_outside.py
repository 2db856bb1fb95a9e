"""A referral of the case of each place to a body without an account, and a link to it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.login import token_hash
from app.auth.models import Role, User
from app.cases.models import Case
from app.core import clock
from app.core.ids import new_id
from app.people.models import Child
from app.referrals.enums import ReferralState, SentStage, Stage, Urgency
from app.referrals.models import OutsideLink, Referral, ReferralRequest
from app.referrals.rules import rules
from app.referrals.services.links import code_hash, token_of

CODE = "12345678"
INTO_THE_FILE = ("outside.",)
VALID: dict[str, Any] = {}
FORM_FIELDS = {
    "outside.link": ("idempotency_key",),
    "outside_answers.code": ("code",),
    "outside_answers.accept": ("name", "phone"),
    "outside_answers.ask": ("question",),
    "outside_answers.decline": ("code", "suggested", "note"),
    "outside_answers.contact": ("happened_at", "note"),
    "outside_answers.deliver": ("happened_at", "note"),
    "outside_answers.complete": ("outcome", "note"),
    "outside_answers.leave": ("idempotency_key",),
}


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    worker, now = users[Role.CP_WORKER], clock.now()
    child = session.scalars(select(Child).where(Child.id == case.child_id)).unique().one()
    request = ReferralRequest(case_id=case.id, by_id=worker.id, created_at=now, sent_at=now)
    session.add(request)
    session.flush()
    referral = Referral(
        key=child.key,
        request_id=request.id,
        case_id=case.id,
        rules_version=rules().version,
        service="health_care",
        urgency=Urgency.URGENT,
        state=ReferralState.SENT,
        stage=Stage.ANSWER,
        sent_stage=SentStage.WAITING,
        from_unit_id=case.unit_id,
        by_id=worker.id,
        to_body="Phòng khám ngoài hệ thống",
        sex="female",
        alerts=[],
        sections=["identity"],
        ground="duty",
        created_at=now,
        sent_at=now,
        accept_due_at=now + timedelta(hours=24),
        due_at=now + timedelta(hours=24),
        changed_at=now,
    )
    session.add(referral)
    session.flush()
    link_id = new_id()
    session.add(
        OutsideLink(
            id=link_id,
            referral_id=referral.id,
            token_hash=token_hash(token_of(link_id)),
            code_hash=code_hash(link_id, CODE),
            code_expires_at=now + timedelta(days=7),
            created_by=worker.id,
            created_at=now,
            expires_at=now + timedelta(days=7),
        )
    )
    session.flush()
    return {"link_token": token_of(link_id), "outside_referral_id": referral.id}


def further(ids: dict[str, object]) -> list[str]:
    return [f"/referrals/{ids[name]}" for name in ("outside_referral_id", "draft_id")]
