"""The reminders of one case in words."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.cases.pages.clocks import Chip
from app.cases.pages.links import link
from app.reminders.models import PersonalReminder
from app.reminders.pages.lists import Line, lines_of
from app.reminders.pages.words import chip_of
from app.reminders.policy import PERSONAL
from app.reminders.queries.lists import due_of_case

MOST_OWN = 50


@dataclass(frozen=True, slots=True)
class Own:
    """What one set for oneself and has not done."""

    text: str
    chip: Chip
    done_url: str


@dataclass(frozen=True, slots=True)
class CasePage:
    due: Sequence[Line]
    own: Sequence[Own]


def of_case_page(session: Session, actor: Actor, case_id: uuid.UUID, *, now: datetime) -> CasePage:
    """Four statements. The case is one that the actor may open."""
    rows = due_of_case(session, actor, case_id)
    return CasePage(
        due=lines_of(session, actor, rows, view=None, now=now),
        own=[_own(one, now) for one in _own_of(session, actor, case_id)],
    )


def _own_of(session: Session, actor: Actor, case_id: uuid.UUID) -> Sequence[PersonalReminder]:
    wanted = select(PersonalReminder).where(
        PersonalReminder.case_id == case_id,
        PersonalReminder.user_id == actor.id,
        PersonalReminder.done_at.is_(None),
    )
    ordered = wanted.order_by(PersonalReminder.due_at).limit(MOST_OWN)
    return session.scalars(ordered).unique().all()


def _own(one: PersonalReminder, now: datetime) -> Own:
    return Own(
        text=one.text or "",
        chip=chip_of(PERSONAL, one.due_at, now),
        done_url=link("case_reminders.finish", case_id=one.case_id, reminder_id=one.id),
    )
