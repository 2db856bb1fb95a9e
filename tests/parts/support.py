"""A service that the child received, and a follow-up with the visit that is due next."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.auth.permissions import Section
from app.cases.enums import RiskLevel
from app.cases.models import Case, FollowUp, PlannedVisit, ServiceReceived
from app.cases.models.follow_ups import FollowUpKind, Safety
from app.core import clock
from app.people.models import Child

S = Section
FIELDS = {
    ServiceReceived: dict.fromkeys(("provider", "note", "strike_reason"), S.PLAN),
    FollowUp: dict.fromkeys(("safety_words", "note"), S.PLAN),
}
NOT_ON_EVERY_SCREEN = {"ServiceReceived.strike_reason"}  # only of what is struck out
VALID = {
    "services.new": {
        "kind": "health",
        "service_type": "care_recovery",
        "provider": "Trạm Y tế",
        "amount": "1.500.000",
        "fund_source": "child_fund",
    },
    "services.remove": {"reason": "Ghi nhầm hồ sơ"},
    "follow_up.new": {"safety": "safe", "is_child_seen": "y"},
    "visit_rules.index": {"reason": "Theo công văn của Sở Y tế"},
}
# A correction ends its page: a world for each accepted value takes minutes. The form is that of
# services.new, whose fields are attacked one by one with all else as it should be.
FORM_FIELDS = {
    "services.edit": ("reason", "kind", "amount", "from_on", "note", "version", "seen_at"),
}
WRITTEN = ("services_received", "follow_ups", "planned_visits", "visit_rule_changes")
INTO_THE_FILE = ("services.", "follow_up.")


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    by, now = users[Role.CP_WORKER].id, clock.now()
    key = session.get_one(Child, case.child_id).key
    service = ServiceReceived(
        key=key,
        case_id=case.id,
        child_id=case.child_id,
        service_type="care_recovery",
        kind="psychological",
        provider="Trung tâm Công tác xã hội",
        from_on=clock.local(now).date(),
        amount=500_000,
        fund_source="community",
        happened_at=now,
        typed_at=now,
        by_id=by,
    )
    follow_up = FollowUp(
        key=key,
        case_id=case.id,
        kind=FollowUpKind.VISIT,
        safety=Safety.SAFE,
        is_child_seen=True,
        happened_at=now,
        typed_at=now,
        by_id=by,
    )
    due = now + timedelta(days=20)
    visit = PlannedVisit(
        case_id=case.id, level=RiskLevel.MEDIUM, since=now, due_at=due, planned_at=now
    )
    session.add_all([service, follow_up, visit])
    case.next_visit_at = due
    session.flush()
    return {"service_id": service.id}


def made(session: Session, case: Case) -> list[Any]:
    """The rows with sealed fields that `add` made."""
    return [
        row
        for table in (ServiceReceived, FollowUp)
        for row in session.scalars(select(table).where(table.case_id == case.id))
    ]
