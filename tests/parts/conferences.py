"""A meeting on the case of each place, with one action still to do."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.auth.permissions import Section
from app.cases.models import Case, CaseConference, ConferenceAction, ConferencePerson
from app.core import clock
from app.people.models import Child

S = Section
FIELDS = {
    CaseConference: dict.fromkeys(
        (
            *("place", "situation", "child_view", "child_represented_by", "family_view"),
            *("decisions", "dissent"),
        ),
        S.PLAN,
    ),
    ConferencePerson: dict.fromkeys(("name", "agency", "input"), S.PLAN),
    ConferenceAction: dict.fromkeys(("what", "unit", "owner"), S.PLAN),
}
WRITTEN = ("case_conferences", "conference_people", "conference_actions")
INTO_THE_FILE = ("meetings.",)
VALID = {
    "meetings.new": {
        "decisions": "Đưa em về bà ngoại",
        "people-0-role": "chair",
        "people-0-name": "Trần Văn Chủ",
        "people-0-is_present": "y",
        "people-2-role": "neighbourhood",
        "people-2-name": "Bà Tổ trưởng",
    },
    "meetings.edit": {"decisions": "Đưa em về bà ngoại"},
}
FORM_FIELDS = {"meetings.finish": ("idempotency_key",)}


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    child = session.scalars(select(Child).where(Child.id == case.child_id)).unique().one()
    now = clock.now()
    meeting = CaseConference(
        key=child.key,
        case_id=case.id,
        cycle=1,
        happened_at=now - timedelta(minutes=5),
        held_at=now,
        decisions="Giữ em ở nhà bà ngoại.",
        by_id=users[Role.CP_WORKER].id,
        typed_at=now,
    )
    meeting.people = [
        ConferencePerson(
            key=child.key, position=0, role="chair", name="Trần Văn Chủ", is_present=True
        )
    ]
    action = ConferenceAction(key=child.key, position=0, what="Gọi nhà trường")
    meeting.actions = [action]
    session.add(meeting)
    session.flush()
    return {"conference_id": meeting.id, "action_id": action.id}


def made(session: Session, case: Case) -> list[Any]:
    of_case = select(CaseConference).where(CaseConference.case_id == case.id)
    found = session.scalars(of_case).unique().all()
    ids = [meeting.id for meeting in found]
    people = session.scalars(
        select(ConferencePerson).where(ConferencePerson.conference_id.in_(ids))
    )
    actions = session.scalars(
        select(ConferenceAction).where(ConferenceAction.conference_id.in_(ids))
    )
    return [*found, *people.unique(), *actions.unique()]
