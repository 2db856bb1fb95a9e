"""How fast one person may open file after file.

Nobody reads sixty files in ten minutes; a program that drives a signed-in account, or somebody who
copies the screen file by file, does. Only opening yet another file has to wait: one's own cases,
files opened in an emergency and every form that is sent (a report above all) go on.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.orm import Session

from app.auth.actor import Actor
from app.auth.permissions import works
from app.cases.models import Case
from app.core import clock
from app.core.ids import new_id
from app.oversight.models import FileOpening, ReadingFinding
from app.oversight.rules import PaceWindow, rules
from app.oversight.standing_out import TOO_FAST
from app.people.models import Child
from app.reference.retention import kept_for
from app.referrals.models import Referral


def waiting_time(session: Session, actor: Actor, subject: object, now: datetime) -> timedelta:
    """How long this person waits before this file; zero for go on, and then it counts as opened.

    One statement, which writes only where the file is another one than those of late.
    """
    file_id = _file_of(subject)
    if file_id is None:
        return timedelta(0)
    times = _others(session, actor.id, file_id, now)
    if times is None or _always_opens(actor, subject):
        return timedelta(0)
    return max((_wait(times, window, now) for window in rules().pace.windows), default=timedelta(0))


def tell_too_fast(session: Session, actor: Actor, now: datetime) -> None:
    """For the supervisor, once a day for one person; in a transaction that survives the refusal."""
    widest = max(rules().pace.windows, key=lambda window: window.minutes)
    found = select(func.count()).where(
        FileOpening.user_id == actor.id, FileOpening.at > now - widest.lasts
    )
    facts = {"files": session.scalar(found) or 0, "minutes": widest.minutes}
    row = {
        "id": new_id(),
        "day": clock.local(now).date(),
        "kind": TOO_FAST,
        "user_id": actor.id,
        "case_id": None,
        "facts": facts,
        "found_at": now,
        "version": 1,
    }
    session.execute(insert(ReadingFinding).values(row).on_conflict_do_nothing())


def forget_openings(session: Session, now: datetime) -> None:
    old = now - kept_for("file_openings")
    session.execute(delete(FileOpening).where(FileOpening.at <= old))


def _file_of(subject: object) -> uuid.UUID | None:
    """The file that somebody opens with this record; None for what is none."""
    if isinstance(subject, Case | Child):
        return subject.id
    return subject.case_id if isinstance(subject, Referral) else None


def _always_opens(actor: Actor, subject: object) -> bool:
    """Who answers for the case, and who has the file of others open in an emergency (who is a guest
    and does not work it)."""
    if not isinstance(subject, Case):
        return False
    return subject.owner_id == actor.id or (actor.is_guest and not works(actor, subject))


def _others(
    session: Session, user_id: uuid.UUID, file_id: uuid.UUID, now: datetime
) -> Sequence[datetime] | None:
    """When each other file of late was opened, the oldest first; None where this one was too. What
    is noted here is undone with a request that is refused."""
    opened = FileOpening
    since = now - max(window.lasts for window in rules().pace.windows)
    mine = (opened.user_id == user_id) & (opened.at > since)
    known = select(opened.at).where(mine, opened.file_id == file_id).exists()
    new = select(literal(user_id), literal(file_id), literal(now, opened.at.type)).where(~known)
    noted = (
        insert(opened)
        .from_select(["user_id", "file_id", "at"], new)
        .on_conflict_do_update(index_elements=["user_id", "file_id"], set_={"at": now})
        .returning(opened.at)
        .cte("noted")
    )
    times = func.array_agg(aggregate_order_by(opened.at, opened.at))
    found = select(times, func.bool_or(opened.file_id == file_id)).where(mine).add_cte(noted)
    others, is_known = session.execute(found).one()
    return None if is_known else others or ()


def _wait(times: Sequence[datetime], window: PaceWindow, now: datetime) -> timedelta:
    """Until so many of the openings are out of the window that one more has room."""
    within = [at for at in times if at > now - window.lasts]
    if len(within) < window.files:
        return timedelta(0)
    return within[len(within) - window.files] + window.lasts - now
