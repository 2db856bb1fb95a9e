"""What was opened in an emergency, what stands out, what was asked: one of each for each place, and
a file of a neighbour that could be opened."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.auth.permissions import Section
from app.cases.models import Case
from app.core import clock
from app.core.sealed import DataKey
from app.deadlines.services import start_clocks
from app.oversight.models import BreakGlass, FindingLook, ReadingFinding, ReadingQuestion
from app.people.models import Child
from tests.factories import CaseFactory, UnitFactory, UserFactory

S = Section
FIELDS = {
    BreakGlass: {"reason": S.EVENT, "note": S.EVENT},
    FindingLook: {"note": S.EVENT},
    ReadingQuestion: {"words": S.EVENT},
}
NOT_ON_EVERY_SCREEN = {
    "BreakGlass.reason",  # for who reviews it; for the others on the timeline
    "BreakGlass.note",
    "FindingLook.note",
    "ReadingQuestion.words",
}
WRITTEN = ("break_glasses", "reading_findings", "finding_looks", "reading_questions")
INTO_THE_FILE = ("glass.", "readings.", "questions.")
REASON = "Trẻ được đưa đến lúc nửa đêm, chưa rõ ai đang chăm sóc"
VALID = {
    "glass.new": {
        "number": "HY-2025-900001",
        "category": "brought_in",
        "reason": REASON,
    },
    "glass.review": {"decision": "justified"},
    "readings.show": {"note": "Đã hỏi, trực đêm theo phân công"},
    "questions.answer": {"answer": "working"},
}
FORM_FIELDS = {
    "glass.end": ("idempotency_key",),
    "readings.ask": ("idempotency_key",),
    "questions.see": ("idempotency_key",),
}


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    key = session.scalars(select(Child).where(Child.id == case.child_id)).unique().one().key
    worker = users[Role.CP_WORKER]
    glass = a_glass(session, case, worker, key)
    finding = ReadingFinding(
        day=clock.today() - timedelta(days=1),
        kind="same_surname",
        user_id=UserFactory(unit=place.unit).id,
        case_id=case.id,
        facts={"relation": "works"},
        found_at=clock.now(),
    )
    session.add(finding)
    question = a_question(case, worker, key)
    asked = a_question(case, users[Role.COMMUNE_CHAIR], key)
    asked.reply("mistake", "Bấm nhầm dòng", now=clock.now())
    session.add_all([question, asked])
    _neighbour(session)
    session.flush()
    return {
        "glass_id": glass.id,
        "finding_id": finding.id,
        "question_id": question.id,
        "answered_id": asked.id,
    }


def _neighbour(session: Session) -> None:
    """HY-2025-900001 beside the first place."""
    count = session.scalar(select(func.count()).where(Case.number.like("HY-2025-9000%")))
    CaseFactory(worked_by=UnitFactory(), number=f"HY-2025-{900_001 + (count or 0):06d}")


def a_glass(session: Session, case: Case, user: User, key: DataKey, **values: Any) -> BreakGlass:
    """Opened just now by this person, with the clock of its review."""
    now = clock.now()
    glass = BreakGlass(
        key=key,
        **{
            "case_id": case.id,
            "by_id": user.id,
            "unit_id": user.unit_id,
            "role": user.role,
            "category": "immediate_danger",
            "reason": REASON,
            "since": now,
            "until": now + timedelta(hours=1),
            **values,
        },
    )
    session.add(glass)
    start_clocks(
        session,
        subject_id=glass.id,
        subject_label=case.number,
        rule_keys=["T_GLASS"],
        started_at=now,
        unit_id=None,
        commune_code=case.commune_code,
        now=now,
    )
    session.flush()
    return glass


def a_question(case: Case, user: User, key: DataKey, **values: Any) -> ReadingQuestion:
    now = clock.now()
    return ReadingQuestion(
        key=key,
        **{
            "week": clock.today() - timedelta(days=clock.today().weekday() + 7),
            "user_id": user.id,
            "case_id": case.id,
            "read_on": clock.today() - timedelta(days=3),
            "asked_at": now,
            "due_at": now + timedelta(days=3),
            **values,
        },
    )


def made(session: Session, case: Case) -> list[Any]:
    glasses = session.scalars(select(BreakGlass).where(BreakGlass.case_id == case.id))
    questions = session.scalars(select(ReadingQuestion).where(ReadingQuestion.case_id == case.id))
    return [*glasses.unique(), *questions.unique()]


def rows(session: Session, place: Any, case: Case, key: DataKey) -> list[Any]:
    finding = session.scalars(
        select(ReadingFinding).where(ReadingFinding.case_id == case.id)
    ).first()
    assert finding is not None
    by = place.users[Role.SUPERVISOR]
    return [FindingLook(key=key, finding_id=finding.id, by_id=by.id, at=clock.now())]
