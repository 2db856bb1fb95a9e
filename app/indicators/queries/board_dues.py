"""The values of the board that a department still owes, as reminders look for what is due."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import Select, Uuid, cast, false, func, literal, null, or_, select

from app.auth.models import Unit, UnitLevel
from app.core import clock
from app.indicators.models import BoardValue, ValueState
from app.indicators.plan24 import Plan, plan
from app.reminders.queries.sources import due_row

KIND = "board_values"
OFFICE_ENDS = time(17)


def board_dues(now: datetime) -> Select[Any]:
    """Of each department one for the last year, until each of its parts has a value that was not
    given back. It is the department's, and no case's."""
    known, year = plan(), clock.local(now).year - 1
    due = datetime.combine(known.due_of(year), OFFICE_ENDS, clock.LOCAL)
    begin = datetime(year + 1, 1, 1, tzinfo=clock.LOCAL)
    return due_row(
        KIND,
        Unit.id,
        started_at=literal(begin),
        due_at=literal(due),
        case_id=cast(null(), Uuid),
        unit_id=Unit.id,
        user_id=cast(null(), Uuid),
    ).where(
        Unit.level == UnitLevel.PROVINCE,
        or_(false(), *(_owes(known, code, year) for code in _departments(known))),
    )


def _departments(known: Plan) -> list[str]:
    """Those that have something to enter."""
    return sorted({part.department for part in known.entered})


def _owes(known: Plan, code: str, year: int) -> Any:
    parts = [part.code for part in known.entered if part.department == code]
    value = BoardValue
    given = (
        select(func.count(value.part.distinct()))
        .where(value.part.in_(parts), value.year == year, value.state != ValueState.RETURNED)
        .scalar_subquery()
    )
    return (Unit.kind == known.department(code).unit_kind) & (given < len(parts))
