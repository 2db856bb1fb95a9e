"""A legal hold that stands, and a request to erase that waits for the Chair: on the child of each
place."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.auth.permissions import Section
from app.cases.models import Case, ErasureRequest, LegalHold
from app.cases.models.erasures import ErasureState
from app.core import clock
from app.core.sealed import DataKey
from app.people.models import Child

FIELDS = {
    LegalHold: {"reason": Section.EVENT, "lift_reason": Section.EVENT},
    ErasureRequest: {"reason": Section.EVENT, "answer": Section.EVENT},
}
NOT_ON_EVERY_SCREEN = {
    "LegalHold.reason",  # for who decides on keeping and erasing
    "LegalHold.lift_reason",
    "ErasureRequest.reason",
    "ErasureRequest.answer",
}
WRITTEN = ("legal_holds", "erasure_requests")
INTO_THE_FILE = ("erasures.",)
VALID = {
    "erasures.hold": {"ground": "inspection", "reason": "Thanh tra Sở kiểm tra hồ sơ"},
    "erasures.decide": {"decision": "refused", "note": "Chưa hết thời hạn lưu"},
    "erasures.lift": {"reason": "Đã có kết luận thanh tra"},
}
FORM_FIELDS = {"erasures.withdraw": ("idempotency_key",)}


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    supervisor = users[Role.SUPERVISOR]
    key = session.scalars(select(DataKey).join(Child).where(Child.id == case.child_id)).one()
    hold = LegalHold(
        key=key, child_id=case.child_id, case_id=case.id, ground="proceedings",
        reason="Cơ quan điều tra thụ lý", since=clock.now(), by_id=supervisor.id,
    )  # fmt: skip
    asked = clock.now() - timedelta(hours=1)
    request = ErasureRequest(
        key=DataKey.new(), child_id=case.child_id, case_id=case.id, ground="request",
        list_version=1, reason="Người đại diện hợp pháp có đơn", state=ErasureState.ASKED,
        asked_by_id=supervisor.id, asked_role=supervisor.role, asked_at=asked,
    )  # fmt: skip
    session.add_all([hold, request])
    session.flush()
    return {"hold_id": hold.id, "erasure_id": request.id}


def made(session: Session, case: Case) -> list[Any]:
    return [
        *session.scalars(select(LegalHold).where(LegalHold.case_id == case.id)).unique(),
        *session.scalars(select(ErasureRequest).where(ErasureRequest.case_id == case.id)).unique(),
    ]
