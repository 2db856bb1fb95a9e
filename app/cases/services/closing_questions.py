"""What assessments, measures, separations and substitute care leave open: their question to the
gate of closing, in one statement."""

import uuid
from collections.abc import Iterable
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    Label,
    Select,
    String,
    Uuid,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from app.cases.closing import OBSTACLES, Obstacle
from app.cases.enums import OverrideState
from app.cases.models import CarePlacement, Case, InitialAssessment, SafetyMeasure, Separation
from app.cases.models.care import CareState, SeparationState
from app.deadlines.models import Deadline

CARE = "care.index"
_SEPARATIONS = {
    SeparationState.PROPOSED: _l("Đề nghị tạm thời cách ly đang chờ Chủ tịch trả lời."),
    SeparationState.DECIDED: _l("Tạm thời cách ly trẻ em chưa kết thúc."),
}
_PLACEMENTS = {
    CareState.PROPOSED: _l("Đề nghị chăm sóc thay thế đang chờ Chủ tịch trả lời."),
    CareState.DECIDED: _l("Trẻ em chưa được giao cho người nhận chăm sóc thay thế."),
}
# (what is open, its state): the words, and the page for it
_WORDS: dict[tuple[str, str], tuple[LazyString, str]] = {
    ("clock", ""): (
        _l("Chưa ghi biện pháp hoặc quyết định không cần biện pháp khẩn cấp"),
        "measures.new",
    ),
    ("level", ""): (
        _l("Đề nghị hạ mức nguy cơ còn chờ chữ ký thứ hai"),
        "assessment.decide_override",
    ),
    **{("separation", str(state)): (text, CARE) for state, text in _SEPARATIONS.items()},
    **{("placement", str(state)): (text, CARE) for state, text in _PLACEMENTS.items()},
    ("measure", ""): (_l("Biện pháp bảo đảm an toàn chưa hết thời hạn."), CARE),
}


def open_work(session: Session, case: Case) -> Iterable[Obstacle]:
    """The twelve hours without an answer, a lowered level without its second signature, a
    separation that runs, a hand-over that waits, a proposal without an answer, a measure whose end
    is still to come."""
    for row in session.execute(union_all(*_questions(case))):
        text, endpoint = _WORDS[row.what, row.state]
        variable = "assessment_id" if row.subject_id else ""
        yield Obstacle(text, endpoint, variable, row.subject_id)


def _questions(case: Case) -> Iterable[Select[tuple[str, str, uuid.UUID]]]:
    running = Deadline.subject_id == case.id, Deadline.closed_at.is_(None)
    yield _ask("clock").where(Deadline.rule_key == "T_EMERG", *running).limit(1)
    newest = (
        select(InitialAssessment.id, InitialAssessment.override_state)
        .where(InitialAssessment.case_id == case.id)
        .order_by(InitialAssessment.typed_at.desc(), InitialAssessment.id.desc())
        .limit(1)
        .subquery()
    )
    yield _ask("level", subject=newest.c.id).where(newest.c.override_state == OverrideState.PENDING)
    yield _ask("separation", Separation.state).where(
        Separation.case_id == case.id, Separation.state.in_(_SEPARATIONS)
    )
    yield _ask("placement", CarePlacement.state).where(
        CarePlacement.case_id == case.id, CarePlacement.state.in_(_PLACEMENTS)
    )
    yield (
        _ask("measure")
        .where(SafetyMeasure.case_id == case.id, SafetyMeasure.ends_at > func.now())
        .limit(1)
    )


def _ask(what: str, state: Any = None, subject: Any = None) -> Select[tuple[str, str, uuid.UUID]]:
    return select(
        literal(what).label("what"),
        _text(literal("") if state is None else state),
        (cast(null(), Uuid) if subject is None else subject).label("subject_id"),
    )


def _text(state: Any) -> Label[str]:
    return cast(state, String).label("state")


OBSTACLES.append(open_work)
