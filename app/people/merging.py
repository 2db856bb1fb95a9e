"""Two records of one child become one, and can be taken apart again with nothing lost.

What hangs on a child in packages above (cases) moves by hooks: each moves what it has and returns
the ids, and moves just these back.

    MOVERS["cases"] = move_cases   # (session, actor, from_id, to_id, ids | None, now) -> ids
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.grants import CaseAccess, CaseDenial
from app.core.errors import DomainError, InvalidInput
from app.people import policy
from app.people.links import AlreadySeparated, ChildMerge
from app.people.models import Child

Mover = Callable[
    [Session, Actor, uuid.UUID, uuid.UUID, Sequence[uuid.UUID] | None, datetime],
    Sequence[uuid.UUID],
]
MOVERS: dict[str, Mover] = {}
# What packages above refuse before anything is written: (session, kept, merged). Each raises
# InvalidInput("other").
MERGE_CHECKS: list[Callable[[Session, uuid.UUID, uuid.UUID], None]] = []


class AlreadyMerged(DomainError):
    message = _l("Bản ghi này đã được gộp vào bản ghi khác.")


def merge_children(
    session: Session,
    *,
    actor: Actor,
    kept: Child,
    merged_id: uuid.UUID,
    reason: str,
    now: datetime,
) -> ChildMerge:
    """`merged_id` is the same child as `kept`: its cases go on under `kept`, whose data count.

    Both must be visible to who decides. The name of the other stays as a further name. Raises
    InvalidInput("other"), AlreadyMerged.
    """
    merged = _locked(session, actor, kept, merged_id)
    if kept.merged_into_id is not None or merged.merged_into_id is not None:
        raise AlreadyMerged
    for check in MERGE_CHECKS:
        check(session, kept.id, merged.id)
    merged.merged_into_id = kept.id
    _keep_name(kept, merged)
    moved = {
        name: [str(i) for i in move(session, actor, merged.id, kept.id, None, now)]
        for name, move in MOVERS.items()
    }
    merge = ChildMerge(
        key=kept.key,
        kept_id=kept.id,
        merged_id=merged.id,
        moved=moved,
        reason=reason,
        by_id=actor.id,
        merged_at=now,
    )
    session.add(merge)
    cases = moved.get("cases", [])
    move_access(session, cases, kept.id)
    _record(session, actor, AuditAction.RECORDS_MERGED, merge, cases, now)
    session.flush()
    return merge


def separate_children(
    session: Session, *, actor: Actor, kept: Child, merge_id: uuid.UUID, now: datetime
) -> ChildMerge | None:
    """A merge was a mistake: the other record has its cases back. None where `kept` has no such
    merge. Raises AlreadySeparated."""
    merge = session.scalars(
        select(ChildMerge)
        .where(ChildMerge.id == merge_id, ChildMerge.kept_id == kept.id)
        .with_for_update(of=ChildMerge)
    ).one_or_none()
    if merge is None:
        return None
    merge.separate(by=actor.id, now=now)
    merged = (
        session.scalars(select(Child).where(Child.id == merge.merged_id).with_for_update(of=Child))
        .unique()
        .one()
    )
    merged.merged_into_id = None
    for name, move in MOVERS.items():
        if ids := [uuid.UUID(text) for text in merge.moved.get(name, [])]:
            move(session, actor, kept.id, merged.id, ids, now)
    cases = merge.moved.get("cases", [])
    move_access(session, cases, merged.id)
    _record(session, actor, AuditAction.RECORDS_SEPARATED, merge, cases, now)
    session.flush()
    return merge


def merges_of(session: Session, child_id: uuid.UUID) -> list[ChildMerge]:
    """What was merged into this child and not separated again, the newest first."""
    return list(
        session.scalars(
            select(ChildMerge)
            .where(ChildMerge.kept_id == child_id, ChildMerge.separated_at.is_(None))
            .order_by(ChildMerge.merged_at.desc())
        ).unique()
    )


def move_access(session: Session, case_ids: Sequence[str], child_id: uuid.UUID) -> None:
    """Why somebody sees a case, and who is kept out of it, names the child too."""
    ids = [uuid.UUID(text) for text in case_ids]
    if not ids:
        return
    for table in (CaseAccess, CaseDenial):
        session.execute(update(table).where(table.case_id.in_(ids)).values(child_id=child_id))


def _locked(session: Session, actor: Actor, kept: Child, merged_id: uuid.UUID) -> Child:
    """Both records, locked in the order of their ids; the one to be merged is returned."""
    visible = policy.visible_to(actor).with_only_columns(Child.id).where(Child.id == merged_id)
    if merged_id == kept.id or session.scalar(visible) is None:
        raise InvalidInput("other", _l("Không thấy trẻ em này trong phạm vi của bạn."))
    both = session.scalars(
        select(Child)
        .where(Child.id.in_((kept.id, merged_id)))
        .order_by(Child.id)
        .with_for_update(of=Child)
        .execution_options(populate_existing=True)
    ).unique()
    return next(child for child in both if child.id == merged_id)


def _keep_name(kept: Child, merged: Child) -> None:
    names = [kept.aliases, merged.full_name, merged.aliases]
    known = dict.fromkeys(name for name in names if name and name != kept.full_name)
    kept.aliases = "; ".join(known) or None


def _record(
    session: Session,
    actor: Actor,
    action: AuditAction,
    merge: ChildMerge,
    cases: Sequence[str],
    now: datetime,
) -> None:
    data = {"kept": merge.kept_id, "merged": merge.merged_id, "cases": cases}
    record(session, actor, action, at=now, subject_id=merge.kept_id, data=data)


__all__ = ["AlreadyMerged", "AlreadySeparated", "merge_children", "separate_children"]
