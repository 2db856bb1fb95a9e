"""A case whose worker is asked and has a mailbox."""

import pytest
from sqlalchemy.orm import Session

from tests.cases.story import Story, make_story
from tests.reminders.story import wants_mail


@pytest.fixture
def story(session: Session) -> Story:
    made = make_story(session)
    made.case.owner_id = made.worker.id
    made.worker.email = "canbo@example.vn"
    wants_mail(session, made.worker)
    return made
