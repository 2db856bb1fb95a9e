"""The other children of a household: linked by somebody, or found by what both records hold."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from app.audit.actions import AuditAction
from app.audit.services import record
from app.auth.actor import Actor
from app.auth.grants import AccessReason, CaseAccess
from app.auth.models import Unit
from app.auth.permissions import Section, sections_of
from app.core.errors import DomainError, InvalidInput
from app.core.sealed import DataKey, open_field
from app.people import policy
from app.people.links import ChildLink, LinkKind
from app.people.models import Carer, Child

SHOWN = 12


class NotLinked(DomainError):
    message = _l("Hai trẻ em này không còn được ghi là cùng gia đình.")


@dataclass(frozen=True, slots=True)
class Relative:
    """Another child of the household. Outside the reader's scope only the unit to ask is known.

    `link_id` and `kind` are None for one that was only found by the same telephone or report.
    """

    child_id: uuid.UUID | None
    name: str | None
    birth_year: int | None
    kind: LinkKind | None
    link_id: uuid.UUID | None
    unit_name: str | None = None


def relatives_of(
    session: Session, actor: Actor, child: Child, *, now: datetime, others: Sequence[uuid.UUID] = ()
) -> list[Relative]:
    """At most SHOWN other children: linked ones, those with the same telephone of a carer, and
    `others` (of the same report). The reading is on the log; four statements."""
    sections = sections_of(actor)
    if Section.FAMILY not in sections:
        return []
    links = _links_of(session, child.id)
    found = [*links, *(i for i in _same_phone(session, child.id) if i not in links), *others]
    ids = [i for i in dict.fromkeys(found) if i != child.id][:SHOWN]
    if not ids:
        return []
    seen = {relative.child_id: relative for relative in _visible(session, actor, ids, links)}
    shown = [seen[i] for i in ids if i in seen]
    hidden = [i for i in ids if i not in seen]
    data = {"children": ids, "count": len(ids)}
    action = AuditAction.FAMILY_SHOWN
    record(session, actor, action, at=now, subject_id=child.id, data=data)
    return [*shown, *_units(session, hidden)]


def link_children(
    session: Session,
    *,
    actor: Actor,
    child: Child,
    other_id: uuid.UUID,
    kind: LinkKind,
    now: datetime,
) -> ChildLink:
    """Both children must be visible to who links them. Raises InvalidInput("other")."""
    visible = policy.visible_to(actor).with_only_columns(Child.id).where(Child.id == other_id)
    if other_id == child.id or session.scalar(visible) is None:
        raise InvalidInput("other", _l("Không thấy trẻ em này trong phạm vi của bạn."))
    a_id, b_id = sorted((child.id, other_id))
    known = select(ChildLink.id).where(
        ChildLink.a_id == a_id, ChildLink.b_id == b_id, ChildLink.ended_at.is_(None)
    )
    if session.scalar(known) is not None:
        raise InvalidInput("other", _l("Hai trẻ em này đã được ghi là cùng gia đình."))
    link = ChildLink(a_id=a_id, b_id=b_id, kind=kind, by_id=actor.id, created_at=now)
    session.add(link)
    _record(session, actor, child.id, "linked", now)
    session.flush()
    return link


def unlink(
    session: Session, *, actor: Actor, child: Child, link_id: uuid.UUID, now: datetime
) -> None:
    """Raises NotLinked where this child has no such link (any more)."""
    link = session.scalars(
        select(ChildLink)
        .where(
            ChildLink.id == link_id,
            or_(ChildLink.a_id == child.id, ChildLink.b_id == child.id),
            ChildLink.ended_at.is_(None),
        )
        .with_for_update()
    ).one_or_none()
    if link is None:
        raise NotLinked
    link.ended_at, link.ended_by = now, actor.id
    _record(session, actor, child.id, "unlinked", now)
    session.flush()


def _links_of(session: Session, child_id: uuid.UUID) -> dict[uuid.UUID, ChildLink]:
    links = session.scalars(
        select(ChildLink)
        .where(
            or_(ChildLink.a_id == child_id, ChildLink.b_id == child_id),
            ChildLink.ended_at.is_(None),
        )
        .order_by(ChildLink.created_at)
    )
    return {link.b_id if link.a_id == child_id else link.a_id: link for link in links}


def _same_phone(session: Session, child_id: uuid.UUID) -> list[uuid.UUID]:
    """Children one of whose carers has a telephone of this child's carers."""
    own, theirs = aliased(Carer), aliased(Carer)
    rows = session.scalars(
        select(theirs.child_id)
        .join(own, own.phone_hash == theirs.phone_hash)
        .where(own.child_id == child_id, theirs.child_id != child_id)
        .distinct()
        .limit(SHOWN)
    )
    return list(rows)


def _visible(
    session: Session, actor: Actor, ids: Sequence[uuid.UUID], links: dict[uuid.UUID, ChildLink]
) -> list[Relative]:
    rows = session.execute(_lines(actor).where(Child.id.in_(ids)))
    is_named = Section.IDENTITY in sections_of(actor)
    return [
        Relative(
            child_id=row.id,
            name=open_field(
                Child, "full_name", row.id, (row.key_id, row.wrapped), row.full_name_sealed
            )
            if is_named
            else None,
            birth_year=row.birth_year if is_named else None,
            kind=links[row.id].kind if row.id in links else None,
            link_id=links[row.id].id if row.id in links else None,
        )
        for row in rows
    ]


def _lines(actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        policy.visible_to(actor)
        .with_only_columns(
            Child.id,
            Child.full_name_sealed,
            Child.birth_year,
            DataKey.id.label("key_id"),
            DataKey.wrapped,
        )
        .join(DataKey, DataKey.id == Child.key_id)
    )


def _units(session: Session, hidden: Sequence[uuid.UUID]) -> list[Relative]:
    """One line for each unit that knows such a child: whom to ask, nothing about the child."""
    if not hidden:
        return []
    names = session.scalars(
        select(Unit.name)
        .join(CaseAccess, CaseAccess.holder_id == Unit.id)
        .where(
            CaseAccess.child_id.in_(hidden),
            CaseAccess.reason == AccessReason.UNIT_WORKS,
            CaseAccess.until.is_(None),
        )
        .distinct()
        .order_by(Unit.name)
    )
    return [Relative(None, None, None, None, None, unit_name=name) for name in names]


def _record(session: Session, actor: Actor, child_id: uuid.UUID, step: str, now: datetime) -> None:
    data = {"fields": [step]}
    action = AuditAction.CHILD_CHANGED
    record(session, actor, action, at=now, subject_id=child_id, data=data)
