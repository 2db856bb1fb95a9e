"""Files beyond a reader's scope, and what was opened in an emergency."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, raiseload

from app.auth.actor import Actor
from app.auth.grants import denied_children
from app.auth.models import Unit, User
from app.cases.models import Case
from app.cases.policy import visible_ids
from app.cases.queries.pending import asked
from app.core.row_scope import across
from app.deadlines.models import Deadline
from app.oversight.models import BreakGlass
from app.oversight.policy import glasses_of, own_glasses
from app.people.index import index_of
from app.people.models import Child

REVIEW, WAITING = "T_GLASS", "break_glass"
A_DAY = timedelta(hours=24)
_HOMONYMS = 300
_SAME = 100.0


class Beyond(NamedTuple):
    """A file that was asked for, and whether it is open to who asks already."""

    case: Case
    is_open: bool


class GlassLine(NamedTuple):
    """One line of the supervisor's list. `due_at`: when the review is due."""

    id: uuid.UUID
    number: str
    category: str
    by_name: str
    unit: str
    since: datetime
    due_at: datetime
    decision: str | None
    decided_at: datetime | None


def file_with_number(session: Session, actor: Actor, number: str) -> Beyond | None:
    """None where there is none, or where the actor is kept out of its child."""
    return _beyond(session, actor, Case.number == number)


def children_called(
    session: Session, actor: Actor, full_name: str, birth_year: int
) -> Sequence[uuid.UUID]:
    """Children with a file who have exactly this name (marks may be missing) and this year of
    birth, or one next to it; none from whom the actor is kept out."""
    index = index_of(session)
    index.refresh(session)
    alike = index.similar(full_name, _HOMONYMS)
    same = [one.child_id for one in alike if one.is_same or one.closeness >= _SAME]
    has_file = exists().where(Case.child_id == Child.id)
    called = select(Child.id).where(
        Child.id.in_(same),
        Child.merged_into_id.is_(None),
        Child.birth_year.between(birth_year - 1, birth_year + 1),
        Child.id.not_in(denied_children(actor)),
        has_file,
    )
    with across(session):  # an emergency: the file to be opened is somebody else's
        return session.scalars(called).all()


def file_of_child(session: Session, actor: Actor, child_id: uuid.UUID) -> Beyond | None:
    """The one that runs, else the newest."""
    return _beyond(session, actor, Case.child_id == child_id)


def _beyond(session: Session, actor: Actor, which: object) -> Beyond | None:
    seen = visible_ids(actor)
    beyond = (
        select(Case, Case.id.in_(seen).label("is_open"))
        .where(which, Case.child_id.not_in(denied_children(actor)))  # type: ignore[arg-type]
        .options(joinedload(Case.child, innerjoin=True))
        .order_by(Case.is_ended, Case.opened_at.desc())
        .limit(1)
    )
    with across(session):
        row = session.execute(beyond).first()
    return Beyond(row[0], row[1]) if row else None


def opened_of_late(session: Session, user_id: uuid.UUID, now: datetime) -> int:
    """How many files this person opened in an emergency in the last 24 hours."""
    late = select(func.count()).where(BreakGlass.by_id == user_id, BreakGlass.since > now - A_DAY)
    return session.scalar(late) or 0


def running_glass(
    session: Session,
    actor: Actor,
    *,
    case_id: uuid.UUID | None,
    child_id: uuid.UUID | None,
    now: datetime,
) -> BreakGlass | None:
    """The opening by which this person sees the file or the child at this moment."""
    running = own_glasses(actor).where(
        BreakGlass.ended_at.is_(None), BreakGlass.since <= now, BreakGlass.until > now
    )
    if case_id is not None:
        running = running.where(BreakGlass.case_id == case_id)
    else:
        running = running.join(Case, Case.id == BreakGlass.case_id).where(Case.child_id == child_id)
    newest = running.options(raiseload(BreakGlass.key)).order_by(BreakGlass.since.desc()).limit(1)
    return session.scalars(newest).first()


def own_of_late(session: Session, actor: Actor, now: datetime) -> Sequence[BreakGlass]:
    """What this person opened in the last 24 hours, the newest first, with its file."""
    late = own_glasses(actor).where(BreakGlass.since > now - A_DAY)
    with_case = joinedload(BreakGlass.case, innerjoin=True).load_only(Case.number)
    newest = late.options(with_case, raiseload(BreakGlass.key)).order_by(BreakGlass.since.desc())
    with across(session):  # their numbers, though they are closed again
        return session.scalars(newest).all()


def waiting_glasses(actor: Actor) -> Select[Any]:
    """Those to be reviewed, as a part of cases' `queries/pending` ASKED."""
    about = {
        "number": Case.number,
        "category": BreakGlass.category,
        "name": User.name,
        "unit": Unit.short_name,
    }
    return (
        _joined(glasses_of(actor))
        .with_only_columns(*asked(WAITING, BreakGlass.id, Deadline.effective_due_at, **about))
        .where(BreakGlass.decided_at.is_(None), BreakGlass.by_id != actor.id)
        .order_by(Deadline.effective_due_at, BreakGlass.id)
    )


def glass_lines(
    session: Session, actor: Actor, *, before: tuple[datetime, uuid.UUID] | None, limit: int
) -> list[GlassLine]:
    """All of the area, the newest first; at most `limit` + 1."""
    lines = _lines(actor)
    if before is not None:
        moment, row_id = before
        same = (BreakGlass.since == moment) & (BreakGlass.id < row_id)
        lines = lines.where(or_(BreakGlass.since < moment, same))
    newest = lines.order_by(BreakGlass.since.desc(), BreakGlass.id.desc()).limit(limit + 1)
    return [GlassLine(*row) for row in session.execute(newest)]


def review_due(session: Session, glass_id: uuid.UUID) -> datetime:
    due: datetime = session.scalars(
        select(Deadline.effective_due_at).where(
            Deadline.subject_id == glass_id, Deadline.rule_key == REVIEW
        )
    ).one()
    return due


def _lines(actor: Actor) -> Select[*tuple[Any, ...]]:
    return _joined(glasses_of(actor)).with_only_columns(
        BreakGlass.id,
        Case.number,
        BreakGlass.category,
        User.name,
        Unit.short_name,
        BreakGlass.since,
        Deadline.effective_due_at,
        BreakGlass.decision,
        BreakGlass.decided_at,
    )


def _joined(glasses: Select[BreakGlass]) -> Select[BreakGlass]:
    """With the file, who opened it, their unit then, and the clock of the review."""
    return (
        glasses.join(Case, Case.id == BreakGlass.case_id)
        .join(User, User.id == BreakGlass.by_id)
        .join(Unit, Unit.id == BreakGlass.unit_id)
        .join(Deadline, (Deadline.subject_id == BreakGlass.id) & (Deadline.rule_key == REVIEW))
    )
