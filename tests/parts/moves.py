"""Offers of the case of each place and to its unit, a person kept out, an absence."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.grants import CaseDenial
from app.auth.models import Absence, Role, User
from app.auth.permissions import Section
from app.cases.models import Case, CaseTransfer
from app.core import clock
from app.people.models import Child
from tests.browser import FIRST
from tests.factories import CaseFactory, ChildFactory, UnitFactory, UserFactory

S = Section
FIELDS = {
    CaseTransfer: dict.fromkeys(("to_body", "reason", "note", "answer"), S.EVENT),
    CaseDenial: {"reason": S.PLAN},
}
WRITTEN = ("case_transfers", "case_denials", "absences")
INTO_THE_FILE = ("moves.",)
NOT_ON_EVERY_SCREEN = {"CaseDenial.reason", "CaseTransfer.answer"}
VALID = {
    "moves.answer": {"decision": "decline", "answer": "Xã đang thiếu người"},
    "moves.confirm": {
        "receipt_number": "12/CV-UBND",
        "receipt_on": f"{clock.today():%d/%m/%Y}",
        "answer": "Phòng Văn hóa - Xã hội đã nhận",
    },
    "moves.deny": {"user_id": FIRST, "reason": "Là họ hàng"},
}
FORM_FIELDS = {
    "auth.absence": ("user_id", "deputy_id", "since_on", "until_on"),
    "auth.cancel_absence": ("idempotency_key",),
    "moves.withdraw": ("idempotency_key",),
    "moves.allow": ("idempotency_key",),
    "moves.reassign": ("from_id", "to_id"),
    "moves.offer": ("where", "commune", "unit", "province", "to_body", "reason", "note"),
}


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    child = session.scalars(select(Child).where(Child.id == case.child_id)).unique().one()
    worker, today = users[Role.CP_WORKER], clock.today()
    outside = offer(child, case, worker, None, to_body="Cơ quan tỉnh khác")
    denial = CaseDenial(
        key=child.key,
        case_id=case.id,
        child_id=child.id,
        user_id=UserFactory(unit=place.unit).id,
        since=clock.now(),
        by_id=worker.id,
    )
    absence = Absence(
        user_id=worker.id,
        deputy_id=UserFactory(unit=place.unit).id,
        since_on=today + timedelta(days=30),
        until_on=today + timedelta(days=31),
        by_id=worker.id,
        created_at=clock.now(),
    )
    neighbour = UnitFactory()
    theirs = ChildFactory()
    other = CaseFactory(worked_by=neighbour, of_child=theirs)
    offered = offer(theirs, other, UserFactory(unit=neighbour), place.unit.id)
    session.add_all([outside, denial, absence, offered])
    session.flush()
    return {
        "transfer_id": outside.id,
        "denial_id": denial.id,
        "absence_id": absence.id,
        "offered_id": offered.id,
    }


def offer(child: Child, case: Case, by: User, to: Any, **more: Any) -> CaseTransfer:
    return CaseTransfer(
        key=child.key,
        case_id=case.id,
        from_unit_id=case.unit_id,
        to_unit_id=to,
        reason="Gia đình chuyển nơi ở",
        note="Đang ở nhà bà ngoại",
        offered_by=by.id,
        offered_at=clock.now(),
        **more,
    )


def made(session: Session, case: Case) -> list[Any]:
    transfers = session.scalars(select(CaseTransfer).where(CaseTransfer.case_id == case.id))
    denials = session.scalars(select(CaseDenial).where(CaseDenial.case_id == case.id))
    return [*transfers.unique(), *denials.unique()]
