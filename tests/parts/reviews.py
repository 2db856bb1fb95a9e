"""A review that waits for the Chair, on a case whose plan was carried out."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.auth.permissions import Section
from app.cases.enums import CaseState, RiskLevel
from app.cases.models import Case, Review
from app.cases.models.reviews import ClosingState, Proposal
from app.core import clock
from app.people.models import Child
from app.reference.library import form_definition

S = Section
ITEMS = form_definition("form06").items
STATES = [state.code for state in form_definition("form06").states]
GOOD = {item.code: "LOW" if item.group == "harm" else "HIGH" for item in ITEMS}
STABLE = {f"{code}_state": "stable" for code in STATES}
FIELDS = {
    Review: {
        "physical": S.HEALTH, "psychological": S.HEALTH, "cognitive": S.ASSESSMENT,
        "emotional": S.ASSESSMENT, "conclusion": S.ASSESSMENT, "refusal": S.PLAN,
    },
}  # fmt: skip
NOT_ON_EVERY_SCREEN = {"Review.refusal"}  # of a refused proposal alone, which this one is not
FORM_FIELDS = {
    "reviews.preview": ("H1", "P5", "physical_state", "proposal", "happened_at", "version"),
    "reviews.check": ("is_safe", "words", "happened_at", "next_on"),
    "reviews.reopen": ("reason", "is_present_danger", "received_at"),
}
VALID = {
    "reviews.new": {**GOOD, **STABLE, "proposal": "continue", "conclusion": "Cháu đã ổn định"},
    "reviews.decide": {"decision": "refused", "reason": "Cần theo dõi thêm"},
}
WRITTEN = ("reviews",)
INTO_THE_FILE = ("reviews.",)


def make_review(session: Session, case: Case, by: User, **values: Any) -> Review:
    """No risk, all stable; it proposes to close and waits, unless `values` say otherwise."""
    child = session.get_one(Child, case.child_id)
    given: dict[str, Any] = {
        "cycle": case.cycle,
        "form_version": 1,
        "answers": GOOD,
        "counts": {
            "harm": {"HIGH": 0, "MEDIUM": 0, "LOW": 3},
            "protect": {"HIGH": 5, "MEDIUM": 0, "LOW": 0},
        },
        "computed_level": RiskLevel.LOW,
        "states": dict.fromkeys(STATES, "stable"),
        "conclusion": "Cháu an toàn, ở với bà ngoại.",
        "proposal": Proposal.CLOSE,
        "happened_at": clock.now().replace(second=0, microsecond=0),
        "typed_at": clock.now(),
        "by_id": by.id,
        "closing_state": ClosingState.PENDING,
        **values,
    }
    review = Review(key=child.key, case_id=case.id, **given)
    session.add(review)
    session.flush()
    return review


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    case.state = CaseState.REVIEW
    return {"review_id": make_review(session, case, users[Role.CP_WORKER]).id}


def made(session: Session, case: Case) -> list[Review]:
    return list(session.scalars(select(Review).where(Review.case_id == case.id)))
