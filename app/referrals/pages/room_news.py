"""What waits in shared rooms, in words: on an inbox, a slip, a case."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import Permission, Section, has_permission
from app.cases import policy as cases
from app.cases.models import Case
from app.cases.pages.links import link
from app.core import clock
from app.referrals.policy import words_open_to
from app.referrals.queries.room_news import RoomNews, rooms_of_agency, rooms_of_cases
from app.web.filters import vn_date
from app.web.words import _


@dataclass(frozen=True, slots=True)
class RoomLine:
    number: str
    words: str
    tone: str
    url: str


def news_words(one: RoomNews) -> str:
    """1 việc nhờ trước 27/11/2026, 2 ghi chú mới"""
    said = []
    if one.tasks:
        due = vn_date(one.due_on)
        said.append(_("%(n)s việc nhờ, trước %(due)s", n=one.tasks, due=due))
    if one.notes:
        said.append(_("%(n)s ghi chú mới", n=one.notes))
    if one.done:
        said.append(_("%(n)s việc bạn nhờ đã xong", n=one.done))
    return ", ".join(said)


def room_words(news: str) -> str:
    """What a link to the room says."""
    if not news:
        return _("Phòng phối hợp: ghi chú, việc chung")
    return _("Phòng phối hợp: %(news)s", news=news)


def rooms_with_news(session: Session, actor: Actor, now: datetime) -> list[RoomLine]:
    """For the inbox: one line for each child; one statement, a second one for who works cases."""
    rows = rooms_of_agency(session, actor.unit_id, now=now)
    newest = {one.case_id: one for one in reversed(rows)}
    found = [one for one in rows if newest[one.case_id] is one]
    if has_permission(actor, Permission.REFERRAL_SEND):
        own = cases.visible_to(actor).where(Case.owner_id == actor.id, Case.is_ended.is_(False))
        found += rooms_of_cases(session, own, actor.unit_id, now=now)
    return [_line(one, now) for one in found]


def slip_news(session: Session, actor: Actor, referral_id: uuid.UUID, now: datetime) -> str:
    """For one referral; one statement."""
    rows = rooms_of_agency(session, actor.unit_id, now=now, only=referral_id)
    return news_words(rows[0]) if rows else ""


def case_news(session: Session, actor: Actor, case: Case, now: datetime) -> str:
    """For the unit that works the case; one statement."""
    if case.unit_id != actor.unit_id or not words_open_to(actor, Section.HEALTH):
        return ""
    of_case = cases.visible_to(actor).where(Case.id == case.id)
    rows = rooms_of_cases(session, of_case, actor.unit_id, now=now)
    return news_words(rows[0]) if rows else ""


def _line(one: RoomNews, now: datetime) -> RoomLine:
    url = (
        link("room.received", received_id=one.referral_id)
        if one.referral_id
        else link("room.of_case", case_id=one.case_id)
    )
    return RoomLine(one.number, news_words(one), _tone(one, now), url)


def _tone(one: RoomNews, now: datetime) -> str:
    """A day that is over, a task that waits, something to read."""
    if one.due_on is None:
        return "go"
    return "danger" if one.due_on < clock.local(now).date() else "warn"
