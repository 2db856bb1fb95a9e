"""Which children a person may know about."""

import uuid

from sqlalchemy import Select, select
from sqlalchemy.orm import object_session

from app.auth.actor import Actor
from app.auth.grants import CaseAccess, denied_children, granted, sees_whole_area, works_for
from app.auth.permissions import Permission, rule, sections_of
from app.people.models import Child


def visible_to(actor: Actor) -> Select[Child]:
    """The children this actor may know about; lists, searches and look-ups start here."""
    if sees_whole_area(actor):
        if actor.commune_code is None:
            return _whole().where(Child.id.not_in(denied_children(actor)))
        area = select(CaseAccess.child_id).where(CaseAccess.child_id == Child.id)
        return _whole().where(
            Child.residence_commune == actor.commune_code,
            area.exists(),
            Child.id.not_in(denied_children(actor)),
        )
    return _whole().where(Child.id.in_(granted(actor, CaseAccess.child_id)))


def _whole() -> Select[Child]:
    """Records that were not merged into another one."""
    return select(Child).where(Child.merged_into_id.is_(None))


def visible_ids(actor: Actor) -> Select[uuid.UUID] | None:
    """The ids of `visible_to`, perhaps some twice, or None where every child is visible but those
    that `visible_to` takes out afterwards (a search reads its lines through it)."""
    if not sees_whole_area(actor):
        return granted(actor, CaseAccess.child_id)
    if actor.commune_code is None:
        return None
    return visible_to(actor).with_only_columns(Child.id)


@rule(Permission.CHILD_READ)
def can_read(actor: Actor, child: Child) -> bool:
    return bool(sections_of(actor))


@rule(Permission.CHILD_MERGE)
@rule(Permission.CHILD_EDIT)
def can_edit(actor: Actor, child: Child) -> bool:
    """One statement: a file that was opened in an emergency is read, and nothing in it written."""
    session = object_session(child)
    if session is None or sees_whole_area(actor):
        return session is not None
    return works_for(session, actor, child.id)
