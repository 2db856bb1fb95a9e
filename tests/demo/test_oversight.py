"""The synthetic province shows an emergency opening that waits, what stands out, and questions."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.models import User
from app.cases.models import Case
from app.oversight.models import BreakGlass, ReadingFinding, ReadingQuestion
from tests.demo.province import UNTIL


def test_one_opening_waits_for_its_review(province: Session) -> None:
    glass = province.scalars(select(BreakGlass)).unique().one()
    by = province.get_one(User, glass.by_id)
    case = province.get_one(Case, glass.case_id)
    assert by.username == "worker2" and case.unit_id != by.unit_id
    assert glass.decided_at is None and glass.until < UNTIL
    assert glass.reason and len(glass.reason) >= 30


def test_readings_stand_out_and_are_asked_about(province: Session) -> None:
    kinds = set(province.scalars(select(ReadingFinding.kind)))
    assert {"no_relation", "off_hours"} <= kinds
    asked = province.scalars(select(ReadingQuestion)).unique().all()
    assert {one.week is None for one in asked} == {True, False}
    assert all(one.answered_at is None and one.asked_at <= UNTIL for one in asked)
