"""A running membership of the child of each place's case, and its review of last year."""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.auth.permissions import Section
from app.cases.models import Case
from app.core import clock
from app.people.models import Child
from app.register.models import GroupMembership, YearlyReview

FIELDS = {
    GroupMembership: dict.fromkeys(("evidence_number", "issuer", "end_note"), Section.EVENT),
    YearlyReview: {"words": Section.EVENT},
}
VALID = {
    "register.new": {
        "child_name": "Đỗ Thị Mận", "dob": ["05", "02", "2019"], "sex": "female",
        "code": "DISABILITY.2", "since": "05/02/2024", "poverty": "poor",
    },
    "register.record": {"code": "ORPHAN.3", "since": "05/02/2024", "poverty": "near_poor"},
    "register.correct": {"poverty": "near_poor"},
    "register.end": {"reason": "improved"},
    "register.review": {"is_still_in": "yes", "poverty": "poor"},
}  # fmt: skip
WRITTEN = ("group_memberships", "yearly_reviews")
INTO_THE_FILE = ("register.",)


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    worker, now = users[Role.CP_WORKER].id, clock.now()
    key = session.get_one(Child, case.child_id).key
    membership = GroupMembership(
        key=key,
        child_id=case.child_id,
        case_id=case.id,
        group_code="DISABILITY",
        sub_code="DISABILITY.1",
        list_version=1,
        since=date(2024, 1, 15),
        poverty="poor",
        evidence_kind="disability_certificate",
        recorded_by_id=worker,
        recorded_at=now,
    )
    session.add(membership)
    session.flush()
    review = YearlyReview(
        key=key,
        child_id=case.child_id,
        membership_id=membership.id,
        case_id=case.id,
        year=clock.today().year - 1,
        is_still_in=True,
        has_changed=False,
        needs=["health"],
        poverty="poor",
        happened_at=now,
        typed_at=now,
        by_id=worker,
    )
    session.add(review)
    session.flush()
    return {"membership_id": membership.id}


def made(session: Session, case: Case) -> list[Any]:
    """With its review."""
    memberships = select(GroupMembership).where(GroupMembership.case_id == case.id)
    reviews = select(YearlyReview).where(YearlyReview.case_id == case.id)
    return [*session.scalars(memberships).unique(), *session.scalars(reviews).unique()]
