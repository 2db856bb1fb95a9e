"""The pages of both sides of a referral: a document that goes with the one that came in."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.auth.permissions import Section
from app.cases.models import Case, CaseFile
from app.core import clock
from app.documents.examine import Examined
from app.documents.vault import keep_file
from app.referrals.enums import ReferralState
from app.referrals.models import Referral, ReferralFile
from tests.parts.files import blank_pdf

VALID: dict[str, Any] = {
    "referrals.contact": {"contact-note": "Em khỏe hơn"},
    "referrals.deliver": {"deliver-note": "Khám và băng lại vết thương"},
    "referrals.complete": {"complete-outcome": "met", "complete-note": "Vết thương đã lành"},
    "referrals.decide": {"decision": "stand", "answer": "Đơn vị nhận đã nêu đủ lý do"},
}
NOT_ON_EVERY_SCREEN = {
    "ReferralDispute.reason",  # repeated in the step of the history
    "ReferralDispute.answer",  # likewise
    "Referral.to_body",  # only where there is no unit
}
# The referrals of the tests' world are past these steps: sent all the same, they come too late.
FORM_FIELDS: dict[str, tuple[str, ...]] = {
    "referrals.assign": ("officer_id", "next"),  # its form has no text
    "referrals.mark_seen": ("referral", "next"),
    "referrals.accept": ("accept-next",),
    "referrals.ask": ("ask-question", "ask-next"),
    "referrals.inquire": ("inquire-question", "inquire-next"),
    "referrals.decline": ("decline-code", "decline-suggested", "decline-note", "decline-next"),
    "referrals.reply": ("reply-answer", "reply-next"),
    "referrals.recall": ("recall-reason", "recall-next"),
    "referrals.close": ("close-note", "close-next"),
    "referrals.dispute": ("dispute-reason", "dispute-next"),
    "referrals.resend": ("to_unit_id", "to_body", "accepts_warnings"),
}


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    received = session.scalars(
        select(Referral).where(
            Referral.to_unit_id == place.unit.id, Referral.state == ReferralState.ACCEPTED
        )
    ).unique()
    referral, now = received.one(), clock.now()
    stored = keep_file(
        session,
        key=referral.key,
        original=blank_pdf(),
        examined=Examined("application/pdf", blank_pdf()),
        by_id=referral.by_id,
        now=now,
    )
    file = CaseFile(
        key=referral.key,
        case_id=referral.case_id,
        file_id=stored.id,
        kind="photo",
        section=Section.IDENTITY,
        title="Giấy khai sinh",
        happened_at=now,
        typed_at=now,
        by_id=referral.by_id,
    )
    session.add(file)
    session.flush()
    session.add(ReferralFile(referral_id=referral.id, file_id=file.id))
    session.flush()
    return {"packet_file_id": file.id}
