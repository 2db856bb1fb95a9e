"""What of separations, substitute care and emergency measures stands in the way of closing."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.cases.closing import OBSTACLES, Obstacle
from app.cases.models import CarePlacement, Case, SafetyMeasure, Separation
from app.cases.models.care import CareState, SeparationState

PAGE = "care.index"
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
    whose end is still to come."""
    separations = select(Separation.state).where(
        Separation.case_id == case.id, Separation.state.in_(_SEPARATIONS)
    )
    yield from (Obstacle(_SEPARATIONS[state], PAGE) for state in session.scalars(separations))
    placements = select(CarePlacement.state).where(
        CarePlacement.case_id == case.id, CarePlacement.state.in_(_PLACEMENTS)
    )
    yield from (Obstacle(_PLACEMENTS[state], PAGE) for state in session.scalars(placements))
    running = select(SafetyMeasure.id).where(
        SafetyMeasure.case_id == case.id, SafetyMeasure.ends_at > func.now()
    )
    if session.scalars(running.limit(1)).first() is not None:
        yield Obstacle(_l("Biện pháp bảo đảm an toàn chưa hết thời hạn."), PAGE)


OBSTACLES.append(open_care)
