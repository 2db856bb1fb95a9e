"""One pass by hand, as if it were another time."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.reminders.models import Obligation
from tests.cases.story import make_story


@pytest.mark.parametrize("moment", ["2027-11-27T09:00", "2027-11-27T02:00+00:00"])
def test_a_time_without_a_zone_is_vietnams(app: Flask, session: Session, moment: str) -> None:
    make_story(session)
    session.commit()
    result = app.test_cli_runner().invoke(args=["reminders", "run", "--now", moment])
    assert result.exit_code == 0, result.output
    session.rollback()
    told = set(session.scalars(select(Obligation.last_at)))
    assert told == {datetime(2027, 11, 27, 2, tzinfo=UTC)} and "told" in result.output


def test_what_is_no_time_is_refused(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["reminders", "run", "--now", "tomorrow"])
    assert result.exit_code == 2 and "not a time" in result.output
