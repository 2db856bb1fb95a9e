"""How fast one person may open file after file.

Nobody reads sixty files in ten minutes; a program that drives a signed-in account, or somebody who
copies the screen file by file, does. Whatever shows a file counts, also the form that comes back to
be corrected. Only opening yet another file has to wait: what somebody answers for or has to decide,
an urgent packet, files opened in an emergency and every form that is sent (a report above all) go
on. A form that is sent beyond the pace is told to the supervisor all the same.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Select,
    Table,
    case,
    delete,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from app.auth.actor import Actor
from app.auth.grants import AccessReason, CaseAccess
from app.auth.permissions import Permission, has_permission, works
from app.cases.models import Case
from app.cases.queries.list_filters import answered_for
from app.cases.queries.signatures import waits_for_decision
from app.core import clock
from app.core.ids import new_id
from app.oversight.models import FileOpening, ReadingFinding
from app.oversight.rules import PaceWindow, rules
from app.oversight.standing_out import TOO_FAST
from app.people.models import Child
from app.reference.retention import kept_for
from app.referrals.enums import Urgency
from app.referrals.models import Referral

_T = cast(Table, FileOpening.__table__)
PACED = (Case, Child, Referral)  # a case, the page of a child, a packet


class FilePace:
    """See app.auth.access.Pace. One statement with that of the file (of a packet: of
    its referral), which writes only where the
    file is another one than those of late; a request that is refused undoes it."""

    def beside(
        self, visible: Select[Any], actor: Actor, subject_id: uuid.UUID, now: datetime
    ) -> Select[Any] | None:
        if visible.column_descriptions[0]["entity"] not in PACED:
            return None
        times, noted = _others(actor.id, subject_id, now)
        return visible.add_columns(times).add_cte(noted)

    def wait(
        self, session: Session, actor: Actor, subject: object, found: Any, now: datetime
    ) -> timedelta:
        if found is None or _always_opens(actor, subject):
            return timedelta(0)
        wait = max(_wait(found, window, now) for window in rules().pace.windows)
        return timedelta(0) if wait and _is_needed(session, actor, subject) else wait

    def count(
        self, session: Session, *, actor: Actor, subject_id: uuid.UUID, now: datetime
    ) -> None:
        session.execute(_noted(actor.id, subject_id, now))

    def tell(self, session: Session, actor: Actor, now: datetime) -> None:
        tell_too_fast(session, actor, now)


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


def _always_opens(actor: Actor, subject: object) -> bool:
    """Who answers for the case, and who has the file of others open in an emergency (who is a guest
    and does not work it)."""
    if not isinstance(subject, Case):
        return False
    return subject.owner_id == actor.id or (actor.is_guest and not works(actor, subject))


def _is_needed(session: Session, actor: Actor, subject: object) -> bool:
    """Asked only of who would have to wait: a packet that its unit has to open, the case of who is
    away, what waits for this person's decision."""
    if isinstance(subject, Referral) and _is_pressing(actor, subject):
        return True
    known = _cases_behind(subject)
    answered = select(Case.id).where(known, Case.owner_id.in_(answered_for(actor)))
    if session.scalar(answered.limit(1)) is not None:
        return True
    decides = has_permission(actor, Permission.OVERRIDE_DECIDE)
    return decides and waits_for_decision(session, actor, known)


def _is_pressing(actor: Actor, referral: Referral) -> bool:
    """Not ended, and urgent or in this person's own hands."""
    is_theirs = referral.urgency is not Urgency.ROUTINE or referral.officer_id == actor.id
    return referral.is_open and referral.to_unit_id == actor.unit_id and is_theirs


def _cases_behind(subject: object) -> ColumnElement[bool]:
    if isinstance(subject, Child):
        return Case.child_id == subject.id
    return Case.id == (subject.case_id if isinstance(subject, Referral) else cast(Case, subject).id)


def _is_in_hand(user_id: uuid.UUID, child_id: uuid.UUID, now: datetime) -> ColumnElement[bool]:
    """Whether somebody answers for a case of the child, or opened one in an emergency."""
    own = select(Case.id).where(Case.child_id == child_id, Case.owner_id == user_id)
    glass = select(CaseAccess.id).where(
        CaseAccess.child_id == child_id,
        CaseAccess.holder_id == user_id,
        CaseAccess.reason == AccessReason.BREAK_GLASS,
        CaseAccess.until > now,
    )
    return or_(own.exists(), glass.exists())


def _others(
    user_id: uuid.UUID, file_id: uuid.UUID, now: datetime
) -> tuple[ColumnElement[Any], CTE]:
    """(when each file of late was opened, the oldest first; NULL where this one was too, or is the
    child of a case in hand), and the writing down of this one."""
    mine = _of_late(user_id, now)
    known = select(_T.c.at).where(mine, _T.c.file_id == file_id).exists()
    ordered = func.array_agg(aggregate_order_by(_T.c.at, _T.c.at), type_=ARRAY(_T.c.at.type))
    none = literal([], ARRAY(_T.c.at.type))
    opened = select(func.coalesce(ordered, none)).where(mine).scalar_subquery()
    goes_on = or_(known, _is_in_hand(user_id, file_id, now))
    noted = _noted(user_id, file_id, now).cte("noted")
    return case((goes_on, null()), else_=opened).label("opened"), noted


def _noted(user_id: uuid.UUID, file_id: uuid.UUID, now: datetime) -> ReturningInsert[Any]:
    """Writes only where the file is another one than those of late."""
    known = select(_T.c.at).where(_of_late(user_id, now), _T.c.file_id == file_id).exists()
    new = select(literal(user_id), literal(file_id), literal(now, _T.c.at.type)).where(~known)
    return (
        insert(_T)
        .from_select(["user_id", "file_id", "at"], new)
        .on_conflict_do_update(index_elements=["user_id", "file_id"], set_={"at": now})
        .returning(_T.c.at)
    )


def _of_late(user_id: uuid.UUID, now: datetime) -> ColumnElement[bool]:
    since = now - max(window.lasts for window in rules().pace.windows)
    return (_T.c.user_id == user_id) & (_T.c.at > since)


def _wait(times: Sequence[datetime], window: PaceWindow, now: datetime) -> timedelta:
    """Until so many of the openings are out of the window that one more has room."""
    within = [at for at in times if at > now - window.lasts]
    if len(within) < window.files:
        return timedelta(0)
    return within[len(within) - window.files] + window.lasts - now
