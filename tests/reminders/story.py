"""What several tests begin with: somebody away, many people with much to do, a post."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.auth.models import Absence, Role, User
from app.core import clock
from app.core.ids import new_id
from app.core.sealed import DataKey
from app.reminders.models import PersonalReminder, ReminderChoice
from app.reminders.services.messages import Letter
from tests.cases.story import Story
from tests.factories import CaseFactory, UnitFactory


class Post:
    """A carrier that keeps what it was given, and refuses what it is told to."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.errors: list[Exception] = []

    def __call__(self, _session: Session, letter: Letter) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.letters.append(letter)


def wants_mail(session: Session, *users: User) -> None:
    """They asked to be mailed about everything; nobody is who did not."""
    session.flush()
    session.add_all(
        ReminderChoice(
            key=user.key, user_id=user.id, channels={"*": ["mail"]}, changed_at=clock.now()
        )
        for user in users
    )
    session.commit()


def be_away(
    session: Session, story: Story, deputy: User, *, since: date | None = None, days: int = 2
) -> None:
    """The worker of the story, from `since` (today) and so many days more; `deputy` stands in."""
    begins = since or clock.today()
    session.add(
        Absence(
            user_id=story.worker.id,
            deputy_id=deputy.id,
            since_on=begins,
            until_on=begins + timedelta(days=days),
            by_id=story.chair.id,
            created_at=clock.now(),
        )
    )
    session.commit()


def many_people(
    session: Session, name: str, people: int, *, since: datetime, due: Sequence[datetime]
) -> None:
    """So many workers, `<name>0` and on, each with one own reminder for every time of `due`."""
    unit = UnitFactory()
    case, key = CaseFactory(worked_by=unit), DataKey.new()
    session.add(key)
    session.flush()
    users = [
        {
            "id": new_id(), "key_id": key.id, "username": f"{name}{n}", "name": f"Người {n}",
            "role": Role.CP_WORKER, "unit_id": unit.id, "email": f"{name}{n}@example.vn",
            "is_active": True, "created_at": since, "version": 1,
        }
        for n in range(people)
    ]  # fmt: skip
    reminders = [
        {
            "id": new_id(), "key_id": key.id, "case_id": case.id, "user_id": user["id"],
            "created_at": since, "version": 1, "due_at": moment,
        }
        for user in users
        for moment in due
    ]  # fmt: skip
    session.execute(insert(User), users)
    session.execute(insert(PersonalReminder), reminders)
    choices = [
        {
            "id": new_id(), "key_id": key.id, "user_id": user["id"], "version": 1,
            "channels": {"*": ["mail"]}, "changed_at": since,
        }
        for user in users
    ]  # fmt: skip
    session.execute(insert(ReminderChoice), choices)
    session.commit()
