"""What assessments and measures leave open: their question to the gate of closing."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.closing import OBSTACLES, Obstacle
from app.cases.enums import OverrideState
from app.cases.models import Case, InitialAssessment
from app.deadlines.models import Deadline


def first_steps(session: Session, case: Case) -> Iterable[Obstacle]:
    """The twelve hours without an answer, and a lowered level without its second signature."""
    newest = (
        select(InitialAssessment.id, InitialAssessment.override_state)
        .where(InitialAssessment.case_id == case.id)
        .order_by(InitialAssessment.typed_at.desc(), InitialAssessment.id.desc())
        .limit(1)
        .subquery()
    )
    unsigned = select(newest.c.id).where(newest.c.override_state == OverrideState.PENDING)
    running = select(Deadline.id).where(
        Deadline.subject_id == case.id,
        Deadline.rule_key == "T_EMERG",
        Deadline.closed_at.is_(None),
    )
    row = session.execute(select(unsigned.scalar_subquery(), running.limit(1).scalar_subquery()))
    assessment_id, clock_id = row.one()
    if clock_id is not None:
        yield Obstacle(
            _l("Chưa ghi biện pháp hoặc quyết định không cần biện pháp khẩn cấp"), "measures.new"
        )
    if assessment_id is not None:
        yield Obstacle(
            _l("Đề nghị hạ mức nguy cơ còn chờ chữ ký thứ hai"),
            "assessment.decide_override",
            "assessment_id",
            assessment_id,
        )


OBSTACLES.append(first_steps)
