"""A department that is late with the board of the 24 is reminded, by rules that are data."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from app.auth.models import Role, Unit, UnitKind
from app.indicators.models import BoardValue, ValueState
from app.indicators.pages.reminder_words import values_due
from app.indicators.plan24 import plan
from app.indicators.queries.board_dues import KIND, board_dues
from app.reminders.rules import rules_of_file
from tests.factories import UnitFactory, UserFactory

NOW = datetime(2027, 4, 20, tzinfo=UTC)


@pytest.fixture
def justice(session: Session) -> Unit:
    found: Unit = UnitFactory(doh=True, kind=UnitKind.JUSTICE)
    session.flush()
    return found


def owing(session: Session) -> dict[UUID, datetime]:
    return {row.unit_id: row.due_at for row in session.execute(board_dues(NOW))}


def enter(session: Session, part: str, state: ValueState, year: int = 2026) -> None:
    user = UserFactory(role=Role.UNIT_LEAD)
    session.flush()
    session.add(
        BoardValue(
            part=part, year=year, version=1, plan_version=1, value=Decimal(99), source="Sổ",
            source_on=date(2027, 1, 5), state=state, by_id=user.id, typed_at=NOW,
        )
    )  # fmt: skip
    session.flush()


def test_a_department_owes_the_last_year_until_each_part_has_a_value(
    session: Session, justice: Unit
) -> None:
    (part,) = [one.code for one in plan().entered if one.department == "TP"]
    commune = UnitFactory()
    session.flush()
    enter(session, part, ValueState.DRAFTED, year=2025)
    assert owing(session)[justice.id] == datetime(2027, 3, 31, 10, tzinfo=UTC)
    assert commune.id not in owing(session)
    enter(session, part, ValueState.DRAFTED)
    assert justice.id not in owing(session)


def test_a_value_that_was_given_back_is_owed_again(session: Session, justice: Unit) -> None:
    (part,) = [one.code for one in plan().entered if one.department == "TP"]
    enter(session, part, ValueState.RETURNED)
    assert justice.id in owing(session)


def test_a_reminder_names_the_department_and_the_year(session: Session, justice: Unit) -> None:
    words = values_due(session, owing(session))
    assert words[justice.id] == f"{justice.short_name}, năm 2026"


def test_who_is_told_when_is_data() -> None:
    kind = rules_of_file().kinds[KIND]
    assert [step.key for step in kind.steps] == ["b336", "p1", "a168"]
