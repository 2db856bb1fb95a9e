"""What of separations, substitute care and emergency measures stands in the way of closing."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import CompoundSelect, Label, String, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from app.cases.closing import OBSTACLES, Obstacle
from app.cases.models import CarePlacement, Case, SafetyMeasure, Separation
from app.cases.models.care import CareState, SeparationState

PAGE = "care.index"
_MEASURE = "measure"
_SEPARATIONS = {
    SeparationState.PROPOSED: _l("Đề nghị tạm thời cách ly đang chờ Chủ tịch trả lời."),
    SeparationState.DECIDED: _l("Tạm thời cách ly trẻ em chưa kết thúc."),
}
_PLACEMENTS = {
    CareState.PROPOSED: _l("Đề nghị chăm sóc thay thế đang chờ Chủ tịch trả lời."),
    CareState.DECIDED: _l("Trẻ em chưa được giao cho người nhận chăm sóc thay thế."),
}


def open_care(session: Session, case: Case) -> Iterable[Obstacle]:
    """A separation that runs, a hand-over that waits, a proposal without an answer, and a measure
    whose end is still to come; one statement."""
    texts = {
        **{("separation", str(state)): text for state, text in _SEPARATIONS.items()},
        **{("placement", str(state)): text for state, text in _PLACEMENTS.items()},
        (_MEASURE, ""): _l("Biện pháp bảo đảm an toàn chưa hết thời hạn."),
    }
    for row in session.execute(_open(case)):
        yield Obstacle(texts[row.what, row.state], PAGE)


def _open(case: Case) -> CompoundSelect[tuple[str, str]]:
    separations = select(literal("separation").label("what"), _text(Separation.state)).where(
        Separation.case_id == case.id, Separation.state.in_(_SEPARATIONS)
    )
    placements = select(literal("placement").label("what"), _text(CarePlacement.state)).where(
        CarePlacement.case_id == case.id, CarePlacement.state.in_(_PLACEMENTS)
    )
    running = (
        select(literal(_MEASURE).label("what"), literal("").label("state"))
        .where(SafetyMeasure.case_id == case.id, SafetyMeasure.ends_at > func.now())
        .limit(1)
    )
    return union_all(separations, placements, running)


def _text(state: Any) -> Label[str]:
    return cast(state, String).label("state")


OBSTACLES.append(open_care)
