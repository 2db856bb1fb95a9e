"""A value of the board with its evidence, which waits for its answer; nothing of any child."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.auth.models import Role, User
from app.cases.models import Case
from app.core import clock
from app.documents.examine import Examined
from app.indicators.plan24 import plan
from app.indicators.queries.board import newest_value
from app.indicators.services.board import Evidence, ValueData, save_value
from tests.actors import actor_of
from tests.parts.files import blank_pdf

_PART = "1"
_VALUE = {"value": "61,5", "source": "Báo cáo 12/BC-SYT", "source_on": "05/03/2026"}
VALID = {
    "indicator_board.enter": _VALUE | {"version": "0"},
    "indicator_board.path": {
        "baseline_year": "2024",
        "baseline_value": "58",
        "source": "Công văn 1",
    },
}
FORM_FIELDS = {
    "indicator_board.confirm": ("idempotency_key",),
    "indicator_board.give_back": ("answer",),
}
WRITTEN = ("board_values", "board_paths", "stored_files", "file_chunks")


def add(session: Session, place: Any, case: Case, users: dict[Role, User]) -> dict[str, object]:
    year = 2024 if place.unit.commune_code == "11953" else 2025
    paper, last = blank_pdf(), newest_value(session, _PART, year)  # of a world made before
    data = ValueData(
        year=year,
        value=Decimal("61.5"),
        numerator=None,
        denominator=None,
        source="Báo cáo số 12/BC-SYT",
        source_on=date(year, 12, 31) if year == 2024 else date(2025, 12, 31),
        reason="Nhập lại" if last else None,
        evidence=Evidence(paper, Examined("application/pdf", paper)),
    )
    saved = save_value(
        session,
        actor=actor_of(users[Role.UNIT_LEAD]),
        part=plan().by_code[_PART],
        data=data,
        expected=last.version if last else 0,
        now=clock.now(),
    )
    return {"value_id": saved.id, "board_part": _PART, "board_year": 2023}
