"""What the role of the web and job processes may not do to what was recorded."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from tests.cases.story import Story, make_story


@pytest.fixture
def story(session: Session) -> Story:
    return make_story(session)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE case_events SET happened_at = happened_at - interval '5 hours'",
        "DELETE FROM case_events",
        "UPDATE verifications SET by_id = by_id",
        "DELETE FROM verifications",
        "UPDATE assessment_needs SET need = need",
        "DELETE FROM assessment_needs",
        "DELETE FROM safety_measures",
        "DELETE FROM case_access",
        "DELETE FROM data_keys",
        "TRUNCATE case_events",
    ],
)
def test_what_was_recorded_stays(session: Session, story: Story, statement: str) -> None:
    assert session.scalar(text("SELECT current_user")) == "vongtay_app"
    with pytest.raises(ProgrammingError, match="permission denied"):
        session.execute(text(statement))


def test_access_is_ended_and_keys_are_destroyed(session: Session, story: Story) -> None:
    """What the rules do ask for is still possible."""
    session.execute(text("UPDATE case_access SET until = now()"))
    session.execute(text("UPDATE data_keys SET wrapped = NULL"))
    session.rollback()
